"""Flowers as a caller brings them: turned into one table of numbers, and checked.

Taught in notebook 3, section "保存、加载、使用".
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy
import torch

# A scaled value within these limits is near enough to the training rows, whose values lie in
# [0, 1]; values of the right unit and order leave them in less than one row of 200.
LOWEST, HIGHEST = -0.1, 1.1
# Scaled values beyond this are no measurement of anything; float32 would soon overflow.
ABSURD = 1e6
SHOWN = 3  # rows that one warning spells out
UNITS = {"毫米": 0.1, "英寸": 2.54, "米": 100.0}


class RangeWarning(UserWarning):
    """A value far outside what the model was trained on; the answer is then worth little."""


def as_table(rows: Any, feature_names: tuple[str, ...]) -> numpy.ndarray:
    """Return `rows` as a float64 array of shape (rows, features), perhaps the caller's own.

    Parameters
    ----------
    rows : list, tuple, NumPy array, PyTorch tensor, pandas DataFrame or Series
        One flower may be flat. Columns with names are found by name, others by position.
    feature_names : tuple of str
        The columns wanted, in order.

    Raises
    ------
    ValueError
        If there is no row, a row has the wrong width, or a value is not a number. NaN and
        infinities pass; `check_finite` names them.
    """
    width = len(feature_names)
    usual = type(rows) is numpy.ndarray and rows.dtype == numpy.float64 and rows.ndim == 2
    if usual and rows.shape[1] == width and len(rows) > 0:
        return rows  # nothing to do; all that follows is for the other cases
    wanted = (
        f"请给每朵花 {len(feature_names)} 个数（厘米），依次是 {'、'.join(feature_names)}，"
        "例如 [6.2, 2.2, 4.5, 1.5]。"
    )
    try:
        table = _plain(rows, feature_names, wanted)
        if table.dtype.kind not in "iuf":
            table = _numbers(table, wanted)
        table = table.astype(numpy.float64, copy=False)
    except (RuntimeError, TypeError, OverflowError) as error:
        raise ValueError(
            f"收到的 {type(rows).__name__} 不能整理成一张数字表：{error}。{wanted}"
        ) from error
    if table.size == 0:
        raise ValueError(f"没有收到任何数据（形状 {table.shape}）。{wanted}")
    if table.ndim == 1:
        table = table[None, :]
    if table.ndim != 2:
        raise ValueError(f"数据的形状不对：收到 {table.shape}，应是 (朵数, 特征数)。{wanted}")
    if table.shape[1] != len(feature_names):
        raise ValueError(f"每朵花的数字个数不对：收到 {table.shape[1]} 个。{wanted}")
    return table


def _plain(rows: Any, feature_names: tuple[str, ...], wanted: str) -> numpy.ndarray:
    labels = getattr(rows, "columns", None)
    if labels is None and hasattr(rows, "to_numpy"):
        labels = getattr(rows, "index", None)  # a Series: one flower
    if labels is not None and any(isinstance(label, str) for label in labels):
        missing = [name for name in feature_names if name not in labels]
        if missing:
            raise ValueError(
                f"表里没有这些列：{'、'.join(missing)}；有的是 {'、'.join(map(str, labels))}。"
                "请改成同样的列名，或用 .to_numpy() 去掉列名、按顺序给。"
            )
        rows = rows[list(feature_names)]
    if isinstance(rows, torch.Tensor):
        rows = rows.detach().cpu()
        rows = (rows.double() if rows.is_floating_point() else rows).numpy()
    if isinstance(rows, numpy.ma.MaskedArray):
        rows = rows.astype(numpy.float64).filled(numpy.nan)
    try:
        return numpy.asarray(rows)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"各行的长度不一样，排不成一张表。{wanted}") from error


def _numbers(table: numpy.ndarray, wanted: str) -> numpy.ndarray:
    """Turn an array of Python objects into numbers, or name the first that is none."""
    if table.dtype.kind in "mM":
        raise ValueError(f"收到的是日期或时间（{table.dtype}），不是测量值。{wanted}")
    for value in table.ravel():
        value = value.item() if isinstance(value, numpy.generic) else value
        kind = type(value)
        if kind in (str, bytes):
            raise ValueError(f"收到文字 {value!r}，不是数。请先转换，例如 float('6.2')。{wanted}")
        if kind in (bool, complex, type(None)) or not hasattr(kind, "__float__"):
            raise ValueError(f"收到 {value!r}（{kind.__name__}），不是实数。{wanted}")
    return table.astype(numpy.float64)


def check_finite(table: numpy.ndarray, feature_names: tuple[str, ...]) -> None:
    """Name the first value that is NaN or infinite.

    Raises
    ------
    ValueError
        If there is one: ``argmax`` would call such a row class 0.
    """
    wrong = numpy.argwhere(~numpy.isfinite(table))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"第 {row} 行（从 0 数起）的 {feature_names[column]} 是 {table[row, column]}，"
            "不是有限的数。请补上真实的测量值，或去掉这一行。"
        )


def in_range(scaled: numpy.ndarray) -> bool:
    """Say whether all scaled values are near the trained range; NaN and infinities are not."""
    # The ufuncs themselves, without the wrappers of min() and max(): this is in every prediction.
    lowest, highest = numpy.minimum.reduce(scaled, None), numpy.maximum.reduce(scaled, None)
    return bool(lowest >= LOWEST and highest <= HIGHEST)  # NaN makes both false


def range_problems(
    table: numpy.ndarray,
    minimum: numpy.ndarray,
    span: numpy.ndarray,
    feature_names: tuple[str, ...],
) -> dict[int, str]:
    """Say for each row that leaves the trained range which value does, and the likely cause.

    Parameters
    ----------
    table : numpy.ndarray
        Of shape (rows, features).
    minimum, span : numpy.ndarray
        Smallest value and width of each feature's trained range.
    feature_names : tuple of str
        The columns.

    Returns
    -------
    dict of int to str
        Row number to message; rows within the range are left out.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or beyond all measure.
    """
    check_finite(table, feature_names)
    scaled = (table - minimum) / span
    outside = (scaled < LOWEST) | (scaled > HIGHEST)
    problems = {}
    for row in numpy.flatnonzero(outside.any(axis=1)).tolist():
        column = int(numpy.abs(scaled[row] - 0.5).argmax())
        value = f"{feature_names[column]} 是 {table[row, column]:.4g}"
        trained = f"{minimum[column]:.4g} 到 {minimum[column] + span[column]:.4g}"
        if abs(scaled[row, column]) > ABSURD:
            raise ValueError(
                f"第 {row} 行（从 0 数起）的 {value}，不可能是测量值（训练时是 {trained}）。"
                "请核对这一行。"
            )
        cause = _likely_cause(table[row], minimum, span, feature_names)
        problems[row] = f"{value}，训练时见过的是 {trained}。{cause}"
    return problems


def _likely_cause(
    row: numpy.ndarray, minimum: numpy.ndarray, span: numpy.ndarray, feature_names: tuple[str, ...]
) -> str:
    def fits(candidate: numpy.ndarray) -> bool:
        scaled = (candidate - minimum) / span
        return bool(((scaled >= LOWEST) & (scaled <= HIGHEST)).all())

    for unit, factor in UNITS.items():
        if fits(row * factor):
            return f"单位像是{unit}：都乘以 {factor:g} 就在范围里。请换算成厘米。"
    if ((row >= LOWEST) & (row <= HIGHEST)).all():
        return "各个数都在 0 到 1 附近，像是已经归一化过。请给原始的厘米数。"
    if len(row) <= 5:
        fitting = [order for order in permutations(range(len(row))) if fits(row[list(order)])]
        if fitting:
            # The feature at `place` of what was given, for the order that moves fewest columns.
            order = min(fitting, key=lambda order: sum(i != j for i, j in enumerate(order)))
            given = "、".join(feature_names[order.index(place)] for place in range(len(row)))
            return f"列的顺序像是 {given}。请按 {'、'.join(feature_names)} 的顺序给。"
    return "请核对单位（厘米）、列的顺序和这次测量；若没有错，这朵花和训练用的花很不一样。"


def in_few_lines(problems: dict[int, str]) -> str:
    """Return the first of what `range_problems` found, and how many there are."""
    lines = [f"第 {row} 行（从 0 数起）的 {text}" for row, text in problems.items()]
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f"……像这样的共 {len(problems)} 行。"]
    return "\n".join(lines)


def typical_rows(minimum: numpy.ndarray, span: numpy.ndarray) -> numpy.ndarray:
    """Return rows whose probabilities tell one network from another: corners and the middle."""
    count = len(minimum)
    corners = numpy.vstack([numpy.zeros(count), numpy.eye(count), 1 - numpy.eye(count)])
    places = numpy.vstack([corners, numpy.full(count, 0.5), numpy.ones(count)])
    return minimum + places * span
