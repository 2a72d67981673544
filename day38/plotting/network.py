"""The whole network as one picture: every unit drawn as the function that it computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch import nn

from day38.data import TabularData
from day38.plotting.anatomy import DEAD, FIRING, MOST_CLASSES, Anatomy, refuse_above, refuse_large
from day38.plotting.names import SMALLEST, drawable, fitted, key, width, wrapped
from day38.plotting.picture import GREY, PROBABILITY, Picture, draw_points
from day38.plotting.plane import SIDE
from day38.plotting.sheet import WIDTH, Sheet

MOST_LAYERS = 4


def plot_network(model: nn.Module, data: TabularData, *, title: str = "") -> Picture:
    """Draw `model`: inputs, hidden units and outputs, joined by their weights.

    Every hidden unit is a map of its activation over the two features of ``data.axes``, the other
    features held at their training medians; on it stands the share of training rows that fire it,
    or its mean activation where firing has no meaning (Tanh, Sigmoid). Every output is a map of its
    class's probability, with the training rows on it. An edge's colour is the sign of a weight, its
    width the size. Biases move the maps and have no edges; BatchNorm is worked into the weights.

    Parameters
    ----------
    model : nn.Module
        What `day38.layers_of` knows, up to four hidden layers of up to 32 units.
    data : TabularData
        The rows, the names and the axes: 2 to 40 features, up to 8 classes.
    title : str
        In English; by default none.

    Raises
    ------
    ValueError
        If `model` cannot be drawn like this; the message says why.
    """
    return _draw({title: model}, data, 1)


def plot_networks(models: Mapping[str, nn.Module], data: TabularData, columns: int = 2) -> Picture:
    """Draw several models on one scale, as `plot_network` does; those side by side are smaller.

    `models` has them under their titles (in English), such as ``{"epoch 200": model}``.
    """
    picture = _draw(models, data, min(columns, len(models)))
    picture.description = f"几张网络图，用同一个刻度。{picture.description}"
    return picture


def _draw(models: Mapping[str, nn.Module], data: TabularData, columns: int) -> Picture:
    """Draw networks in rows, on axes whose unit is an inch, and the legend below them."""
    refuse_large(data)
    instead = "plot_weight_heatmaps 或 plot_activations"
    refuse_above(MOST_CLASSES, len(data.class_names), f"{data.title}的类别有", instead)
    networks = {title: Anatomy(model, data) for title, model in models.items()}
    sheet = Sheet(list(networks.values()), data, columns > 1)
    refuse_above(MOST_LAYERS, sheet.depth, "网络的隐藏层有", instead)
    rows = -(-len(networks) // columns)
    head = 0.5 if sheet.compact else 0.8 if any(networks) else 0.4  # with a title or without
    across = max(WIDTH, sheet.width * columns)
    height = sheet.legend_top + 0.35 + rows * (sheet.height + head)
    text = "\n".join(_describe(network, sheet, title) for title, network in networks.items())
    picture = Picture(across, height, text + key(data))
    picture.set_layout_engine("none")
    edges = (WIDTH - across) / 2, (WIDTH + across) / 2  # the legend begins at zero
    sheet.axes = picture.add_axes((0, 0, 1, 1), xlim=edges, ylim=(0, height), autoscale_on=False)
    sheet.axes.axis("off")
    for place, (title, network) in enumerate(networks.items()):
        row, column = divmod(place, columns)
        left = WIDTH / 2 + sheet.width * (column - columns / 2)
        top = height - row * (sheet.height + head)
        Panel(sheet, left, network).draw(top - head)
        name, size = drawable(title, f"model {place + 1}"), 13 if sheet.compact else 14
        sheet.write(left + sheet.width / 2, top - 0.25, **fitted(name, sheet.width - 0.2, size))
    sheet.draw_legend()
    return picture


def _describe(network: Anatomy, sheet: Sheet, title: str) -> str:
    """Return the alternative text: what is drawn, and what stands out."""
    hidden, functions = network.hidden, [layer.function for layer in network.hidden]
    text = f"网络图{f'（{title}）' if title else ''}：左边 {len(sheet.features)} 个输入，"
    if hidden:
        sizes = " → ".join(str(len(layer.units)) for layer in hidden)
        text += (
            f"中间 {sizes} 个隐藏单元（{'、'.join(dict.fromkeys(functions))}），各画成一幅在"
            f"{sheet.plane.x.chinese} × {sheet.plane.y.chinese}平面上的激活图，"
        )
    text += f"右边 {len(sheet.classes)} 个类别的概率图，上面是训练集的样本。"
    if network.batch_norm:
        text += "BatchNorm 已并入权重。"
    text += f"最大的权重绝对值是 {network.heaviest:.2f}"
    if hidden:
        order, names = numpy.argsort(-abs(network.weights[-1]).max(axis=0)), list(hidden[-1].units)
        text += f"；到输出的权重最大的单元是 {'、'.join(names[unit] for unit in order[:3])}"
    if set(functions) & set(FIRING):
        said = [pair for layer in hidden for pair in layer.units.items()]
        dead = "、".join(unit for unit, label in said if label == DEAD)
        text += f"；死亡单元有 {dead}" if dead else "；没有死亡单元"
    return f"{text}。"


@dataclass
class Panel:
    """One network, from `left` on, in inches."""

    sheet: Sheet
    left: float
    network: Anatomy

    def draw(self, top: float) -> None:
        """Draw everything below a height."""
        network, sheet = self.network, self.sheet
        end, outputs = self.left + sheet.inputs, self.left + sheet.outputs
        layers = [self.left + x for x in sheet.layers[: len(network.hidden)]]
        units = [list(layer.units) for layer in network.hidden]
        names = [[one.name for one in sheet.features], *units, sheet.classes]
        heights = [
            top - (numpy.arange(len(column)) + 0.5) * sheet.height / len(column) for column in names
        ]
        middle = top - sheet.height / 2
        for place in range(1, len(names) - 1):  # few units stand together in the middle
            share = min(1, 1.6 * sheet.side * len(names[place]) / sheet.height)
            heights[place] = middle + (heights[place] - middle) * share
        starts, ends = [end, *(x + sheet.side for x in layers)], [*layers, outputs]
        for place, weights in enumerate(network.weights):
            across, pair = (starts[place], ends[place]), slice(place, place + 2)
            self._edges(weights, across, heights[pair], names[pair])
        for column, y in enumerate(heights[0]):
            self._input(column, end, y)
        hidden, probabilities = network.answers(sheet.plane.inputs)
        for place, layer in enumerate(network.hidden):
            for unit, (name, label) in enumerate(layer.units.items()):
                y = heights[place + 1][unit]
                self._unit(name, label, layers[place], y, hidden[place][:, unit])
        for index, y in enumerate(heights[-1]):
            self._output(index, outputs, y, probabilities[:, index])
        if not sheet.compact:
            self._heads(top + 0.2, layers, outputs)

    def _heads(self, y: float, layers: list[float], outputs: float) -> None:
        sheet = self.sheet
        look: dict[str, Any] = {"size": 11, "weight": "bold"}
        sheet.write(self.left + 0.8, y, "inputs", **look)
        for number, (x, layer) in enumerate(zip(layers, self.network.hidden, strict=True), 1):
            text = f"hidden {number}: {layer.function}"
            if len(layers) == 1:
                text = "hidden units" + f": {layer.function}" * (layer.function != "ReLU")
            sheet.write(x + sheet.side / 2, y, **look | fitted(text, sheet.side + 0.8, 11))
        sheet.write(outputs + sheet.map_side / 2, y, "outputs", **look)

    def _edges(
        self, weights: numpy.ndarray, x: tuple[float, float], y: list, names: list[list[str]]
    ) -> None:
        steps = numpy.linspace(0, 1, 25)
        bend = steps**2 * (3 - 2 * steps)
        for place in abs(weights).argsort(axis=None):  # the strongest on top
            end, start = divmod(place, weights.shape[1])
            height = y[0][start] + (y[1][end] - y[0][start]) * bend
            name = f"{names[0][start]} → {names[1][end]}"
            self.sheet.draw_edge(x[0] + (x[1] - x[0]) * steps, height, weights[end, start], name)

    def _input(self, column: int, end: float, y: float) -> None:
        sheet, feature = self.sheet, self.sheet.features[column]
        left, room = self.left + 0.06, end - self.left - 0.11
        height = min(0.5, 0.86 * sheet.height / len(sheet.features))
        look = {"boxstyle": "round,pad=0,rounding_size=0.06", "fc": "#F2F2F2", "ec": GREY}
        box = FancyBboxPatch((left, y - height / 2), end - left, height, lw=0.8, zorder=2, **look)
        sheet.axes.add_patch(box)
        held, axis = sheet.plane.held.get(column), "y" if feature == sheet.plane.y else "x"
        if height > 0.34:  # room for two lines
            role = f"held at {held}" if held else f"{axis} axis of every map"
            text = wrapped(feature.name, 3) if sheet.compact else f"{feature.name}\n{role}"
        else:
            role = f" = {held}" if held else f" → {axis}"
            role = "" if sheet.compact else role
            # A number is never cut off.
            text = fitted(feature.name, room - width(role, SMALLEST), SMALLEST)["s"] + role
        size = min(9.5, 72 * height / (1.25 * (text.count("\n") + 1)))
        sheet.write((left + end) / 2, y, **fitted(text, room, size))

    def _unit(self, name: str, label: str, left: float, y: float, values: numpy.ndarray) -> None:
        sheet, side = self.sheet, self.sheet.side
        _, right, low, high = box = left, left + side, y - side / 2, y + side / 2
        sheet.draw_map(values.reshape(SIDE, SIDE), box, gid=name, **sheet.shades)
        if label == DEAD:  # unmistakable beside a unit that is merely quiet
            look = {"fc": "#EEEEEE", "ec": GREY, "hatch": "////", "ls": "--", "lw": 0.8}
            sheet.axes.add_patch(Rectangle((left, low), side, side, zorder=4, **look))
        size = 9 if side >= 0.45 else 7.5
        sheet.write(left + 0.03, high - 0.02, name, "left", va="top", size=size)
        sheet.write(right - 0.03, low + 0.02, label, "right", va="bottom", size=size)

    def _output(self, index: int, left: float, y: float, values: numpy.ndarray) -> None:
        """Draw the map of a class, the rows on it, and its scales around it."""
        sheet, plane, side = self.sheet, self.sheet.plane, self.sheet.map_side
        name = f"p({sheet.classes[index]})"
        _, right, low, high = box = left, left + side, y - side / 2, y + side / 2
        sheet.draw_map(values.reshape(SIDE, SIDE), box, gid=name, **PROBABILITY[index])
        least, most, lowest, highest = plane.extent
        spans = numpy.array([most - least, highest - lowest])
        places = [left, low] + side * (plane.points - [least, lowest]) / spans
        size = 8 if side < 1.2 else 14
        draw_points(sheet.axes, places, plane.targets, sheet.classes, size=size)
        sheet.write(left + side / 2, high + 0.04, va="bottom", **fitted(name, side + 0.3, 10))
        if side == 1.5:  # room for the scales
            below, ends = {"va": "top", "size": 9}, (plane.x.number(least), plane.x.number(most))
            label = fitted(plane.x.name, side - 0.1 - width("".join(ends), 9), 9)
            sheet.write(left, low - 0.04, ends[0], "left", **below)
            sheet.write(left + side / 2, low - 0.04, va="top", **label)
            sheet.write(right, low - 0.04, ends[1], "right", **below)
            beside = right + 0.05
            sheet.write(beside, low, plane.y.number(lowest), "left", va="bottom", size=9)
            sheet.write(beside, y, ha="left", **fitted(wrapped(plane.y.label, 5), 0.82, 9))
            sheet.write(beside, high, plane.y.number(highest), "left", va="top", size=9)
