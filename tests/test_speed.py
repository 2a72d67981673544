"""Ratios of medians, taken in turns."""

import time
from functools import partial

import pytest
import torch

from day38 import compare_speed


def test_the_ways_take_turns_and_are_measured_against_the_first(monkeypatch) -> None:
    clock, order = [0.0], []

    def way(name: str, seconds: float) -> None:
        order.append(name)
        clock[0] += seconds * (1 + (len(order) > 5))  # the machine becomes twice as slow

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    ways = {"one": partial(way, "one", 1.0), "three": partial(way, "three", 3.0)}
    assert compare_speed(ways, repeats=5) == {"one": 1.0, "three": 3.0}
    assert order == ["one", "three"] * 6


def test_an_accelerator_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "synchronize", lambda: waited.append(1))
    compare_speed({"one": int, "two": int}, repeats=3)
    assert len(waited) == 8
