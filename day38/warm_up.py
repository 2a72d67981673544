"""The first step of a process, taken before anyone looks at the clock.

In its first step PyTorch starts the threads of autograd and loads what it has not needed before:
some 50 ms here, the time of a hundred or more of the lesson's epochs.
"""

from __future__ import annotations

from functools import cache

import torch
from torch.nn import functional


@cache
def warm_up(device: torch.device) -> None:
    """Take one step of training with two throwaway weights; only the first call for a device does.

    Random numbers are not touched, nor is anything of the caller's.
    """
    weights = torch.zeros(1, 2, device=device, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.01)
    with torch.enable_grad():
        loss = functional.cross_entropy(weights, torch.zeros(1, dtype=torch.int64, device=device))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
