"""A loss curve that grows while the training runs.

Taught in notebook 2, section "看着曲线长出来".
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from typing import Any

from torch import nn

from day38.plotting import plot_loss
from day38.training import History

WAITING = "（损失曲线会出现在这里）"


class LiveLossCurve:
    """Draws the loss curve again and again in a notebook; give it to `train` as ``on_record``.

    Use it in a ``with`` statement: at its end the whole curve is drawn once more, so that a saved
    page shows the final picture and nothing else. Its place is taken on entering: what is printed
    later, a progress bar above all, stays together below it. Outside a notebook it does nothing.

    Parameters
    ----------
    share : float
        How much of the time may go into drawing: after a picture that took 0.1 s, a share of 0.05
        waits 2 s before the next.

    Raises
    ------
    ValueError
        If `share` is not between 0 and 1.
    """

    def __init__(self, share: float = 0.05) -> None:
        if not 0 < share < 1:
            raise ValueError(
                f"share 应在 0 和 1 之间，收到的是 {share!r}。让画图最多占 5% 的时间，请写 0.05。"
            )
        self.share = share
        self.history: History | None = None
        self.handle: Any = None
        self.drawn, self.next_time = 0, 0.0

    def __enter__(self) -> LiveLossCurve:
        if _in_notebook():
            display = import_module("IPython.display").display  # only a notebook needs it
            self.handle = display({"text/plain": WAITING}, raw=True, display_id=True)
        return self

    def __call__(self, epoch: int, model: nn.Module, history: History) -> None:
        """Draw if it is time to; `train` calls this at every record."""
        self.history = history
        if len(history.epochs) > 1 and time.perf_counter() >= self.next_time:
            self._draw()

    def __exit__(self, *_: object) -> None:
        if self.history is not None and len(self.history.epochs) > self.drawn:
            self._draw()

    def _draw(self) -> None:
        if self.handle is None:
            return
        started = time.perf_counter()
        # As a bundle, not as an object: a picture shows itself and takes no part in updates.
        data, metadata = plot_loss(self.history)._repr_mimebundle_()
        self.handle.update(data, metadata=metadata, raw=True)
        now = time.perf_counter()
        self.drawn = len(self.history.epochs)
        self.next_time = now + (now - started) / self.share


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
