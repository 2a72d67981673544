"""Guess, then run: what is said to no guess, a right one, a foreseen and an unforeseen one."""

import numpy
import pytest
import torch

from day38 import compare_guess
from tests.helpers import chinese_error

WHY = "每个输出还有一个偏置。"
MISCONCEPTIONS = {70: "忘了偏置。", (40, 60): "只数了第一层。"}


def told(capsys: pytest.CaptureFixture[str], *arguments: object, **options: float) -> str:
    compare_guess(*arguments, **options)
    return capsys.readouterr().out


def test_without_a_guess_nothing_is_given_away(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, ..., 83, WHY, MISCONCEPTIONS)
    assert "还没有猜" in text and "83" not in text and WHY not in text


@pytest.mark.parametrize("guess", [83, 83.0, 84, numpy.int64(83), torch.tensor(83)])
def test_a_right_guess_is_told_why(capsys: pytest.CaptureFixture[str], guess: object) -> None:
    assert told(capsys, guess, 83, WHY, MISCONCEPTIONS) == f"猜对了：83。{WHY}\n"


@pytest.mark.parametrize(
    ("guess", "hint"),
    [(70, "忘了偏置。"), (40, "只数了第一层。"), (60.0, "只数了第一层。"), (1, "")],
)
def test_a_wrong_guess_gets_its_misconception_and_the_truth(
    capsys: pytest.CaptureFixture[str], guess: float, hint: str
) -> None:
    assert (
        told(capsys, guess, 83, WHY, MISCONCEPTIONS) == f"你猜 {guess:g}，实际是 83。{hint}{WHY}\n"
    )


def test_words_are_compared_without_regard_to_case_and_blanks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(capsys, " Setosa", "setosa", WHY).startswith("猜对了")
    text = told(capsys, "变小", "变大", WHY, {"变小": "常常想反。"})
    assert text == f"你猜 变小，实际是 变大。常常想反。{WHY}\n"


def test_the_tolerance_is_relative(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, 30, 20, WHY, tolerance=0.5).startswith("猜对了")
    assert told(capsys, 31, 20, WHY, tolerance=0.05).startswith("你猜 31")
    assert "0.333" in told(capsys, 1, 1 / 3, WHY)


@pytest.mark.parametrize(
    ("guess", "truth", "told"),
    [
        ("83", 83, "一个数"),
        (None, 83, "空值 None"),
        (True, 83, "一个数"),
        ([83], 83, "列表"),
        (1, "变大", "带引号"),
    ],
)
def test_guesses_of_another_kind(guess: object, truth: float | str, told: str) -> None:
    with chinese_error(TypeError, told):
        compare_guess(guess, truth, WHY)
