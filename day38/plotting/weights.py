"""Pictures of the numbers inside: weights and activations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy
from torch import nn

from day38.data import TabularData
from day38.plotting.inside import Network, limits_of
from day38.plotting.picture import (
    ACTIVATION,
    BLUE,
    DARK,
    GREY,
    ORANGE,
    SIGNED,
    SPECIES_COLORS,
    Picture,
    tint,
)


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
    edges = numpy.histogram_bin_edges(numpy.concatenate(list(matrices.values())), bins=bins)
    sizes = "、".join(
        f"{name} 有 {values.size:,} 个数，从 {values.min():.2f} 到 {values.max():.2f}"
        for name, values in matrices.items()
    )
    text = f"权重直方图，每个权重矩阵一幅：{sizes}。500 个以内时，底部每条短线是一个权重。"
    picture = Picture(3.6 * len(matrices), 3.2, text)
    panels = picture.subplots(1, len(matrices), squeeze=False)[0]
    for axes, (name, values) in zip(panels, matrices.items(), strict=True):
        counts, _, _ = axes.hist(values, bins=edges, color=BLUE, edgecolor="white")
        if values.size <= 500:
            band = 0.12 * counts.max()
            axes.plot(values, numpy.full_like(values, -band / 2), "|", color=ORANGE, ms=8)
            axes.set_ylim(bottom=-band)
        axes.axvline(0, color=GREY, lw=1)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set(xlabel="Weight", ylabel="Count", title=f"{name} ({values.size:,} weights)")
        axes.spines[["top", "right"]].set_visible(False)
    return picture


def plot_weight_heatmaps(models: Mapping[str, nn.Module], iris: TabularData) -> Picture:
    """Write out every parameter of each model, coloured on one scale for all.

    A row is a hidden unit: its weights from the inputs and its bias, then its weights to the
    outputs; the last row holds the biases of the outputs. `models` has networks with one hidden
    layer under their titles (in English).
    """
    tables = {title: _table(Network(model, iris)) for title, model in models.items()}
    largest = {title: float(numpy.nanmax(abs(table))) for title, table in tables.items()}
    limit = max(largest.values())
    text = (
        "权重热力图，一行是一个隐藏单元，左边是它从输入来的权重和偏置，右边是它到输出的权重，"
        "最后一行是输出的偏置；几幅图的颜色用同一个刻度，数的最大绝对值："
        + "、".join(f"{title} {value:.2f}" for title, value in largest.items())
        + "。"
    )
    rows = max(len(table) for table in tables.values())
    picture = Picture(4.3 * len(tables) + 0.5, 0.32 * rows + 1.9, text)
    panels = picture.subplots(1, len(tables), squeeze=False)[0]
    inputs = [name.removesuffix(" (cm)") for name in iris.feature_names]
    columns = [*inputs, "bias", *iris.class_names]
    for axes, (title, table) in zip(panels, tables.items(), strict=True):
        image = axes.imshow(table, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="auto")
        for row, column in numpy.argwhere(~numpy.isnan(table)):
            value = table[row, column]
            color = "white" if abs(value) > 0.6 * limit else DARK
            look = {"ha": "center", "va": "center", "size": 9, "color": color}
            axes.text(column, row, f"{value:z.1f}", **look)
        turned = {"rotation": 50, "ha": "left", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(columns)), columns, **turned)
        units = [f"h{unit}" for unit in range(1, len(table))]
        axes.set_yticks(range(len(table)), [*units, "bias"])
        axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
        axes.axvline(len(inputs) + 0.5, color=DARK, lw=1.5)
        axes.axhline(len(units) - 0.5, color=DARK, lw=1.5)
        axes.set_title(title)
    picture.colorbar(image, ax=panels, label="Weight or bias", shrink=0.7, aspect=30)
    return picture


def _table(network: Network) -> numpy.ndarray:
    (into, out_of), (biases, last_biases) = network.weights, network.biases
    units = numpy.column_stack([into, biases, out_of.T])
    last = numpy.full(units.shape[1], numpy.nan)
    last[-len(last_biases) :] = last_biases
    return numpy.vstack([units, last])


def plot_activations(model: nn.Module, iris: TabularData) -> Picture:
    """Draw how strongly each hidden unit answers each training flower, sorted by species.

    To the right stands the share of flowers that fire the unit (activation above zero); a unit
    that is zero for all of them is dead. Rows are hidden units, columns are flowers.
    """
    network = Network(model, iris)
    names = [f"h{unit}" for unit in range(1, len(network.fired) + 1)]
    shares = "、".join(f"{name} {label}" for name, label in zip(names, network.fired, strict=True))
    text = (
        "激活热力图：一行是一个隐藏单元，一列是一朵训练集的花，按种类排列；"
        "白色是没有激活，颜色越深激活值越大。"
        f"各单元被多少花激活（dead 是死亡单元，一朵也没有）：{shares}。"
    )
    picture = Picture(8.2, 0.3 * max(len(names), 3) + 1.4, text)
    axes = picture.subplots()
    order = numpy.argsort(network.plane.targets, kind="stable")
    lowest, highest = limits_of(network.activations)
    look = {"vmin": lowest, "vmax": highest, "aspect": "auto", "interpolation": "nearest"}
    image = axes.imshow(network.activations[order].T, cmap=ACTIVATION, **look)
    axes.set_yticks(range(len(names)), names)
    for unit, label in enumerate(network.fired):
        dead = label == "dead"
        if dead:
            axes.axhspan(unit - 0.5, unit + 0.5, fc="none", ec=GREY, hatch="////", lw=0)
        look = {"transform": axes.get_yaxis_transform(), "weight": "bold" if dead else "normal"}
        axes.text(1.01, unit, label, va="center", **look)
    above = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "size": 11}
    counts = numpy.bincount(network.plane.targets)
    for index, (name, stop) in enumerate(zip(iris.class_names, counts.cumsum(), strict=True)):
        box = {"fc": tint(SPECIES_COLORS[index], 0.6), "lw": 0, "boxstyle": "square,pad=0.15"}
        middle = stop - 0.5 - counts[index] / 2
        axes.annotate(name, (middle, 1), (0, 8), ha="center", bbox=box, **above)
        axes.axvline(stop - 0.5, color=DARK, lw=0.8, ls=":")
    axes.annotate("fired by", (1.01 * len(order), 1), (0, 8), **above)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlim=(-0.5, len(order) - 0.5))
    axes.set(xlabel="Training flowers, sorted by species", ylabel="Hidden unit")
    axes.tick_params(bottom=False, labelbottom=False, length=0)
    scale = {"extend": "min" if lowest > 0 else "neither"}  # a white tip for not fired at all
    picture.colorbar(image, ax=axes, label="Activation", aspect=2 * max(len(names), 6), **scale)
    return picture
