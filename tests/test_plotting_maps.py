"""Heat maps and decision regions: the numbers on them are the model's own."""

from typing import Any

import numpy
import pytest
import torch
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import to_rgb
from torch import Tensor, nn

from day38 import (
    IrisData,
    IrisMLP,
    plot_activations,
    plot_decision_regions,
    plot_weight_heatmaps,
)
from day38.inside import at_petals, classify
from day38.plotting import SPECIES_COLORS, Picture
from tests.helpers import chinese_error, new_model, state_unchanged


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_all_83_parameters_are_written_out(trained: IrisMLP, iris: IrisData) -> None:
    axes = plot_weight_heatmaps({"trained": trained}, iris).axes[0]
    assert len(axes.texts) == 83
    table = axes.images[0].get_array()
    state = {name: value.numpy() for name, value in trained.state_dict().items()}
    assert numpy.allclose(table[:10, :4], state["hidden.weight"], atol=1e-6)
    assert numpy.allclose(table[:10, 4], state["hidden.bias"], atol=1e-6)
    assert numpy.allclose(table[:10, 5:], state["output.weight"].T, atol=1e-6)
    assert numpy.allclose(table[10, 5:], state["output.bias"], atol=1e-6)
    for text in axes.texts:
        column, row = text.get_position()
        assert text.get_text() == f"{table[row, column]:z.1f}"
    assert "-0.0" not in texts(axes)


def test_before_and_after_share_one_symmetric_scale(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_weight_heatmaps({"before": new_model(42), "after": trained}, iris)
    limits = [axes.images[0].get_clim() for axes in picture.axes[:2]]
    largest = max(parameter.abs().max().item() for parameter in trained.parameters())
    assert limits[0] == limits[1] == (pytest.approx(-largest), pytest.approx(largest))
    assert [axes.get_title() for axes in picture.axes[:2]] == ["before", "after"]


def test_a_network_without_biases_shows_zeros(iris: IrisData) -> None:
    model = nn.Sequential(nn.Linear(4, 2, bias=False), nn.ReLU(), nn.Linear(2, 3, bias=False))
    table = plot_weight_heatmaps({"no bias": model}, iris).axes[0].images[0].get_array()
    assert (table[:2, 4] == 0).all()
    assert (table[2, 5:] == 0).all()


def test_activations_are_sorted_by_species_with_their_shares(
    trained: IrisMLP, iris: IrisData
) -> None:
    with state_unchanged(trained):
        picture = plot_activations(trained, iris)
    inputs, targets = iris.train
    with torch.no_grad():
        activations = trained.relu(trained.hidden(inputs))
    wanted = torch.cat([activations[targets == index] for index in range(3)])
    axes = picture.axes[0]
    assert numpy.allclose(axes.images[0].get_array(), wanted.T, atol=1e-6)
    shares = [text for text in texts(axes) if "%" in text]
    for text, share in zip(shares, (activations > 0).double().mean(dim=0), strict=True):
        assert text.split("%")[0] == f"{share:.0%}"[:-1]
        assert text.endswith("dead") == (share == 0)
    assert texts(axes)[-3:] == list(iris.class_names)
    assert "h3 76%" in picture.description


def test_a_unit_that_one_flower_fires_is_not_called_dead(iris: IrisData) -> None:
    model = new_model()
    with torch.no_grad():
        reach = iris.train[0] @ model.hidden.weight[0]
        model.hidden.bias[0] = -(reach.sort().values[-2:].mean())
        model.hidden.bias[1] = -100.0
    shown = [text for text in texts(plot_activations(model, iris).axes[0]) if "%" in text]
    assert shown[:2] == ["1%", "0% dead"]


def meshes(picture: Picture) -> list[QuadMesh]:
    return [
        item for axes in picture.axes for item in axes.collections if isinstance(item, QuadMesh)
    ]


def test_regions_are_what_the_model_answers(trained: IrisMLP, iris: IrisData) -> None:
    (mesh,) = meshes(plot_decision_regions({"trained": trained}, iris))
    corners = mesh.get_coordinates()
    middles = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    answers = classify(trained, at_petals(iris, middles.reshape(-1, 2)))
    drawn = numpy.asarray(mesh.get_array()).ravel()
    assert (answers == drawn).mean() > 0.999  # a point on a border may round either way
    assert set(drawn) == {0, 1, 2}


def test_regions_have_the_colours_of_their_flowers(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_decision_regions({"trained": trained}, iris)
    (mesh,) = meshes(picture)
    for index, color in enumerate(SPECIES_COLORS):
        assert numpy.allclose(mesh.to_rgba(numpy.array([float(index)]))[0, :3], to_rgb(color))
    dots = [item for item in picture.axes[0].collections if isinstance(item, PathCollection)]
    for item, color in zip(dots, SPECIES_COLORS, strict=True):
        assert numpy.allclose(item.get_facecolor()[0, :3], to_rgb(color))
    assert sum(len(item.get_offsets()) for item in dots) == 120


def test_trained_and_untrained_differ(trained: IrisMLP, iris: IrisData) -> None:
    picture = plot_decision_regions({"before": new_model(42), "after": trained}, iris)
    before, after = (numpy.asarray(mesh.get_array()) for mesh in meshes(picture))
    assert (before != after).mean() > 0.2
    assert "before 认错 81 朵" in picture.description


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_there_is_one_panel_a_model(count: int, trained: IrisMLP, iris: IrisData) -> None:
    models = {f"model {number}": trained for number in range(count)}
    picture = plot_decision_regions(models, iris, columns=2)
    assert [axes.get_title() for axes in picture.axes] == list(models)


class Deep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.layers(inputs)


def test_regions_of_any_classifier_can_be_drawn(iris: IrisData) -> None:
    model = Deep().double().train()
    before = model.layers[1].running_mean.clone()
    with state_unchanged(model):
        plot_decision_regions({"deep": model}, iris)
    assert torch.equal(before, model.layers[1].running_mean)


@pytest.mark.parametrize("plot", [plot_decision_regions, plot_weight_heatmaps])
def test_wrong_models_are_refused(plot: Any, iris: IrisData) -> None:
    with chinese_error(ValueError, "models", "{}"):
        plot({}, iris)
    with chinese_error(ValueError, "models", "IrisMLP"):
        plot(IrisMLP(), iris)
    with chinese_error(TypeError, "str"):
        plot({"one": "model"}, iris)
    with chinese_error(ValueError, "4"):
        plot({"one": IrisMLP(inputs=5)}, iris)


def test_other_wrong_arguments_are_refused(trained: IrisMLP, iris: IrisData) -> None:
    with chinese_error(ValueError, "columns"):
        plot_decision_regions({"one": trained}, iris, columns=0)
    with chinese_error(TypeError, "iris"):
        plot_activations(trained, "iris")
    with chinese_error(ValueError, "1 个 nn.Linear"):
        plot_activations(nn.Linear(4, 3), iris)
