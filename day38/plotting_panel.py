"""One network drawn on one axes: inputs, maps of the units, outputs, and the edges between."""

from __future__ import annotations

import numpy
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch import nn

from day38.data import IrisData
from day38.inside import (
    PETAL_LENGTH,
    PETAL_WIDTH,
    answers_of,
    centimetres,
    layers_of,
    petal_plane,
    weights_of,
)
from day38.plotting import (
    DARK,
    GREY,
    NEGATIVE,
    POSITIVE,
    SPECIES_COLORS,
    SPECIES_MARKERS,
    short_name,
)

LEVELS = 14  # shades of a map: few enough to see the lines between them, and to keep files small
ACTIVATION = LinearSegmentedColormap.from_list("activation", ["white", "#262626"], LEVELS)
THICKEST = 5.0  # points


class Network:
    """What is drawn of one model: its weights and the maps of its units, all computed here."""

    def __init__(self, model: nn.Module, iris: IrisData) -> None:
        hidden, output = layers_of(model, iris)
        self.iris, self.plane = iris, petal_plane(iris, rows=160)
        self.weights = weights_of(hidden), weights_of(output)
        activations, probabilities = answers_of(model, output, self.plane.inputs)
        rows = round(len(activations) ** 0.5)
        self.unit_maps = activations.T.reshape(-1, rows, rows)
        self.class_maps = probabilities.T.reshape(-1, rows, rows)
        fired, _ = answers_of(model, output, iris.train[0])
        self.dead = (fired == 0).all(axis=0)
        self.flowers = centimetres(iris)[:, [PETAL_LENGTH, PETAL_WIDTH]]

    @property
    def heaviest(self) -> float:
        """The largest weight, without its sign; 1 if all are zero."""
        return max(float(numpy.abs(weights).max()) for weights in self.weights) or 1.0

    @property
    def strongest(self) -> tuple[float, float]:
        """The smallest activation on the maps (at most 0) and the largest (1 if all are zero)."""
        lowest, highest = float(self.unit_maps.min()), float(self.unit_maps.max())
        return min(0.0, lowest), highest if highest > 0 else 1.0


class Panel:
    """One network on one axes whose unit is an inch."""

    def __init__(
        self,
        axes: Axes,
        network: Network,
        side: float,
        weight_limit: float,
        compact: bool = False,
    ) -> None:
        self.axes, self.network, self.side = axes, network, side
        self.weight_limit, self.compact = weight_limit, compact
        self.thickest = THICKEST * min(1.0, side / 0.55)  # points; finer where units are small
        self.dead_mark = " dead" if side >= 0.45 else "×"
        self.activations = 0.0, 1.0
        # Right edge of the inputs, left edges of the hidden units and of the outputs, their side.
        self.columns = (1.0, 1.75, 3.3, 0.72) if compact else (1.62, 3.3, 6.2, 1.5)
        self.centres: list[numpy.ndarray] = []

    def draw(self, bottom: float, top: float) -> None:
        """Draw everything between two heights."""
        network, side = self.network, self.side
        end, units, outputs, big = self.columns
        counts = [weights.shape[1] for weights in network.weights] + [len(network.class_maps)]
        self.centres = [
            top - (numpy.arange(count) + 0.5) * (top - bottom) / count for count in counts
        ]
        if counts[1] < 8:  # few units stand together in the middle
            pitch = min((top - bottom) / counts[1], side * 1.6)
            middle = (top + bottom) / 2
            self.centres[1] = middle - (numpy.arange(counts[1]) - (counts[1] - 1) / 2) * pitch
        self._edges(network.weights[0], end, units, self.centres[0], self.centres[1])
        self._edges(network.weights[1], units + side, outputs, self.centres[1], self.centres[2])
        self._inputs(end)
        for unit, (values, y) in enumerate(
            zip(network.unit_maps, self.centres[1], strict=True), start=1
        ):
            dead = bool(network.dead[unit - 1])
            self._map(values, units, y, side, ACTIVATION, self.activations, dashed=dead)
            name = f"h{unit}" + self.dead_mark * dead
            size = 8 if side >= 0.45 else 6.5
            self._write(units + 0.03, y + side / 2 - 0.02, name, "left", "top", size, DARK)
        for color, values, y in zip(
            SPECIES_COLORS, network.class_maps, self.centres[2], strict=True
        ):
            colors = LinearSegmentedColormap.from_list("", ["white", color], LEVELS)
            self._map(values, outputs, y, big, colors, (0.0, 1.0))
            self._flowers(outputs, y, big)
        self._labels()

    def _edges(
        self, weights: numpy.ndarray, x0: float, x1: float, y0: numpy.ndarray, y1: numpy.ndarray
    ) -> None:
        targets, sources = numpy.indices(weights.shape)
        order = numpy.argsort(numpy.abs(weights), axis=None)  # the strongest on top
        values = weights.ravel()[order]
        steps = numpy.linspace(0, 1, 25)
        bend = steps**2 * (3 - 2 * steps)
        start = y0[sources.ravel()[order], None]
        finish = y1[targets.ravel()[order], None]
        heights = start + (finish - start) * bend
        across = numpy.broadcast_to(x0 + (x1 - x0) * steps, heights.shape)
        size = numpy.minimum(numpy.abs(values) / self.weight_limit, 1.0)
        lines = LineCollection(
            numpy.stack([across, heights], axis=2),
            linewidths=self.thickest * size,
            colors=[POSITIVE if value > 0 else NEGATIVE for value in values],
            alpha=0.35 + 0.55 * size,
            zorder=1,
            capstyle="butt",
        )
        self.axes.add_collection(lines, autolim=False)

    def _inputs(self, end: float) -> None:
        names = self.network.iris.feature_names
        height = 0.3 if self.compact else 0.5
        for column, (name, y) in enumerate(zip(names, self.centres[0], strict=True)):
            box = FancyBboxPatch(
                (0.06, y - height / 2),
                end - 0.06,
                height,
                boxstyle="round,pad=0,rounding_size=0.06",
                fc="#F2F2F2",
                ec=GREY,
                lw=0.8,
                zorder=2,
            )
            self.axes.add_patch(box)
            text = short_name(name)
            if not self.compact:
                held = self.network.plane.held.get(name)
                arrow = "x axis of every map" if column == PETAL_LENGTH else "y axis of every map"
                text += f"\n{arrow}" if held is None else f"\nheld at {held:.1f} cm"
            size = 7.5 if self.compact else 9
            self.axes.text(
                (0.06 + end) / 2, y, text, ha="center", va="center", size=size, color=DARK, zorder=3
            )

    def _map(
        self,
        values: numpy.ndarray,
        x: float,
        y: float,
        side: float,
        colors: LinearSegmentedColormap,
        limits: tuple[float, float],
        dashed: bool = False,
    ) -> None:
        box = (x, x + side, y - side / 2, y + side / 2)
        self.axes.imshow(
            values,
            extent=box,
            origin="lower",
            cmap=colors,
            vmin=limits[0],
            vmax=limits[1],
            aspect="auto",
            interpolation="nearest",
            zorder=2,
        )
        self.axes.add_patch(
            Rectangle(
                (x, y - side / 2),
                side,
                side,
                fill=False,
                ec=GREY if dashed else DARK,
                ls="--" if dashed else "-",
                lw=0.8,
                zorder=4,
            )
        )

    def _flowers(self, x: float, y: float, side: float) -> None:
        extent, flowers = self.network.plane.extent, self.network.flowers
        across = x + side * (flowers[:, 0] - extent[0]) / (extent[1] - extent[0])
        up = y - side / 2 + side * (flowers[:, 1] - extent[2]) / (extent[3] - extent[2])
        targets = self.network.iris.train[1].cpu().numpy()
        for index, color in enumerate(SPECIES_COLORS):
            chosen = targets == index
            self.axes.scatter(
                across[chosen],
                up[chosen],
                s=5 if self.compact else 12,
                color=color,
                marker=SPECIES_MARKERS[index],
                ec="white",
                lw=0.4,
                zorder=3,
            )

    def _labels(self) -> None:
        """Write the species over the output maps, and their scales around them."""
        _, _, left, side = self.columns
        shortest, longest, narrowest, widest = self.network.plane.extent
        right = left + side + 0.05
        for name, middle in zip(self.network.iris.class_names, self.centres[2], strict=True):
            low, high = middle - side / 2, middle + side / 2
            title = name if self.compact else f"p({name})"
            size = 7.5 if self.compact else 10
            self._write(left + side / 2, high + 0.04, title, "center", "bottom", size, DARK)
            if self.compact:
                continue
            self._write(left, low - 0.04, f"{shortest:.1f}", "left", "top")
            self._write(left + side / 2, low - 0.04, "petal length (cm)", "center", "top")
            self._write(left + side, low - 0.04, f"{longest:.1f}", "right", "top")
            self._write(right, low, f"{narrowest:.1f}", "left", "bottom")
            self._write(right, middle, "petal width\n(cm)", "left", "center")
            self._write(right, high, f"{widest:.1f}", "left", "top")

    def _write(
        self,
        x: float,
        y: float,
        text: str,
        across: str,
        up: str,
        size: float = 8,
        color: str = GREY,
    ) -> None:
        self.axes.text(x, y, text, ha=across, va=up, size=size, color=color, zorder=5)
