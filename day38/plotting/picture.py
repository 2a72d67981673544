"""What all pictures share: how a picture shows itself, and which colour means what."""

import io
from collections.abc import Sequence
from typing import Any

import numpy
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from PIL import Image

from day38.plotting.names import font_families

BLUE, ORANGE, GREY, DARK = "#0072B2", "#D55E00", "#595959", "#222222"
# Okabe and Ito's palette for the classes, in their order; the marks differ as well.
CLASS_COLORS = (BLUE, "#E69F00", "#CC79A7", "#009E73", ORANGE, "#F0E442", "#56B4E9", "#999999")
CLASS_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")


def tint(color: str, share: float) -> tuple[float, ...]:
    """Return `color` mixed with white: points in the full colour stay visible on it."""
    return tuple(1 - share * (1 - part) for part in to_rgb(color))


# How maps look, for `imshow`. Few shades: one sees the lines between them, and files stay small.
PROBABILITY: list[dict[str, Any]] = [
    {"cmap": LinearSegmentedColormap.from_list("probability", ["white", tint(color, 0.6)], 14)}
    | {"vmin": 0, "vmax": 1}
    for color in CLASS_COLORS
]
# The sign of a weight has colours of its own, so that no colour means two things.
POSITIVE, NEGATIVE = "#01555E", "#A6611A"
SIGNED = LinearSegmentedColormap.from_list("signed", [NEGATIVE, "#F7F7F7", POSITIVE])
# White is an activation of exactly zero; the faintest one above it is already visible.
ACTIVATION = LinearSegmentedColormap.from_list("activation", ["#DADADA", "#1A1A1A"], 14)
ACTIVATION = ACTIVATION.with_extremes(under="white")
# Where there are some below zero, they have a hue of their own; white is the middle one of 29.
SIDES = ((0, "#5B1A8B"), (13 / 28, "#E6DDF0"), (0.5, "white"), (15 / 28, "#DADADA"), (1, "#1A1A1A"))
SIGNED_ACTIVATION = LinearSegmentedColormap.from_list("signed activation", SIDES, 29)
OUTLINE = [withStroke(linewidth=2, foreground="white")]  # for words on top of something


class Picture(Figure):
    """A matplotlib figure that shows itself in a notebook, with a text for those who cannot see.

    It belongs to no window and to no list of open figures, so nothing has to be closed. Its size
    is in inches of 96 pixels on the page, drawn at twice that resolution; its description in
    Chinese is the alternative text.
    """

    def __init__(self, width: float, height: float, description: str = "") -> None:
        super().__init__(figsize=(width, height), dpi=192, layout="constrained")
        self.description = description

    def chart(self, **settings: Any) -> Axes:
        """Return axes that fill the picture, less the two sides that carry no numbers."""
        axes = self.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        axes.set(**settings)
        return axes

    def draw(self, renderer: RendererBase) -> None:
        """Draw with a font for Chinese behind matplotlib's own, for this picture only."""
        for text in self.findobj(Text):
            if not text.get_text().isascii():
                text.set_fontfamily(font_families())
        super().draw(renderer)

    def png(self) -> bytes:
        """Return the picture as a PNG file of at most 256 colours, a third of the usual size."""
        canvas = FigureCanvasAgg(self)
        canvas.draw()
        image = Image.fromarray(numpy.asarray(canvas.buffer_rgba())[..., :3])
        method, dither, buffer = Image.Quantize.MEDIANCUT, Image.Dither.NONE, io.BytesIO()
        settled = image.width * image.height // 1_000  # until so few pixels change their colour
        image.quantize(256, method=method, kmeans=settled, dither=dither).save(buffer, "PNG")
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        width, height = (round(96 * inches) for inches in self.get_size_inches())
        shown = {"width": width, "height": height, "alt": self.description}
        return {"image/png": self.png(), "text/plain": self.description}, {"image/png": shown}

    def _ipython_display_(self) -> None:
        # Once something has imported pyplot, Jupyter draws figures its own way, at another size
        # and without a description, and would do so to this one. Only IPython calls this.
        from IPython.display import display

        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)


def draw_points(
    axes: Axes, points: numpy.ndarray, targets: numpy.ndarray, names: Sequence[str], size: float
) -> None:
    """Draw a mark at each of `points`, shape (rows, 2), as its class looks everywhere."""
    for index, name in enumerate(names):
        look = {"color": CLASS_COLORS[index], "marker": CLASS_MARKERS[index], "ec": DARK}
        axes.scatter(*points[targets == index].T, s=size, lw=0.4, label=name, zorder=3, **look)
