"""What is read from a model is what it holds; what a picture would lie about is refused."""

import numpy
import pytest
from torch import nn

from day38 import IrisMLP, TabularData
from day38.plotting import plot_network, plot_weight_heatmaps
from day38.plotting.inside import SIDE, Network, fired_labels, limits_of, petal_plane


def test_the_plane_runs_over_the_petals_and_holds_the_rest(iris: TabularData) -> None:
    plane = petal_plane(iris)
    sepals = numpy.tile(list(plane.held.values()), (SIDE, 1))
    points = iris.scaler.inverse_transform(plane.inputs.numpy())
    for line, column, ends in (
        (points[:SIDE], 2, plane.extent[:2]),
        (points[::SIDE], 3, plane.extent[2:]),
    ):
        assert numpy.allclose(line[:, column], numpy.linspace(*ends, SIDE), atol=1e-4)
        assert numpy.allclose(line[:, :2], sepals, atol=1e-5)


def test_dead_is_zero_for_all_and_quiet_is_not() -> None:
    activations = numpy.zeros((100, 3))
    activations[7, 1] = 1e-6
    activations[:, 2] = -1
    assert fired_labels(activations) == ["dead", "1%", "0%"]
    assert 0 < limits_of(activations[:, :2])[0] < 1e-6  # so that only a zero is white
    assert limits_of(activations)[0] == -1


def filled(value: float) -> IrisMLP:
    model = IrisMLP()
    nn.init.constant_(model.hidden.weight, value)
    return model


first, square, last = nn.Linear(4, 3), nn.Linear(3, 3), nn.Linear(3, 3)
REFUSED = {
    "no layer": (nn.BatchNorm1d(4), "零个"),
    "one layer": (first, "4→3"),
    "three layers": (nn.Sequential(first, square, last), "4→3→3→3"),
    "a layer beside": (nn.Sequential(IrisMLP(), nn.BatchNorm1d(3)), "6 个参数"),
    "other inputs": (IrisMLP(inputs=5), "5→10→3"),
    "other classes": (IrisMLP(classes=2), "4→10→2"),
    "layers that do not meet": (nn.Sequential(first, nn.Linear(6, 3)), "4→6→3"),
    "33 units": (IrisMLP(hidden=33), "33 个单元"),
    "NaN": (filled(float("nan")), "NaN"),
    "infinity": (filled(float("-inf")), "无穷大"),
    "softmax at the end": (nn.Sequential(IrisMLP(), nn.Softmax(dim=1)), "原始分数"),
    "a layer used twice": (nn.Sequential(first, last, last), "原始分数"),
}


@pytest.mark.parametrize(("model", "part"), REFUSED.values(), ids=REFUSED)
def test_what_would_lie_is_refused_in_one_chinese_sentence(
    model: nn.Module, part: str, iris: TabularData
) -> None:
    with pytest.raises(ValueError, match=f"{part}.*请"):
        Network(model, iris)
    assert not any(module._forward_hooks for module in model.modules())


OTHERS = {
    "tanh": nn.Sequential(first, nn.Tanh(), last),
    "no bias": nn.Sequential(nn.Linear(4, 3, bias=False), nn.ReLU(), last),
    "dropout": nn.Sequential(first, nn.Dropout(0.5), nn.ReLU(), last),
    "float64": IrisMLP().double(),
    "zeros": filled(0.0),
}


@pytest.mark.parametrize("model", OTHERS.values(), ids=OTHERS)
def test_other_networks_of_two_layers_are_drawn_in_eval_mode(
    model: nn.Module, iris: TabularData
) -> None:
    once, again = plot_network(model, iris), plot_network(model, iris)
    for one, other in zip(once.axes[0].images, again.axes[0].images, strict=True):
        assert numpy.array_equal(one.get_array(), other.get_array())
    assert plot_weight_heatmaps({"one": model}, iris).description and model.training
