"""Train any module on any batches and watch it."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from numbers import Integral

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from day38.advice import add_advice
from day38.model import modes_kept

Batches = Iterable[tuple[Tensor, Tensor]]

# The first optimizer of a process imports 800 modules of PyTorch's. If that is interrupted, PyTorch
# stays half imported, and no optimizer can be made until the kernel is restarted.
if "IPython" in sys.modules:  # a program would end in any case; it starts sooner without
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)

# A loss this many times that of the first epoch (or 1, if that is more) counts as exploded: with a
# learning rate of 1e4 the lesson's loss stays finite, but at 1,000 to 6,000 times its start.
EXPLODED = 100.0
EMPTY = "batches 是空的，一个批次也没有。请检查数据是否读到了。"


OnRecord = Callable[[int, nn.Module, "History"], object]


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
    label : str
        What an axis calls the loss.
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    label: str = "Cross-entropy loss"


def pick_device(name: str | torch.device | None = None) -> torch.device:
    """Return this machine's accelerator (CUDA, MPS, XPU), else the CPU; or the one called `name`.

    Raises
    ------
    ValueError
        If this machine has no such device.
    """
    available = [torch.device("cpu")]
    if (accelerator := torch.accelerator.current_accelerator(check_available=True)) is not None:
        count = torch.accelerator.device_count()
        available += [torch.device(accelerator.type, number) for number in range(count)]
    if name is None:
        return torch.device(available[-1].type)
    known = {text: torch.device(text) for one in available for text in (one.type, str(one))}
    if str(name) not in known:
        raise ValueError(
            f"这台机器上没有设备 {str(name)!r}，有的是 {'、'.join(map(str, available))}。"
            "请从中选一个，或者不传参数，自动选择。"
        )
    return known[str(name)]


def train(
    model: nn.Module,
    batches: Batches,
    *,
    epochs: int,
    learning_rate: float = 0.01,
    record_every: int | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    loss_function: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
    on_record: OnRecord | Sequence[OnRecord] | None = None,
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
        Epochs between two records; by default there are at most a hundred. The last epoch is
        always recorded. Only here the program waits for the device.
    optimizer : torch.optim.Optimizer, optional
        Built on ``model.parameters()``, in place of SGD.
    loss_function : callable
        Of (outputs, targets), giving the batch's mean loss as a scalar tensor.
    on_record : callable or sequence of callables, optional
        Called as ``on_record(epoch, model, history)`` at every record, such as `Snapshots` and
        `Validation`. If one returns True, the training ends there.
    progress : bool
        Whether to show a progress bar: of epochs or, where an epoch has several, of batches.

    Returns
    -------
    History
        Ctrl-C ends the training early and still returns the history so far, with `interrupted`
        set: a loop over several trainings has to look at it, or it goes on with the next.

    Raises
    ------
    TypeError, ValueError
        If `batches` can be gone through only once, is a single batch, or is empty; if there is
        nothing to train, or `optimizer` was built for another model.
    FloatingPointError
        If the loss is no longer finite or has exploded; the message names the epoch.
    """
    count = count_batches(batches)
    _check_numbers(epochs, record_every)
    _check_parameters(model, optimizer)
    device = next(model.parameters()).device
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=learning_rate)
    record_every = record_every or -(-epochs // 100)
    listeners = [on_record] if callable(on_record) else list(on_record or ())
    history, started = History(label=_label(loss_function)), time.perf_counter()
    inputs = targets = first = None
    zero = torch.zeros(())
    bar = _bar(epochs, count, progress)
    # enable_grad: Ctrl-C inside optimizer.step() can leave gradients off, for whatever comes next.
    with modes_kept(model), torch.enable_grad(), bar:
        if not model.training:
            model.train()
        try:
            for epoch in range(1, epochs + 1):
                recording = epoch % record_every == 0 or epoch == epochs
                total, samples = zero, 0
                for inputs, targets in batches:
                    inputs, targets = inputs.to(device), targets.to(device)
                    loss = loss_function(model(inputs), targets)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    if recording or epoch == 1:
                        # total + loss * rows, in one operation
                        total = torch.add(total, loss.detach(), alpha=len(inputs))
                        samples += len(inputs)
                    bar.update()
                bar.total = bar.total or epochs * bar.n  # of a DataLoader without a length
                if recording or epoch == 1:
                    mean = _mean(total, samples)  # only here the program waits for the device
                    first = first or mean
                    _check_loss(epoch, mean, first)
                if recording:
                    history.epochs.append(epoch)
                    history.losses.append(mean)
                    bar.set_postfix(损失=f"{mean:.4f}", refresh=False)
                    with modes_kept(model):  # whatever a listener does
                        answers = [listener(epoch, model, history) for listener in listeners]
                    if any(map(_is_true, answers)):
                        break
        except KeyboardInterrupt:
            history.interrupted = True
        except (IndexError, AttributeError, RuntimeError, TypeError, ValueError) as error:
            add_advice(error, inputs, targets)
            raise
    sys.stderr.flush()  # else JupyterLab shows the bar's last newline as an empty band of its own
    history.seconds = time.perf_counter() - started
    return history


def _label(loss_function: Callable) -> str:
    kind = getattr(loss_function, "__name__", type(loss_function).__name__)
    return "Cross-entropy loss" if kind in ("cross_entropy", "CrossEntropyLoss") else "Loss"


def _bar(epochs: int, batches: int | None, progress: bool) -> tqdm:
    """Return a bar that moves with each batch; TQDM_DISABLE=1 silences it."""
    total = epochs * batches if batches else None
    options = {} if progress else {"disable": True}
    return tqdm(total=total, desc="训练", unit="轮" if batches == 1 else "批", **options)


def count_batches(batches: Batches) -> int | None:
    """Return how many there are, if that is known; refuse what would train on the wrong thing."""
    if isinstance(batches, Iterator):
        raise TypeError(
            f"batches 只能遍历一次（{type(batches).__name__}），第二轮就没有数据了。"
            "请用 list(...) 存成列表，或者改用 DataLoader。"
        )
    if isinstance(batches, tuple) and any(isinstance(part, Tensor) for part in batches):
        raise TypeError(
            "batches 应是批次的列表，收到的是单独一个 (输入, 目标)。"
            "请加上方括号，例如 [iris.train]。"
        )
    try:
        count = len(batches)  # type: ignore[arg-type]
    except TypeError:  # a DataLoader of an IterableDataset has no length
        return None
    if count == 0:
        raise ValueError(EMPTY)
    return count


def _check_numbers(epochs: int, record_every: int | None) -> None:
    for name, number in (("epochs", epochs), ("record_every", record_every)):
        if number is not None and not (isinstance(number, Integral) and number >= 1):
            raise ValueError(f"{name} 收到 {number!r}，应是 1 或更大的整数。")


def _check_parameters(model: nn.Module, optimizer: torch.optim.Optimizer | None) -> None:
    """Refuse a training that would change nothing of `model`."""
    learned = {parameter for parameter in model.parameters() if parameter.requires_grad}
    if not learned:
        raise ValueError(f"{type(model).__name__} 没有可以训练的参数，再训练也不会变。")
    if optimizer is not None:
        given = {tensor for group in optimizer.param_groups for tensor in group["params"]}
        if not learned & given or (given - set(model.parameters()) and learned - given):
            raise ValueError(
                "optimizer 管的不是这个模型的参数，训练不会改变它（多半是重新建立了模型）。"
                "请用 torch.optim.…(model.parameters(), …) 重新建立优化器。"
            )


def _is_true(answer: object) -> bool:
    """Tell True, also NumPy's or a tensor's, from what only counts as true: ``write`` returns 1."""
    return getattr(answer, "tolist", lambda: answer)() is True


def _mean(total: Tensor, samples: int) -> float:
    if samples == 0:
        raise ValueError(EMPTY)
    return float(total) / samples


def _check_loss(epoch: int, loss: float, first: float) -> None:
    if not math.isfinite(loss) or loss > EXPLODED * max(first, 1.0):
        raise FloatingPointError(
            f"第 {epoch} 轮的损失是 {loss:.4g}（第 1 轮是 {first:.4g}），训练已经发散。"
            "请把学习率调小，例如缩小到十分之一，并确认输入里没有 NaN、已经做过归一化；"
            "然后重新建立模型再训练，这个模型的权重已经不能用了。"
        )
