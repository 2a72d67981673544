"""What all pictures promise: they describe themselves, stay small and change nothing."""

import io
import random
import re
from typing import Any

import matplotlib
import numpy
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image

from day38 import History, IrisMLP, TabularData, plotting
from day38.plotting.picture import CLASS_COLORS, Picture
from tests.plotting.tables import MEASURED

DIGITS = torch.linspace(0, 1, 128).reshape(2, 1, 8, 8)
PICTURES = {
    "plot_loss": lambda model, iris: [History([1, 2, 20_000], [1.1, 0.5, 0.1])],
    "plot_weight_histograms": lambda model, iris: [model],
    "plot_weight_heatmaps": lambda model, iris: [{"one": model, "two": model}, iris],
    "plot_activations": lambda model, iris: [model, iris],
    "plot_network": lambda model, iris: [model, iris],
    "plot_networks": lambda model, iris: [{"one": model, "two": model}, iris],
    "plot_decision_regions": lambda model, iris: [{"one": model}, iris],
    "plot_accuracies": lambda model, iris: [[29, 28, 30], 30],
    "plot_confidence": lambda model, iris: [torch.tensor([0.5, 0.9]), torch.tensor([False, True])],
    "plot_intervals": lambda model, iris: [[(0.8, 0.95), (0.6, 0.88)], 0.9],
    "plot_class_maps": lambda model, iris: [DIGITS, {"net": DIGITS}, ["digit 1", "digit 2"]],
    "plot_epoch_profile": lambda model, iris: [{"forward": 2e-5, "backward": 5e-5}],
    "plot_speed_ladder": lambda model, iris: [{"slow": 9, "plain": 1}, {"slow": "a", "plain": "b"}],
    "plot_step_times": lambda model, iris: [MEASURED],
}


def state(model: IrisMLP) -> list[Any]:
    return [
        [(module.training, len(module._forward_hooks)) for module in model.modules()],
        [parameter.grad is None for parameter in model.parameters()],
        (random.getstate(), str(numpy.random.get_state()), str(torch.get_rng_state())),
        (dict(matplotlib.rcParams), pyplot.get_fignums()),
        (torch.is_grad_enabled(), torch.get_num_threads()),
    ]


# A missing glyph is a warning. What pyparsing tells an older matplotlib is not ours.
@pytest.mark.filterwarnings("error", r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", [name for name in plotting.__all__ if name.startswith("plot_")])
def test_a_picture_is_described_small_and_leaves_everything_as_it_was(
    name: str, trained: IrisMLP, iris: TabularData
) -> None:
    trained.train()
    trained.relu.eval()  # a mode of its own
    before = state(trained)
    data, metadata = getattr(plotting, name)(*PICTURES[name](trained, iris))._repr_mimebundle_()
    assert state(trained) == before
    assert data["image/png"] == getattr(plotting, name)(*PICTURES[name](trained, iris)).png()
    shown = metadata["image/png"]
    assert shown["alt"] == data["text/plain"] and len(shown["alt"]) > 20
    assert re.search(r"[\u4e00-\u9fff].*。$", shown["alt"], re.DOTALL)
    image = Image.open(io.BytesIO(data["image/png"]))
    assert image.size == pytest.approx((2 * shown["width"], 2 * shown["height"]), abs=2)
    assert len(data["image/png"]) < 300_000
    pixels = numpy.asarray(image.convert("L"))
    frame = numpy.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (frame > 250).all(), "something reaches over the edge"


def test_white_and_the_classes_stay_what_they_are() -> None:
    picture = Picture(2, 2)
    picture.set_layout_engine("none")
    for index, color in enumerate(CLASS_COLORS[:3]):
        picture.add_artist(matplotlib.patches.Rectangle((index / 4, 0), 0.25, 1, fc=color, lw=0))
    image = Image.open(io.BytesIO(picture.png())).convert("RGB")
    found = [image.getpixel((48 + 96 * index, 200)) for index in range(4)]
    assert found == [(0, 114, 178), (230, 159, 0), (204, 121, 167), (255, 255, 255)]


def test_it_shows_itself_even_where_pyplot_has_changed_how_figures_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(
        "IPython.display.display", lambda *given, **more: shown.extend([given, more])
    )
    formatter = DisplayFormatter()
    formatter.formatters["image/png"].for_type(Figure, lambda figure: b"drawn by pyplot")
    picture = Picture(1, 1, "a test")
    assert formatter.format(picture) == ({}, {})
    data, metadata = picture._repr_mimebundle_()
    assert shown == [(data,), {"metadata": metadata, "raw": True}]
