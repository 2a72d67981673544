"""Several processes that train one model together, started by ``torchrun``.

Without ``torchrun`` everything here does nothing, so that one program serves both.
Taught in notebook 2, section "多个进程".
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import distributed


class LostProcess(RuntimeError):
    """Another process of the group is gone, so that this one cannot go on."""


def rank() -> int:
    """Return this process's number within its group: 0 if it is alone."""
    return distributed.get_rank() if _running() else 0


def count() -> int:
    """Return how many processes train together: 1 without ``torchrun``."""
    return distributed.get_world_size() if _running() else 1


def mean_over_processes(value: float, device: torch.device) -> float:
    """Return the mean of `value` over all processes; each of them has to call this."""
    if not _running():
        return value
    total = torch.tensor(value, dtype=torch.float64, device=device)
    distributed.all_reduce(total)
    return float(total) / count()


def _running() -> bool:
    return distributed.is_available() and distributed.is_initialized()


@contextmanager
def process_group(device: torch.device) -> Iterator[torch.device]:
    """Join the group that ``torchrun`` started, if it did; give this process's own device.

    Raises
    ------
    LostProcess
        If another process died: this one noticed when it waited for its numbers, or ``torchrun``
        noticed first and told it to end (SIGTERM).
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    before = signal.signal(signal.SIGTERM, _told_to_end)
    try:
        yield device
        _leave_together()
    except RuntimeError as error:
        if _names_the_group(error):
            raise _lost_process() from error
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        distributed.destroy_process_group()


def _leave_together() -> None:
    """Wait until all are done: one that still reads takes a closed connection for a lost process.

    They meet in the store that ``torchrun`` keeps, not through each other's connections.
    """
    store = distributed.TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
    store.set(f"done/{rank()}", "")
    # Not store.wait: while it blocks, torchrun's order to end (SIGTERM) would not be heard.
    while not store.check([f"done/{number}" for number in range(count())]):
        time.sleep(0.01)


def _lost_process() -> LostProcess:
    return LostProcess(
        f"另一个训练进程已经退出，第 {rank()} 号进程无法继续。"
        "请往上找那个进程的错误，改好后重新运行。"
    )


def _told_to_end(*_: object) -> None:
    raise _lost_process()


def _names_the_group(error: RuntimeError) -> bool:
    text = str(error).lower()
    return isinstance(error, distributed.DistError) or "gloo" in text or "nccl" in text


class StopTogether:
    """Turns Ctrl-C into a `KeyboardInterrupt` in all processes at the same record.

    A process that stopped alone would leave the others waiting for its gradients. Enter it
    around `train` and call it as `train`'s ``on_record``.
    """

    def __init__(self, device: torch.device) -> None:
        self.device, self.pressed = device, False

    def __enter__(self) -> StopTogether:
        self.before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self.before)

    def _press(self, *_: object) -> None:
        self.pressed = True

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if Ctrl-C has reached any of the processes."""
        if mean_over_processes(float(self.pressed), self.device) > 0:
            raise KeyboardInterrupt
