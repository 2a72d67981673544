"""Histograms, heat maps and activations hold the model's own numbers."""

import re

import numpy
import pytest
import torch
from torch import nn

from day38 import IrisMLP, TabularData
from day38.plotting import plot_activations, plot_weight_heatmaps, plot_weight_histograms


def test_histograms_count_every_weight_on_one_scale(trained: IrisMLP) -> None:
    panels = plot_weight_histograms(trained).axes
    titles = ["hidden.weight (40 weights)", "output.weight (30 weights)"]
    assert [axes.get_title() for axes in panels] == titles
    assert [sum(bar.get_height() for bar in axes.patches) for axes in panels] == [40, 30]
    first, second = ([bar.get_x() for bar in axes.patches] for axes in panels)
    assert first == second
    rug = panels[0].lines[0].get_xdata()
    assert numpy.allclose(rug, trained.hidden.weight.detach().ravel())
    large = plot_weight_histograms(nn.Linear(20, 26)).axes[0]
    assert len(large.lines) == 1  # 520 weights have no rug, only the line at zero
    (axes,) = plot_weight_histograms(nn.Linear(1, 1)).axes
    assert all(tick == round(tick) for tick in axes.get_yticks())
    nn.init.constant_((broken := nn.Linear(4, 3)).weight, torch.nan)
    with pytest.raises(ValueError, match="训练发散"):
        plot_weight_histograms(broken)


@pytest.mark.parametrize(
    ("factor", "shape"),
    [(3e6, r"-\d\.\de[56]|1\.5e0"), (3e-5, r"-?\d\.\de-\d"), (3e-12, r"-\de-1\d|7\.5e-13")],
)
def test_large_and_small_weights_are_written_out_whole(
    factor: float, shape: str, iris: TabularData
) -> None:
    model = IrisMLP()
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -0.4 * factor, -0.2 * factor)
    nn.init.constant_(model.output.bias, min(1.5, factor / 4))
    picture = plot_weight_heatmaps({"own": model}, iris)
    assert all(re.fullmatch(shape, text.get_text()) for text in picture.axes[0].texts)
    assert " 0.00" not in picture.description


def test_before_and_after_write_out_83_parameters_on_one_symmetric_scale(
    trained: IrisMLP, iris: TabularData
) -> None:
    picture = plot_weight_heatmaps({"after": trained, "before": IrisMLP()}, iris)
    axes, other, _ = picture.axes
    table = axes.images[0].get_array()
    into, biases, out_of, last_biases = trained.state_dict().values()
    assert numpy.allclose(table[:10], numpy.column_stack([into, biases, out_of.T]))
    assert numpy.allclose(table[10, 5:], last_biases)
    assert len(axes.texts) == 83
    for text in axes.texts:
        column, row = text.get_position()
        assert text.get_text() == f"{table[row, column]:z.1f}" != "-0.0"
    largest = max(values.abs().max().item() for values in (into, biases, out_of, last_biases))
    limits = axes.images[0].get_clim()
    assert limits == other.images[0].get_clim() == pytest.approx((-largest, largest))


def test_each_hidden_layer_has_its_own_table_the_last_one_the_outputs(iris: TabularData) -> None:
    deep = nn.Sequential(nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 3))
    picture = plot_weight_heatmaps({"deep": deep, "flat": nn.Linear(4, 3)}, iris)
    first, flat, second, _ = picture.axes
    shapes = [axes.images[0].get_array().shape for axes in (first, flat, second)]
    assert shapes == [(2, 5), (3, 5), (6, 6)]
    assert [axes.get_title() for axes in (first, flat, second)] == ["deep", "flat", ""]
    assert picture.png()


def test_activations_are_sorted_by_class_and_the_dead_are_hatched(
    trained: IrisMLP, iris: TabularData
) -> None:
    picture = plot_activations(trained, iris)
    inputs, targets = iris.train
    with torch.no_grad():
        activations = trained.relu(trained.hidden(inputs))
    wanted = torch.cat([activations[targets == index] for index in range(3)])
    axes = picture.axes[0]
    assert numpy.allclose(axes.images[0].get_array(), wanted.T, atol=1e-6)
    shares = [f"{share:.0%}" for share in (activations > 0).double().mean(dim=0).tolist()]
    none = (activations == 0).all(dim=0).tolist()
    fired = ["dead" if one else share for one, share in zip(none, shares, strict=True)]
    assert [text.get_text() for text in axes.texts] == [*fired, "fired by", *iris.class_names]
    dead = [unit for unit, label in enumerate(fired) if label == "dead"]
    assert [bar.get_y() + 0.5 for bar in axes.patches if bar.get_hatch()] == dead != []
    assert f"h{dead[0] + 1} dead" in picture.description


@pytest.mark.parametrize("function", [nn.Tanh(), nn.Sigmoid(), nn.LeakyReLU()], ids=str)
def test_what_cannot_be_dead_is_not_called_so_and_zero_is_white(
    function: nn.Module, iris: TabularData
) -> None:
    model = nn.Sequential(nn.Linear(4, 5), function, nn.Linear(5, 3))
    nn.init.constant_(model[0].bias, -0.1)
    axes = plot_activations(model, iris).axes[0]
    answers = function(model[0](iris.train[0])).detach().double()
    fires, shares = isinstance(function, nn.LeakyReLU), (answers > 0).double().mean(dim=0).tolist()
    means = [f"{mean:z.2f}" for mean in answers.mean(dim=0).tolist()]
    words = [*(f"{share:.0%}" for share in shares), "fired by"] if fires else [*means, "mean"]
    assert [text.get_text() for text in axes.texts[:6]] == words
    image = axes.images[0]
    zero, lowest = image.to_rgba(numpy.array([[0.0, image.get_clim()[0]]]))[0, :, :3]
    assert zero.tolist() == [1, 1, 1]
    green, red, blue = lowest[[1, 0, 2]]
    assert green < red < blue if answers.min() < 0 else green == red == blue  # a hue of its own
