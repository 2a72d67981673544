"""Each exercise and guess of the three lessons keeps what the engine promises of it."""

from typing import Any

import pytest

from day38.exercises import Guess
from tests.exercises.student import EXERCISES, GUESSES, said, solved, written

PROBLEMS = {"read_files": 3, "train_batches": 2, "predict_species": 3}
SKETCHES = {
    "input_sizes": (..., ...),
    "picture": dict.fromkeys(("死亡", "认小花瓣", "关掉没影响"), ...),
    "dead_units": written("def dead_units(model, inputs):\n    # 写在这里\n    ..."),
}


@pytest.mark.parametrize("name", EXERCISES)
def test_the_untouched_code_tells_nothing_and_the_solution_is_right(name: str) -> None:
    one = EXERCISES[name]
    assert said(name, ...).startswith("还没有作答")
    assert said(name, SKETCHES.get(name, ...)).startswith(("还没有作答", "还没有答完"))
    if one.start:
        told = f"先改一改：还有 {PROBLEMS[name]} 处问题。找出来，改好，再运行这一格。"
        assert said(name, written(one.start)) == told
    assert said(name, solved(name)).startswith(f"✅ 正确。{one.why}（本课 ")
    assert len(one.hints) >= 2


def mistaken(right: Any, row: Any) -> Any:
    """Return the answer that a row of mistakes is about."""
    if isinstance(right, set):
        return right ^ {row}
    if isinstance(right, dict):
        return right | {next(key for key, value in right.items() if value != row): row}
    return row


@pytest.mark.parametrize("name", [name for name, one in EXERCISES.items() if one.mistakes])
def test_each_foreseen_mistake_has_its_own_message(name: str) -> None:
    messages = EXERCISES[name].mistakes
    assert len(set(messages.values())) == len(messages)
    for row, message in messages.items():
        told = said(name, mistaken(EXERCISES[name]._expected, row))
        assert told.startswith("❌") and told.endswith(message)


MEASURED = {
    "parameters_guess": (83, 83.0),
    "width_guess": (29, 29),
    "postfix_guess": (5.3, 4),
    "longest_guess": ("backward", "Backward"),
    "tenth_guess": (0.97, 1),
    "seconds_guess": (2.4, 3),
    "ensemble_guess": (4.2, 4),
    "gradient_guess": (True, True),
    "interval_guess": (83.3, 83.5),
    "worst_guess": (83.3, 84),
    "confidence_guess": (0, 0),
    "scaler_guess": (0.999, 0.99),
    "nan_guess": ("setosa", "Setosa"),
    "batch_guess": (32.0, 40),
}


@pytest.mark.parametrize(("name", "guess"), GUESSES.items())
def test_a_guess_is_answered_and_each_mistake_has_its_own_message(
    name: str, guess: Guess, capsys: Any
) -> None:
    value, right = MEASURED[name]
    rows = [(sum(k) / 2 if isinstance(k, tuple) else k, m) for k, m in guess.mistakes.items()]
    for one, part in [(..., "实际是"), (right, "✅"), ([], "收到列表 []"), *rows]:
        guess.check(one, value)
        told = capsys.readouterr().out
        assert part in told and guess.why in told, (one, told)
