"""Take a table in as numbers and classes; say where and why not."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy

NUMBERS = (str, Real, Decimal, numpy.bool_)  # texts are tried: "1.5" is one, "red" is not


def features_of(rows: Any, labels: Any, names: Sequence[str] | None) -> tuple:
    """Return the features, float64 of shape (rows, features), their names, and the labels."""
    if hasattr(rows, "columns"):  # pandas, which need not be imported for this
        if isinstance(labels, (str, Integral)):
            places = [n for n, one in enumerate(rows.columns) if _called(one) == str(labels)]
            if len(places) != 1:
                found = f"有 {len(places)} 个" if places else "没有"
                known = "、".join(map(_called, rows.columns))
                raise ValueError(f"表里{found}叫“{labels}”的列。有的是：{known}。")
            others = [n for n in range(rows.shape[1]) if n != places[0]]
            labels, rows = rows.iloc[:, places[0]], rows.iloc[:, others]
        elif hasattr(labels, "iloc") and not labels.index.equals(rows.index):
            raise ValueError(
                "labels 和 rows 的行号（index）不一样，可能对错行。"
                "请用 labels.loc[rows.index] 对齐；若顺序本来就一致，请给 labels.to_numpy()。"
            )
        names = list(rows.columns)
        columns = [rows.iloc[:, place].to_numpy() for place in range(rows.shape[1])]
        _refuse_row_numbers(columns, names)
    else:
        if isinstance(labels, (str, Integral)):
            raise ValueError(
                "rows 是数组，没有列名，labels 就要给出每一行的类别，不能只写一个名字。"
            )
        rows = numpy.asarray(unmasked(rows))
        if rows.ndim != 2:
            raise ValueError(f"rows 的形状是 {rows.shape}，应是 (行数, 特征数)。")
        names = [f"x{n}" for n in range(1, rows.shape[1] + 1)] if names is None else names
        columns = list(rows.T)
    names = tuple(map(str, names))
    if len(names) != len(columns) or not columns or len(set(names)) < len(names):
        raise ValueError(
            f"有 {len(columns)} 列特征，名字有 {len(set(names))} 个不同的：{'、'.join(names)}。"
            "请给每一列一个自己的名字。"
        )
    numbers = [_numbers(column, name) for column, name in zip(columns, names, strict=True)]
    return numpy.column_stack(numbers), names, labels


def unmasked(rows: Any) -> Any:
    """Return a masked array with NaN where it is masked: NumPy would bring back what was there."""
    if isinstance(rows, numpy.ma.MaskedArray):
        return numpy.ma.filled(rows.astype(numpy.float64), numpy.nan)
    return rows


def _called(column: Any) -> str:
    """Return the name of a column; in a table of several levels, ("kind", "") is called "kind"."""
    levels = column if isinstance(column, tuple) else (column,)
    return "/".join(str(level) for level in levels if str(level))


def _refuse_row_numbers(columns: Sequence[numpy.ndarray], names: Sequence[Any]) -> None:
    """A table sorted by class would be learned by heart from the number of its rows."""
    for column, name in zip(columns, names, strict=True):
        if column.dtype.kind not in "iu" or len(column) < 10:
            continue
        steps = numpy.diff(column.astype(numpy.int64))
        unnamed = str(name).startswith("Unnamed: ")  # pandas's name of an index saved with a table
        if (steps == 1).all() or (unnamed and (steps > 0).all()):  # rows were dropped in between
            raise ValueError(
                f"“{name}”只是行号（{column[0]}、{column[1]}、{column[2]}……），网络会去背它。"
                f"请去掉它：table.drop(columns={name!r})；存表时写 index=False，就不会多出行号。"
            )


def _numbers(column: numpy.ndarray, name: str) -> numpy.ndarray:
    """Return a column as float64; refuse its first value that is no finite number."""
    import pandas

    if column.dtype.kind in "mMc":  # pandas would count a date's nanoseconds
        raise ValueError(f"“{name}”是 {column.dtype}，特征只能是数。请去掉这一列，或先换算成数。")
    for row, value in enumerate(column if column.dtype.kind == "O" else ()):
        missing = pandas.api.types.is_scalar(value) and pandas.isna(value)
        if not isinstance(value, NUMBERS) and not missing:  # pandas would convert some
            raise ValueError(
                f"第 {row} 行（从 0 数起）的“{name}”是 {type(value).__name__} {value}，"
                "特征只能是数。请去掉这一列，或先换算成数。"
            )
    numbers = pandas.to_numeric(pandas.Series(column), errors="coerce").to_numpy(
        numpy.float64, na_value=numpy.nan
    )
    bad = numpy.flatnonzero(~numpy.isfinite(numbers))
    if len(bad):
        value = column[bad[0]]
        where = f"第 {bad[0]} 行（从 0 数起）的“{name}”是"
        if isinstance(value, str) and value.strip():
            raise ValueError(
                f"{where}文字“{value}”，特征只能是数。请去掉这一列；"
                "若它是类别，可用 pandas.get_dummies 变成几列 0 和 1。"
            )
        raise ValueError(f"{where} {value}，缺了数。请去掉这样的行（dropna），或先填上合理的数。")
    spread = numpy.ptp(numbers) if len(numbers) else 0.0
    if 0 < spread < 1e-14:
        raise ValueError(f"“{name}”的数最多只相差 {spread:.3g}，训练时等于没有差别。请换一个单位。")
    if 0 < spread < 2e-9 * (largest := numpy.abs(numbers).max()):
        raise ValueError(
            f"“{name}”的数最多只相差 {spread:.3g}，绝对值却大到 {largest:.3g}，归一化时分不出来。"
            "请每个数先减去同一个数。"
        )
    return numbers


def classes_of(labels: Any, rows: int) -> tuple[tuple[str, ...], numpy.ndarray]:
    """Return the names of the classes, sorted, and the number of each row's class."""
    import pandas

    if getattr(labels, "ndim", 1) != 1:
        raise ValueError(
            f"labels 的形状是 {tuple(labels.shape)}，应是每一行一个类别。"
            "多一维请用 labels.squeeze()；one-hot 请换成每一行里 1 所在的列号（argmax）。"
        )
    values = [_bare(value) for value in pandas.Series(list(labels)).tolist()]
    if len(values) != rows:
        raise ValueError(f"有 {rows} 行，却有 {len(values)} 个标签。请给每一行一个。")
    for row, value in enumerate(values):
        if pandas.isna(value) or (isinstance(value, str) and not value.strip()):
            raise ValueError(f"第 {row} 行（从 0 数起）没有标签。请补上，或去掉这一行。")
        if isinstance(value, float) and not value.is_integer():
            raise ValueError(
                f"第 {row} 行（从 0 数起）的标签是小数 {value:g}，不像类别。"
                "这里只做分类；预测一个数是回归，要换损失函数和输出。"
            )
    values = [int(value) if isinstance(value, float) else value for value in values]
    try:
        ordered = sorted(set(values))
    except TypeError:
        kinds = "、".join(sorted({type(value).__name__ for value in values}))
        raise ValueError(f"标签里混着几种类型：{kinds}。请统一成文字或整数。") from None
    if len(ordered) < 2:
        raise ValueError(
            f"只有一个类别：{ordered[0] if ordered else '一行也没有'}。至少要两个类别。"
        )
    texts = [value.strip() for value in ordered if isinstance(value, str)]
    if twice := next((text for text in texts if texts.count(text) > 1), None):
        raise ValueError(f"有几个类别都是“{twice}”，只差前后的空格。请先去掉空格。")
    places = {value: place for place, value in enumerate(ordered)}
    return tuple(map(str, ordered)), numpy.array([places[value] for value in values])


def _bare(label: Any) -> Any:
    """Return a label as Python has it, None if masked; refuse a row of a one-hot table."""
    if label is numpy.ma.masked:
        return None
    if isinstance(label, (list, tuple)) or getattr(label, "ndim", False):
        raise ValueError(
            f"标签里有 {label}，应是每一行一个类别。one-hot 请换成每一行里 1 所在的列号（argmax）。"
        )
    return label.item() if hasattr(label, "item") else label


def check_classes(
    targets: numpy.ndarray, part: numpy.ndarray, name: str, classes: tuple[str, ...]
) -> None:
    for number, kind in enumerate(classes):
        count = int((targets == number).sum())
        if len(part) and number not in targets[part]:
            raise ValueError(
                f"类别“{kind}”一共只有 {count} 行，{name}的 {len(part)} 行里一行也没有。"
                "请换一个 seed，或把行数太少的类别合并、去掉。"
            )
