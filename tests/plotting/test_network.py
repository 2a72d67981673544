"""The network's picture shows what the network holds and computes."""

from itertools import pairwise

import numpy
import pytest
import torch

from day38 import IrisMLP, TabularData
from day38.plotting import plot_network, plot_networks
from day38.plotting.inside import Network, petal_plane
from day38.plotting.picture import NEGATIVE, POSITIVE, Picture


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.axes[0].texts]


def test_every_weight_is_an_edge_of_its_sign_and_size(trained: IrisMLP, iris: TabularData) -> None:
    weights = [layer.weight.detach().numpy() for layer in (trained.hidden, trained.output)]
    largest = max(abs(values).max() for values in weights)
    edges = plot_network(trained, iris).axes[0].lines
    for lines, values in zip((edges[:40], edges[40:70]), weights, strict=True):
        heights = numpy.array([line.get_ydata()[[0, -1]] for line in lines]).round(6)
        sources, targets = (numpy.unique(-ends, return_inverse=True)[1] for ends in heights.T)
        assert len({*zip(sources, targets, strict=True)}) == values.size
        drawn = values[targets, sources]
        widths = [line.get_linewidth() for line in lines]
        assert numpy.allclose(widths, 5 * abs(drawn) / largest, atol=1e-5)
        wanted = [POSITIVE if value > 0 else NEGATIVE for value in drawn]
        assert [line.get_color() for line in lines] == wanted


def test_maps_are_what_the_units_compute_with_the_flowers_on_them(
    trained: IrisMLP, iris: TabularData
) -> None:
    picture = plot_network(trained, iris, title="Epoch 7")
    images, flowers = picture.axes[0].images, picture.axes[0].collections
    with torch.no_grad():
        activations = trained.relu(trained.hidden(petal_plane(iris).inputs))
        probabilities = trained.output(activations).softmax(dim=1)
    for image, wanted in zip(images[:13], [*activations.T, *probabilities.T], strict=True):
        assert numpy.allclose(image.get_array().ravel(), wanted, atol=1e-5)
    for image, dots in zip(images[10:13], (flowers[:3], flowers[3:6], flowers[6:9]), strict=True):
        left, right, bottom, top = image.get_extent()
        x, y = numpy.concatenate([item.get_offsets() for item in dots]).T
        assert image.get_clim() == (0, 1) and len(x) == 120
        assert left < x.min() and x.max() < right and bottom < y.min() and y.max() < top
    assert any("→ petal length, 0.7 to 7.0 cm; ↑ petal width" in text for text in texts(picture))
    assert "Epoch 7" in texts(picture)


def test_dead_units_are_hatched(trained: IrisMLP, iris: TabularData) -> None:
    picture = plot_network(trained, iris)
    dead = Network(trained, iris).fired.count("dead")
    assert dead == texts(picture).count("dead") > 0
    assert dead == len([patch for patch in picture.axes[0].patches if patch.get_hatch()])
    assert picture.description.partition("死亡单元有")[2].count("h") == dead


@pytest.mark.parametrize(("columns", "moved"), [(1, (0, -7)), (2, (4.3, 0))])
def test_before_and_after_share_one_scale(
    columns: int, moved: tuple[float, float], trained: IrisMLP, iris: TabularData
) -> None:
    untrained = IrisMLP()
    axes = plot_networks({"before": untrained, "after": trained}, iris, columns).axes[0]
    before, after = axes.lines[39], axes.lines[109]  # the heaviest of 40, which come before 30
    ratio = untrained.hidden.weight.abs().max() / trained.hidden.weight.abs().max()
    assert before.get_linewidth() / after.get_linewidth() == pytest.approx(ratio.item(), rel=1e-4)
    first, second = axes.images[0], axes.images[13]
    assert first.get_clim() == second.get_clim()
    apart = numpy.subtract(second.get_extent(), first.get_extent())[[0, 2]]
    assert apart == pytest.approx(moved)  # inches to the right and up


@pytest.mark.parametrize("hidden", [1, 2, 7, 32])
def test_any_width_up_to_32_is_drawn_without_overlap(hidden: int, iris: TabularData) -> None:
    images = plot_network(IrisMLP(hidden=hidden), iris).axes[0].images
    units = sorted(image.get_extent()[2:] for image in images[:hidden])
    assert min(top - bottom for bottom, top in units) > 0.35  # inches
    assert all(below < above for (_, below), (above, _) in pairwise(units))
