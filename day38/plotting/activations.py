"""What the hidden units answer to each training row."""

from __future__ import annotations

import numpy
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from torch import nn

from day38.data import TabularData
from day38.plotting.anatomy import DEAD, Anatomy, fires, shades_of
from day38.plotting.names import classes_of, key, width
from day38.plotting.picture import CLASS_COLORS, DARK, GREY, Picture, tint

ROOM = 5.8  # inches: about the width of a panel


def plot_activations(model: nn.Module, data: TabularData) -> Picture:
    """Draw how strongly each hidden unit answers each training row, sorted by class.

    To the right stands the share of rows that fire the unit (activation above zero), "dead" if none
    does, or the unit's mean where firing has no meaning, such as for Tanh. Units are below each
    other, rows of the table side by side; several hidden layers have a panel and a scale each.
    `model` is what `day38.layers_of` knows, with layers of up to 32 units, and at least one hidden.
    """
    network, targets = Anatomy(model, data), data.train[1].cpu().numpy()
    if not network.units:
        raise ValueError(
            f"{type(model).__name__} 没有隐藏层，没有激活值可看。请改画 plot_weight_heatmaps。"
        )
    tall = [max(len(units), 3) for units in network.units]
    picture = Picture(8.2, 0.3 * sum(tall) + 0.5 * len(tall) + 0.9, _describe(network, data))
    panels = picture.subplots(len(tall), squeeze=False, height_ratios=tall)[:, 0]
    for layer, axes in enumerate(panels):
        image = _draw_layer(axes, network, layer, numpy.argsort(targets, kind="stable"))
        _draw_head(axes, classes_of(data), numpy.bincount(targets))
        # A white tip for not fired at all.
        tip = {
            "extend": "min" if image.norm.vmin > 0 else "neither",
            "aspect": 2 * max(tall[layer], 6),
        }
        picture.colorbar(image, ax=axes, label="Activation", **tip)
        if len(panels) > 1 or network.functions[layer] != "ReLU":
            axes.set_ylabel(f"Hidden layer {layer + 1}: {network.functions[layer]}")
    panels[-1].set_xlabel("Training rows, sorted by class")
    return picture


def _describe(network: Anatomy, data: TabularData) -> str:
    text = (
        "激活热力图：一行是一个隐藏单元，一列是训练集的一个样本，按类别排列；白色是激活值为 0，"
        "颜色越深离 0 越远"
    )
    for function, units, labels in zip(
        network.functions, network.units, network.labels, strict=True
    ):
        what = (
            "各单元被多少样本激活（dead 是死亡单元，一个样本也没有）"
            if fires(function)
            else f"各单元的平均激活值（{function} 没有“激活与否”之分）"
        )
        pairs = zip(units, labels, strict=True)
        text += f"。{what}：{'、'.join(f'{unit} {label}' for unit, label in pairs)}"
    return f"{text}。{key(data)}"


def _draw_layer(axes: Axes, network: Anatomy, layer: int, order: numpy.ndarray) -> AxesImage:
    activations, units = network.activations[layer], network.units[layer]
    colors, low, high = shades_of([activations])
    look = {"cmap": colors, "vmin": low, "vmax": high, "interpolation": "nearest"}
    image = axes.imshow(activations[order].T, aspect="auto", **look)
    axes.set_yticks(range(len(units)), units)
    for unit, label in enumerate(network.labels[layer]):
        dead = label == DEAD
        if dead:
            axes.axhspan(unit - 0.5, unit + 0.5, fc="none", ec=GREY, hatch="////", lw=0)
        look = {"transform": axes.get_yaxis_transform(), "weight": "bold" if dead else "normal"}
        axes.text(1.01, unit, label, va="center", **look)
    head = "fired by" if fires(network.functions[layer]) else "mean"
    axes.annotate(head, (1.01 * len(order), 1), (0, 8), **_above(axes), size=11)
    axes.set(ylim=(len(units) - 0.5, -0.5), xlim=(-0.5, len(order) - 0.5), ylabel="Hidden unit")
    axes.tick_params(bottom=False, labelbottom=False, length=0)
    return image


def _draw_head(axes: Axes, classes: list[str], counts: numpy.ndarray) -> None:
    """Write the names of the classes above their rows, moved apart where they would overlap."""
    rows, stops = counts.sum(), counts.cumsum()
    size = min(11, 11 * ROOM / sum(width(name, 11) + 0.1 for name in classes))
    widths = [(width(name, size) + 0.1) * rows / ROOM for name in classes]
    middles = stops - 0.5 - counts / 2
    for index in range(1, len(classes)):  # to the right, then back from the right end
        apart = (widths[index - 1] + widths[index]) / 2
        middles[index] = max(middles[index], middles[index - 1] + apart)
    middles[-1] = min(middles[-1], rows - widths[-1] / 2)
    for index in range(len(classes) - 2, -1, -1):
        apart = (widths[index + 1] + widths[index]) / 2
        middles[index] = min(middles[index], middles[index + 1] - apart)
    for index, name in enumerate(classes):
        color = tint(CLASS_COLORS[index], 0.6) if index < len(CLASS_COLORS) else "#DDDDDD"
        look = {"bbox": {"fc": color, "lw": 0, "boxstyle": "square,pad=0.15"}, "size": size}
        axes.annotate(name, (middles[index], 1), (0, 8), ha="center", **look, **_above(axes))
        axes.axvline(stops[index] - 0.5, color=DARK, lw=0.8, ls=":")


def _above(axes: Axes) -> dict[str, object]:
    return {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points"}
