"""The plane of the two features over which maps are drawn."""

from typing import NamedTuple

import numpy
import torch
from torch import Tensor

from day38.data import TabularData
from day38.plotting.names import Feature, features_of

SIDE = 160  # points of a map in each direction


class Plane(NamedTuple):
    """A grid over the two features of ``data.axes``, the others held at their training medians."""

    inputs: Tensor  # the model's scale, float32 (SIDE * SIDE, features); x runs fastest
    extent: tuple[float, float, float, float]  # of x, then of y, as measured
    x: Feature
    y: Feature
    held: dict[int, str]  # the columns that do not vary, and their values with units
    points: numpy.ndarray  # x and y of the training rows, as measured, shape (rows, 2)
    targets: numpy.ndarray  # their classes


def plane_of(data: TabularData) -> Plane:
    """Return the plane in which the training rows lie; refuse a table that has none."""
    if len(data.axes) < 2:
        raise ValueError(
            f"{data.title}只有 {len(data.feature_names)} 个特征，画不出平面。"
            "请至少用两个特征，或改画 plot_activations。"
        )
    features, axes = features_of(data), list(data.axes)
    table = data.scaling.measured(data.train[0].cpu().double().numpy())
    medians = numpy.median(table, axis=0)
    ends = []
    for column in axes:
        low, high = data.scaling.minimum[column], data.scaling.maximum[column]
        margin = 0.06 * (high - low) or max(1.0, 1e-9 * abs(low))
        # What is never negative, such as a length, is not drawn below zero.
        lowest = max(low - margin, 0.0) if low > 0 else low - margin
        exact = numpy.array([lowest, high + margin])
        tidy = numpy.round(exact, features[column].decimals)
        ends.append(tidy if tidy[0] < tidy[1] else exact)
    x, y = (numpy.linspace(low, high, SIDE) for low, high in ends)
    points = numpy.tile(medians, (SIDE * SIDE, 1))
    points[:, axes] = numpy.column_stack([numpy.tile(x, SIDE), numpy.repeat(y, SIDE)])
    return Plane(
        inputs=torch.tensor(data.scaling.scale(points), dtype=torch.float32),
        extent=(x[0], x[-1], y[0], y[-1]),
        x=features[axes[0]],
        y=features[axes[1]],
        held={
            column: feature.number(medians[column]) + feature.unit
            for column, feature in enumerate(features)
            if column not in axes
        },
        points=table[:, axes],
        targets=data.train[1].cpu().numpy(),
    )
