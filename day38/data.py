"""A table, split and scaled, as tensors; Iris is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy
import torch
from torch import Tensor

from day38.table import check_classes, classes_of, features_of

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
        train, validation, test = (
            (inputs.to(device), targets.to(device))
            for inputs, targets in (self.train, self.validation, self.test)
        )
        return replace(self, train=train, validation=validation, test=test)


def split_table(
    rows: pandas.DataFrame | Any,
    labels: str | int | Sequence[Any],
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
    labels : str, int or sequence
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

    table, names, labels = features_of(rows, labels, feature_names)
    classes, targets = classes_of(labels, len(table))
    if not (validation_size >= 0 and test_size > 0 and validation_size + test_size < 1):
        raise ValueError(
            f"test_size 收到 {test_size}，validation_size 收到 {validation_size}："
            "它们是占全部行的份额，例如 0.2，加起来要小于 1。"
        )
    places = numpy.arange(len(table))
    rest, test = train_test_split(places, test_size=test_size, random_state=seed)
    train, validation = rest, rest[:0]
    if validation_size:
        count = math.ceil(validation_size * len(table))
        train, validation = train_test_split(rest, test_size=count, random_state=seed)
    for part, name in ((train, "训练集"), (validation, "验证集"), (test, "测试集")):
        check_classes(targets, part, name, classes)
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


def _scaling(scaler: Any, rows: numpy.ndarray) -> Scaling:
    """Return what a fitted scaler does to each column; refuse one that does more."""
    low, high = rows.min(axis=0), rows.max(axis=0)
    width = numpy.where(high > low, high - low, numpy.maximum(1.0, abs(low)))
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
        known: dict[str | int, int] = {name: place for place, name in enumerate(names)}
        known |= {place: place for place in range(len(names))}
        if len(axes) != 2 or not set(axes) <= set(known) or known[axes[0]] == known[axes[1]]:
            raise ValueError(
                f"axes 收到 {axes!r}，应是两列不同的特征的名字或编号。有的是：{'、'.join(names)}。"
            )
        return known[axes[0]], known[axes[1]]
    numbers, counts = numpy.unique(targets, return_counts=True)
    means = numpy.stack([rows[targets == number].mean(axis=0) for number in numbers])
    between = counts @ (means - rows.mean(axis=0)) ** 2
    within = ((rows - means[numpy.searchsorted(numbers, targets)]) ** 2).sum(axis=0)
    total = between + within
    telling = between / numpy.where(total > 0, total, 1)
    return tuple(int(column) for column in numpy.argsort(-telling, kind="stable")[:2])
