"""Pictures of the inside: weights and activations.

Taught in notebook 1, section "看见网络".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy
from torch import nn

from day38.data import IrisData
from day38.inside import (
    answers_of,
    biases_of,
    layers_of,
    weights_of,
)
from day38.plotting import (
    DARK,
    GREY,
    SIGNED,
    SPECIES_COLORS,
    Picture,
    checked_models,
    short_name,
)


def plot_weight_heatmaps(models: Mapping[str, nn.Module], iris: IrisData) -> Picture:
    """Write out every parameter of each model, coloured on one scale for all.

    A row is a hidden unit: its weights from the inputs and its bias, then its weights to the
    outputs; the last row holds the biases of the outputs.

    Parameters
    ----------
    models : mapping of str to nn.Module
        Networks with one hidden layer, under their titles (in English).
    iris : IrisData
        The names of inputs and outputs.

    Returns
    -------
    Picture
        One axes for each model and a colour bar.

    Raises
    ------
    TypeError, ValueError
        If there is no model, or one is not a network of two ``nn.Linear`` layers for `iris`.
    """
    tables = {title: _table(model, iris) for title, model in checked_models(models).items()}
    limit = max(float(numpy.nanmax(numpy.abs(table))) for table in tables.values())
    rows = max(len(table) for table in tables.values())
    largest = "、".join(
        f"{title} 的最大绝对值是 {numpy.nanmax(numpy.abs(table)):.2f}"
        for title, table in tables.items()
    )
    picture = Picture(
        4.3 * len(tables) + 0.5,
        0.3 * rows + 1.9,
        "权重热图，一行是一个隐藏单元，左边是它从输入来的权重和偏置，右边是它到输出的权重，"
        f"最后一行是输出的偏置；颜色用同一把尺：{largest}。",
    )
    panels = picture.subplots(1, len(tables), squeeze=False)[0]
    columns = [short_name(name) for name in iris.feature_names] + ["bias", *iris.class_names]
    for axes, (title, table) in zip(panels, tables.items(), strict=True):
        image = axes.imshow(table, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="auto")
        for (row, column), value in numpy.ndenumerate(table):
            if not numpy.isnan(value):
                color = "white" if abs(value) > 0.6 * limit else DARK
                axes.text(
                    column, row, f"{value:z.1f}", ha="center", va="center", size=7.5, color=color
                )
        axes.set_xticks(
            range(len(columns)), columns, rotation=55, ha="left", rotation_mode="anchor"
        )
        units = [f"h{unit}" for unit in range(1, len(table))]
        axes.set_yticks(range(len(table)), [*units, "bias"])
        axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
        axes.axvline(len(iris.feature_names) + 0.5, color=DARK, lw=1.5)
        axes.axhline(len(table) - 1.5, color=DARK, lw=1.5)
        axes.set_title(title)
    picture.colorbar(image, ax=panels, label="Weight or bias", shrink=0.7, aspect=30)
    return picture


def plot_activations(model: nn.Module, iris: IrisData) -> Picture:
    """Draw how strongly each hidden unit answers each training flower, sorted by species.

    To the right stands the share of flowers that fire the unit (activation above zero).

    Returns
    -------
    Picture
        A matplotlib ``Figure``; rows are hidden units, columns are flowers.

    Raises
    ------
    TypeError, ValueError
        If `model` is not a network of two ``nn.Linear`` layers for `iris`.
    """
    _, output = layers_of(model, iris)
    activations, _ = answers_of(model, output, iris.train[0])
    targets = iris.train[1].cpu().numpy()
    order = numpy.argsort(targets, kind="stable")
    fired = (activations > 0).mean(axis=0)
    units = activations.shape[1]
    shares = "、".join(f"h{unit} {share:.0%}" for unit, share in enumerate(fired, start=1))
    picture = Picture(
        8.2,
        0.28 * units + 1.3,
        "激活热图：一行是一个隐藏单元，一列是一朵训练集的花，按品种排列，颜色越深激活越强。"
        f"各单元被多少花激活：{shares}。",
    )
    axes = picture.subplots()
    lowest = min(0.0, float(activations.min()))
    image = axes.imshow(
        activations[order].T, cmap="Greys", vmin=lowest, aspect="auto", interpolation="nearest"
    )
    axes.set_yticks(range(units), [f"h{unit}" for unit in range(1, units + 1)])
    for unit, share in enumerate(fired):
        text = "0% dead" if share == 0 else "<1%" if share < 0.005 else f"{share:.0%}"
        axes.text(len(targets) + 1, unit, text, va="center", size=9, color=DARK)
    axes.text(len(targets) + 1, -1.05, "fired by", va="center", size=9, color=GREY)
    start = 0
    for index, name in enumerate(iris.class_names):
        stop = start + int((targets == index).sum())
        axes.plot(
            [start - 0.3, stop - 0.7],
            [-0.75, -0.75],
            color=SPECIES_COLORS[index],
            lw=5,
            solid_capstyle="butt",
            clip_on=False,
        )
        axes.text((start + stop) / 2, -1.3, name, ha="center", va="bottom", size=10, color=DARK)
        if index:
            axes.axvline(start - 0.5, color=DARK, lw=0.8, ls=":")
        start = stop
    axes.set_ylim(units - 0.5, -0.5)
    axes.set(xlabel="Training flowers, sorted by species", ylabel="Hidden unit")
    axes.tick_params(bottom=False, labelbottom=False, length=0)
    picture.colorbar(image, ax=axes, label="Activation", pad=0.11)
    return picture


def _table(model: nn.Module, iris: IrisData) -> numpy.ndarray:
    hidden, output = layers_of(model, iris)
    units = numpy.column_stack([weights_of(hidden), biases_of(hidden), weights_of(output).T])
    last = numpy.full(units.shape[1], numpy.nan)
    last[-output.out_features :] = biases_of(output)
    return numpy.vstack([units, last])
