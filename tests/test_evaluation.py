"""Counting right answers: any batches, no silent nonsense, nothing of the model's changed."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from day38 import Evaluation, IrisMLP, evaluate, load_iris

INPUTS, TARGETS = load_iris().test


def generator(inputs: Tensor, targets: Tensor):
    yield from zip(inputs.split(7), targets.split(7), strict=True)


@pytest.mark.parametrize(
    "batches",
    [
        lambda: [(INPUTS, TARGETS)],
        lambda: DataLoader(TensorDataset(INPUTS, TARGETS), batch_size=8),
        lambda: generator(INPUTS, TARGETS),
    ],
    ids=["list", "DataLoader", "generator"],
)
def test_right_answers_and_mean_loss_over_any_batches(batches: Callable) -> None:
    torch.manual_seed(0)
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


@pytest.mark.parametrize(
    ("batches", "advice"),
    [
        ([(INPUTS, TARGETS[:, None])], "squeeze"),
        ([(INPUTS, functional.one_hot(TARGETS))], "argmax"),
        ([(INPUTS * math.nan, TARGETS)], "NaN"),
        ([(INPUTS * math.inf, TARGETS)], "NaN"),
        ([(INPUTS, TARGETS.float() / 2)], "回归"),
        ([(INPUTS, TARGETS.where(TARGETS > 0, -100))], "-100"),
        ([(INPUTS, TARGETS + 1)], "0 到 2 的类别编号，收到的有 3"),
        ([], "空"),
    ],
    ids=["(rows, 1)", "one-hot", "NaN", "infinite", "float", "ignored", "too large", "nothing"],
)
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
