"""What the networks of one picture share: sizes, scales, the legend, and how things are drawn."""

from __future__ import annotations

from typing import Any

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from day38.data import TabularData
from day38.plotting.anatomy import Anatomy, Shades, fires, shades_of
from day38.plotting.names import classes_of, features_of, fitted, two_digits
from day38.plotting.picture import (
    CLASS_COLORS,
    DARK,
    NEGATIVE,
    OUTLINE,
    POSITIVE,
    draw_points,
    tint,
)
from day38.plotting.plane import plane_of

Box = tuple[float, float, float, float]

WIDTH, STEP = 8.6, 0.28  # inches: the least width of a picture, a line of its legend
# Few shades: one sees the lines between them, and files stay small.
PROBABILITY = [
    LinearSegmentedColormap.from_list("probability", ["white", tint(color, 0.6)], 14)
    for color in CLASS_COLORS
]


class Sheet:
    """What all networks of a picture share: names, scales, and sizes in inches."""

    def __init__(self, networks: list[Anatomy], data: TabularData, compact: bool) -> None:
        self.plane, self.compact = plane_of(data), compact
        self.features, self.classes = features_of(data), classes_of(data)
        maps = [values for one in networks for values in one.answers(self.plane.inputs)[0]]
        self.shades = shades_of(maps)
        self.heaviest = max(network.heaviest for network in networks)  # weight
        self.depth = max(len(network.units) for network in networks)  # hidden layers
        widest = max([1, *(len(units) for network in networks for units in network.units)])
        few = len(self.classes) < 4  # and so there is room for larger maps of them
        if compact:
            self.side, gap, self.map_side, apart = 0.36, 0.04, 1.0 if few else 0.8, 0.3
        else:
            self.side, gap = min(0.9, max(0.36, 6.2 / widest - 0.07)), 0.07
            self.map_side, apart = (1.5, 0.55) if few else (0.95, 0.3)
        columns = (
            len(self.features) * 0.21,
            widest * (self.side + gap),
            len(self.classes) * (self.map_side + apart),
        )
        self.height = max(columns)  # of a network without its title
        # The right edge of the inputs, the left edges of the hidden layers and of the outputs.
        self.inputs, first, outputs = (0.76, 1.62, 3.2) if compact else (1.62, 3.3, 6.2)
        step = self.side + (0.8 if compact else 1.05)
        self.layers = [first + step * layer for layer in range(self.depth)]
        self.outputs = outputs + step * max(self.depth - 1, 0)
        self.width = self.outputs + (1.1 if compact else 2.4)


def draw_legend(axes: Axes, sheet: Sheet, networks: list[Anatomy]) -> None:
    """Explain edges, maps and points along the bottom of the picture."""
    plane, classes, shades = sheet.plane, sheet.classes, sheet.shades
    top = 1.15 + max(0, len(classes) - 3) * STEP
    for x, share in ((0.1, 1.0), (0.5, 0.5), (0.9, 0.1)):
        weight = sheet.heaviest * share
        draw_edge(axes, [x, x + 0.34], [top, top], weight, sheet)
        draw_edge(axes, [x, x + 0.34], [top - STEP, top - STEP], -weight, sheet)
        write(axes, x + 0.17, top - 0.53, two_digits(weight))
    write(axes, 1.34, top, "positive weight", "left")
    write(axes, 1.34, top - STEP, "negative weight", "left")
    if sheet.depth:
        write(axes, 3.85, top, "activation of a hidden unit")
        low = min(shades.low, 0.0)
        ramp = numpy.linspace(low, shades.high, 29 if low else 15)[None]
        draw_map(axes, ramp, (2.8, 4.9, top - 0.37, top - 0.19), shades)
        write(axes, 2.8, top - 0.53, two_digits(low), "left")
        if low:
            write(axes, 3.85, top - 0.53, "0")
        write(axes, 4.9, top - 0.53, two_digits(shades.high), "right")
    for index, name in enumerate(classes):
        y = top - STEP * index
        mark = numpy.array([[5.5, y]]), numpy.array([index])
        draw_points(axes, *mark, classes, size=40)
        write(axes, 5.68, y, across="left", **fitted(f"p({name})", 1.18, 9.5))
        ramp, box = numpy.linspace(0, 1, 14)[None], (6.9, 8.2, y - 0.09, y + 0.09)
        draw_map(axes, ramp, box, Shades(PROBABILITY[index], 0, 1))
    for x, text in ((6.9, "0"), (7.55, "probability"), (8.2, "1")):
        write(axes, x, top + 0.24, text)
    least, most, lowest, highest = plane.extent
    spans = [
        f"{one.name}, " + one.with_unit(f"{one.number(low)} to {one.number(high)}")
        for one, low, high in ((plane.x, least, most), (plane.y, lowest, highest))
    ]
    axis_line = f"every map: → {spans[0]}; ↑ {spans[1]}"
    write(axes, WIDTH / 2, 0.31, **fitted(axis_line, WIDTH, 9.5))
    write(axes, WIDTH / 2, 0.1, **fitted("; ".join(_notes(networks)), WIDTH, 9.5))


def _notes(networks: list[Anatomy]) -> list[str]:
    """Return what the words on the units mean."""
    functions, notes = {function for one in networks for function in one.functions}, []
    if any(fires(function) for function in functions):
        notes.append("% on a unit: training rows that fire it (activation > 0)")
    if "ReLU" in functions:
        notes.append("dead: none does")
    if not all(fires(function) for function in functions):
        notes.append("number on a unit: its mean activation over the training rows")
    if any(network.batch_norm for network in networks):
        notes.append("BatchNorm is part of the weights")
    return notes


def draw_edge(axes: Axes, x: ArrayLike, y: ArrayLike, weight: float, sheet: Sheet) -> Line2D:
    """Draw one weight: its sign is the colour, its size the width."""
    share = min(abs(weight) / sheet.heaviest, 1.0)
    thickest = 5 * min(1.0, sheet.side / 0.55)  # points; finer where units are small
    look = {"color": POSITIVE if weight > 0 else NEGATIVE, "alpha": 0.35 + 0.55 * share}
    (line,) = axes.plot(x, y, lw=thickest * share, zorder=1, solid_capstyle="butt", **look)
    return line


def draw_map(axes: Axes, values: ArrayLike, box: Box, shades: Shades, **look: Any) -> None:
    """Draw values as colours, framed, in a box of (left, right, bottom, top)."""
    left, right, bottom, top = box
    look |= {"cmap": shades.colors, "vmin": shades.low, "vmax": shades.high}
    look |= {"origin": "lower", "aspect": "auto", "interpolation": "nearest", "zorder": 2}
    axes.imshow(values, extent=box, **look)
    frame = {"fill": False, "ec": DARK, "lw": 0.8, "zorder": 4}
    axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, **frame))


def write(axes: Axes, x: float, y: float, s: str, across: str = "center", **look: Any) -> None:
    """Write in front of everything; `look` is matplotlib's ``va``, ``size`` and so on."""
    look = {"va": "center", "size": 9.5, "color": DARK, "zorder": 5} | look
    axes.text(x, y, s, ha=across, path_effects=OUTLINE, **look)
