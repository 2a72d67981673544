"""Counting right answers: any batches, no silent nonsense, nothing of the model's changed."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from day38 import Evaluation, IrisMLP, evaluate, load_iris

INPUTS, TARGETS = load_iris().test


@pytest.mark.parametrize(
    "batches",
    [
        lambda: [(INPUTS, TARGETS)],
        lambda: DataLoader(TensorDataset(INPUTS, TARGETS), batch_size=8),
        lambda: zip(INPUTS.split(7), TARGETS.split(7), strict=True),
    ],
    ids=["list", "DataLoader", "iterator"],
)
def test_right_answers_and_mean_loss_over_any_batches(batches) -> None:
    model = IrisMLP()
    result = evaluate(model, batches())
    with torch.no_grad():
        logits = model(INPUTS)
    assert result.correct == int((logits.argmax(dim=1) == TARGETS).sum())
    assert result.total == 30 and result.accuracy == result.correct / 30
    assert result.loss == pytest.approx(functional.cross_entropy(logits, TARGETS).item(), rel=1e-5)


def test_modes_and_statistics_stay_as_they_are() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout())
    model[2].eval()
    before = model[1].running_mean.clone()
    evaluate(model, [(INPUTS, TARGETS)])
    assert [module.training for module in model] == [True, True, False]
    assert torch.equal(model[1].running_mean, before)
    assert model(INPUTS).requires_grad


WRONG: dict[str, tuple[list, str]] = {
    "(rows, 1)": ([(INPUTS, TARGETS[:, None])], "squeeze"),
    "one-hot": ([(INPUTS, functional.one_hot(TARGETS))], "argmax"),
    "NaN": ([(INPUTS * math.nan, TARGETS)], "NaN"),
    "infinite": ([(INPUTS * math.inf, TARGETS)], "NaN"),
    "float": ([(INPUTS, TARGETS.float() / 2)], "回归"),
    "ignored": ([(INPUTS, TARGETS.where(TARGETS > 0, -100))], "-100"),
    "too large": ([(INPUTS, TARGETS + 1)], "0 到 2 的类别编号，收到的有 3"),
    "nothing": ([], "空"),
}


@pytest.mark.parametrize(("batches", "advice"), WRONG.values(), ids=WRONG)
def test_what_would_be_a_wrong_number_is_refused(batches: list, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        evaluate(IrisMLP(), batches)


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"), [(29, 30, 0.833, 0.994), (45, 50, 0.786, 0.957)]
)
def test_the_interval_is_wilsons(correct: int, total: int, low: float, high: float) -> None:
    assert Evaluation(correct, total, 0.0).interval() == pytest.approx((low, high), abs=5e-4)


def test_a_single_output_is_no_classifier_for_argmax() -> None:
    loss = functional.binary_cross_entropy_with_logits
    with pytest.raises(ValueError, match=r"只有一个输出.*BCE"):
        evaluate(nn.Linear(4, 1), [(INPUTS, TARGETS)], loss_function=loss)


def test_a_rule_without_parameters_is_judged_too_but_a_pair_of_answers_is_none() -> None:
    class Rule(nn.Module):
        def __init__(self, *answers: Tensor) -> None:
            super().__init__()
            self.answers = answers

        def forward(self, inputs: Tensor) -> Tensor | tuple:
            return self.answers[0] if len(self.answers) == 1 else self.answers

    logits = functional.one_hot(torch.zeros_like(TARGETS), 3).float()
    assert evaluate(Rule(logits), [(INPUTS, TARGETS)]).correct == int((TARGETS == 0).sum())
    with pytest.raises(TypeError, match="tuple"):
        evaluate(Rule(logits, logits), [(INPUTS, TARGETS)])
