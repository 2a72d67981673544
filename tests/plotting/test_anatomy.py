"""Any table, any network of plain layers: what is drawn is true, what would not be is refused."""

import numpy
import pytest
import torch
from torch import nn

from day38 import IrisMLP, load_iris
from day38.plotting import names, plot_activations, plot_network
from day38.plotting.plane import plane_of
from tests.plotting.tables import network, plot_heatmap, plot_regions, table, texts


def normed() -> nn.Sequential:
    torch.manual_seed(0)
    steps = [nn.BatchNorm1d(4), nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5)]
    model = nn.Sequential(*steps, nn.Linear(6, 5), nn.ReLU(), nn.BatchNorm1d(5), nn.Linear(5, 3))
    for _ in range(20):  # so that the running means are not zero
        model(load_iris().train[0])
    return model


TRIALS = {
    "wine 13-20-3": ("wine", network(13, 20, 3)),
    "wine, two layers of Tanh": ("wine", network(13, 16, 16, 3, act=nn.Tanh)),
    "cancer 30-16-2": ("breast_cancer", network(30, 16, 2)),
    "seven Chinese columns, five classes": ("Chinese", network(7, 12, 5)),
    "negative values, a median of 0": ("negative", network(4, 6, 2, act=nn.LeakyReLU)),
    "four layers of Sigmoid": ("iris", network(4, 5, 5, 5, 5, 3, act=nn.Sigmoid)),
    "BatchNorm and Dropout": ("iris", normed()),
    "one Linear": ("iris", nn.Linear(4, 3)),
    "no bias, float64": (
        "iris",
        nn.Sequential(nn.Linear(4, 3, bias=False), nn.ReLU(), nn.Linear(3, 3)).double(),
    ),
}


@pytest.mark.parametrize(("name", "model"), TRIALS.values(), ids=TRIALS)
def test_what_is_drawn_is_what_the_model_computes(name: str, model: nn.Module) -> None:
    data = table(name)
    picture, plane = plot_network(model, data), plane_of(data)
    maps = {image.get_gid(): image.get_array().ravel() for image in picture.axes[0].images}
    dtype = next(model.parameters()).dtype
    with torch.no_grad():
        probabilities = model.eval()(plane.inputs.to(dtype)).softmax(dim=1)
    for number, drawn in enumerate(names.classes_of(data)):
        assert numpy.allclose(maps[f"p({drawn})"], probabilities[:, number], atol=1e-5)
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    edges = [line for line in picture.axes[0].lines if line.get_gid()]
    assert len(edges) == sum(layer.weight.numel() for layer in linear)
    assert f"→ {plane.x.name}, {plane.x.number(plane.extent[0])} to" in texts(picture)
    heatmap = texts(plot_heatmap(model, data))
    assert all(feature.name in heatmap for feature in names.features_of(data))
    assert plane.y.label in texts(plot_regions(model, data))
    if hidden := [layer.out_features for layer in linear[:-1]]:
        panels = plot_activations(model, data).axes[: len(hidden)]
        assert [len(panel.get_yticks()) for panel in panels] == hidden


def filled(value: float, layer: str = "hidden") -> IrisMLP:
    model = IrisMLP()
    nn.init.constant_(model.get_submodule(layer).weight, value)
    return model


inside = (plot_network, plot_heatmap, plot_activations)
maps = (plot_network, plot_regions)
softmax = nn.Sequential(IrisMLP(), nn.Softmax(1))
REFUSED = {
    "no Linear layer": (inside, "iris", nn.BatchNorm1d(4), "没有 nn.Linear"),
    "other classes": (inside, "iris", IrisMLP(classes=2), "2 个输出"),
    "other classes in regions": (maps, "iris", IrisMLP(classes=2), "类别"),
    "33 units": (inside, "iris", IrisMLP(hidden=33), "单元有 33 个"),
    "NaN": (inside, "iris", filled(float("nan")), "NaN"),
    "NaN in regions": (maps, "iris", filled(float("nan"), "output"), "NaN"),
    "infinity in regions": (maps, "iris", filled(float("-inf")), "无穷大"),
    "softmax at the end": (inside, "iris", softmax, "原始分数|不认识"),
    "five hidden layers": ((plot_network,), "iris", network(4, 2, 2, 2, 2, 2, 3), "隐藏层有 5 个"),
    "nothing hidden": ((plot_activations,), "iris", nn.Linear(4, 3), "没有隐藏层"),
    "64 features": (inside[:2], "digits", network(64, 32, 10), "特征有 64 个"),
    "10 classes": ((plot_regions,), "digits", network(64, 32, 10), "类别有 10 个"),
    "one feature": (maps, "one column", network(1, 3, 2), "1 个特征"),
}


@pytest.mark.parametrize(("drawings", "name", "model", "part"), REFUSED.values(), ids=REFUSED)
def test_what_would_lie_or_not_fit_is_refused_in_chinese(drawings, name, model, part) -> None:
    for draw in drawings:
        with pytest.raises(ValueError, match=f"(?s)({part}).*[请能]"):
            draw(model, table(name))
