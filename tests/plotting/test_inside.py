"""What is read from a model is what it holds; what a picture would lie about is refused."""

from collections.abc import Callable

import numpy
import pytest
import torch
from torch import Tensor, nn

from day38 import IrisData, IrisMLP
from day38.plotting import plot_activations, plot_network, plot_weight_heatmaps
from day38.plotting.inside import SIDE, Network, fired_labels, limits_of, petal_plane


def test_the_plane_runs_over_the_petals_and_holds_the_rest(iris: IrisData) -> None:
    plane = petal_plane(iris)
    points = iris.scaler.inverse_transform(plane.inputs.numpy())
    shortest, longest, narrowest, widest = plane.extent
    lengths, widths = points[:SIDE, 2], points[::SIDE, 3]
    assert numpy.allclose(lengths, numpy.linspace(shortest, longest, SIDE), atol=1e-4)
    assert numpy.allclose(widths, numpy.linspace(narrowest, widest, SIDE), atol=1e-4)
    assert shortest < plane.flowers[:, 0].min() < plane.flowers[:, 0].max() < longest
    medians = [plane.held["sepal length (cm)"], plane.held["sepal width (cm)"]]
    assert numpy.allclose(points[:, :2], medians, atol=1e-5)


def test_dead_is_zero_for_all_and_quiet_is_not() -> None:
    activations = numpy.zeros((100, 3))
    activations[7, 1] = 1e-6
    activations[:, 2] = -1
    assert fired_labels(activations) == ["dead", "1%", "0%"]
    assert 0 < limits_of(activations[:, :2])[0] < 1e-6  # so that only a zero is white
    assert limits_of(activations)[0] == -1


class Otherwise(nn.Module):
    """The lesson's network with something else done to its logits."""

    def __init__(self, change: Callable[..., Tensor]) -> None:
        super().__init__()
        self.hidden, self.output, self.change = nn.Linear(4, 6), nn.Linear(6, 3), change

    def forward(self, inputs: Tensor) -> Tensor:
        return self.change(self, self.output(torch.relu(self.hidden(inputs))))


def filled(value: float) -> IrisMLP:
    model = IrisMLP()
    nn.init.constant_(model.hidden.weight, value)
    return model


REFUSED = {
    "no layer": (nn.BatchNorm1d(4), "零个"),
    "one layer": (nn.Linear(4, 3), "4→3"),
    "three layers": (nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)), "4→5→5→3"),
    "a layer beside": (nn.Sequential(IrisMLP(), nn.BatchNorm1d(3)), "6 个参数"),
    "other inputs": (IrisMLP(inputs=5), "5→10→3"),
    "other classes": (IrisMLP(classes=2), "4→10→2"),
    "layers that do not meet": (nn.Sequential(nn.Linear(4, 5), nn.Linear(6, 3)), "4→6→3"),
    "33 units": (IrisMLP(hidden=33), "33 个单元"),
    "NaN": (filled(float("nan")), "NaN"),
    "infinity": (filled(float("-inf")), "无穷大"),
    "softmax at the end": (Otherwise(lambda _, logits: logits.softmax(1)), "softmax"),
    "a layer used twice": (Otherwise(lambda model, x: model.output(x.repeat(1, 2))), "恰好用一次"),
}


@pytest.mark.parametrize(("model", "part"), REFUSED.values(), ids=REFUSED)
def test_what_would_lie_is_refused_in_one_chinese_sentence(
    model: nn.Module, part: str, iris: IrisData
) -> None:
    for draw, what in (
        (plot_network, model),
        (plot_activations, model),
        (plot_weight_heatmaps, {"one": model}),
    ):
        with pytest.raises(ValueError, match=f"{part}.*请"):
            draw(what, iris)
    assert not any(module._forward_hooks for module in model.modules())


OTHERS = {
    "tanh": nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)),
    "no bias": nn.Sequential(nn.Linear(4, 6, bias=False), nn.ReLU(), nn.Linear(6, 3, bias=False)),
    "dropout": nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.5), nn.ReLU(), nn.Linear(6, 3)),
    "float64": IrisMLP(hidden=6).double(),
    "zeros": filled(0.0),
}


@pytest.mark.parametrize("model", OTHERS.values(), ids=OTHERS)
def test_other_networks_of_two_layers_are_drawn_in_eval_mode(
    model: nn.Module, iris: IrisData
) -> None:
    once, again = Network(model.train(), iris), Network(model, iris)
    assert numpy.array_equal(once.class_maps, again.class_maps) and model.training
    assert plot_network(model, iris).description
