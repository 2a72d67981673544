"""What a student may hand in, and is told: all through the public methods of an exercise."""

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import torch
from tqdm import tqdm as real_tqdm

from day38.exercises import Exercise, Guess


def printed(call: Callable, *arguments: Any) -> str:
    """Return what a call prints; it returns nothing, which Jupyter would show too."""
    with redirect_stdout(StringIO()) as text:
        assert call(*arguments) is None
    return text.getvalue().rstrip("\n")


def written(source: str, *changes: tuple[str, str]) -> Any:
    """Return what a changed text binds last."""
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    names: dict[str, Any] = {"torch": torch, "real_tqdm": real_tqdm}
    exec(compile(source, "student", "exec"), names)
    return list(names.values())[-1]


def solved(one: Exercise, *changes: tuple[str, str]) -> Any:
    """Return the answer of a solution, changed in this way."""
    return written(printed(one.solution), *changes)


def said(one: Exercise | Guess, *answer: Any) -> str:
    """Return the feedback on an answer, or on a guess and what was measured."""
    return printed(one.check, *answer)
