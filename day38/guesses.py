"""Guess, then run: the reader's guess beside what a run has just computed.

Used before the surprising results of all three notebooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from day38.answers import NUMBER, TEXT, describe, kind_of, same

NO_GUESS = "还没有猜。把上一格的 ... 换成你的猜测，再运行这两格，印象会深得多。"


def compare_guess(
    guess: Any,
    truth: float | str,
    why: str,
    misconceptions: Mapping[Any, str] | None = None,
    *,
    tolerance: float = 0.05,
) -> None:
    """Print whether the guess was right and, if it was not, which misconception it suggests.

    Parameters
    ----------
    guess : float or str
        What the reader wrote down; ``...`` as long as nothing is guessed.
    truth : float or str
        What has just been computed.
    why : str
        Why that is so; printed in any case, except without a guess.
    misconceptions : mapping of float, str or (low, high) to str, optional
        What a wrong guess of this value, or from `low` to `high`, suggests; the first that fits
        is printed.
    tolerance : float
        How far a right guess of a number may be off, relative to the truth.

    Raises
    ------
    TypeError
        If the guess is not of the truth's kind; the message says what is.
    """
    shown = _shown(truth)
    if guess is ...:
        print(NO_GUESS)
        return
    kind = kind_of(truth)
    if kind_of(guess) != kind:
        wanted = {NUMBER: "一个数，例如 12", TEXT: "带引号的文字"}[kind]
        raise TypeError(f"猜测应是{wanted}，收到的是{describe(guess)}。请改一改上一格再运行。")
    if same(guess, truth, tolerance):
        print(f"猜对了：{shown}。{why}")
        return
    hint = next(
        (text for key, text in (misconceptions or {}).items() if _fits(guess, key, tolerance)), ""
    )
    print(f"你猜 {_shown(guess)}，实际是 {shown}。{hint}{why}")


def _shown(value: float | str) -> str:
    """Return a number as a reader would write it: whole, or with three digits; a text as it is."""
    if isinstance(value, str):
        return value
    number = float(value)
    return f"{number:,.0f}" if number == round(number) else f"{number:.3g}"


def _fits(guess: Any, key: Any, tolerance: float) -> bool:
    if isinstance(key, tuple):
        low, high = key
        return low <= guess <= high
    return same(guess, key, tolerance)
