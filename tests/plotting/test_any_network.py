"""Any table, any network of plain layers: what is drawn is true, what would not be is refused."""

from functools import cache
from itertools import chain, pairwise

import numpy
import pandas
import pytest
import torch
from matplotlib.text import Text
from sklearn import datasets
from torch import nn

from day38 import IrisMLP, TabularData, load_iris, split_table
from day38.plotting import (
    names,
    plot_activations,
    plot_decision_regions,
    plot_network,
    plot_weight_heatmaps,
)
from day38.plotting.picture import Picture
from day38.plotting.plane import SIDE, plane_of

CHINESE = ["糖分（克/升）", "酸度", "酒精度（%）", "色泽", "年份", "价格 ($)", "总酸"]


@cache
def table(name: str) -> TabularData:
    if name == "iris":
        return load_iris()
    if name in ("wine", "breast_cancer", "digits"):
        known = getattr(datasets, f"load_{name}")(as_frame=True)
        return split_table(known.data, known.target, title=name)
    numbers = numpy.random.default_rng(0).normal(size=(200, 7)) * [1, 1e6, 1e-4, 1, 1, 1, 1]
    kinds = numpy.arange(200) % 5
    if name == "Chinese":
        frame = pandas.DataFrame(numbers, columns=CHINESE)
        return split_table(frame, [f"{kind + 1}级" for kind in kinds], title=name, axes=(0, 1))
    numbers[:, 2] = numbers[:, 2] > 1e-4  # mostly 0, so its median is
    columns = numbers[:, :1] if name == "one column" else numbers[:, :4]
    return split_table(columns, kinds > 2, title=name, axes=(0, 1) if name == "negative" else None)


def network(*sizes: int, act: type = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    pairs = [(nn.Linear(*pair), act()) for pair in pairwise(sizes)]
    return nn.Sequential(*chain(*pairs))[:-1]


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


def texts(picture: Picture) -> str:
    return "\n".join(text.get_text() for text in picture.findobj(Text))


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
    heatmap = texts(plot_weight_heatmaps({"one": model}, data))
    assert all(feature.name in heatmap for feature in names.features_of(data))
    assert plane.y.label in texts(plot_decision_regions({"one": model}, data))
    if len(linear) > 1:
        panels = plot_activations(model, data).axes[: len(linear) - 1]
        assert [len(panel.get_yticks()) for panel in panels] == [
            layer.out_features for layer in linear[:-1]
        ]


def test_the_plane_runs_over_the_axes_and_holds_the_rest_at_its_median() -> None:
    data = table("negative")
    plane, rows = plane_of(data), data.scaling.measured(data.train[0].numpy())
    points = data.scaling.measured(plane.inputs.numpy())
    for line, column, ends in (
        (points[:SIDE], 0, plane.extent[:2]),
        (points[::SIDE], 1, plane.extent[2:]),
    ):
        assert numpy.allclose(line[:, column], numpy.linspace(*ends, SIDE), rtol=1e-4)
        assert ends[0] < rows[:, column].min() < 0 < rows[:, column].max() < ends[1]
        assert numpy.allclose(line[:, 2:], numpy.median(rows, axis=0)[2:], atol=1e-5)
    assert plane.held[2] == "0.00" and "x3\nheld at 0.00" in texts(
        plot_network(network(4, 2), data)
    )


def test_what_has_no_letters_on_this_machine_gets_a_number_and_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, model = table("Chinese"), network(7, 3, 5)
    if len(names.font_families()) > 1:  # a font for Chinese is installed
        assert all(name in texts(plot_network(model, data)) for name in ("糖分", "价格", "5级"))
    monkeypatch.setattr(names, "CHINESE_FONTS", ())
    for picture in (
        plot_network(model, data, title="训练后"),
        plot_weight_heatmaps({"训练后": model}, data),
        plot_decision_regions({"训练后": model}, data),
        plot_activations(model, data),
    ):
        assert "class 5" in texts(picture) and all(ord(one) < 0x2E80 for one in texts(picture))
        assert "feature 1 是糖分" in picture.description and "class 5 是5级" in picture.description


def filled(value: float) -> IrisMLP:
    model = IrisMLP()
    nn.init.constant_(model.hidden.weight, value)
    return model


inside = (plot_network, plot_weight_heatmaps, plot_activations)
maps = (plot_network, plot_decision_regions)
REFUSED = {
    "no Linear layer": (inside, "iris", nn.BatchNorm1d(4), "没有 nn.Linear"),
    "other classes": (inside, "iris", IrisMLP(classes=2), "2 个分数"),
    "other classes in regions": (maps, "iris", IrisMLP(classes=2), "类别"),
    "33 units": (inside, "iris", IrisMLP(hidden=33), "单元有 33 个"),
    "NaN": (inside, "iris", filled(float("nan")), "NaN"),
    "NaN in regions": (maps, "iris", filled(float("-inf")), "无穷大"),
    "softmax at the end": (
        inside,
        "iris",
        nn.Sequential(IrisMLP(), nn.Softmax(1)),
        "原始分数|不认识",
    ),
    "five hidden layers": ((plot_network,), "iris", network(4, 2, 2, 2, 2, 2, 3), "隐藏层有 5 个"),
    "nothing hidden": ((plot_activations,), "iris", nn.Linear(4, 3), "没有隐藏层"),
    "64 features": (inside[:2], "digits", network(64, 32, 10), "特征有 64 个"),
    "10 classes": ((plot_decision_regions,), "digits", network(64, 32, 10), "类别有 10 个"),
    "one feature": (maps, "one column", network(1, 3, 2), "1 个特征"),
}


@pytest.mark.parametrize(("drawings", "name", "model", "part"), REFUSED.values(), ids=REFUSED)
def test_what_would_lie_or_not_fit_is_refused_in_chinese(drawings, name, model, part) -> None:
    for draw in drawings:
        several = draw in (plot_weight_heatmaps, plot_decision_regions)
        with pytest.raises(ValueError, match=f"(?s)({part}).*[请能]"):
            draw({"one": model} if several else model, table(name))
