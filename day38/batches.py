"""Batches on their way to a model: checked, moved to its device, explained when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

Batches = Iterable[tuple[Tensor, Tensor]]
LossFunction = Callable[[Tensor, Tensor], Tensor]


def device_of(model: nn.Module) -> torch.device:
    """Return the one device that holds all of `model`.

    Raises
    ------
    TypeError
        If `model` is not a PyTorch module.
    ValueError
        If it has no parameters, is spread over several devices, or holds no numbers (meta).
    """
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model 应是 nn.Module 模型，收到的是 {type(model).__name__}。"
            "请传入模型对象，例如 IrisMLP()，而不是类或路径。"
        )
    devices = {tensor.device for tensor in (*model.parameters(), *model.buffers())}
    if not devices:
        raise ValueError(
            f"模型 {type(model).__name__} 没有任何参数，没有东西可以训练或评估。请传入有层的模型。"
        )
    if len(devices) > 1:
        names = "、".join(sorted(str(device) for device in devices))
        raise ValueError(
            f"模型的参数分散在几个设备上：{names}。请先用 model.to(device) 把它整个移到同一个设备。"
        )
    device = devices.pop()
    if device.type == "meta":
        raise ValueError(
            "模型在 meta 设备上，只有形状、没有数值。请用 model.to_empty(device='cpu') 分配内存，"
            "再加载权重。"
        )
    return device


@contextmanager
def module_mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put `model` in train or eval mode; give every submodule its own mode back at the end."""
    modes = {module: module.training for module in model.modules()}
    model.train(training)
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def mean_loss(losses: list[tuple[Tensor, int]]) -> float:
    """Return the mean over samples of the batches' mean losses; waits once for the device."""
    total = sum(loss * size for loss, size in losses)
    return float(total / sum(size for _, size in losses))


class DeviceBatches:
    """The caller's batches, each moved to `device`; the first pass checks every one.

    Parameters
    ----------
    name : str
        How the caller's argument is called; error messages use it.
    batches : re-iterable of (inputs, targets)
        ``[(inputs, targets)]``, a ``DataLoader``, or anything else that can be gone through again.
    device : torch.device
        Where the model is.
    look : callable, optional
        Given the inputs of every batch of the first pass.

    Raises
    ------
    TypeError, ValueError
        Here if `batches` is not re-iterable, or on the first pass if a batch is not a pair of
        tensors with equally many rows, holds NaN, or if there is no batch at all.
    """

    def __init__(
        self,
        name: str,
        batches: Batches,
        device: torch.device,
        look: Callable[[Tensor], None] | None = None,
    ) -> None:
        if isinstance(batches, tuple) and len(batches) == 2 and isinstance(batches[0], Tensor):
            raise TypeError(
                f"{name} 应是批次的列表，收到的是单独一个 (输入, 目标)。"
                "请加上方括号，例如 [iris.train]。"
            )
        if isinstance(batches, (str, Tensor)) or not isinstance(batches, Iterable):
            raise TypeError(
                f"{name} 应是可以反复遍历的批次，收到的是 {type(batches).__name__}。"
                "请用 [(inputs, targets)] 或 DataLoader。"
            )
        if isinstance(batches, Iterator):
            raise TypeError(
                f"{name} 只能遍历一次（{type(batches).__name__}），第二轮就没有数据了。"
                "请用 list(...) 存成列表，或者改用 DataLoader。"
            )
        self.name, self.batches, self.device, self.look = name, batches, device, look
        self.checked = False
        self.current: tuple[Tensor, Tensor] | None = None

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        device, checked, number = self.device, self.checked, 0
        for batch in self.batches:
            number += 1
            if not checked:
                self._check(batch)
                if self.look is not None:
                    self.look(batch[0])
            inputs, targets = batch
            if inputs.device != device or targets.device != device:
                inputs, targets = inputs.to(device), targets.to(device)
            self.current = inputs, targets
            yield inputs, targets
        self.current = None  # an error from here on is not this batch's
        if number == 0 and checked:
            raise ValueError(
                f"{self.name}（{type(self.batches).__name__}）再次遍历时已经空了，"
                "它只能遍历一次。请用 list(...) 存成列表，或者改用 DataLoader。"
            )
        if number == 0:
            raise ValueError(f"{self.name} 是空的，一个批次也没有。请检查数据是否读到了。")
        self.checked = True

    def _check(self, batch: object) -> None:
        if not (
            isinstance(batch, (tuple, list))
            and len(batch) == 2
            and all(isinstance(part, Tensor) for part in batch)
        ):
            raise TypeError(
                f"{self.name} 里的每个批次应是 (输入, 目标) 两个张量，收到的是 {describe(batch)}。"
                "NumPy 数组请先用 torch.from_numpy 转成张量。"
            )
        inputs, targets = batch
        if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets):
            raise ValueError(
                f"一个批次的输入和目标应有同样多的样本，收到的形状是 {tuple(inputs.shape)} "
                f"和 {tuple(targets.shape)}。请检查它们是否来自同一次划分。"
            )
        if len(inputs) == 0:
            raise ValueError(
                f"{self.name} 里有一个空批次（0 个样本）。请去掉它，或检查数据的划分。"
            )
        for part in batch:
            if part.device.type == "meta":
                raise ValueError("批次在 meta 设备上，只有形状、没有数值。请传入真正的数据。")
        # On an accelerator this look would make the program wait for the device.
        if inputs.device.type == "cpu" and not torch.isfinite(inputs).all():
            broken = ~torch.isfinite(inputs).reshape(len(inputs), -1)
            rows = broken.any(dim=1).nonzero().flatten().tolist()
            raise ValueError(
                f"输入里有 NaN 或无穷大：第 {rows[0]} 行（从 0 数起）等共 {len(rows)} 行。"
                "请先删掉或补上这些值。"
            )

    def explain(self, error: Exception, model: nn.Module, loss_function: LossFunction) -> None:
        """Raise a clear error if it is the current batch that `model` cannot take.

        Errors from elsewhere pass: there is no current batch, or it runs when tried again.
        """
        if self.current is None:
            return
        inputs, targets = self.current
        outputs = None
        try:
            with torch.no_grad():
                outputs = model(inputs)
                loss = loss_function(outputs, targets)
        except (IndexError, RuntimeError, TypeError, ValueError):
            parameters = {str(parameter.dtype) for parameter in model.parameters()}
            raise ValueError(
                f"这个批次和模型对不上：输入是 {describe(inputs)}，目标是 {describe(targets)}，"
                f"模型的参数是 {'、'.join(sorted(parameters))}。\n"
                f"{_advice(model, inputs, targets, outputs)}\nPyTorch 的原话：{error}"
            ) from error
        check_loss(loss)


def check_loss_function(loss_function: object) -> None:
    """Raise a `TypeError` if `loss_function` cannot be called on outputs and targets."""
    if isinstance(loss_function, type):
        name = loss_function.__name__
        raise TypeError(
            f"loss_function 收到的是类 {name}，应是它的实例。请加上括号，例如 nn.{name}()。"
        )
    if not callable(loss_function):
        raise TypeError(
            f"loss_function 应是函数，收到的是 {loss_function!r}。"
            "请传入例如 torch.nn.functional.cross_entropy。"
        )


def check_loss(loss: object) -> None:
    """Raise a `ValueError` if a loss function has not returned a scalar tensor."""
    if not (isinstance(loss, Tensor) and loss.numel() == 1):
        raise ValueError(
            f"loss_function 应返回一个标量张量，得到的是 {describe(loss)}。"
            "请在最后取平均，例如 loss.mean()。"
        )


def describe(value: object) -> str:
    """Say in a few words what `value` is: shape and dtype for a tensor, else its type."""
    if isinstance(value, Tensor):
        return f"形状 {tuple(value.shape)}、{value.dtype} 的张量"
    if isinstance(value, (tuple, list)):
        return f"{len(value)} 个元素的 {type(value).__name__}"
    return type(value).__name__


def _advice(model: nn.Module, inputs: Tensor, targets: Tensor, outputs: object) -> str:
    first = next(model.parameters())
    if outputs is not None and not isinstance(outputs, Tensor):
        return f"模型返回的是 {describe(outputs)}，请在 forward 里只返回损失函数要的那个张量。"
    if inputs.is_floating_point() and inputs.dtype != first.dtype:
        return f"请让两边的类型一致，例如 inputs.to({first.dtype})。"
    if not inputs.is_floating_point() and first.is_floating_point():
        return f"输入是整数；若它们不是编号，请先转成小数：inputs.to({first.dtype})。"
    if targets.ndim == 2 and targets.shape[1] == 1:
        return "目标多了一维，请用 targets.squeeze(1)。"
    if targets.ndim == 1 and targets.dtype != torch.int64:
        return "分类的目标应是整数编号，请用 targets.long()。"
    return "请核对输入的最后一维与模型第一层的宽度，以及目标的编号是否都小于模型的输出个数。"
