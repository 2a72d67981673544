"""The regions of the petal plane that a model gives to each species."""

from __future__ import annotations

from collections.abc import Mapping

import numpy
from matplotlib.colors import ListedColormap
from torch import nn

from day38.data import TabularData
from day38.plotting.inside import SIDE, logits_of, petal_plane
from day38.plotting.picture import DARK, SPECIES_COLORS, Picture, draw_flowers, tint


def plot_decision_regions(
    models: Mapping[str, nn.Module], iris: TabularData, columns: int = 3
) -> Picture:
    """Colour the petal plane by the species that each model would name, with the flowers on it.

    The features that are not shown are held at their training medians, so a flower may lie in
    another region than the one in which the model, seeing all four, would put it. `models` has any
    classifiers of scaled Iris rows under their titles (in English).
    """
    plane = petal_plane(iris)
    columns = min(columns, len(models))
    rows = -(-len(models) // columns)
    picture = Picture(max(3.0 * columns + 0.4, 6.0), 2.7 * rows + 1.0)
    panels = picture.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(models) :]:
        axes.remove()
    colors = ListedColormap([tint(color, 0.45) for color in SPECIES_COLORS])
    look = {"extent": plane.extent, "origin": "lower"}
    wrong = []
    for axes, (title, model) in zip(panels.flat, models.items(), strict=False):
        answers = logits_of(model, plane.inputs).argmax(dim=1).reshape(SIDE, SIDE).numpy()
        axes.imshow(answers, cmap=colors, vmin=0, vmax=2, aspect="auto", **look)
        if numpy.ptp(answers):  # a line between them, for eyes that see two colours as one
            axes.contour(answers, [0.5, 1.5], colors=DARK, linewidths=0.7, **look)
        draw_flowers(axes, plane.flowers, plane.targets, iris.class_names, size=18)
        axes.set_title(title)
        mistakes = (logits_of(model, iris.train[0]).argmax(dim=1).numpy() != plane.targets).sum()
        wrong.append(f"{title} 认错 {mistakes} 朵")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    held = [f"{name.removesuffix(' (cm)')} {value:.1f} cm" for name, value in plane.held.items()]
    picture.supxlabel(f"Petal length (cm); held: {', '.join(held)}", size=10)
    picture.supylabel("Petal width (cm)", size=10)
    picture.description = (
        "决策区域：横轴花瓣长、纵轴花瓣宽，底色是模型判定的种类，点是训练集的花。"
        f"训练集 {len(plane.targets)} 朵里，{'，'.join(wrong)}。"
    )
    return picture
