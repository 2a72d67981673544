"""Rows as callers bring them: what is accepted, what is refused, what looks out of range."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy
import pandas
import pytest
import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split

from day38.rows import as_table, check_finite, in_few_lines, in_range, range_problems, typical_rows
from tests.helpers import chinese_error

NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
FLOWER = [6.2, 2.2, 4.5, 1.5]
FRAME = pandas.DataFrame([FLOWER, [5, 3, 2, 1]], columns=list(NAMES))

GOOD: dict[str, Any] = {
    "one flat flower": FLOWER,
    "a tuple": tuple(FLOWER),
    "one row": [FLOWER],
    "tuples in a tuple": (tuple(FLOWER), tuple(FLOWER)),
    "float32": numpy.array([FLOWER], dtype=numpy.float32),
    "whole numbers": [6, 2, 4, 1],
    "unsigned": numpy.array([[6, 2, 4, 1]], dtype=numpy.uint8),
    "big-endian": numpy.array([FLOWER], dtype=">f8"),
    "reversed memory": numpy.array([FLOWER[::-1]])[:, ::-1],
    "columns in memory": numpy.asfortranarray([FLOWER, FLOWER]),
    "read-only": numpy.broadcast_to(numpy.array(FLOWER), (3, 4)),
    "Python objects": numpy.array([FLOWER], dtype=object),
    "fractions": [[Fraction(31, 5), Fraction(11, 5), Fraction(9, 2), Fraction(3, 2)]],
    "tensor": torch.tensor([FLOWER]),
    "tensor with gradient": torch.tensor([FLOWER], requires_grad=True),
    "half precision": torch.tensor([FLOWER], dtype=torch.bfloat16),
    "integer tensor": torch.tensor([6, 2, 4, 1]),
    "rows of arrays": [numpy.array(FLOWER), numpy.array(FLOWER)],
    "DataFrame": FRAME,
    "DataFrame in another order": FRAME[list(NAMES[::-1])],
    "DataFrame with more columns": FRAME.assign(species="setosa"),
    "DataFrame without names": pandas.DataFrame([FLOWER]),
    "DataFrame of nullable numbers": FRAME.convert_dtypes(),
    "Series": FRAME.iloc[0],
    "Series with a text beside": FRAME.assign(species="setosa").iloc[0],
    "Series without names": pandas.Series(FLOWER),
    "NaN passes, check_finite names it": [[1.0, 2.0, 3.0, float("nan")]],
    "masked": numpy.ma.array([FLOWER], mask=[[False, False, False, True]]),
}

# What is given instead of rows → it, and what the message holds beside what is wanted.
BAD: dict[str, tuple[Any, list[str]]] = {
    "nothing": ([], ["没有收到任何数据", "(0,)"]),
    "an empty row": ([[]], ["没有收到任何数据"]),
    "an empty table": (numpy.empty((0, 4)), ["(0, 4)"]),
    "an empty frame": (FRAME.iloc[:0], ["没有收到任何数据"]),
    "three numbers": ([6.2, 2.2, 4.5], ["收到 3 个"]),
    "five numbers": ([[*FLOWER, 1.0]], ["收到 5 个"]),
    "a column": ([[6.2], [2.2], [4.5], [1.5]], ["收到 1 个"]),
    "one number": (6.2, ["()"]),
    "three dimensions": ([[FLOWER]], ["(1, 1, 4)"]),
    "uneven rows": ([FLOWER, FLOWER[:3]], ["长度不一样"]),
    "a text": ("6.2 2.2 4.5 1.5", ["文字"]),
    "numbers as texts": ([["6.2", "2.2", "4.5", "1.5"]], ["文字 ", "'6.2'", "float"]),
    "one text among numbers": ([[6.2, "2.2", 4.5, 1.5]], ["文字"]),
    "bytes": ([[b"6.2"] * 4], ["文字", "b'6.2'"]),
    "None": (None, ["None", "NoneType"]),
    "None in a row": ([[6.2, None, 4.5, 1.5]], ["None"]),
    "truth values": ([[True, False, True, False]], ["bool"]),
    "complex": ([[1j, 2, 3, 4]], ["complex"]),
    "complex tensor": (torch.ones(1, 4, dtype=torch.complex64), ["complex"]),
    "truth tensor": (torch.ones(1, 4, dtype=torch.bool), ["bool"]),
    "meta tensor": (torch.ones(1, 4, device="meta"), ["Tensor"]),
    "sparse tensor": (torch.ones(1, 4).to_sparse(), ["Tensor"]),
    "a dict": (dict(zip(NAMES, FLOWER, strict=True)), ["dict"]),
    "dicts": ([dict(zip(NAMES, FLOWER, strict=True))], ["dict"]),
    "a set": (set(FLOWER), ["set"]),
    "a generator": ((row for row in [FLOWER]), ["generator"]),
    "a date": (numpy.array([["2026-01-01"] * 4], dtype="M8[D]"), ["日期", "datetime64"]),
    "durations": (numpy.ones((1, 4), dtype="m8[ns]"), ["时间"]),
    "a number beyond float": ([[10**400, 1, 1, 1]], ["整理"]),
    "a frame without a column": (FRAME[list(NAMES[:3])], ["没有这些列：petal width (cm)"]),
    "a frame with other names": (FRAME.set_axis(list("abcd"), axis=1), ["a、b、c、d", "to_numpy"]),
    "a frame with texts": (FRAME.astype(str), ["文字"]),
    "a frame with gaps": (FRAME.astype("Float64").mask(FRAME > 6), ["NA"]),
}


@pytest.mark.parametrize("what", GOOD)
def test_accepted(what: str) -> None:
    table = as_table(GOOD[what], NAMES)
    assert table.dtype == numpy.float64 and table.ndim == 2 and table.shape[1] == 4
    if "passes" in what or what == "masked":
        with chinese_error(ValueError, "第 0 行", "petal width (cm)", "nan"):
            check_finite(table, NAMES)
    else:
        check_finite(table, NAMES)
        assert numpy.allclose(table[0], FLOWER, rtol=0.01) or (table[0] == [6, 2, 4, 1]).all()


@pytest.mark.parametrize("what", BAD)
def test_refused(what: str) -> None:
    rows, parts = BAD[what]
    with chinese_error(ValueError, *parts):
        as_table(rows, NAMES)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_the_first_value_that_is_not_finite_is_named(value: float) -> None:
    table = numpy.array([FLOWER, FLOWER, FLOWER])
    table[1, 2] = table[2, 0] = value
    with chinese_error(ValueError, "第 1 行", "petal length (cm)", str(value)):
        check_finite(table, NAMES)


def splits(count: int) -> Iterator[tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]]:
    """Yield minimum and span of the training rows, and the test rows, of many splits."""
    flowers = datasets.load_iris().data
    for seed in range(count):
        train_rows, test_rows = train_test_split(flowers, test_size=0.2, random_state=seed)
        yield train_rows.min(axis=0), numpy.ptp(train_rows, axis=0), test_rows


# What people do to a row → how, the share that must be noticed, what a typical message says.
MISTAKES: dict[str, tuple[Callable[[numpy.ndarray], numpy.ndarray], str]] = {
    "millimetres": (lambda rows: rows * 10, "毫米"),
    "inches": (lambda rows: rows / 2.54, "英寸"),
    "metres": (lambda rows: rows / 100, "米"),
    "reversed": (lambda rows: rows[:, ::-1], "顺序像是"),
    "sepals swapped": (lambda rows: rows[:, [1, 0, 2, 3]], "顺序像是"),
    "petals swapped": (lambda rows: rows[:, [0, 1, 3, 2]], "顺序像是"),
    "petals first": (lambda rows: rows[:, [2, 3, 0, 1]], "顺序像是"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_wrong_units_and_orders_are_flagged_with_their_cause(what: str) -> None:
    mistake, cause = MISTAKES[what]
    total, messages = 0, []
    for minimum, span, rows in splits(40):
        messages += range_problems(mistake(rows), minimum, span, NAMES).values()
        total += len(rows)
    assert len(messages) >= 0.95 * total
    assert sum(cause in message for message in messages) >= 0.8 * len(messages)


def test_right_rows_are_hardly_ever_flagged() -> None:
    flagged = [
        len(range_problems(rows, minimum, span, NAMES)) / len(rows)
        for minimum, span, rows in splits(200)
    ]
    assert numpy.mean(flagged) <= 0.005


MINIMUM, SPAN = numpy.array([4.3, 2.0, 1.0, 0.1]), numpy.array([3.4, 2.4, 5.9, 2.4])


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        ([62, 22, 45, 15], ["sepal", "62", "4.3 到 7.7", "毫米", "0.1", "换算成厘米"]),
        ([2.2, 6.2, 4.5, 1.5], ["列的顺序像是 sepal width (cm)、sepal length (cm)、petal length"]),
        ([0.56, 0.08, 0.6, 0.58], ["归一化"]),
        ([100, 100, 100, 100], ["petal width (cm)", "100", "核对单位"]),
        ([6.2, 2.2, 4.5, 9.0], ["petal width (cm) 是 9，", "0.1 到 2.5"]),
    ],
)
def test_the_message_names_value_range_and_cause(row: list[float], parts: list[str]) -> None:
    problems = range_problems(numpy.array([FLOWER, row]), MINIMUM, SPAN, NAMES)
    assert list(problems) == [1]
    for part in parts:
        assert part in problems[1]


def test_the_limits_themselves_are_in_range() -> None:
    rows = numpy.stack([MINIMUM, MINIMUM + SPAN, MINIMUM - 0.099 * SPAN, MINIMUM + 1.099 * SPAN])
    assert range_problems(rows, MINIMUM, SPAN, NAMES) == {}
    assert list(range_problems(rows - 0.02 * SPAN, MINIMUM, SPAN, NAMES)) == [2]


def test_what_cannot_be_measured_is_an_error() -> None:
    for value, part in ((1e300, "不可能"), (-1e300, "不可能"), (float("nan"), "不是有限的数")):
        with chinese_error(ValueError, part, str(value), "petal length (cm)"):
            range_problems(numpy.array([[6.2, 2.2, value, 1.5]]), MINIMUM, SPAN, NAMES)


def test_many_problems_are_told_in_few_lines() -> None:
    problems = {row: f"x 是 {row}。" for row in range(5, 15)}
    assert in_few_lines(problems).splitlines() == [
        "第 5 行（从 0 数起）的 x 是 5。",
        "第 6 行（从 0 数起）的 x 是 6。",
        "第 7 行（从 0 数起）的 x 是 7。",
        "……像这样的共 10 行。",
    ]
    assert in_few_lines({3: "x"}) == "第 3 行（从 0 数起）的 x"
    assert len(in_few_lines({row: "" for row in range(3)}).splitlines()) == 3


@pytest.mark.parametrize("value", [-0.11, 1.11, float("nan"), float("inf"), float("-inf")])
def test_one_value_out_of_range_is_enough(value: float) -> None:
    scaled = numpy.full((3, 4), 0.5)
    assert in_range(scaled)
    scaled[1, 2] = value
    assert not in_range(scaled)


def test_typical_rows_are_in_range_and_differ() -> None:
    rows = typical_rows(MINIMUM, SPAN)
    assert in_range((rows - MINIMUM) / SPAN)
    assert len({tuple(row) for row in rows}) == len(rows) == 11
