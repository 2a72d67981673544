"""Where the time of an epoch goes: each of the five steps of the lesson, timed by itself."""

from __future__ import annotations

import statistics
import time
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

STEPS = ("forward", "loss", "zero_grad", "backward", "step")


def profile_epoch(
    model: nn.Module, inputs: Tensor, targets: Tensor, *, epochs: int = 2_000
) -> dict[str, float]:
    """Train with plain SGD and return the median seconds of each of the five steps, in order.

    A GPU is waited for before each look at the clock: it is still computing when Python goes on.
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    times: list[list[float]] = []
    for _ in range(epochs):
        clock = [now()]
        outputs = model(inputs)
        clock.append(now())
        loss = functional.cross_entropy(outputs, targets)
        clock.append(now())
        optimizer.zero_grad()
        clock.append(now())
        loss.backward()
        clock.append(now())
        optimizer.step()
        clock.append(now())
        times.append([after - before for before, after in pairwise(clock)])
    medians = map(statistics.median, zip(*times, strict=True))
    return dict(zip(STEPS, medians, strict=True))


def now() -> float:
    """Return the time, once the accelerator, if there is one, has done what it was given."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
    return time.perf_counter()
