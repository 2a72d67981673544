"""The network's picture shows what the network holds and computes."""

import numpy
import pytest
import torch

from day38 import IrisMLP, TabularData
from day38.plotting import plot_network
from day38.plotting.picture import NEGATIVE, POSITIVE
from day38.plotting.plane import plane_of
from tests.plotting.tables import named, texts


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
    assert "→ petal length, 0.7 to 7.0 cm; ↑ petal width" in texts(picture)
    assert "Epoch 7" in texts(picture).split("\n")


def test_dead_units_are_hatched(trained: IrisMLP, iris: TabularData) -> None:
    picture = plot_network(trained, iris)
    with torch.no_grad():
        dead = (trained.relu(trained.hidden(iris.train[0])) == 0).all(dim=0).sum().item()
    assert dead == texts(picture).split("\n").count("dead") > 0
    assert dead == len([patch for patch in picture.axes[0].patches if patch.get_hatch()])
    assert picture.description.partition("死亡单元有")[2].count("h") == dead
