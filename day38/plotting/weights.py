"""Pictures of the numbers inside: weights and activations."""

import math
from collections.abc import Mapping
from itertools import chain, zip_longest
from typing import NamedTuple

import numpy
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from torch import nn

from day38.data import TabularData
from day38.layers import DIVERGED
from day38.plotting.anatomy import DEAD, FIRING, Anatomy, Hidden, refuse_large, shades_of
from day38.plotting.names import (
    classes_of,
    drawable,
    features_of,
    fitted,
    key,
    tidy,
    two_digits,
    width,
)
from day38.plotting.picture import BLUE, CLASS_COLORS, DARK, GREY, ORANGE, SIGNED, Picture, tint

LONGEST, ROOM = 2.0, 5.8  # inches: for the name of a column; the width of activations, about


def plot_weight_histograms(model: nn.Module, bins: int = 12) -> Picture:
    """Draw a histogram of every weight matrix of `model`, side by side on one scale.

    A tick under each histogram (a "rug") stands for one weight, so that few weights are not
    mistaken for a smooth distribution; above 500 weights the rug is left out.
    """
    matrices = {
        name: parameter.detach().cpu().float().numpy().ravel()
        for name, parameter in model.named_parameters()
        if parameter.ndim >= 2
    }
    if not all(numpy.isfinite(values).all() for values in matrices.values()):
        raise ValueError(DIVERGED)
    edges = numpy.histogram_bin_edges(numpy.concatenate(list(matrices.values())), bins=bins)
    sizes = "、".join(
        f"{name} 有 {values.size:,} 个数，"
        f"从 {two_digits(values.min())} 到 {two_digits(values.max())}"
        for name, values in matrices.items()
    )
    text = f"权重直方图，每个权重矩阵一幅：{sizes}。500 个以内时，底部每条短线是一个权重。"
    columns = min(len(matrices), 3)
    rows = -(-len(matrices) // columns)
    picture = Picture(3.6 * columns, 3.2 * rows, text)
    panels = picture.subplots(rows, columns, squeeze=False).flat
    for axes in panels[len(matrices) :]:
        axes.remove()
    for axes, (name, values) in zip(panels, matrices.items(), strict=False):
        counts, _, _ = axes.hist(values, bins=edges, color=BLUE, edgecolor="white")
        if values.size <= 500:
            band = 0.12 * counts.max()
            axes.plot(values, numpy.full_like(values, -band / 2), "|", color=ORANGE, ms=8)
            axes.set_ylim(bottom=-band)
        axes.axvline(0, color=GREY, lw=1)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        title = fitted(f"{name} ({values.size:,} weights)", 3.4, axes.title.get_fontsize())
        axes.set_title(title["s"], size=title["size"])
        axes.set(xlabel="Weight", ylabel="Count")
        axes.spines[["top", "right"]].set_visible(False)
    return picture


def plot_weight_heatmaps(models: Mapping[str, nn.Module], data: TabularData) -> Picture:
    """Write out every parameter of each model, coloured on one scale for all.

    A row is a hidden unit: its weights from the layer before and its bias, then, in the last hidden
    layer, its weights to the outputs; the last row holds the biases of the outputs. Several hidden
    layers stand below each other. BatchNorm is worked into the weights beside it. `models` has what
    `day38.layers_of` knows, with layers of up to 32 units and up to 40 features, under their titles
    (in English).
    """
    refuse_large(data)
    names = [feature.name for feature in features_of(data)], classes_of(data)
    networks = {title: Anatomy(model, data) for title, model in models.items()}
    blocks = [
        _blocks(network, drawable(title, f"model {number}"), *names)
        for number, (title, network) in enumerate(networks.items(), 1)
    ]
    largest = [max(float(numpy.nanmax(abs(one.table))) for one in model) for model in blocks]
    every = list(chain(*blocks))
    widest = max(len(one.columns) for one in every)
    longest = max(width(name, 10) for one in every for name in one.columns)
    beside = widest < 12  # models side by side, else one below the other
    grid = list(zip_longest(*blocks)) if beside else [(one,) for one in every]
    head = 1.58 + 0.77 * max(0.0, min(longest, LONGEST) - 1)  # inches for names and title
    heights = [head + 0.32 * max(len(one.rows) for one in row if one) for row in grid]
    picture = Picture(max(4.3, 0.42 * widest + 0.5) * len(grid[0]) + 0.5, sum(heights) + 0.32)
    panels = picture.subplots(len(grid), len(grid[0]), squeeze=False, height_ratios=heights)
    for axes, block in zip(panels.flat, chain(*grid), strict=True):
        if block is None:
            axes.remove()
        else:
            image = _draw_block(axes, block, max(largest) or 1.0)
    included = any(network.batch_norm for network in networks.values())
    label = f"Weight or bias{', with BatchNorm' if included else ''}"
    picture.colorbar(image, ax=picture.axes, label=label, shrink=0.7, aspect=30)
    values = "、".join(
        f"{title} {two_digits(value)}" for title, value in zip(networks, largest, strict=True)
    )
    picture.description = (
        "权重热力图，一行是一个单元，左边是它从前一层来的权重和偏置；最后一个隐藏层的右边是它到"
        f"输出的权重，最后一行是输出的偏置。颜色用同一个刻度，数的最大绝对值：{values}。"
        f"{'BatchNorm 已并入权重。' if included else ''}{key(data)}"
    )
    return picture


class Block(NamedTuple):
    """The numbers of one layer and what stands around them; NaN where there is none."""

    title: str
    table: numpy.ndarray  # (rows, columns)
    rows: list[str]
    columns: list[str]
    into: int  # how many columns are weights into the layer


def _blocks(network: Anatomy, title: str, features: list[str], classes: list[str]) -> list[Block]:
    """Return one block for each hidden layer; for the outputs only if there is no hidden layer."""
    units = [list(layer.units) for layer in network.hidden]
    parts = zip(network.weights, network.biases, [features, *units], [*units, classes], strict=True)
    blocks = [
        Block("", numpy.column_stack([weights, biases]), rows, [*sources, "bias"], len(sources))
        for weights, biases, sources, rows in parts
    ]
    if units:  # the outputs stand beside and below the last hidden layer
        outputs, last = blocks.pop(), blocks.pop()
        table = numpy.full((len(last.rows) + 1, len(last.columns) + len(classes)), numpy.nan)
        table[:-1] = numpy.column_stack([last.table, outputs.table[:, :-1].T])
        table[-1, -len(classes) :] = outputs.table[:, -1]
        both = [*last.rows, "bias"], [*last.columns, *classes]
        blocks.append(Block("", table, *both, last.into))
    return [blocks[0]._replace(title=title), *blocks[1:]]


def _draw_block(axes: Axes, block: Block, limit: float) -> AxesImage:
    table, decimals = block.table, max(int(limit < 100), math.ceil(1 - math.log10(limit)))
    image = axes.imshow(table, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="auto")
    for row, column in numpy.argwhere(~numpy.isnan(table)):
        value = table[row, column]
        color = "white" if abs(value) > 0.6 * limit else DARK
        look = {"ha": "center", "va": "center", "color": color, "in_layout": False}
        plain = f"{value:z.{decimals}f}"
        short = 1e-3 <= limit < 1e4 or value == 0
        power = tidy(f"{value:.1e}")
        if len(power) > 7:  # more does not fit, and cut off it would be another number
            power = tidy(f"{value:.0e}")
        axes.text(column, row, **fitted(plain if short else power, 0.4, 9), **look)
    turned = {"rotation": 50, "ha": "left", "rotation_mode": "anchor"}
    columns = [fitted(name, LONGEST, 10)["s"] for name in block.columns]
    axes.set_xticks(range(len(columns)), columns, **turned)
    axes.set_yticks(range(len(block.rows)), block.rows)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    if len(columns) > block.into + 1:
        axes.axvline(block.into + 0.5, color=DARK, lw=1.5)
        axes.axhline(len(block.rows) - 1.5, color=DARK, lw=1.5)
    axes.set_title(block.title)
    return image


def plot_activations(model: nn.Module, data: TabularData) -> Picture:
    """Draw how strongly each hidden unit answers each training row, sorted by class.

    To the right stands the share of rows that fire the unit (activation above zero), "dead" if none
    does, or the unit's mean where firing has no meaning, such as for Tanh. Units are below each
    other, rows of the table side by side; several hidden layers have a panel and a scale each.
    `model` is what `day38.layers_of` knows, with layers of up to 32 units, and at least one hidden.
    """
    layers, targets = Anatomy(model, data).hidden, data.train[1].cpu().numpy()
    if not layers:
        raise ValueError(
            f"{type(model).__name__} 没有隐藏层，没有激活值可看。请改画 plot_weight_heatmaps。"
        )
    text = (
        "激活热力图：一行是一个隐藏单元，一列是训练集的一个样本，按类别排列；白色是激活值为 0，"
        "颜色越深离 0 越远"
    )
    tall = [max(len(layer.units), 3) for layer in layers]
    picture = Picture(8.2, 0.3 * sum(tall) + 0.5 * len(tall) + 0.9)
    panels = picture.subplots(len(tall), squeeze=False, height_ratios=tall)[:, 0]
    for number, (axes, layer) in enumerate(zip(panels, layers, strict=True), 1):
        image = _draw_layer(axes, layer, numpy.argsort(targets, kind="stable"))
        _draw_head(axes, classes_of(data), numpy.bincount(targets))
        tip = "min" if image.norm.vmin > 0 else "neither"  # a white one for not fired at all
        aspect = 2 * max(tall[number - 1], 6)
        picture.colorbar(image, ax=axes, label="Activation", extend=tip, aspect=aspect)
        if len(layers) > 1 or layer.function != "ReLU":
            axes.set_ylabel(f"Hidden layer {number}: {layer.function}")
        what = f"各单元的平均激活值（{layer.function} 没有“激活与否”之分）"
        if layer.function in FIRING:
            what = "各单元被多少样本激活（dead 是死亡单元，一个样本也没有）"
        units = "、".join(f"{unit} {label}" for unit, label in layer.units.items())
        text += f"。{what}：{units}"
    panels[-1].set_xlabel("Training rows, sorted by class")
    picture.description = f"{text}。{key(data)}"
    return picture


def _draw_layer(axes: Axes, layer: Hidden, order: numpy.ndarray) -> AxesImage:
    rows, units = layer.activations[order].T, layer.units
    shades = shades_of([layer.activations])
    image = axes.imshow(rows, aspect="auto", interpolation="nearest", **shades)
    axes.set_yticks(range(len(units)), units)
    for unit, label in enumerate(units.values()):
        dead = label == DEAD
        if dead:
            axes.axhspan(unit - 0.5, unit + 0.5, fc="none", ec=GREY, hatch="////", lw=0)
        look = {"transform": axes.get_yaxis_transform(), "weight": "bold" if dead else "normal"}
        axes.text(1.01, unit, label, va="center", **look)
    head = "fired by" if layer.function in FIRING else "mean"
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
