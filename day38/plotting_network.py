"""The whole network as one picture: every unit drawn as the function that it computes.

Taught in notebook 1, section "看见网络".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import nn

from day38.checks import positive_number, whole_number
from day38.data import IrisData
from day38.plotting import (
    DARK,
    GREY,
    NEGATIVE,
    POSITIVE,
    SPECIES_COLORS,
    SPECIES_MARKERS,
    Picture,
    checked_models,
)
from day38.plotting_panel import ACTIVATION, Network, Panel

WIDTH, LEGEND = 8.6, 1.0  # inches


def plot_network(
    model: nn.Module,
    iris: IrisData,
    *,
    title: str = "",
    weight_limit: float | None = None,
    activation_limit: float | None = None,
) -> Picture:
    """Draw `model`: inputs, hidden units and outputs, joined by their weights.

    Every hidden unit is a map of its activation over petal length (to the right) and petal
    width (upwards), the other features held at their training medians; every output is a map
    of its class's probability, with the training flowers on it. An edge's colour is the sign
    of a weight, its width the size. Biases move the maps and have no edges.

    Parameters
    ----------
    model : nn.Module
        Two ``nn.Linear`` layers with an activation between them, up to 32 hidden units.
    iris : IrisData
        The flowers, the scaler and the names.
    title : str
        In English; by default none.
    weight_limit, activation_limit : float, optional
        What counts as the widest edge and the brightest map. By default the largest of this
        model; give both when several pictures are to be compared.

    Returns
    -------
    Picture
        A matplotlib ``Figure`` that shows itself in a notebook.

    Raises
    ------
    TypeError, ValueError
        If `model` cannot be drawn like this; the message says why.
    """
    if weight_limit is not None:
        weight_limit = positive_number("weight_limit", weight_limit)
    if activation_limit is not None:
        activation_limit = positive_number("activation_limit", activation_limit)
    network = Network(model, iris)
    units = len(network.unit_maps)
    side = min(0.9, max(0.34, 6.2 / units - 0.07))
    body = max(units * (side + 0.07), 3 * 2.05)
    top = LEGEND + body
    picture = Picture(WIDTH, top + (0.5 if title else 0.1), describe(network, title))
    axes = _canvas(picture, 0, 0, WIDTH, picture.get_figheight())
    panel = Panel(axes, network, side, weight_limit or network.heaviest)
    low, high = network.strongest
    panel.activations = low, activation_limit or high
    panel.draw(bottom=LEGEND, top=top)
    axes.text(WIDTH / 2, top + 0.25, title, ha="center", va="center", size=13, color=DARK)
    _legend(axes, panel, dead=bool(network.dead.any()))
    return picture


def plot_networks(models: Mapping[str, nn.Module], iris: IrisData, columns: int = 2) -> Picture:
    """Draw several models small, side by side and on one scale; see `plot_network`.

    Parameters
    ----------
    models : mapping of str to nn.Module
        The models under their titles (in English), such as ``{"epoch 200": model}``.
    iris : IrisData
        The flowers, the scaler and the names.
    columns : int
        How many stand side by side.

    Raises
    ------
    TypeError, ValueError
        If there is no model, or one cannot be drawn; the message says why.
    """
    networks = {title: Network(model, iris) for title, model in checked_models(models).items()}
    weight_limit = max(network.heaviest for network in networks.values())
    lowest = min(network.strongest[0] for network in networks.values())
    highest = max(network.strongest[1] for network in networks.values())
    columns = min(whole_number("columns", columns, minimum=1), len(networks))
    rows = -(-len(networks) // columns)
    side = 0.28
    body = max(max(len(each.unit_maps) for each in networks.values()) * (side + 0.03), 2.7)
    width, height = max(WIDTH, 4.3 * columns), (body + 0.5) * rows + LEGEND
    text = "\n".join(describe(network, title) for title, network in networks.items())
    picture = Picture(width, height, f"几张网络图，用同一把尺。{text}")
    for place, (title, network) in enumerate(networks.items()):
        row, column = divmod(place, columns)
        left = (width - 4.3 * columns) / 2 + 4.3 * column
        axes = _canvas(picture, left, height - (row + 1) * (body + 0.5), 4.3, body + 0.5)
        panel = Panel(axes, network, side, weight_limit, compact=True)
        panel.activations = lowest, highest
        panel.draw(bottom=0.05, top=body + 0.05)
        axes.text(2.15, body + 0.3, title, ha="center", va="center", size=11, color=DARK)
    dead = any(network.dead.any() for network in networks.values())
    _legend(_canvas(picture, (width - WIDTH) / 2, 0, WIDTH, LEGEND), panel, dead=dead)
    return picture


def _canvas(picture: Picture, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return an axes without a frame, placed and measured in inches."""
    whole_width, whole_height = picture.get_size_inches()
    picture.set_layout_engine("none")
    axes = picture.add_axes(
        (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
    )
    axes.set(xlim=(0, width), ylim=(0, height), autoscale_on=False)
    axes.axis("off")
    return axes


def _legend(axes: Axes, panel: Panel, dead: bool) -> None:
    """Explain edges, maps and dots along the bottom."""
    limit, (low, high) = panel.weight_limit, panel.activations
    for y, color, sign in ((0.72, POSITIVE, "positive"), (0.42, NEGATIVE, "negative")):
        for x, share in ((0.1, 1.0), (0.5, 0.5), (0.9, 0.1)):
            axes.plot(
                [x, x + 0.34],
                [y, y],
                color=color,
                lw=panel.thickest * share,
                alpha=0.35 + 0.55 * share,
                solid_capstyle="butt",
            )
        axes.text(1.34, y, f"{sign} weight", va="center", size=9, color=DARK)
    for x, share in ((0.27, 1.0), (0.67, 0.5), (1.07, 0.1)):
        axes.text(x, 0.16, f"{limit * share:.2g}", ha="center", size=8, color=GREY)
    ramp = numpy.linspace(low, high, 280)[None]
    box = (2.9, 4.9, 0.54, 0.72)
    axes.imshow(ramp, extent=box, cmap=ACTIVATION, aspect="auto", vmin=low, vmax=high)
    axes.add_patch(Rectangle((2.9, 0.54), 2.0, 0.18, fill=False, ec=DARK, lw=0.8))
    axes.text(3.9, 0.78, "activation of a hidden unit", ha="center", size=9, color=DARK)
    for x, value, where in ((2.9, low, "left"), (4.9, high, "right")):
        axes.text(x, 0.38, f"{value:.2g}", ha=where, size=8, color=GREY)
    if dead:
        text = f"{panel.dead_mark.strip()}: fired by no training flower"
        axes.text(3.9, 0.16, text, ha="center", size=8, color=GREY)
    names = panel.network.iris.class_names
    styles = zip(names, SPECIES_COLORS, SPECIES_MARKERS, (0.76, 0.48, 0.2), strict=True)
    for name, color, marker, y in styles:
        axes.scatter(6.0, y, s=36, color=color, marker=marker, ec="white", lw=0.5)
        axes.text(6.18, y, f"{name} (training flowers)", va="center", size=9, color=DARK)


def describe(network: Network, title: str) -> str:
    """Return the alternative text: what is drawn, and what stands out."""
    count = len(network.unit_maps)
    strongest = numpy.argsort(-numpy.abs(network.weights[1]).max(axis=0))[:3]
    names = "、".join(f"h{unit + 1}" for unit in strongest)
    dead = "、".join(f"h{unit + 1}" for unit in numpy.flatnonzero(network.dead))
    return (
        f"网络图{f'（{title}）' if title else ''}：左边 {network.weights[0].shape[1]} 个输入，"
        f"中间 {count} 个隐藏单元，各画成一幅在花瓣长 × 花瓣宽平面上的激活图，"
        f"右边 {len(network.class_maps)} 个品种的概率图，上面是训练集的花。"
        f"最大的权重绝对值是 {network.heaviest:.2f}；对输出影响最大的单元是 {names}；"
        + (f"失活单元有 {dead}。" if dead else "没有失活单元。")
    )
