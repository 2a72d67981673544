"""Compare the speed of several ways to do one thing, on a machine that is never quiet.

Taught in notebook 2, section "进度条值多少钱".
"""

import statistics
import time
from collections.abc import Callable, Mapping

from day38.checks import whole_number


def compare_speed(ways: Mapping[str, Callable[[], object]], repeats: int = 7) -> dict[str, float]:
    """Say how many times as long each way takes as the first.

    The ways take turns, and in each round the times are divided by that of the first: a machine
    that slows down for a while slows them all. Of the rounds the median is taken, so that a single
    disturbance counts for nothing; many short rounds are better than a few long ones. Before the
    first measured round every way runs once: first calls are slower.

    Parameters
    ----------
    ways : mapping of str to callable
        What to run, without arguments, under the name that the result uses.
    repeats : int
        Measured rounds.

    Returns
    -------
    dict of str to float
        Median over the rounds of each way's time divided by the first way's, in the given order.

    Raises
    ------
    TypeError, ValueError
        If `ways` is empty or holds something that cannot be called, or `repeats` is below 1.
    """
    repeats = whole_number("repeats", repeats, minimum=1)
    if not isinstance(ways, Mapping) or not all(callable(way) for way in ways.values()):
        raise TypeError(
            "ways 应是“名字 → 不带参数的函数”的字典。"
            "要带参数请用 lambda 包一层，例如 {'一千轮': lambda: run(1000)}。"
        )
    if not ways:
        raise ValueError("ways 是空的，没有东西可以比较。请至少给一种写法。")
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if repeat > 0:
                seconds[name].append(time.perf_counter() - started)
    first = next(iter(seconds.values()))
    return {
        name: statistics.median(own / base for own, base in zip(times, first, strict=True))
        for name, times in seconds.items()
    }
