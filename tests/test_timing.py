"""`compare_speed`: turns, medians, and the wrong calls."""

import time
from collections.abc import Callable

import pytest

from day38 import compare_speed, timing
from tests.helpers import chinese_error


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Replace the clock by one that only a call of the returned function moves."""
    now = 0.0

    def spend(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(timing.time, "perf_counter", lambda: now)
    return spend


def test_ratios_to_the_first_way(clock: Callable[[float], None]) -> None:
    ways = {"slow": lambda: clock(2.0), "fast": lambda: clock(0.5), "slower": lambda: clock(5.0)}
    assert compare_speed(ways, repeats=3) == {"slow": 1.0, "fast": 0.25, "slower": 2.5}


def test_ways_take_turns_and_the_first_round_is_not_counted(
    clock: Callable[[float], None],
) -> None:
    calls = []

    def way(name: str) -> Callable[[], None]:
        def run() -> None:
            clock(1.0 if name in calls else 1000.0)
            calls.append(name)

        return run

    assert compare_speed({name: way(name) for name in "ab"}, repeats=2) == {"a": 1.0, "b": 1.0}
    assert calls == ["a", "b"] * 3


def test_one_disturbance_counts_for_nothing(clock: Callable[[float], None]) -> None:
    times = iter([1.0, 2.0, 2.0, 99.0, 2.0])
    ratios = compare_speed({"a": lambda: clock(1.0), "b": lambda: clock(next(times))}, repeats=4)
    assert ratios == {"a": 1.0, "b": 2.0}


def test_the_real_clock() -> None:
    ratios = compare_speed({"a": lambda: time.sleep(0.001), "b": lambda: time.sleep(0.02)})
    assert ratios["b"] > 2


def test_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError):
        compare_speed({"a": lambda: 1 / 0})


@pytest.mark.parametrize(
    ("ways", "repeats", "kind", "part"),
    [
        ({}, 7, ValueError, "空的"),
        ([print], 7, TypeError, "字典"),
        ({"a": print("", end="")}, 7, TypeError, "lambda"),
        ({"a": print}, 0, ValueError, "repeats"),
        ({"a": print}, 1.5, TypeError, "repeats"),
    ],
)
def test_wrong_calls(ways: object, repeats: object, kind: type[Exception], part: str) -> None:
    with chinese_error(kind, part):
        compare_speed(ways, repeats)
