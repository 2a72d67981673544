"""The loss curve, drawn once after the training or again and again while it runs."""

import sys
import time
from typing import Any, Self

from torch import nn

from day38.plotting.picture import BLUE, DARK, ORANGE, Picture
from day38.recording import Validation
from day38.training import History


def plot_loss(history: History, validation: Validation | None = None) -> Picture:
    """Draw the loss of each recorded epoch, at least one, over the true epoch numbers.

    With `validation`, which judged the same training, its loss is drawn as well, and the epoch of
    its lowest loss is marked.
    """
    epochs, losses = history.epochs, history.losses
    if not epochs:
        raise ValueError("history 里还没有记录，没有曲线可画。训练也许在第一次记录之前就停了。")
    text = (
        f"损失曲线：横轴是轮次，从 {epochs[0]:,} 到 {epochs[-1]:,}；"
        f"纵轴是损失，从 {losses[0]:.2f} 变到 {losses[-1]:.2f}。"
    )
    picture = Picture(7, 3.6, text)
    axes = picture.chart(xlabel="Epoch", ylabel=history.label, title="Loss during training")
    axes.plot(epochs, losses, color=BLUE, lw=2, label="training")
    if validation is not None:
        if validation.best_epoch is None:
            raise ValueError("validation 还没有记录。请先 train(…, on_record=validation)。")
        best, lowest = validation.best_epoch, min(validation.losses)
        axes.plot(validation.epochs, validation.losses, color=ORANGE, lw=2, label="validation")
        axes.plot(best, lowest, "o", color=ORANGE, mec=DARK, label=f"best epoch: {best:,}")
        axes.legend(frameon=False)
        last = validation.losses[-1]
        picture.description += (
            f"验证集的损失在第 {best:,} 轮最低，是 {lowest:.2f}，到最后是 {last:.2f}。"
        )
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    return picture


class LiveLossCurve:
    """Draws the loss curve again and again in a notebook; give it to `train` as ``on_record``.

    Use it in a ``with`` statement: its place is taken on entering, so that a progress bar stays
    below it, and the whole curve is drawn at the end. Outside a notebook it does nothing.
    """

    SHARE = 0.05  # of the time goes into drawing: after a picture of 0.1 s it waits 2 s

    def __init__(self) -> None:
        self.history = History()
        self.handle: Any = None
        self.drawn, self.next_time = 0, 0.0

    def __enter__(self) -> Self:
        if _in_notebook():
            from IPython.display import display  # only a notebook needs it

            waiting = {"text/plain": "（损失曲线会出现在这里）"}
            self.handle = display(waiting, raw=True, display_id=True)
        return self

    def __call__(self, epoch: int, model: nn.Module, history: History) -> None:
        """Draw if it is time to; `train` calls this at every record."""
        self.history = history
        if len(history.epochs) > 1 and time.perf_counter() >= self.next_time:
            self._draw()

    def __exit__(self, *_: object) -> None:
        if len(self.history.epochs) > self.drawn:
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
        self.next_time = now + (now - started) / self.SHARE


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
