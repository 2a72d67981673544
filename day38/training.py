"""Train any module on any batches and watch it.

Taught in notebook 1, section "训练", and notebook 2, section "带进度条的训练循环".
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from day38.batches import (
    Batches,
    DeviceBatches,
    LossFunction,
    check_loss_function,
    device_of,
    mean_loss,
    module_mode,
)
from day38.checks import positive_number, whole_number
from day38.evaluation import evaluate_batches
from day38.processes import mean_over_processes, rank
from day38.threads import StepThreads
from day38.warm_up import warm_up

# A recorded loss this many times its start (or 1, if that is more) counts as exploded: with a
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
    validation_losses, validation_accuracies : list of float
        The same epochs on the validation batches, after the updates; empty without them.
    seconds : float
        How long the training took.
    interrupted : bool
        True if Ctrl-C (the stop button in JupyterLab) ended the training early.
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    validation_accuracies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False


OnRecord = Callable[[int, nn.Module, History], None]


def pick_device(name: str | None = None) -> torch.device:
    """Return the fastest device here (CUDA, MPS, XPU, else CPU), or the one called `name`.

    Raises
    ------
    ValueError
        If PyTorch does not know `name` or this machine has no such device.
    """
    available = ["cpu"]
    if torch.accelerator.is_available():
        available.append(torch.accelerator.current_accelerator().type)
    if name is None:
        return torch.device(available[-1])
    wanted = f"请从这台机器可用的设备里选：{'、'.join(available)}；或不传参数，自动选择。"
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"PyTorch 不认识设备 {name!r}。{wanted}") from error
    count = 1 if device.type == "cpu" else torch.accelerator.device_count()
    if device.type not in available or (device.index or 0) >= count:
        raise ValueError(f"这台机器上没有设备 {name!r}。{wanted}")
    return device


def train(
    model: nn.Module,
    batches: Batches,
    *,
    epochs: int,
    learning_rate: float = 0.01,
    record_every: int | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    loss_function: LossFunction = functional.cross_entropy,
    validation: Batches | None = None,
    on_record: OnRecord | None = None,
    progress: bool = True,
    threads: int | None = None,
) -> History:
    """Train `model` in place and return what was recorded on the way.

    Parameters
    ----------
    model : nn.Module
        Any module that turns a batch's inputs into what `loss_function` takes.
    batches : re-iterable of (inputs, targets)
        Gone through once an epoch: ``[iris.train]`` is full batch, a ``DataLoader`` is
        mini-batch. Batches on another device are moved to the model's.
    epochs : int
        How many times to go through `batches`.
    learning_rate : float
        Of the plain SGD that is used unless `optimizer` is given.
    record_every : int, optional
        Epochs between two records; by default a hundredth of `epochs`. The last epoch is
        always recorded. Only here the program waits for the device and moves the bar.
    optimizer : torch.optim.Optimizer, optional
        Built on ``model.parameters()``, in place of SGD.
    loss_function : callable
        Of (outputs, targets), giving the batch's mean loss as a scalar tensor.
    validation : re-iterable of (inputs, targets), optional
        Evaluated at every record.
    on_record : callable, optional
        Called as ``on_record(epoch, model, history)`` after every record.
    progress : bool
        Whether to show a progress bar; of several processes only the first shows one.
    threads : int, optional
        Intra-op threads while training on the CPU; by default one if the steps are too small
        to share, else as many as before.

    Returns
    -------
    History
        Ctrl-C ends the training early and still returns the history so far.

    Raises
    ------
    TypeError, ValueError
        If an argument or a batch does not fit; the message says what to change.
    FloatingPointError
        If the loss is no longer finite or has exploded; the message names the epoch.
    """
    epochs = whole_number("epochs", epochs, minimum=1)
    if record_every is None:
        record_every = max(1, epochs // 100)
    record_every = whole_number("record_every", record_every, minimum=1)
    device = device_of(model)
    step_threads = StepThreads(model, device, threads)
    device_batches = DeviceBatches("batches", batches, device, look=step_threads.look)
    validating = None if validation is None else DeviceBatches("validation", validation, device)
    check_loss_function(loss_function)
    _check_learning(model, optimizer, on_record)
    if optimizer is None:
        learning_rate = positive_number("learning_rate", learning_rate)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    warm_up(device)
    history, started = History(), time.perf_counter()
    with (
        module_mode(model, training=True),
        step_threads,
        tqdm(total=epochs, desc="训练", unit="轮", disable=not progress or rank() > 0) as bar,
    ):
        record = _Recorder(model, history, bar, loss_function, validating, on_record)
        try:
            for epoch in range(1, epochs + 1):
                recording = epoch % record_every == 0 or epoch == epochs
                losses = []
                for inputs, targets in device_batches:
                    outputs = model(inputs)
                    loss = loss_function(outputs, targets)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    if recording or epoch == 1:
                        losses.append((loss.detach(), len(inputs)))
                if epoch == 1:
                    record.first_losses = losses
                if recording:
                    record(epoch, losses)
        except KeyboardInterrupt:
            history.interrupted = True
            bar.set_description("训练（已中断）")
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
            device_batches.explain(error, model, loss_function)
            raise
    history.seconds = time.perf_counter() - started
    return history


def _check_learning(model: nn.Module, optimizer: object, on_record: object) -> None:
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(
            f"{type(model).__name__} 的参数都冻结了（requires_grad=False），学不到东西。"
            "请先用 model.requires_grad_(True) 解冻要训练的层。"
        )
    if optimizer is not None and not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer 应是优化器对象，收到的是 {optimizer!r}（{type(optimizer).__name__}）。"
            "请写 torch.optim.Adam(model.parameters()) 这样的形式，或不传，用 SGD。"
        )
    if on_record is not None and not callable(on_record):
        raise TypeError(
            f"on_record 应是函数，收到的是 {on_record!r}（{type(on_record).__name__}）。"
            "请传入 on_record(epoch, model, history) 这样的函数。"
        )


class _Recorder:
    """Writes the history, moves the bar, calls the hook: all that happens at a record."""

    def __init__(
        self,
        model: nn.Module,
        history: History,
        bar: tqdm,
        loss_function: LossFunction,
        validation: DeviceBatches | None,
        on_record: OnRecord | None,
    ) -> None:
        self.model, self.history, self.bar = model, history, bar
        self.loss_function, self.validation, self.on_record = loss_function, validation, on_record
        self.first_losses: list[tuple[Tensor, int]] = []

    def __call__(self, epoch: int, losses: list[tuple[Tensor, int]]) -> None:
        loss = mean_over_processes(mean_loss(losses), losses[0][0].device)
        first_loss = mean_loss(self.first_losses)
        if not math.isfinite(loss) or loss > EXPLODED * max(first_loss, 1.0):
            raise FloatingPointError(
                f"第 {epoch} 轮的损失是 {loss:.4g}（第 1 轮是 {first_loss:.4g}），训练已经发散。"
                "请把学习率调小，例如缩小到十分之一，并确认输入里没有 NaN、已经做过归一化；"
                "然后重新建立模型再训练，这个模型的权重已经不能用了。"
            )
        history, result = self.history, None
        if self.validation is not None:  # first, so that Ctrl-C in it leaves no half record
            result = evaluate_batches(self.model, self.validation, self.loss_function)
        history.epochs.append(epoch)
        history.losses.append(loss)
        shown = {"损失": f"{loss:.4f}"}
        if result is not None:
            history.validation_losses.append(result.loss)
            history.validation_accuracies.append(result.accuracy)
            shown["验证准确率"] = f"{result.accuracy:.1%}"
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update(epoch - self.bar.n)
        if self.on_record is not None:
            self.on_record(epoch, self.model, history)
