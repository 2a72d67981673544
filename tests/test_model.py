"""The network, its size, and modes that are given back."""

import pytest
import torch
from torch import nn

from day38 import IrisMLP, count_parameters
from day38.model import modes_kept


def test_it_is_linear_relu_linear() -> None:
    model, inputs = IrisMLP(), torch.rand(7, 4)
    hidden = (inputs @ model.hidden.weight.T + model.hidden.bias).clamp(min=0)
    expected = hidden @ model.output.weight.T + model.output.bias
    assert torch.allclose(model(inputs), expected, atol=1e-6)


SIZES = {
    "lesson": (IrisMLP(), 83),
    "one unit": (IrisMLP(hidden=1), 11),
    "exercise": (IrisMLP(inputs=8, hidden=16, classes=5), 229),
    "tied weights": (nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8)), 80),
    "nothing to learn": (nn.ReLU(), 0),
}
SIZES["tied weights"][0][1].weight = SIZES["tied weights"][0][0].weight


@pytest.mark.parametrize(("model", "parameters"), SIZES.values(), ids=SIZES)
def test_every_number_that_is_learned_counts_once(model: nn.Module, parameters: int) -> None:
    assert count_parameters(model) == parameters


def test_modes_are_given_back_also_after_an_error() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout())
    model[1].eval()
    with pytest.raises(RuntimeError), modes_kept(model):
        model.eval()
        raise RuntimeError
    assert [module.training for module in model.modules()] == [True, True, False, True]
