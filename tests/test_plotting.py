"""Pictures in general: the loss curve, the histograms, and how a picture shows itself."""

import io
from itertools import combinations
from typing import Any

import matplotlib
import numpy
import pytest
import torch
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image
from torch import nn

from day38 import (
    History,
    IrisData,
    IrisMLP,
    plot_activations,
    plot_decision_regions,
    plot_loss,
    plot_network,
    plot_networks,
    plot_weight_heatmaps,
    plot_weight_histograms,
)
from day38.plotting import NEGATIVE, POSITIVE, SPECIES_COLORS, SPECIES_MARKERS, Picture
from tests.helpers import chinese_error, new_model, state_unchanged

PICTURES = {
    "loss": lambda model, iris, history: plot_loss(history),
    "histograms": lambda model, iris, history: plot_weight_histograms(model),
    "network": lambda model, iris, history: plot_network(model, iris, title="A network"),
    "networks": lambda model, iris, history: plot_networks({"one": model, "two": model}, iris),
    "heatmaps": lambda model, iris, history: plot_weight_heatmaps({"one": model}, iris),
    "activations": lambda model, iris, history: plot_activations(model, iris),
    "regions": lambda model, iris, history: plot_decision_regions({"one": model}, iris),
}


@pytest.fixture(params=PICTURES, scope="module")
def draw(request: pytest.FixtureRequest, lesson: tuple[IrisMLP, History], iris: IrisData) -> Any:
    model, history = lesson
    return lambda: (model, PICTURES[request.param](model, iris, history))


@pytest.mark.filterwarnings("error")
def test_pictures_draw_without_warnings_and_leave_everything_as_it_was(draw: Any) -> None:
    settings, figures = dict(matplotlib.rcParams), pyplot.get_fignums()
    model, _ = draw()
    with state_unchanged(model):
        _, picture = draw()
        picture.png()
    assert dict(matplotlib.rcParams) == settings
    assert pyplot.get_fignums() == figures
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_pictures_are_described_and_small(draw: Any) -> None:
    _, picture = draw()
    assert isinstance(picture, Figure)
    data, metadata = picture._repr_mimebundle_()
    shown = metadata["image/png"]
    assert len(shown["alt"]) > 20
    assert shown["alt"] == data["text/plain"]
    image = Image.open(io.BytesIO(data["image/png"]))
    assert image.size == pytest.approx((2 * shown["width"], 2 * shown["height"]), abs=2)
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert len(data["image/png"]) < 400_000


def test_the_same_picture_gives_the_same_bytes(draw: Any) -> None:
    assert draw()[1].png() == draw()[1].png()


def test_nothing_reaches_over_the_edge(draw: Any) -> None:
    _, picture = draw()
    pixels = numpy.asarray(Image.open(io.BytesIO(picture.png())).convert("L"))
    edges = numpy.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (edges > 250).all()


def test_common_colours_stay_exactly_what_they_are() -> None:
    picture = Picture(2, 2)
    picture.set_layout_engine("none")
    axes = picture.add_axes((0, 0, 1, 1))
    axes.axis("off")
    for index, color in enumerate(("#0072B2", "#E69F00", "#CC79A7", "#808080")):
        axes.add_patch(matplotlib.patches.Rectangle((index / 4, 0), 0.25, 1, fc=color, lw=0))
    image = Image.open(io.BytesIO(picture.png())).convert("RGB")
    found = [image.getpixel((48 + 96 * index, 200)) for index in range(4)]
    assert found == [(0, 114, 178), (230, 159, 0), (204, 121, 167), (128, 128, 128)]


def test_a_picture_shows_itself_even_where_pyplot_has_changed_how_figures_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from IPython.core import display_functions
    from IPython.core.formatters import DisplayFormatter

    published: list[dict[str, Any]] = []
    monkeypatch.setattr(
        display_functions, "publish_display_data", lambda **content: published.append(content)
    )
    formatter = DisplayFormatter()
    formatter.formatters["image/png"].for_type(Figure, lambda figure: b"drawn by pyplot")
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.initialized", lambda: True)
    assert formatter.format(Picture(1, 1, "a test")) == ({}, {})
    (content,) = published
    assert content["data"]["image/png"].startswith(b"\x89PNG")
    assert content["metadata"]["image/png"]["alt"] == "a test"


def test_loss_is_drawn_over_true_epochs(lesson: tuple[IrisMLP, History]) -> None:
    history = lesson[1]
    (line,) = plot_loss(history).axes[0].lines
    assert line.get_xdata().tolist() == history.epochs
    assert line.get_ydata().tolist() == history.losses
    assert line.get_xdata()[-1] == 20_000


def test_validation_loss_is_drawn_if_there_is_any() -> None:
    history = History([1, 2], [1.0, 0.5], [1.1, 0.7], [0.3, 0.9])
    lines = plot_loss(history).axes[0].lines
    assert [line.get_label() for line in lines] == ["training", "validation"]
    assert lines[1].get_ydata().tolist() == [1.1, 0.7]


@pytest.mark.parametrize(
    ("value", "kind", "part"), [(History(), ValueError, "记录"), ([1.0, 0.5], TypeError, "list")]
)
def test_what_is_no_history_is_refused(value: Any, kind: type[Exception], part: str) -> None:
    with chinese_error(kind, part):
        plot_loss(value)


def test_histograms_count_every_weight_on_one_scale(trained: IrisMLP) -> None:
    panels = plot_weight_histograms(trained).axes
    assert [axes.get_title() for axes in panels] == [
        "hidden.weight (40 weights)",
        "output.weight (30 weights)",
    ]
    counts = [sum(bar.get_height() for bar in axes.patches) for axes in panels]
    assert counts == [40, 30]
    edges = [[bar.get_x() for bar in axes.patches] for axes in panels]
    assert edges[0] == edges[1]
    rugs = [axes.lines[0].get_xdata() for axes in panels]
    assert numpy.allclose(rugs[0], trained.hidden.weight.detach().ravel())


def test_a_large_layer_has_no_rug() -> None:
    small, large = (plot_weight_histograms(nn.Linear(20, size)).axes[0].lines for size in (25, 26))
    assert (len(small), len(large)) == (2, 1)  # the rug and the line at zero; the line alone


@pytest.mark.parametrize(
    ("model", "bins", "kind", "part"),
    [
        ("model", 12, TypeError, "str"),
        (IrisMLP, 12, TypeError, "type"),
        (nn.ReLU(), 12, ValueError, "参数"),
        (nn.BatchNorm1d(4), 12, ValueError, "权重矩阵"),
        (IrisMLP().to("meta"), 12, ValueError, "meta"),
        (IrisMLP(), 0, ValueError, "bins"),
        (IrisMLP(), 2.5, TypeError, "bins"),
    ],
)
def test_histograms_refuse(model: Any, bins: Any, kind: type[Exception], part: str) -> None:
    with chinese_error(kind, part):
        plot_weight_histograms(model, bins)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_broken_weights_are_named(value: float, iris: IrisData) -> None:
    model = new_model()
    with torch.no_grad():
        model.hidden.weight[3, 1] = value
    with chinese_error(ValueError, "NaN"):
        plot_weight_histograms(model)
    with chinese_error(ValueError, "NaN"):
        plot_network(model, iris)


# Machado, Oliveira and Fernandes (2009), complete deficiency, on linear RGB.
DEFICIENCIES = {
    "none": numpy.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen(color: str, deficiency: str) -> numpy.ndarray:
    """Return a colour in CIELAB as an eye with that deficiency sees it."""
    encoded = numpy.array(matplotlib.colors.to_rgb(color))
    linear = numpy.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = numpy.clip(numpy.array(DEFICIENCIES[deficiency]) @ linear, 0, 1)
    to_xyz = numpy.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = numpy.cbrt(numpy.maximum(to_xyz @ linear / to_xyz.sum(axis=1), 0.008856))
    return numpy.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_differ_for_every_eye(deficiency: str) -> None:
    pairs = [*combinations(SPECIES_COLORS, 2), (POSITIVE, NEGATIVE)]
    distances = [numpy.linalg.norm(seen(a, deficiency) - seen(b, deficiency)) for a, b in pairs]
    assert min(distances) > 15  # about 2 is just noticeable
    assert len(set(SPECIES_MARKERS)) == 3  # so that colour is not the only sign
