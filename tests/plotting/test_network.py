"""The network's picture shows what the network holds and computes."""

from itertools import pairwise

import numpy
import pytest
import torch
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from day38 import IrisData, IrisMLP
from day38.plotting import plot_network, plot_networks
from day38.plotting.inside import Network, petal_plane
from day38.plotting.picture import NEGATIVE, POSITIVE, SPECIES_COLORS, Picture
from tests.plotting.conftest import new_model


def edges(picture: Picture) -> list[list[Line2D]]:
    """Return the edges into the hidden units and those out of them, of each network."""
    lines = list(picture.axes[0].lines)[:-6]  # the last ones are the legend's
    starts = range(0, len(lines), 70)
    return [part for one in starts for part in (lines[one : one + 40], lines[one + 40 : one + 70])]


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.axes[0].texts]


def test_every_weight_is_an_edge_of_its_sign_and_size(trained: IrisMLP, iris: IrisData) -> None:
    weights = [layer.weight.detach().numpy() for layer in (trained.hidden, trained.output)]
    largest = max(abs(values).max() for values in weights)
    for lines, values in zip(edges(plot_network(trained, iris)), weights, strict=True):
        values = values.ravel()[abs(values).ravel().argsort()]
        widths = [line.get_linewidth() for line in lines]
        assert numpy.allclose(widths, 5 * abs(values) / largest, atol=1e-5)
        wanted = [POSITIVE if value > 0 else NEGATIVE for value in values]
        assert [line.get_color() for line in lines] == wanted


def test_edges_join_the_right_units(iris: IrisData) -> None:
    model = new_model()
    with torch.no_grad():
        model.hidden.weight.zero_()
        model.hidden.weight[7, 2] = -3.0  # from petal length to h8
    lines = [line.get_ydata() for line in edges(plot_network(model, iris))[0]]
    for end, place in ((0, 2), (-1, 7)):
        heights = sorted({round(line[end], 6) for line in lines}, reverse=True)
        assert heights.index(round(lines[-1][end], 6)) == place


def test_maps_are_what_the_units_compute_and_have_scales(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_network(trained, iris)
    drawn = [image.get_array() for image in picture.axes[0].images]
    assert len(drawn) == 10 + 3 + 4  # and a scale for activations, three for probabilities
    with torch.no_grad():
        activations = trained.relu(trained.hidden(petal_plane(iris).inputs))
        probabilities = trained.output(activations).softmax(dim=1)
    for values, wanted in zip(drawn, [*activations.T, *probabilities.T], strict=False):
        assert numpy.allclose(values.ravel(), wanted, atol=1e-5)
    assert all(image.get_clim() == (0, 1) for image in picture.axes[0].images[10:13])
    assert {"0", "probability", "1"} <= set(texts(picture))
    assert any("→ petal length, 0.7 to 7.0 cm; ↑ petal width" in text for text in texts(picture))


def test_flowers_lie_on_their_maps_in_colours_the_maps_do_not_have(
    trained: IrisMLP, iris: IrisData
) -> None:
    axes = plot_network(trained, iris).axes[0]
    dots = [item for item in axes.collections if isinstance(item, PathCollection)][:9]
    counts = torch.bincount(iris.train[1]).tolist()
    assert [len(item.get_offsets()) for item in dots] == counts * 3
    left, right, bottom, top = axes.images[10].get_extent()
    for item, image, color in zip(dots[:3], axes.images[10:13], SPECIES_COLORS, strict=True):
        assert numpy.allclose(item.get_facecolor()[0, :3], to_rgb(color))
        x, y = item.get_offsets().T
        assert left < x.min() and x.max() < right and bottom < y.min() and y.max() < top
        darkest = image.to_rgba(numpy.ones((1, 1)))[0, 0, :3]
        assert numpy.linalg.norm(darkest - to_rgb(color)) > 0.2


def test_dead_units_are_hatched(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_network(trained, iris)
    dead = Network(trained, iris).fired.count("dead")
    assert dead == texts(picture).count("dead") > 0
    assert dead == len([patch for patch in picture.axes[0].patches if patch.get_hatch()])
    assert picture.description.partition("死亡单元有")[2].count("h") == dead


@pytest.mark.parametrize(
    ("columns", "apart"), [(1, (0, 7)), (2, (4.3, 0))], ids=["under", "beside"]
)
def test_before_and_after_share_one_scale(
    columns: int, apart: tuple[float, float], trained: IrisMLP, iris: IrisData
) -> None:
    untrained = new_model()
    picture = plot_networks({"before": untrained, "after": trained}, iris, columns)
    before, _, after, _ = (max(line.get_linewidth() for line in lines) for lines in edges(picture))
    ratio = untrained.hidden.weight.abs().max() / trained.hidden.weight.abs().max()
    assert before / after == pytest.approx(ratio.item(), rel=1e-4)
    first, second = picture.axes[0].images[0], picture.axes[0].images[13]
    assert first.get_clim() == second.get_clim()
    moved = numpy.subtract(second.get_extent(), first.get_extent())[[0, 2]]  # inches
    assert numpy.allclose(moved, [apart[0], -apart[1]])
    assert {"before", "after"} <= set(texts(picture))


def test_limits_can_be_given(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_network(trained, iris, weight_limit=10, activation_limit=20, title="Epoch 7")
    assert max(line.get_linewidth() for lines in edges(picture) for line in lines) < 5 * 0.5
    assert picture.axes[0].images[0].get_clim()[1] == 20
    assert {"Epoch 7", "10", "20"} <= set(texts(picture))


@pytest.mark.parametrize("hidden", [1, 2, 7, 32])
def test_any_width_up_to_32_is_drawn_without_overlap(hidden: int, iris: IrisData) -> None:
    picture = plot_network(IrisMLP(hidden=hidden), iris)
    boxes = [image.get_extent() for image in picture.axes[0].images]
    units = sorted(box[2:] for box in boxes[:hidden])
    assert len(boxes) == hidden + 7 and min(top - bottom for bottom, top in units) > 0.35  # inches
    assert all(below < above for (_, below), (above, _) in pairwise(units))
