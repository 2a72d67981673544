"""What the networks of one picture share: sizes, scales, the legend, and how things are drawn."""

from typing import Any

import numpy
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from day38.data import TabularData
from day38.plotting.anatomy import FIRING, Anatomy, shades_of
from day38.plotting.names import classes_of, features_of, fitted, two_digits
from day38.plotting.picture import DARK, NEGATIVE, OUTLINE, POSITIVE, PROBABILITY, draw_points
from day38.plotting.plane import plane_of

WIDTH, STEP = 8.6, 0.28  # inches: the least width of a picture, a line of its legend


class Sheet:
    """What all networks of a picture share: names, scales, sizes in inches, and the axes."""

    axes: Axes  # in inches

    def __init__(self, networks: list[Anatomy], data: TabularData, compact: bool) -> None:
        self.networks, self.plane, self.compact = networks, plane_of(data), compact
        self.features, self.classes = features_of(data), classes_of(data)
        maps = [values for one in networks for values in one.answers(self.plane.inputs)[0]]
        self.shades = shades_of(maps)
        self.heaviest = max(network.heaviest for network in networks)  # weight
        self.depth = max(len(network.hidden) for network in networks)
        widest = max([1, *(values.shape[1] for values in maps)])
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
        self.legend_top = 1.15 + max(0, len(self.classes) - 3) * STEP
        # The right edge of the inputs, the left edges of the hidden layers and of the outputs.
        self.inputs, first, outputs = (0.76, 1.62, 3.2) if compact else (1.62, 3.3, 6.2)
        step = self.side + (0.8 if compact else 1.05)
        self.layers = [first + step * layer for layer in range(self.depth)]
        self.outputs = outputs + step * max(self.depth - 1, 0)
        self.width = self.outputs + (1.1 if compact else 2.4)

    def write(self, x: float, y: float, s: str, ha: str = "center", **look: Any) -> None:
        """Write in front of everything; `look` is matplotlib's ``va``, ``size`` and so on."""
        look = {"va": "center", "size": 9.5, "color": DARK, "zorder": 5} | look
        self.axes.text(x, y, s, ha=ha, path_effects=OUTLINE, **look)

    def draw_edge(self, x: ArrayLike, y: ArrayLike, weight: float, gid: str | None = None) -> None:
        """Draw one weight: its sign is the colour, its size the width."""
        share = min(abs(weight) / self.heaviest, 1.0)
        thickest = 5 * min(1.0, self.side / 0.55)  # points; finer where units are small
        look = {"color": POSITIVE if weight > 0 else NEGATIVE, "alpha": 0.35 + 0.55 * share}
        look |= {"lw": thickest * share, "zorder": 1, "solid_capstyle": "butt"}
        self.axes.plot(x, y, gid=gid, **look)

    def draw_map(self, values: ArrayLike, box: tuple[float, ...], **look: Any) -> None:
        """Draw values as colours, framed, in a box of (left, right, bottom, top)."""
        left, right, bottom, top = box
        look |= {"origin": "lower", "aspect": "auto", "interpolation": "nearest", "zorder": 2}
        self.axes.imshow(values, extent=box, **look)
        frame = {"fill": False, "ec": DARK, "lw": 0.8, "zorder": 4}
        self.axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, **frame))

    def draw_legend(self) -> None:
        """Explain edges, maps and points along the bottom of the picture."""
        top, shades = self.legend_top, self.shades
        for x, share in ((0.1, 1.0), (0.5, 0.5), (0.9, 0.1)):
            weight = self.heaviest * share
            self.draw_edge([x, x + 0.34], [top, top], weight)
            self.draw_edge([x, x + 0.34], [top - STEP, top - STEP], -weight)
            self.write(x + 0.17, top - 0.53, **fitted(two_digits(weight), 0.34, 9.5))
        self.write(1.34, top, "positive weight", "left")
        self.write(1.34, top - STEP, "negative weight", "left")
        if self.depth:
            self.write(3.85, top, "activation of a hidden unit")
            low, high = min(shades["vmin"], 0.0), shades["vmax"]
            ramp = numpy.linspace(low, high, 29 if low else 15)[None]
            self.draw_map(ramp, (2.8, 4.9, top - 0.37, top - 0.19), **shades)
            self.write(2.8, top - 0.53, two_digits(low), "left")
            if low:
                self.write(3.85, top - 0.53, "0")
            self.write(4.9, top - 0.53, two_digits(high), "right")
        ramp = numpy.linspace(0, 1, 14)[None]
        for index, name in enumerate(self.classes):
            y = top - STEP * index
            mark = numpy.array([[5.5, y]]), numpy.array([index])
            draw_points(self.axes, *mark, self.classes, size=40)
            self.write(5.68, y, ha="left", **fitted(f"p({name})", 1.18, 9.5))
            self.draw_map(ramp, (6.9, 8.2, y - 0.09, y + 0.09), **PROBABILITY[index])
        for x, text in ((6.9, "0"), (7.55, "probability"), (8.2, "1")):
            self.write(x, top + 0.24, text)
        least, most, lowest, highest = self.plane.extent
        across, up = (
            f"{one.name}, {one.number(low)} to {one.number(high)}{one.unit}"
            for one, low, high in ((self.plane.x, least, most), (self.plane.y, lowest, highest))
        )
        self.write(WIDTH / 2, 0.31, **fitted(f"every map: → {across}; ↑ {up}", WIDTH, 9.5))
        self.write(WIDTH / 2, 0.1, **fitted("; ".join(self._notes()), WIDTH, 9.5))

    def _notes(self) -> list[str]:
        """Return what the words on the units mean."""
        functions = {layer.function for one in self.networks for layer in one.hidden}
        notes = {
            "% on a unit: training rows that fire it (activation > 0)": functions & set(FIRING),
            "dead: none does": "ReLU" in functions,
            "number on a unit: its mean activation over the training rows": functions - set(FIRING),
            "BatchNorm is part of the weights": any(one.batch_norm for one in self.networks),
        }
        return [note for note, holds in notes.items() if holds]
