"""How many CPU threads a training step is worth.

Taught in notebook 2, section "线程".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from day38.checks import whole_number

# Numbers in a batch times parameters: a rough measure of a step's arithmetic. Below it, handing
# work to a second thread and waiting for it costs more than it saves; beside a busy process it
# costs several times the step. On two cores an MLP broke even between 3e5 and 3e6; the bound is
# higher because a second thread that is not worth it costs more than one that is missing.
WORTH_SHARING = 10_000_000


class StepThreads:
    """While entered: one intra-op thread, until a batch is large enough for all of them.

    Parameters
    ----------
    model : nn.Module
        What the batches are for.
    device : torch.device
        Where it is; only on the CPU anything is changed.
    threads : int, optional
        This many, whatever the batches.

    Raises
    ------
    TypeError, ValueError
        If `threads` is not a whole number from 1 on.
    """

    def __init__(self, model: nn.Module, device: torch.device, threads: int | None = None) -> None:
        self.fixed = None if threads is None else whole_number("threads", threads, minimum=1)
        self.active = device.type == "cpu"
        self.parameters = sum(parameter.numel() for parameter in model.parameters())

    def __enter__(self) -> StepThreads:
        self.before = torch.get_num_threads()
        if self.active:
            torch.set_num_threads(self.fixed or 1)
        return self

    def __exit__(self, *_: object) -> None:
        if self.active:
            torch.set_num_threads(self.before)

    def look(self, inputs: Tensor) -> None:
        """Take all threads if a batch with these inputs is worth it; called before its step."""
        if self.active and self.fixed is None and inputs.numel() * self.parameters >= WORTH_SHARING:
            torch.set_num_threads(self.before)
