"""The whole network as one picture: every unit drawn as the function that it computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import ArrayLike
from torch import nn

from day38.data import TabularData
from day38.plotting.inside import PETALS, Network
from day38.plotting.picture import (
    ACTIVATION,
    DARK,
    GREY,
    NEGATIVE,
    OUTLINE,
    POSITIVE,
    SPECIES_COLORS,
    Picture,
    draw_flowers,
    tint,
)

Box = tuple[float, float, float, float]

WIDTH, LEGEND = 8.6, 1.5  # inches
# Few shades: one sees the lines between them, and files stay small.
PROBABILITY = [
    LinearSegmentedColormap.from_list("probability", ["white", tint(color, 0.6)], 14)
    for color in SPECIES_COLORS
]


def plot_network(model: nn.Module, iris: TabularData, *, title: str = "") -> Picture:
    """Draw `model`: inputs, hidden units and outputs, joined by their weights.

    Every hidden unit is a map of its activation over petal length (to the right) and petal
    width (upwards), the other features held at their training medians; below its name stands the
    share of training flowers that fire it. Every output is a map of its class's probability, with
    the training flowers on it. An edge's colour is the sign of a weight, its width the size.
    Biases move the maps and have no edges.

    Parameters
    ----------
    model : nn.Module
        Two ``nn.Linear`` layers with an activation between them, up to 32 hidden units.
    iris : TabularData
        The flowers, the scaler and the names.
    title : str
        In English; by default none.

    Raises
    ------
    ValueError
        If `model` cannot be drawn like this; the message says why.
    """
    network = Network(model, iris)
    return _draw({title: network}, 1, network.heaviest, network.activation_limits)


def plot_networks(models: Mapping[str, nn.Module], iris: TabularData, columns: int = 2) -> Picture:
    """Draw several models on one scale, as `plot_network` does; those side by side are smaller.

    `models` has them under their titles (in English), such as ``{"epoch 200": model}``.
    """
    networks = {title: Network(model, iris) for title, model in models.items()}
    weight_limit = max(network.heaviest for network in networks.values())
    low, high = zip(*(network.activation_limits for network in networks.values()), strict=True)
    picture = _draw(networks, min(columns, len(networks)), weight_limit, (min(low), max(high)))
    picture.description = f"几张网络图，用同一个刻度。{picture.description}"
    return picture


def _draw(
    networks: Mapping[str, Network], columns: int, weight_limit: float, limits: tuple[float, float]
) -> Picture:
    """Draw networks in rows, on axes whose unit is an inch, and the legend below them."""
    units = max(len(network.unit_maps) for network in networks.values())
    compact = columns > 1
    if compact:
        side, gap, width, lowest, head = 0.36, 0.04, 4.3, 3.9, 0.5
    else:
        side, gap, width, lowest = min(0.9, max(0.36, 6.2 / units - 0.07)), 0.07, WIDTH, 3 * 2.05
        head = 0.8 if any(networks) else 0.4  # with a title or without
    body = max(units * (side + gap), lowest)
    rows, across = -(-len(networks) // columns), max(WIDTH, width * columns)
    height = LEGEND + rows * (body + head)
    text = "\n".join(_describe(network, title) for title, network in networks.items())
    picture = Picture(across, height, text)
    picture.set_layout_engine("none")
    axes = picture.add_axes((0, 0, 1, 1))
    edges = (WIDTH - across) / 2, (WIDTH + across) / 2  # the legend begins at zero
    axes.set(xlim=edges, ylim=(0, height), autoscale_on=False)
    axes.axis("off")
    for place, (title, network) in enumerate(networks.items()):
        row, column = divmod(place, columns)
        left = WIDTH / 2 + width * (column - columns / 2)
        top = height - row * (body + head)
        panel = Panel(axes, network, left, side, compact, weight_limit, limits)
        panel.draw(top - head - body, top - head)
        panel.write(left + width / 2, top - 0.25, title, size=13 if compact else 14)
    panel.legend()
    return picture


def _describe(network: Network, title: str) -> str:
    """Return the alternative text: what is drawn, and what stands out."""
    strongest = numpy.argsort(-abs(network.weights[1]).max(axis=0))[:3] + 1
    dead = [f"h{unit}" for unit, label in enumerate(network.fired, start=1) if label == "dead"]
    return (
        f"网络图{f'（{title}）' if title else ''}：左边 {network.weights[0].shape[1]} 个输入，"
        f"中间 {len(network.unit_maps)} 个隐藏单元，各画成一幅在花瓣长 × 花瓣宽平面上的激活图，"
        f"右边 {len(network.class_maps)} 个类别的概率图，上面是训练集的花。"
        f"最大的权重绝对值是 {network.heaviest:.2f}；"
        f"到输出的权重最大的单元是 {'、'.join(f'h{unit}' for unit in strongest)}；"
        + (f"死亡单元有 {'、'.join(dead)}。" if dead else "没有死亡单元。")
    )


@dataclass
class Panel:
    """One network, from `left` on, its hidden units squares of `side`, all in inches."""

    axes: Axes
    network: Network
    left: float
    side: float
    compact: bool
    weight_limit: float
    limits: tuple[float, float]  # of activations

    def draw(self, bottom: float, top: float) -> None:
        """Draw everything between two heights."""
        network, side = self.network, self.side
        # Right edge of the inputs, left edges of the hidden units and of the outputs.
        columns = (0.76, 1.62, 3.2) if self.compact else (1.62, 3.3, 6.2)
        end, units, outputs = self.left + numpy.array(columns)
        counts = [*network.weights[0].shape[::-1], len(network.class_maps)]
        inputs_y, units_y, outputs_y = (
            top - (numpy.arange(count) + 0.5) * (top - bottom) / count for count in counts
        )
        middle = (top + bottom) / 2  # few units stand together there
        units_y = middle + (units_y - middle) * min(1, 1.6 * side * counts[1] / (top - bottom))
        self._edges(network.weights[0], end, units, inputs_y, units_y)
        self._edges(network.weights[1], units + side, outputs, units_y, outputs_y)
        for column, y in enumerate(inputs_y):
            self._input(column, end, y)
        for unit, y in enumerate(units_y):
            self._unit(unit, units, y)
        for index, y in enumerate(outputs_y):
            self._output(index, outputs, y)
        if not self.compact:
            for x, text in ((0.8, "inputs"), (units + side / 2, "hidden units"), (6.95, "outputs")):
                self.write(x, top + 0.2, text, size=11, weight="bold")

    def _edges(
        self, weights: numpy.ndarray, x0: float, x1: float, y0: numpy.ndarray, y1: numpy.ndarray
    ) -> None:
        steps = numpy.linspace(0, 1, 25)
        bend = steps**2 * (3 - 2 * steps)
        for place in abs(weights).argsort(axis=None):  # the strongest on top
            end, start = divmod(place, weights.shape[1])
            y = y0[start] + (y1[end] - y0[start]) * bend
            self._edge(x0 + (x1 - x0) * steps, y, weights[end, start])

    def _edge(self, x: ArrayLike, y: ArrayLike, weight: float) -> None:
        share = min(abs(weight) / self.weight_limit, 1.0)
        thickest = 5 * min(1.0, self.side / 0.55)  # points; finer where units are small
        look = {"color": POSITIVE if weight > 0 else NEGATIVE, "alpha": 0.35 + 0.55 * share}
        self.axes.plot(x, y, lw=thickest * share, zorder=1, solid_capstyle="butt", **look)

    def _input(self, column: int, end: float, y: float) -> None:
        left, height = self.left + 0.06, 0.5
        look = {"boxstyle": "round,pad=0,rounding_size=0.06", "fc": "#F2F2F2", "ec": GREY}
        box = FancyBboxPatch((left, y - height / 2), end - left, height, lw=0.8, zorder=2, **look)
        self.axes.add_patch(box)
        feature, axis = self.network.iris.feature_names[column], "y" if column == PETALS[1] else "x"
        name, held = feature.removesuffix(" (cm)"), self.network.plane.held.get(feature)
        role = f"held at {held:.1f} cm" if held else f"{axis} axis of every map"
        text = name.replace(" ", "\n") if self.compact else f"{name}\n{role}"
        self.write((left + end) / 2, y, text)

    def _unit(self, unit: int, left: float, y: float) -> None:
        side, label = self.side, self.network.fired[unit]
        _, right, low, high = box = left, left + side, y - side / 2, y + side / 2
        self._map(self.network.unit_maps[unit], box, ACTIVATION, self.limits)
        if label == "dead":  # unmistakable beside a unit that is merely quiet
            look = {"fc": "#EEEEEE", "ec": GREY, "hatch": "////", "ls": "--", "lw": 0.8}
            self.axes.add_patch(Rectangle((left, low), side, side, zorder=4, **look))
        size = 9 if side >= 0.45 else 7.5
        self.write(left + 0.03, high - 0.02, f"h{unit + 1}", "left", va="top", size=size)
        self.write(right - 0.03, low + 0.02, label, "right", va="bottom", size=size)

    def _output(self, index: int, left: float, y: float) -> None:
        """Draw the map of a species, the flowers on it, and its scales around it."""
        plane, names = self.network.plane, self.network.iris.class_names
        side = 1.0 if self.compact else 1.5
        _, right, low, high = box = left, left + side, y - side / 2, y + side / 2
        self._map(self.network.class_maps[index], box, PROBABILITY[index])
        shortest, longest, narrowest, widest = plane.extent
        spans = numpy.array([longest - shortest, widest - narrowest])
        places = [left, low] + side * (plane.flowers - [shortest, narrowest]) / spans
        draw_flowers(self.axes, places, plane.targets, names, size=8 if self.compact else 14)
        self.write(left + side / 2, high + 0.04, f"p({names[index]})", va="bottom", size=10)
        if not self.compact:
            self.write(left, low - 0.04, f"{shortest:.1f}", "left", va="top", size=9)
            self.write(left + side / 2, low - 0.04, "petal length", va="top", size=9)
            self.write(right, low - 0.04, f"{longest:.1f}", "right", va="top", size=9)
            self.write(right + 0.05, low, f"{narrowest:.1f}", "left", va="bottom", size=9)
            self.write(right + 0.05, y, "petal\nwidth\n(cm)", "left", size=9)
            self.write(right + 0.05, high, f"{widest:.1f}", "left", va="top", size=9)

    def legend(self) -> None:
        """Explain edges, maps and flowers along the bottom of the picture."""
        (low, high), iris = self.limits, self.network.iris
        for x, share in ((0.1, 1.0), (0.5, 0.5), (0.9, 0.1)):
            weight = self.weight_limit * share
            self._edge([x, x + 0.34], [1.15, 1.15], weight)
            self._edge([x, x + 0.34], [0.87, 0.87], -weight)
            self.write(x + 0.17, 0.62, f"{weight:.2g}")
        self.write(1.34, 1.15, "positive weight", "left")
        self.write(1.34, 0.87, "negative weight", "left")
        self.write(3.85, 1.15, "activation of a hidden unit")
        ramp = numpy.linspace(min(low, 0), high, 15)[None]
        self._map(ramp, (2.8, 4.9, 0.78, 0.96), ACTIVATION, self.limits)
        self.write(2.8, 0.62, f"{min(low, 0):.2g}", "left")
        self.write(4.9, 0.62, f"{high:.2g}", "right")
        for index, (name, y) in enumerate(zip(iris.class_names, (1.15, 0.87, 0.59), strict=True)):
            mark = numpy.array([[5.5, y]]), numpy.array([index])
            draw_flowers(self.axes, *mark, iris.class_names, size=40)
            self.write(5.68, y, f"p({name})", "left")
            box = 6.9, 8.2, y - 0.09, y + 0.09
            self._map(numpy.linspace(0, 1, 14)[None], box, PROBABILITY[index])
        for x, text in ((6.9, "0"), (7.55, "probability"), (8.2, "1")):
            self.write(x, 1.39, text)
        petals = "→ petal length, {:.1f} to {:.1f} cm; ↑ petal width, {:.1f} to {:.1f} cm"
        self.write(WIDTH / 2, 0.31, f"every map: {petals.format(*self.network.plane.extent)}")
        fired = "% on a unit: training flowers that fire it (activation > 0); dead: none does"
        self.write(WIDTH / 2, 0.1, fired)

    def write(self, x: float, y: float, text: str, across: str = "center", **look: Any) -> None:
        """Write in front of everything; `look` is matplotlib's ``va``, ``size`` and so on."""
        look = {"va": "center", "size": 9.5, "color": DARK, "zorder": 5} | look
        self.axes.text(x, y, text, ha=across, path_effects=OUTLINE, **look)

    def _map(self, values: ArrayLike, box: Box, colors: Colormap, limits: tuple = (0, 1)) -> None:
        """Draw values as colours, framed, in a box of (left, right, bottom, top)."""
        left, right, bottom, top = box
        look = {"cmap": colors, "vmin": limits[0], "vmax": limits[1], "interpolation": "nearest"}
        self.axes.imshow(values, extent=box, origin="lower", aspect="auto", zorder=2, **look)
        frame = {"fill": False, "ec": DARK, "lw": 0.8, "zorder": 4}
        self.axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, **frame))
