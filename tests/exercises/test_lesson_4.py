"""What the exercises of notebook 4 say about other answers, and whether they are true."""

import pytest
import torch
from torch import nn

from day38 import Evaluation, Validation, train
from day38.exercises import lesson_4
from tests.exercises.student import said

MEASURED = {"dead_guess": (16, 16, 13, 20)}
WRONG = [
    (lesson_4.leaks, {"A", "C"}, "还不全"),
    (lesson_4.leaks, ["A", "C", "D", "E"], "D 不该选"),
    (lesson_4.stopping, (50, 30), "❌"),
    (lesson_4.stopping, (..., 60), "还没有答完"),
    (lesson_4.report, {"A", "B"}, "A 不该选"),
    (lesson_4.checks, {"小安": 1, "小北": 1, "小川": 4}, "3 项里对了 2 项"),
    (lesson_4.checks, {"小安": 1, "小北": 2, "小川": ...}, "还没有答完"),
]


def test_stopping_is_what_validation_does(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([0.90, 0.60, 0.50, 0.52, 0.51, 0.49, 0.60, 0.55, 0.50, 0.70])
    monkeypatch.setattr(
        "day38.recording.evaluate", lambda model, batches: Evaluation(1, 1, next(losses))
    )
    rows = (torch.zeros(4, 2), torch.zeros(4, dtype=torch.int64))
    validation = Validation([rows], patience=3)
    history = train(
        nn.Linear(2, 2), [rows], epochs=100, record_every=10, on_record=validation, progress=False
    )
    answer = (history.epochs[-1], validation.best_epoch)
    assert said(lesson_4.stopping, answer).startswith("✅")


def test_the_report_cannot_tell_47_of_50_from_a_baseline_of_45() -> None:
    low, high = Evaluation(47, 50, 0.0).interval()
    assert (round(low, 2), round(high, 2)) == (0.84, 0.98) and low < 45 / 50 < high
