"""The regions of the petal plane that a model gives to each species.

Taught in notebook 1, section "判定区域".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import DecisionBoundaryDisplay
from torch import nn

from day38.checks import whole_number
from day38.data import IrisData
from day38.inside import PETAL_LENGTH, PETAL_WIDTH, at_petals, centimetres, classify, petal_plane
from day38.plotting import (
    DARK,
    SPECIES_COLORS,
    SPECIES_MARKERS,
    Picture,
    checked_models,
    short_name,
)


def plot_decision_regions(
    models: Mapping[str, nn.Module], iris: IrisData, columns: int = 3
) -> Picture:
    """Colour the petal plane by the species that each model would name, with the flowers on it.

    The features that are not shown are held at their training medians, so a flower may lie in
    another region than the one in which the model, seeing all four, would put it.

    Parameters
    ----------
    models : mapping of str to nn.Module
        Any classifiers of scaled Iris rows, under their titles (in English).
    iris : IrisData
        The flowers, the scaler and the names.
    columns : int
        How many panels stand side by side.

    Raises
    ------
    TypeError, ValueError
        If there is no model, or one does not fit `iris`.
    """
    plane = petal_plane(iris, rows=2)
    flowers = centimetres(iris)[:, [PETAL_LENGTH, PETAL_WIDTH]]
    targets = iris.train[1].cpu().numpy()
    columns = min(whole_number("columns", columns, minimum=1), len(checked_models(models)))
    rows = -(-len(models) // columns)
    held = ", ".join(f"{short_name(name)} {value:.1f} cm" for name, value in plane.held.items())
    picture = Picture(
        max(2.9 * columns + 0.4, 6.0),
        2.6 * rows + 0.9,
        f"判定区域：横轴花瓣长、纵轴花瓣宽，底色是模型判定的品种，点是训练集的花；"
        f"依次是 {'、'.join(models)}。{_mistakes(models, iris)}",
    )
    panels = picture.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(models) :]:
        axes.remove()
    for axes, (title, model) in zip(panels.flat, models.items(), strict=False):
        _regions(axes, model, iris, plane.extent)
        for index, (color, marker) in enumerate(zip(SPECIES_COLORS, SPECIES_MARKERS, strict=True)):
            axes.scatter(
                *flowers[targets == index].T,
                s=16,
                color=color,
                marker=marker,
                ec="white",
                lw=0.5,
                label=iris.class_names[index],
            )
        axes.set(title=title, xlabel="", ylabel="")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    picture.supxlabel(f"Petal length (cm); held: {held}", size=10)
    picture.supylabel("Petal width (cm)", size=10)
    return picture


def _regions(
    axes: Axes, model: nn.Module, iris: IrisData, extent: tuple[float, float, float, float]
) -> None:
    corners = numpy.array([[extent[0], extent[2]], [extent[1], extent[3]]])
    display = DecisionBoundaryDisplay.from_estimator(
        _OnPetals(model, iris).fit(),
        corners,
        eps=0,
        grid_resolution=150,
        response_method="predict",
        plot_method="pcolormesh",
        multiclass_colors=list(SPECIES_COLORS),
        alpha=0.45,
        rasterized=True,
        ax=axes,
    )
    # A line between them, for eyes that see two of the colours as one.
    if numpy.ptp(display.response) > 0:
        levels = numpy.arange(len(iris.class_names) - 1) + 0.5
        axes.contour(
            display.xx0, display.xx1, display.response, levels, colors=DARK, linewidths=0.7
        )


class _OnPetals(ClassifierMixin, BaseEstimator):
    """A PyTorch model as scikit-learn sees it: petals in cm in, a class number out."""

    def __init__(self, model: nn.Module, iris: IrisData) -> None:
        self.model, self.iris = model, iris

    def fit(self, *_: object) -> _OnPetals:
        """Name the classes: scikit-learn asks every estimator to have been fitted."""
        self.classes_ = numpy.arange(len(self.iris.class_names))
        return self

    def predict(self, petals: numpy.ndarray) -> numpy.ndarray:
        """Return the class of each row of (length, width)."""
        return classify(self.model, at_petals(self.iris, petals))


def _mistakes(models: Mapping[str, nn.Module], iris: IrisData) -> str:
    inputs, targets = iris.train
    wrong = [
        f"{title} 认错 {int((classify(model, inputs) != targets.cpu().numpy()).sum())} 朵"
        for title, model in models.items()
    ]
    return f"训练集 {len(targets)} 朵里，{'，'.join(wrong)}。"
