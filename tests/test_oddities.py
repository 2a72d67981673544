"""What is said of odd rows: units, swapped columns; and what it costs where there are many."""

import tracemalloc

import numpy
import pytest
from torch import nn

from day38 import Predictor, RangeWarning, split_table
from day38.oddities import length_units


@pytest.mark.parametrize(
    ("features", "swapped", "cause"),
    [
        (13, [2, 9], "“x3”和“x10”两列像是对调了"),
        (60, [0, 59], "“x1”和“x60”两列像是对调了"),
        (60, [], "请核对单位、列的顺序"),
    ],
)
def test_odd_rows_of_many_features_are_told_and_cost_no_memory(features, swapped, cause) -> None:
    rows = numpy.random.random((1_000, features)) + 10 * numpy.arange(features)  # overlap nowhere
    predictor = Predictor(nn.Linear(features, 2), split_table(rows, rows[:, 0] > 0.5))
    odd = rows.copy()
    odd[:, swapped] = rows[:, swapped[::-1]]
    if not swapped:
        odd[:, 0] = 1e4
    tracemalloc.start()
    with pytest.warns(RangeWarning, match=cause):
        predictor.predict(odd)
    assert len(predictor.check_range(odd)) == 1_000
    assert tracemalloc.get_traced_memory()[1] < 50e6  # bytes; the orders of 13 take 80 GB
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("names", "unit"),
    [
        (["a (cm)", "b (cm)"], ("厘米", {"毫米": 0.1, "英寸": 2.54, "米": 100.0})),
        (["a (mm)", "乙（毫米）"], ("毫米", {"厘米": 10.0, "英寸": 25.4, "米": 1000.0})),
        (["a (cm)", "b (mm)"], None),
        (["a (cm)", "b"], None),
        (["pressure (hPa)"], None),
    ],
)
def test_other_units_are_guessed_only_where_all_names_carry_one_unit_of_length(names, unit):
    assert length_units(names) == unit


@pytest.mark.parametrize(
    ("low", "high", "value", "told"),
    [
        (
            101_310,
            101_340,
            101_400,
            "是 1.014e+05，训练时见过的是 1.0131e+05 到 1.0134e+05。请核对",
        ),
        (1, 5, -0.0, "是 0，训练时见过的是 1 到 5。"),
        (1e-6, 5e-6, 9e-6, "是 9e-06，训练时见过的是 1e-06 到 5e-06。请核对"),
    ],
)
def test_numbers_that_differ_look_different_and_small_ones_are_not_called_scaled(
    low, high, value, told
) -> None:
    rows = numpy.linspace(low, high, 60)[:, None].repeat(2, axis=1)
    kinds = numpy.arange(60) % 2
    data = split_table(rows, kinds, test_size=0.2, seed=0)
    data.scaling.minimum[:], data.scaling.maximum[:] = low, high
    predictor = Predictor(nn.Linear(2, 2), data)
    assert told in predictor.check_range([[value, low]])[0]
