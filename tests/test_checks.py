"""The checks of simple arguments: what passes, and the one error for what does not."""

from fractions import Fraction
from typing import Any

import numpy
import pytest
import torch

from day38.checks import positive_number, whole_number
from tests.helpers import chinese_error


@pytest.mark.parametrize("value", [3, numpy.int64(3), numpy.uint8(3), torch.tensor(3)])
def test_whole_numbers_pass(value: Any) -> None:
    number = whole_number("epochs", value, minimum=1)
    assert number == 3
    assert type(number) is int


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (0, ValueError, "0"),
        (-3, ValueError, "-3"),
        (numpy.int64(-3), ValueError, "-3"),
        (3.0, TypeError, "3.0（float）"),
        (True, TypeError, "True（bool）"),
        (numpy.True_, TypeError, "True"),
        ("3", TypeError, "'3'（str）"),
        (None, TypeError, "None"),
        ([3], TypeError, "[3]（list）"),
        (numpy.array([3, 4]), TypeError, "array([3, 4])"),
        (torch.tensor(1.5), TypeError, "tensor(1.5000)"),
        (float("nan"), TypeError, "nan"),
    ],
)
def test_anything_but_a_whole_number_is_refused(
    value: Any, kind: type[Exception], shown: str
) -> None:
    with chinese_error(kind, "epochs", shown, "整数"):
        whole_number("epochs", value, minimum=1)


def test_limits_belong_to_the_range() -> None:
    assert whole_number("seed", 0, minimum=0, maximum=5) == 0
    assert whole_number("seed", 5, minimum=0, maximum=5) == 5
    with chinese_error(ValueError, "seed", "6", "不大于 5"):
        whole_number("seed", 6, minimum=0, maximum=5)


@pytest.mark.parametrize("value", [1, 1.0, numpy.float32(1), numpy.int64(1), Fraction(1)])
def test_positive_numbers_pass(value: Any) -> None:
    number = positive_number("learning_rate", value)
    assert number == 1.0
    assert type(number) is float


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (0, ValueError, "0.0"),
        (-0.5, ValueError, "-0.5"),
        (float("nan"), ValueError, "nan"),
        (float("inf"), ValueError, "inf"),
        (10**400, ValueError, "inf"),
        (True, TypeError, "True（bool）"),
        (numpy.True_, TypeError, "True"),
        ("0.01", TypeError, "'0.01'（str）"),
        (None, TypeError, "None"),
        (1j, TypeError, "1j（complex）"),
        ([0.01], TypeError, "[0.01]（list）"),
        (numpy.array([1.0, 2.0]), TypeError, "array([1., 2.])"),
        (torch.tensor([1.0, 2.0]), TypeError, "tensor([1., 2.])"),
    ],
)
def test_anything_but_a_positive_number_is_refused(
    value: Any, kind: type[Exception], shown: str
) -> None:
    with chinese_error(kind, "learning_rate", shown, "大于 0"):
        positive_number("learning_rate", value)
