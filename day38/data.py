"""A table, split and scaled, as tensors; Iris is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy
import torch
from torch import Tensor

if TYPE_CHECKING:
    import pandas

IRIS_IN_CHINESE = {
    "sepal length (cm)": "花萼长",
    "sepal width (cm)": "花萼宽",
    "petal length (cm)": "花瓣长",
    "petal width (cm)": "花瓣宽",
    "setosa": "山鸢尾",
    "versicolor": "变色鸢尾",
    "virginica": "维吉尼亚鸢尾",
}


class Scaling(NamedTuple):
    """What turns a row as it was measured into the model's scale, and what training rows were like.

    Each array is float64 of shape (features,): the scaled value of a column is
    ``(value - offset) / span``; `minimum` and `maximum` are those of the training rows.
    """

    offset: numpy.ndarray
    span: numpy.ndarray
    minimum: numpy.ndarray
    maximum: numpy.ndarray

    def scale(self, table: numpy.ndarray) -> numpy.ndarray:
        """Return measured rows, (rows, features), in the model's scale."""
        return (table - self.offset) / self.span

    def measured(self, scaled: numpy.ndarray) -> numpy.ndarray:
        """Return rows in the model's scale, (rows, features), as they were measured."""
        return scaled * self.span + self.offset


@dataclass(frozen=True, repr=False)
class TabularData:
    """A table for classification, ready for training; `split_table` makes one.

    Attributes
    ----------
    train, validation, test : tuple of (Tensor, Tensor)
        Scaled inputs, float32 of shape (rows, features), and targets, int64 of shape (rows,). The
        validation part may have no rows.
    scaler : scikit-learn scaler
        Fitted on the training rows only.
    scaling : Scaling
        The same as numbers, with the range of each column in the training rows.
    feature_names, class_names : tuple of str
        The columns, with their units; the classes, into which a target is an index.
    title : str
        What the table is about.
    axes : tuple of int
        The two columns that maps use.
    seed : int
        Of the split.
    chinese : mapping of str to str
        Chinese names for features and classes that have other ones.
    """

    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]
    scaler: Any
    scaling: Scaling
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    title: str
    axes: tuple[int, ...]
    seed: int
    chinese: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        rows = " / ".join(str(len(part[0])) for part in (self.train, self.validation, self.test))
        return (
            f"<TabularData {self.title}：{len(self.feature_names)} 个特征，"
            f"{len(self.class_names)} 个类别，训练 / 验证 / 测试 {rows} 行>"
        )

    def to(self, device: torch.device | str) -> TabularData:
        """Return the same data with its tensors on `device`."""
        parts = {
            name: tuple(tensor.to(device) for tensor in getattr(self, name))
            for name in ("train", "validation", "test")
        }
        return replace(self, **parts)


def split_table(
    rows: pandas.DataFrame | Any,
    labels: str | Sequence[Any],
    *,
    validation_size: float = 0.0,
    test_size: float = 0.2,
    seed: int = 42,
    scaler: Any = None,
    title: str = "",
    axes: tuple[str | int, str | int] | None = None,
    feature_names: Sequence[str] | None = None,
) -> TabularData:
    """Split a table by chance, scale it by its training rows, and return it as tensors on the CPU.

    The test part is that of scikit-learn's ``train_test_split(test_size=…, random_state=seed)``,
    unstratified; the validation part is cut from what is left, so that the test part is the same
    with and without it.

    Parameters
    ----------
    rows : pandas.DataFrame or array of shape (rows, features)
        Numbers. The columns of a DataFrame give the names of the features.
    labels : str or sequence
        The class of each row, as text, integers or booleans; or the name of a column of `rows`.
    validation_size, test_size : float
        Shares of all rows.
    seed : int
        Of the split.
    scaler : scikit-learn scaler, optional
        A ``MinMaxScaler()`` if not given; any that shifts and stretches each column by itself. It
        is copied, then fitted on the training rows. To leave the rows as they are, give
        ``StandardScaler(with_mean=False, with_std=False)``.
    title : str
        What the table is about.
    axes : tuple of two names or column numbers, optional
        What maps use; by default the two columns whose means differ most from class to class,
        measured in the spread within the classes (the F of an analysis of variance).
    feature_names : sequence of str, optional
        For arrays; ``x1``, ``x2``, … if not given.

    Raises
    ------
    ValueError
        If the table cannot be used as it is; the message says where and what to do.
    """
    from sklearn.base import clone  # here, so that `import day38` costs no scikit-learn
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import MinMaxScaler

    table, names, labels = _columns(rows, labels, feature_names)
    classes, targets = _classes(labels, len(table))
    places = numpy.arange(len(table))
    rest, test = train_test_split(places, test_size=test_size, random_state=seed)
    train, validation = rest, rest[:0]
    if validation_size:
        count = math.ceil(validation_size * len(table))
        train, validation = train_test_split(rest, test_size=count, random_state=seed)
    for part, name in ((train, "训练集"), (validation, "验证集"), (test, "测试集")):
        _check_classes(targets, part, name, classes)
    scaler = clone(MinMaxScaler() if scaler is None else scaler).fit(table[train])

    def tensors(part: numpy.ndarray) -> tuple[Tensor, Tensor]:
        scaled = scaler.transform(table[part]) if len(part) else table[part]
        inputs = torch.tensor(numpy.asarray(scaled), dtype=torch.float32)
        return inputs, torch.tensor(targets[part], dtype=torch.int64)

    return TabularData(
        train=tensors(train),
        validation=tensors(validation),
        test=tensors(test),
        scaler=scaler,
        scaling=_scaling(scaler, table[train]),
        feature_names=names,
        class_names=classes,
        title=title or "一张表",
        axes=_axes(axes, names, table[train], targets[train]),
        seed=seed,
    )


def load_iris(seed: int = 42) -> TabularData:
    """Load Iris from scikit-learn (no download), split it and scale it, on the CPU.

    The split is scikit-learn's ``train_test_split(test_size=0.2, random_state=seed)``,
    unstratified: 120 rows to train, 30 to test.
    """
    from sklearn import datasets

    flowers = datasets.load_iris()
    species = flowers.target_names[flowers.target]
    iris = split_table(
        flowers.data,
        species,
        seed=seed,
        title="Iris (scikit-learn)",
        axes=("petal length (cm)", "petal width (cm)"),
        feature_names=flowers.feature_names,
    )
    return replace(iris, chinese=IRIS_IN_CHINESE)


def _columns(rows: Any, labels: Any, names: Sequence[str] | None) -> tuple:
    """Return the features, float64 of shape (rows, features), their names, and the labels."""
    if hasattr(rows, "columns"):  # pandas, which need not be imported for this
        if isinstance(labels, str):
            if labels not in rows.columns:
                known = "、".join(map(str, rows.columns))
                raise ValueError(f"表里没有叫“{labels}”的列。有的是：{known}。")
            rows, labels = rows.drop(columns=labels), rows[labels]
        names = rows.columns
        columns = [rows.iloc[:, place].to_numpy() for place in range(rows.shape[1])]
    else:
        if isinstance(labels, str):
            raise ValueError(
                "rows 是数组，没有列名，labels 就要给出每一行的类别，不能只写一个名字。"
            )
        rows = numpy.asarray(rows)
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


def _numbers(column: numpy.ndarray, name: str) -> numpy.ndarray:
    """Return a column as float64; refuse its first value that is no finite number."""
    import pandas

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
    return numbers


def _classes(labels: Any, rows: int) -> tuple[tuple[str, ...], numpy.ndarray]:
    """Return the names of the classes, sorted, and the number of each row's class."""
    import pandas

    values = pandas.Series(list(labels)).tolist()
    if len(values) != rows:
        raise ValueError(f"有 {rows} 行，却有 {len(values)} 个标签。请给每一行一个。")
    for row, value in enumerate(values):
        if pandas.isna(value):
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
    places = {value: place for place, value in enumerate(ordered)}
    return tuple(map(str, ordered)), numpy.array([places[value] for value in values])


def _check_classes(
    targets: numpy.ndarray, part: numpy.ndarray, name: str, classes: tuple[str, ...]
) -> None:
    for number, kind in enumerate(classes):
        count = int((targets == number).sum())
        if len(part) and number not in targets[part]:
            raise ValueError(
                f"类别“{kind}”一共只有 {count} 行，{name}的 {len(part)} 行里一行也没有。"
                "请换一个 seed，或把行数太少的类别合并、去掉。"
            )


def _scaling(scaler: Any, rows: numpy.ndarray) -> Scaling:
    """Return what a fitted scaler does to each column; refuse one that does more."""
    low, high = rows.min(axis=0), rows.max(axis=0)
    width = numpy.where(high > low, high - low, 1.0)  # 1 where all are equal
    ends = numpy.asarray(scaler.transform(numpy.stack([low, low + width])))
    if ends.shape == (2, len(low)) and (ends[1] != ends[0]).all():
        span = width / (ends[1] - ends[0])
        scaling = Scaling(low - ends[0] * span, span, low, high)
        probe = numpy.vstack([rows, low - width, high + width])
        if numpy.allclose(scaler.transform(probe), scaling.scale(probe), rtol=1e-6, atol=1e-8):
            return scaling
    raise ValueError(
        f"{type(scaler).__name__} 不是把每一列各自平移、伸缩的归一化。"
        "请用 MinMaxScaler()、StandardScaler() 一类，不带 clip。"
    )


def _axes(
    axes: tuple | None, names: tuple[str, ...], rows: numpy.ndarray, targets: numpy.ndarray
) -> tuple[int, ...]:
    """Return two columns: those asked for, or those that tell the classes apart best."""
    if axes is not None:
        known = {**dict(enumerate(range(len(names)))), **{n: i for i, n in enumerate(names)}}
        if len(axes) != 2 or not set(axes) <= set(known) or known[axes[0]] == known[axes[1]]:
            raise ValueError(
                f"axes 收到 {axes!r}，应是两列不同的特征的名字或编号。有的是：{'、'.join(names)}。"
            )
        return known[axes[0]], known[axes[1]]
    numbers, counts = numpy.unique(targets, return_counts=True)
    means = numpy.stack([rows[targets == number].mean(axis=0) for number in numbers])
    between = counts @ (means - rows.mean(axis=0)) ** 2
    within = ((rows - means[numpy.searchsorted(numbers, targets)]) ** 2).sum(axis=0)
    telling = between / (within + 1e-12 * (between + within) + 1e-300)
    return tuple(int(column) for column in numpy.argsort(-telling, kind="stable")[:2])
