"""The network's picture shows what the network holds and computes."""

from itertools import pairwise

import numpy
import pytest
import torch

from day38 import IrisMLP, TabularData
from day38.plotting import plot_network, plot_networks
from day38.plotting.picture import NEGATIVE, POSITIVE, Picture
from day38.plotting.plane import plane_of


def named(picture: Picture, artists: str) -> dict[str, list]:
    """Return what is drawn, under its name such as ``h3`` or ``h3 → setosa``."""
    found: dict[str, list] = {}
    for artist in getattr(picture.axes[0], artists):
        found.setdefault(artist.get_gid(), []).append(artist)
    return found


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.axes[0].texts]


def test_every_weight_is_an_edge_of_its_sign_and_size(trained: IrisMLP, iris: TabularData) -> None:
    weights = [layer.weight.detach() for layer in (trained.hidden, trained.output)]
    largest = max(values.abs().max().item() for values in weights)
    units = [f"h{unit}" for unit in range(1, 11)]
    inputs = [name.removesuffix(" (cm)") for name in iris.feature_names]
    edges = named(plot_network(trained, iris), "lines")
    for names, values in zip(((inputs, units), (units, iris.class_names)), weights, strict=True):
        for source, column in zip(names[0], values.T, strict=True):
            for target, weight in zip(names[1], column.tolist(), strict=True):
                (edge,) = edges[f"{source} → {target}"]
                assert edge.get_linewidth() == pytest.approx(5 * abs(weight) / largest, abs=1e-5)
                assert edge.get_color() == (POSITIVE if weight > 0 else NEGATIVE)


def test_maps_are_what_the_units_compute_with_the_rows_on_them(
    trained: IrisMLP, iris: TabularData
) -> None:
    picture = plot_network(trained, iris, title="Epoch 7")
    images = named(picture, "images")
    with torch.no_grad():
        activations = trained.relu(trained.hidden(plane_of(iris).inputs))
    for unit, wanted in enumerate(activations.T, 1):
        assert numpy.allclose(images[f"h{unit}"][0].get_array().ravel(), wanted, atol=1e-5)
    places = numpy.concatenate([item.get_offsets() for item in picture.axes[0].collections])
    for name in iris.class_names:
        left, right, bottom, top = images[f"p({name})"][0].get_extent()
        x, y = places.T
        on_it = (left < x) & (x < right) & (bottom < y) & (y < top)
        assert images[f"p({name})"][0].get_clim() == (0, 1) and on_it.sum() == 120
    assert any("→ petal length, 0.7 to 7.0 cm; ↑ petal width" in text for text in texts(picture))
    assert "Epoch 7" in texts(picture)


def test_dead_units_are_hatched(trained: IrisMLP, iris: TabularData) -> None:
    picture = plot_network(trained, iris)
    with torch.no_grad():
        dead = (trained.relu(trained.hidden(iris.train[0])) == 0).all(dim=0).sum().item()
    assert dead == texts(picture).count("dead") > 0
    assert dead == len([patch for patch in picture.axes[0].patches if patch.get_hatch()])
    assert picture.description.partition("死亡单元有")[2].count("h") == dead


@pytest.mark.parametrize(("columns", "moved"), [(1, (0, -7)), (2, (4.3, 0))])
def test_before_and_after_share_one_scale(
    columns: int, moved: tuple[float, float], trained: IrisMLP, iris: TabularData
) -> None:
    untrained = IrisMLP()
    picture = plot_networks({"before": untrained, "after": trained}, iris, columns)
    before, after = named(picture, "lines")["petal length → h1"]
    ratio = untrained.hidden.weight[0, 2].abs() / trained.hidden.weight[0, 2].abs()
    assert before.get_linewidth() / after.get_linewidth() == pytest.approx(ratio.item(), rel=1e-4)
    first, second = named(picture, "images")["h1"]
    assert first.get_clim() == second.get_clim()
    apart = numpy.subtract(second.get_extent(), first.get_extent())[[0, 2]]
    assert apart == pytest.approx(moved)  # inches to the right and up


@pytest.mark.parametrize("hidden", [1, 2, 7, 32])
def test_any_width_up_to_32_is_drawn_without_overlap(hidden: int, iris: TabularData) -> None:
    images = named(plot_network(IrisMLP(hidden=hidden), iris), "images")
    units = sorted(images[f"h{unit}"][0].get_extent()[2:] for unit in range(1, hidden + 1))
    assert min(top - bottom for bottom, top in units) > 0.35  # inches
    assert all(below < above for (_, below), (above, _) in pairwise(units))
