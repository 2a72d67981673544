"""Train any module on any batches and watch it."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from day38.advice import add_advice
from day38.model import modes_kept

Batches = Iterable[tuple[Tensor, Tensor]]

# A loss this many times that of the first epoch (or 1, if that is more) counts as exploded: with a
# learning rate of 1e4 the lesson's loss stays finite, but at 1,000 to 6,000 times its start.
EXPLODED = 100.0


@dataclass
class History:
    """What `train` recorded.

    Attributes
    ----------
    epochs : list of int
        The true numbers of the recorded epochs, counted from 1.
    losses : list of float
        Mean training loss of each recorded epoch, measured before its weight updates.
    seconds : float
        How long the training took.
    interrupted : bool
        True if Ctrl-C (the stop button in JupyterLab) ended the training early.
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False


def pick_device(name: str | None = None) -> torch.device:
    """Return this machine's accelerator (CUDA, MPS, XPU), else the CPU; or the one called `name`.

    Raises
    ------
    ValueError
        If this machine has no such device.
    """
    available = [torch.device("cpu")]
    if torch.accelerator.is_available():
        kind = torch.accelerator.current_accelerator().type
        available += [torch.device(kind, i) for i in range(torch.accelerator.device_count())]
    if name is None:
        return torch.device(available[-1].type)
    device = torch.device(name)
    if device not in available and device not in [torch.device(one.type) for one in available]:
        raise ValueError(
            f"这台机器上没有设备 {name!r}，有的是 {'、'.join(map(str, available))}。"
            "请从中选一个，或者不传参数，自动选择。"
        )
    return device


def train(
    model: nn.Module,
    batches: Batches,
    *,
    epochs: int,
    learning_rate: float = 0.01,
    record_every: int | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    loss_function: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
    on_record: Callable[[int, nn.Module, History], None] | None = None,
    progress: bool = True,
) -> History:
    """Train `model` in place and return what was recorded on the way.

    Parameters
    ----------
    model : nn.Module
        Any module that turns a batch's inputs into what `loss_function` takes. It is trained in
        train mode, except for submodules that the caller put into eval mode; all modes are kept.
    batches : re-iterable of (inputs, targets)
        Gone through once an epoch: ``[iris.train]`` is full batch, a ``DataLoader`` is
        mini-batch. Batches on another device are moved to the model's.
    epochs : int
        How many times to go through `batches`.
    learning_rate : float
        Of the plain SGD that is used unless `optimizer` is given.
    record_every : int, optional
        Epochs between two records; by default a hundredth of `epochs`. The last epoch is
        always recorded. Only here the program waits for the device.
    optimizer : torch.optim.Optimizer, optional
        Built on ``model.parameters()``, in place of SGD.
    loss_function : callable
        Of (outputs, targets), giving the batch's mean loss as a scalar tensor.
    on_record : callable, optional
        Called as ``on_record(epoch, model, history)`` at every record.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    History
        Ctrl-C ends the training early and still returns the history so far, with `interrupted`
        set: a loop over several trainings has to look at it, or it goes on with the next.

    Raises
    ------
    TypeError, ValueError
        If `batches` can be gone through only once, is a single batch, or is empty.
    FloatingPointError
        If the loss is no longer finite or has exploded; the message names the epoch.
    """
    _check_batches(batches)
    device = next(model.parameters()).device
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=learning_rate)
    record_every = record_every or max(1, epochs // 100)
    history, started = History(), time.perf_counter()
    inputs = targets = first = None
    bar = tqdm(range(1, epochs + 1), desc="训练", unit="轮", disable=not progress)
    with modes_kept(model), bar:
        if not model.training:
            model.train()
        try:
            for epoch in bar:
                recording = epoch % record_every == 0 or epoch == epochs
                total, samples = 0.0, 0
                for inputs, targets in batches:
                    inputs, targets = inputs.to(device), targets.to(device)
                    outputs = model(inputs)
                    loss = loss_function(outputs, targets)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    if recording or epoch == 1:
                        total += loss.detach().float() * len(inputs)
                        samples += len(inputs)
                if recording or epoch == 1:
                    mean = float(total) / samples  # only here the program waits for the device
                    first = first or mean
                    _check_loss(epoch, mean, first)
                if recording:
                    history.epochs.append(epoch)
                    history.losses.append(mean)
                    if on_record is not None:
                        on_record(epoch, model, history)
                    bar.set_postfix(损失=f"{history.losses[-1]:.4f}", refresh=False)
        except KeyboardInterrupt:
            history.interrupted = True
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            add_advice(error, model, inputs, targets)
            raise
    sys.stderr.flush()  # else JupyterLab shows the bar's last newline as an empty band of its own
    history.seconds = time.perf_counter() - started
    return history


def _check_batches(batches: Batches) -> None:
    """Refuse what would train on nothing from the second epoch on, or on the wrong thing."""
    if isinstance(batches, Iterator):
        raise TypeError(
            f"batches 只能遍历一次（{type(batches).__name__}），第二轮就没有数据了。"
            "请用 list(...) 存成列表，或者改用 DataLoader。"
        )
    if isinstance(batches, tuple) and isinstance(batches[0], Tensor):
        raise TypeError(
            "batches 应是批次的列表，收到的是单独一个 (输入, 目标)。"
            "请加上方括号，例如 [iris.train]。"
        )
    if isinstance(batches, Sized) and len(batches) == 0:
        raise ValueError("batches 是空的，一个批次也没有。请检查数据是否读到了。")


def _check_loss(epoch: int, loss: float, first: float) -> None:
    if not math.isfinite(loss) or loss > EXPLODED * max(first, 1.0):
        raise FloatingPointError(
            f"第 {epoch} 轮的损失是 {loss:.4g}（第 1 轮是 {first:.4g}），训练已经发散。"
            "请把学习率调小，例如缩小到十分之一，并确认输入里没有 NaN、已经做过归一化；"
            "然后重新建立模型再训练，这个模型的权重已经不能用了。"
        )
