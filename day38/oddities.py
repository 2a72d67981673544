"""What is odd about a row, and why that may be: units, an order of columns, a scale."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import permutations

import numpy

from day38.data import Scaling

# How far a value may leave the range of the training rows, as a share of it. Of good rows of Iris
# less than one in 200 does.
MARGIN = 0.1
ABSURD = 1e6  # ranges away from the training rows: no measurement, and float32 would soon overflow
MOST_PERMUTED = 7  # features whose 5,040 orders are all tried; beyond, only swaps of two are
LEAST_SCALED = 0.01  # as far from 0 is at least one value of a scaled row; of metres perhaps none
# Units of length in names such as "width (cm)", in Chinese and in metres.
LENGTHS = {"mm": ("毫米", 0.001), "cm": ("厘米", 0.01), "in": ("英寸", 0.0254), "m": ("米", 1.0)}


def length_units(names: Sequence[str]) -> tuple[str, dict[str, float]] | None:
    """Return the one unit of length that all `names` carry, and what turns others into it.

    ``["width (cm)", …]`` gives ``("厘米", {"毫米": 0.1, "英寸": 2.54, "米": 100.0})``; names
    without a unit, or with several, give None.
    """
    units = {alias: key for key, (chinese, _) in LENGTHS.items() for alias in (key, chinese)}
    matches = [re.search(r"[(（]\s*(\S+)\s*[)）]$", name) for name in names]
    found = {units.get(match[1]) if match else None for match in matches}
    own = found.pop()
    if found or own is None:
        return None
    metres = LENGTHS[own][1]
    others = {text: round(m / metres, 6) for key, (text, m) in LENGTHS.items() if key != own}
    return LENGTHS[own][0], others


@cache
def _orders_of(columns: int) -> numpy.ndarray:
    return numpy.array([*permutations(range(columns))])


def _told_apart(*values: float) -> list[str]:
    """Return numbers with four digits, or with as many as tell those that differ apart."""
    texts = ([f"{value + 0.0:.{digits}g}" for value in values] for digits in range(4, 18))
    return next(written for written in texts if len(set(written)) == len(set(values)))


def place_of(row: int, table: numpy.ndarray) -> str:
    """Return the words before what is said of a row; a single row needs none."""
    return f"第 {row} 行（从 0 数起）的" if len(table) > 1 else ""


class TrainedRange:
    """The range of the training rows, and what can be said of a row outside it.

    Parameters
    ----------
    scaling : Scaling
        Knows the training minimum and maximum of each column.
    feature_names : sequence of str
        The columns, with their units.
    chinese : mapping of str to str
        Chinese names for those that have other ones.
    """

    def __init__(
        self, scaling: Scaling, feature_names: Sequence[str], chinese: Mapping[str, str]
    ) -> None:
        self.scaling, self.units = scaling, length_units(feature_names)
        self.names = [chinese.get(name, name) for name in feature_names]
        width = scaling.maximum - scaling.minimum
        self.width = numpy.where(width > 0, width, 1.0)  # 1 where all training rows are equal
        self.lowest = scaling.minimum - MARGIN * self.width
        self.highest = scaling.minimum + (1 + MARGIN) * self.width

    def odd_rows(self, table: numpy.ndarray) -> list[int]:
        """Return the numbers of the rows outside; a ValueError names one that is no measurement."""
        inside = self._inside(table)
        if inside.all():  # as a rule; to ask row by row takes three times as long
            return []
        odd = numpy.flatnonzero(~inside.all(axis=1)).tolist()
        for row in odd:
            if not (self._away(table[row]) <= ABSURD).all():  # so written, NaN is away
                where = place_of(row, table)
                column = self._worst(table[row])
                what = "不是测量值。请补上真实的测量值，或去掉这一行。"
                raise ValueError(
                    f"{where}“{self.names[column]}”是 {table[row, column]:.4g}，{what}"
                )
        return odd

    def problem(self, row: numpy.ndarray) -> str:
        """Say what is odd about a row outside the range, and why that may be."""
        column = self._worst(row)
        seen = row[column], self.scaling.minimum[column], self.scaling.maximum[column]
        value, low, high = _told_apart(*seen)
        told = f"“{self.names[column]}”是 {value}，训练时见过的是 {low} 到 {high}。"
        return told + self._likely_cause(row)

    def _inside(self, rows: numpy.ndarray) -> numpy.ndarray:
        """Say of each value whether it is near the training range; NaN is not."""
        return (rows >= self.lowest) & (rows <= self.highest)

    def _worst(self, row: numpy.ndarray) -> int:
        return int(self._away(row).argmax())  # for NumPy NaN is the largest

    def _away(self, row: numpy.ndarray) -> numpy.ndarray:
        """Return how far values lie from the middle of their columns' ranges, in ranges."""
        return numpy.abs((row - self.scaling.minimum) / self.width - 0.5)

    def _likely_cause(self, row: numpy.ndarray) -> str:
        unit, factors = self.units or ("", {})
        for other, factor in factors.items():
            if self._inside(row * factor).all():
                return f"单位像是{other}：都乘以 {factor:g} 就在范围里。请换算成{unit}。"
        scaled = numpy.abs(row).max() >= LEAST_SCALED
        if scaled and self._inside(self.scaling.measured(row)).all():
            return "这些数像是已经归一化过。请给归一化之前的数。"
        names, orders = self.names, self._fitting_orders(row)
        if len(orders) == 1:
            moved = [place for place, value in enumerate(orders[0]) if value != place]
            if len(moved) == 2:
                return f"“{names[moved[0]]}”和“{names[moved[1]]}”两列像是对调了。请对调回来。"
            given = "、".join(names[orders[0].index(place)] for place in range(len(names)))
            return f"列的顺序像是“{given}”。请按“{'、'.join(names)}”的顺序给。"
        if orders:
            return f"列的顺序像是不对，说得通的不止一种。请按“{'、'.join(names)}”的顺序给。"
        what = f"单位（{unit}）" if unit else "单位"
        return f"请核对{what}、列的顺序和这次测量；若没有错，这一行和训练用的数据很不一样。"

    def _fitting_orders(self, row: numpy.ndarray) -> list[list[int]]:
        """Return each order, which value belongs into each column, that explains all of them.

        If a swap of two columns does, only swaps are returned.
        """
        places, orders = range(len(row)), []
        possible = self._inside(row[:, None])  # each value in each column
        strange = set(numpy.flatnonzero(~possible.diagonal()).tolist())
        for one, two in numpy.argwhere(numpy.triu(possible & possible.T, k=1)).tolist():
            if strange <= {one, two}:
                order = [*places]
                order[one], order[two] = two, one
                orders.append(order)
        if not orders and len(row) <= MOST_PERMUTED:
            every = _orders_of(len(row))
            orders = every[possible[every, places].all(axis=1)].tolist()
        return orders
