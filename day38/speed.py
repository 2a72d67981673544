"""Compare the speed of several ways to do one thing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch


def compare_speed(ways: Mapping[str, Callable[[], object]], repeats: int = 7) -> dict[str, float]:
    """Say how many times as long each way takes as the first: the median over the rounds.

    The ways take turns, and in each round the times are divided by that of the first: a machine
    that slows down for a while slows them all. A single disturbance counts for nothing in a median,
    so many short rounds are better than a few long ones. Before the first measured round every way
    runs once: first calls are slower.

    Parameters
    ----------
    ways : mapping of str to callable
        What to run, without arguments.
    repeats : int
        Measured rounds.

    Returns
    -------
    dict of str to float
        The names of `ways` and their medians, in the given order.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if torch.accelerator.is_available():  # it may still be at work on what it was given
                torch.accelerator.synchronize()
            if repeat > 0:
                seconds[name].append(time.perf_counter() - started)
    first = next(iter(seconds.values()))
    return {
        name: statistics.median(own / base for own, base in zip(times, first, strict=True))
        for name, times in seconds.items()
    }
