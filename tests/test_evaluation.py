"""`evaluate` and `Evaluation`; batches that do not fit are in test_batches.py."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from day38 import Evaluation, IrisData, IrisMLP, evaluate
from tests.helpers import chinese_error, new_model, state_unchanged


def test_the_published_accuracy(trained: IrisMLP, iris: IrisData) -> None:
    result = evaluate(trained, [iris.test])
    assert result.correct in (29, 30)
    assert result.total == 30
    assert result.accuracy == result.correct / 30
    outputs = trained(iris.test[0])
    assert result.correct == (outputs.argmax(dim=1) == iris.test[1]).sum()
    assert result.loss == pytest.approx(functional.cross_entropy(outputs, iris.test[1]).item())


def test_the_published_interval() -> None:
    low, high = Evaluation(correct=29, total=30, loss=0.1).interval()
    assert low == pytest.approx(0.833, abs=5e-4)
    assert high == pytest.approx(0.994, abs=5e-4)


@pytest.mark.parametrize(("correct", "total"), [(29, 30), (0, 10), (10, 10), (1, 2), (960, 1000)])
@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.5, 0.674490), (0.99, 2.575829)])
def test_the_interval_is_wilsons(correct: int, total: int, confidence: float, z: float) -> None:
    share = correct / total
    middle = share + z**2 / (2 * total)
    width = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    expected = [(middle + sign * width) / (1 + z**2 / total) for sign in (-1, 1)]
    interval = Evaluation(correct, total, loss=0.0).interval(confidence)
    assert interval == pytest.approx(expected, abs=1e-6)
    assert 0 <= interval[0] <= share <= interval[1] <= 1


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, True, "0.95", None, float("nan")])
def test_a_confidence_that_is_no_share_is_refused(confidence: Any) -> None:
    with chinese_error(ValueError, "confidence", repr(confidence), "0.95"):
        Evaluation(correct=29, total=30, loss=0.1).interval(confidence)


def test_batches_of_unequal_size_count_by_their_rows(trained: IrisMLP, iris: IrisData) -> None:
    whole = evaluate(trained, [iris.test])
    parts = evaluate(trained, DataLoader(TensorDataset(*iris.test), batch_size=7))
    assert (parts.correct, parts.total) == (whole.correct, whole.total)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-6)


def test_it_runs_in_eval_mode_without_gradients_and_changes_nothing(iris: IrisData) -> None:
    class Watched(IrisMLP):
        def __init__(self) -> None:
            super().__init__()
            self.dropout = nn.Dropout()
            self.norm = nn.BatchNorm1d(4)

        def forward(self, inputs: Tensor) -> Tensor:
            assert not any(module.training for module in self.modules())
            assert not torch.is_grad_enabled()
            return super().forward(self.dropout(self.norm(inputs)))

    model = Watched()
    model.dropout.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with state_unchanged(model):
        assert evaluate(model, [iris.test]) == evaluate(model, [iris.test])
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_loss_function_of_ones_own(trained: IrisMLP, iris: IrisData) -> None:
    inputs, targets = iris.test
    result = evaluate(trained, [iris.test], loss_function=functional.multi_margin_loss)
    expected = functional.multi_margin_loss(trained(inputs), targets)
    assert result.loss == pytest.approx(expected.item())
    assert result.correct == evaluate(trained, [iris.test]).correct


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_answers_that_are_not_finite_are_refused(iris: IrisData, value: float) -> None:
    model = new_model()
    nn.init.constant_(model.output.bias, value)
    with state_unchanged(model), chinese_error(ValueError, "NaN", "argmax"):
        evaluate(model, [iris.test])


def test_one_hot_targets_are_refused(iris: IrisData) -> None:
    inputs, targets = iris.test
    with chinese_error(ValueError, "(30, 3)", "targets.argmax(dim=1)"):
        evaluate(new_model(), [(inputs, functional.one_hot(targets, 3).float())])


@pytest.mark.parametrize("shape", [(30,), (30, 3, 1)])
def test_outputs_of_another_shape_are_refused(iris: IrisData, shape: tuple[int, ...]) -> None:
    class Reshaped(IrisMLP):
        def forward(self, inputs: Tensor) -> Tensor:
            return super().forward(inputs)[:, : math.prod(shape) // 30].reshape(shape)

    with chinese_error(ValueError, str(shape), "(30,)"):
        evaluate(Reshaped(), [iris.test])
