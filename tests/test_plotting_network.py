"""The network's picture shows what the network computes, and refuses what it cannot draw."""

from itertools import pairwise
from typing import Any

import numpy
import pytest
import torch
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage
from torch import Tensor, nn

from day38 import IrisData, IrisMLP, plot_network, plot_networks
from day38.inside import answers_of, layers_of, petal_plane
from day38.plotting import NEGATIVE, POSITIVE, SPECIES_COLORS, Picture
from tests.helpers import chinese_error, new_model, state_unchanged


def edges(picture: Picture, panel: int = 0) -> list[LineCollection]:
    """Return the edges into the hidden units and those out of them."""
    return [item for item in picture.axes[panel].collections if isinstance(item, LineCollection)]


def maps(picture: Picture, panel: int = 0) -> list[numpy.ndarray]:
    """Return the values of all maps, hidden units first."""
    return [image.get_array() for image in picture.axes[panel].images]


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def test_every_weight_is_an_edge_of_its_sign_and_size(trained: IrisMLP, iris: IrisData) -> None:
    into, out_of = edges(plot_network(trained, iris))
    for lines, weights in ((into, trained.hidden.weight), (out_of, trained.output.weight)):
        values = weights.detach().double().numpy().ravel()
        order = numpy.argsort(numpy.abs(values))
        widths = numpy.asarray(lines.get_linewidths())
        assert len(widths) == len(values)
        largest = max(trained.hidden.weight.abs().max(), trained.output.weight.abs().max()).item()
        assert numpy.allclose(widths, 5 * numpy.abs(values[order]) / largest, atol=1e-5)
        colors = [tuple(color[:3]) for color in lines.get_colors()]
        wanted = [to_rgb(POSITIVE if value > 0 else NEGATIVE) for value in values[order]]
        assert numpy.allclose(colors, wanted)


def test_edges_join_the_right_units(trained: IrisMLP, iris: IrisData) -> None:
    model = new_model()
    with torch.no_grad():
        model.hidden.weight.zero_()
        model.hidden.weight[7, 2] = -3.0  # from petal length to h8
    into, _ = edges(plot_network(model, iris))
    strongest = into.get_segments()[-1]
    starts = sorted({round(segment[0, 1], 6) for segment in into.get_segments()}, reverse=True)
    ends = sorted({round(segment[-1, 1], 6) for segment in into.get_segments()}, reverse=True)
    assert (starts.index(round(strongest[0, 1], 6)), ends.index(round(strongest[-1, 1], 6))) == (
        2,
        7,
    )


def test_changing_one_weight_changes_its_edge_and_its_unit_alone(
    trained: IrisMLP, iris: IrisData
) -> None:
    changed = new_model()
    changed.load_state_dict(trained.state_dict())
    with torch.no_grad():
        changed.hidden.weight[3, 2] *= -0.5
    before, after = (plot_network(model, iris, weight_limit=3) for model in (trained, changed))
    units = range(10)
    differ = [not numpy.allclose(maps(before)[unit], maps(after)[unit]) for unit in units]
    assert [unit for unit in units if differ[unit]] == [3]

    def widths(picture: Picture) -> list[float]:
        return sorted(edges(picture)[0].get_linewidths())

    weight = abs(trained.hidden.weight[3, 2].item())
    assert numpy.isclose(sum(widths(before)) - sum(widths(after)), 5 * weight / 2 / 3, atol=1e-4)

    def signs(picture: Picture) -> int:
        return sum(
            numpy.allclose(color[:3], to_rgb(POSITIVE)) for color in edges(picture)[0].get_colors()
        )

    assert signs(after) - signs(before) == 1  # it was negative
    assert before.png() != after.png()


def test_maps_are_what_the_units_compute(trained: IrisMLP, iris: IrisData) -> None:
    drawn = maps(plot_network(trained, iris))
    assert len(drawn) == 10 + 3 + 1  # the colour bar
    rows = len(drawn[0])
    plane = petal_plane(iris, rows=rows)
    with torch.no_grad():
        activations = trained.relu(trained.hidden(plane.inputs))
        probabilities = trained.output(activations).softmax(dim=1)
    for unit in range(10):
        wanted = activations[:, unit].reshape(rows, rows).numpy()
        assert numpy.allclose(drawn[unit], wanted, atol=1e-5)
    for index in range(3):
        wanted = probabilities[:, index].reshape(rows, rows).numpy()
        assert numpy.allclose(drawn[10 + index], wanted, atol=1e-5)


def test_the_plane_runs_over_the_petals_and_holds_the_rest(iris: IrisData) -> None:
    plane = petal_plane(iris, rows=5)
    points = iris.scaler.inverse_transform(plane.inputs.numpy())
    shortest, longest, narrowest, widest = plane.extent
    assert numpy.allclose(points[:5, 2], numpy.linspace(shortest, longest, 5), atol=1e-4)
    assert numpy.allclose(points[::5, 3], numpy.linspace(narrowest, widest, 5), atol=1e-4)
    flowers = iris.scaler.inverse_transform(iris.train[0].numpy())
    assert shortest < flowers[:, 2].min() < flowers[:, 2].max() < longest
    assert numpy.allclose(points[:, :2], numpy.median(flowers[:, :2], axis=0), atol=1e-5)
    assert list(plane.held) == ["sepal length (cm)", "sepal width (cm)"]


def test_flowers_lie_where_they_belong_in_their_colours(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_network(trained, iris)
    dots = [item for item in picture.axes[0].collections if isinstance(item, PathCollection)]
    on_maps = dots[:9]  # three maps with three species; then the legend
    for item, color in zip(on_maps, SPECIES_COLORS * 3, strict=True):
        assert numpy.allclose(item.get_facecolor()[0, :3], to_rgb(color))
    counts = torch.bincount(iris.train[1]).tolist()
    assert [len(item.get_offsets()) for item in on_maps] == counts * 3
    box = picture.axes[0].images[10].get_extent()
    for item in on_maps[:3]:
        x, y = item.get_offsets().T
        assert (box[0] < x).all() and (x < box[1]).all()
        assert (box[2] < y).all() and (y < box[3]).all()


def test_dead_units_are_named(iris: IrisData) -> None:
    model = new_model()
    with torch.no_grad():
        model.hidden.weight.abs_()
        model.hidden.bias.fill_(0.1)
        model.hidden.bias[4] = -100.0
    picture = plot_network(model, iris)
    assert "h5 dead" in texts(picture)
    assert "失活单元有 h5。" in picture.description
    assert sum("dead" in text for text in texts(picture)) == 2  # the unit and the legend
    with torch.no_grad():
        model.hidden.bias[4] = 0.1
    assert "没有失活单元" in plot_network(model, iris).description


def test_before_and_after_share_one_scale(trained: IrisMLP, iris: IrisData) -> None:
    untrained = new_model(seed=42)
    picture = plot_networks({"before": untrained, "after": trained}, iris)
    before, after = (max(edges(picture, panel)[0].get_linewidths()) for panel in (0, 1))
    ratio = untrained.hidden.weight.abs().max() / trained.hidden.weight.abs().max()
    assert before / after == pytest.approx(ratio.item(), rel=1e-4)
    assert picture.axes[0].images[0].get_clim() == picture.axes[1].images[0].get_clim()
    assert {"before", "after"} <= set(texts(picture))
    alone = plot_network(untrained, iris)
    assert max(max(lines.get_linewidths()) for lines in edges(alone)) == pytest.approx(5)


def test_limits_can_be_given(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_network(trained, iris, weight_limit=10, activation_limit=20, title="Epoch 7")
    assert max(max(lines.get_linewidths()) for lines in edges(picture)) < 5 * 0.3
    assert picture.axes[0].images[0].get_clim() == (0, 20)
    assert {"Epoch 7", "10", "20"} <= set(texts(picture))
    narrow = plot_network(trained, iris, weight_limit=0.1)
    assert max(max(lines.get_linewidths()) for lines in edges(narrow)) == pytest.approx(5)


@pytest.mark.parametrize("hidden", [1, 2, 7, 10, 32])
def test_any_width_up_to_32_is_drawn_without_overlap(hidden: int, iris: IrisData) -> None:
    picture = plot_network(IrisMLP(hidden=hidden), iris)
    boxes = [image.get_extent() for image in picture.axes[0].images]
    assert len(boxes) == hidden + 4
    units = sorted(box[2:] for box in boxes[:hidden])
    assert all(top < bottom for (_, top), (bottom, _) in pairwise(units))
    assert min(top - bottom for bottom, top in units) > 0.3  # inches
    assert picture.get_figheight() < 15


class Otherwise(nn.Module):
    """The lesson's network with something else done to its logits."""

    def __init__(self, change: Any) -> None:
        super().__init__()
        self.hidden, self.output, self.change = nn.Linear(4, 6), nn.Linear(6, 3), change

    def forward(self, inputs: Tensor) -> Tensor:
        return self.change(self, self.output(torch.relu(self.hidden(inputs))))


REFUSED = {
    "no model": ("model", TypeError, "str"),
    "a class": (IrisMLP, TypeError, "type"),
    "one layer": (nn.Linear(4, 3), ValueError, "1 个 nn.Linear"),
    "three layers": (
        nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)),
        ValueError,
        "3 个 nn.Linear",
    ),
    "a convolution": (
        nn.Sequential(nn.Conv1d(1, 1, 1), nn.Linear(4, 5), nn.Linear(5, 3)),
        ValueError,
        "2 个参数",
    ),
    "other inputs": (IrisMLP(inputs=5), ValueError, "4 个输入"),
    "other classes": (IrisMLP(classes=2), ValueError, "3 个输出"),
    "layers that do not meet": (
        nn.Sequential(nn.Linear(4, 5), nn.Linear(6, 3)),
        ValueError,
        "4→5",
    ),
    "33 units": (IrisMLP(hidden=33), ValueError, "33 个单元"),
    "no numbers": (IrisMLP().to("meta"), ValueError, "meta"),
    "softmax at the end": (Otherwise(lambda _, logits: logits.softmax(1)), ValueError, "softmax"),
    "a layer used twice": (
        Otherwise(lambda model, logits: model.output(torch.relu(model.hidden.weight[:, :1].T))),
        ValueError,
        "恰好用一次",
    ),
    "other rows": (nn.Sequential(nn.Flatten(0), nn.Linear(4, 5), nn.Linear(5, 3)), ValueError, ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_is_refused_and_left_as_it_was(name: str, iris: IrisData) -> None:
    model, kind, part = REFUSED[name]
    with chinese_error(kind, part):
        plot_network(model, iris)
    if isinstance(model, nn.Module):
        assert not any(module._forward_hooks for module in model.modules())


def test_wrong_arguments_are_refused(trained: IrisMLP, iris: IrisData) -> None:
    with chinese_error(TypeError, "iris", "tuple"):
        plot_network(trained, iris.train)
    with chinese_error(ValueError, "weight_limit"):
        plot_network(trained, iris, weight_limit=0)
    with chinese_error(TypeError, "activation_limit"):
        plot_network(trained, iris, activation_limit="high")
    with chinese_error(ValueError, "models"):
        plot_networks({}, iris)
    with chinese_error(ValueError, "models", "IrisMLP"):
        plot_networks(trained, iris)
    with chinese_error(ValueError, "columns"):
        plot_networks({"one": trained}, iris, columns=0)


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)),
        nn.Sequential(nn.Linear(4, 6, bias=False), nn.ReLU(), nn.Linear(6, 3, bias=False)),
        nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.5), nn.ReLU(), nn.Linear(6, 3)),
        IrisMLP(hidden=6).double(),
    ],
    ids=["tanh", "no bias", "dropout", "float64"],
)
def test_other_networks_of_two_layers_are_drawn(model: nn.Module, iris: IrisData) -> None:
    model.train()
    with state_unchanged(model):
        picture = plot_network(model, iris)
    values = maps(picture)[:6]
    low = picture.axes[0].images[0].get_clim()[0]
    assert low == min(0.0, min(float(value.min()) for value in values))
    assert all(isinstance(image, AxesImage) for image in picture.axes[0].images)


def test_a_network_of_zeros_is_drawn(iris: IrisData) -> None:
    model = new_model()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert plot_network(model, iris).png()


def test_answers_of_reads_what_the_output_layer_is_given(trained: IrisMLP, iris: IrisData) -> None:
    _, output = layers_of(trained, iris)
    activations, probabilities = answers_of(trained, output, iris.test[0])
    assert activations.shape == (30, 10)
    assert numpy.allclose(probabilities.sum(axis=1), 1)
    with torch.no_grad():
        wanted = trained.relu(trained.hidden(iris.test[0]))
    assert numpy.allclose(activations, wanted, atol=1e-6)
