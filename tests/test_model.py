"""The lesson's network and the count of its parameters."""

from typing import Any

import pytest
import torch
from torch import nn

from day38 import IrisMLP, count_parameters
from tests.helpers import chinese_error, state_unchanged


def test_the_published_83_parameters() -> None:
    model = IrisMLP()
    assert count_parameters(model.hidden) == 50
    assert count_parameters(model.output) == 33
    assert count_parameters(model) == 83


@pytest.mark.parametrize("sizes", [(4, 10, 3), (2, 1, 5), (7, 64, 2)])
def test_sizes_decide_shapes(sizes: tuple[int, int, int]) -> None:
    inputs, hidden, classes = sizes
    model = IrisMLP(inputs, hidden, classes)
    assert model(torch.zeros(6, inputs)).shape == (6, classes)
    assert count_parameters(model) == (inputs + 1) * hidden + (hidden + 1) * classes


def test_forward_is_linear_relu_linear() -> None:
    model = IrisMLP()
    inputs = torch.randn(5, 4)
    hidden = (inputs @ model.hidden.weight.T + model.hidden.bias).clamp(min=0)
    expected = hidden @ model.output.weight.T + model.output.bias
    torch.testing.assert_close(model(inputs), expected)


def test_shared_weights_count_once_and_unused_layers_count() -> None:
    shared = nn.Linear(3, 3)
    assert count_parameters(nn.Sequential(shared, nn.ReLU(), shared)) == 12
    model = IrisMLP()
    model.extra = nn.Linear(2, 2)
    assert count_parameters(model) == 83 + 6
    assert count_parameters(nn.ReLU()) == 0


def test_frozen_parameters_count_and_buffers_do_not() -> None:
    assert count_parameters(IrisMLP().requires_grad_(False)) == 83
    assert count_parameters(nn.BatchNorm1d(5)) == 10  # not the running means


def test_counting_works_without_numbers_and_changes_nothing() -> None:
    model = IrisMLP()
    with state_unchanged(model):
        assert count_parameters(model) == 83
    assert count_parameters(model.to("meta")) == 83


@pytest.mark.parametrize("name", ["inputs", "hidden", "classes"])
@pytest.mark.parametrize(
    ("value", "kind"),
    [(0, ValueError), (-2, ValueError), (2.0, TypeError), ("10", TypeError), (True, TypeError)],
)
def test_a_bad_size_is_refused(name: str, value: Any, kind: type[Exception]) -> None:
    with chinese_error(kind, name, str(value)):
        IrisMLP(**{name: value})


@pytest.mark.parametrize("value", [IrisMLP, None, "iris.pt", [nn.Linear(1, 1)]])
def test_counting_anything_but_a_model_is_refused(value: Any) -> None:
    with chinese_error(TypeError, type(value).__name__, "count_parameters(IrisMLP())"):
        count_parameters(value)
