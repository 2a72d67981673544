"""Train many networks of the lesson at once, for little more than the time of one.

Taught in notebook 2, section "两百个模型，几个模型的时间"; notebook 3 uses it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from day38.batches import DeviceBatches, device_of
from day38.checks import positive_number, whole_number
from day38.model import IrisMLP
from day38.threads import StepThreads

Pair = tuple[Tensor, Tensor]


def train_ensemble(
    models: Sequence[IrisMLP],
    data: Sequence[Pair],
    *,
    epochs: int,
    learning_rate: float = 0.01,
    progress: bool = True,
) -> list[float]:
    """Train each model in place on its own data, full batch, all of them in the same operations.

    It does what ``train(model, [pair], epochs=…, learning_rate=…)`` does one by one: plain SGD on
    the cross-entropy. The time of a small step goes into starting operations; here one operation
    serves all models. The gradients are written by hand, because autograd would double the time.

    Parameters
    ----------
    models : sequence of IrisMLP
        Of one size, in float32, on one device.
    data : sequence of (Tensor, Tensor)
        Inputs of shape (rows, features) and targets, int64 of shape (rows,), one pair for each
        model, all with the same number of rows.
    epochs : int
        How many times to go through the data.
    learning_rate : float
        Of plain SGD.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    list of float
        The loss of each model in the last epoch, before its weight update.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or models or data differ in shape.
    FloatingPointError
        If a loss is not finite at the end; the models then keep the weights they had.
    """
    epochs = whole_number("epochs", epochs, minimum=1)
    learning_rate = positive_number("learning_rate", learning_rate)
    inputs, targets = _stack(models, data)
    first_weights, first_bias, second_weights, second_bias = (
        torch.stack([dict(model.named_parameters())[name].detach() for model in models])
        for name in ("hidden.weight", "hidden.bias", "output.weight", "output.bias")
    )
    # Samples lie in the last dimension, so that the elementwise operations run along them.
    columns = inputs.mT.contiguous()
    first_bias, second_bias = first_bias.unsqueeze(2), second_bias.unsqueeze(2)
    classes, rows = second_weights.shape[1], columns.shape[2]
    shares = functional.one_hot(targets, classes).mT.to(columns.dtype).contiguous() / rows
    step_threads = StepThreads(models[0], columns.device)
    bar = tqdm(total=epochs, desc=f"训练 {len(models)} 个模型", unit="轮", disable=not progress)
    every = max(1, epochs // 100)
    with torch.inference_mode(), step_threads, bar:
        step_threads.look(columns)
        for epoch in range(1, epochs + 1):
            hidden = torch.baddbmm(first_bias, first_weights, columns).relu_()
            logits = torch.baddbmm(second_bias, second_weights, hidden)
            # Gradient of the mean cross-entropy: (softmax - one-hot) / rows.
            by_logits = logits.softmax(dim=1).div_(rows).sub_(shares)
            by_hidden = torch.bmm(second_weights.mT, by_logits).mul_(hidden > 0)
            # Not baddbmm_ with alpha: on CPUs it loses digits (measured: 30 times the error).
            second_weights.sub_(torch.bmm(by_logits, hidden.mT), alpha=learning_rate)
            second_bias.sub_(by_logits.sum(dim=2, keepdim=True), alpha=learning_rate)
            first_weights.sub_(torch.bmm(by_hidden, inputs), alpha=learning_rate)
            first_bias.sub_(by_hidden.sum(dim=2, keepdim=True), alpha=learning_rate)
            if epoch % every == 0 or epoch == epochs:
                bar.update(epoch - bar.n)
        losses = -(logits.log_softmax(dim=1) * shares).sum(dim=(1, 2))
    finite = torch.isfinite(losses).tolist()
    if not all(finite):
        raise FloatingPointError(
            f"{finite.count(False)} 个模型的损失不是有限的数，训练发散了。"
            "请把学习率调小，例如缩小到十分之一；这些模型的权重没有改变。"
        )
    weights = zip(first_weights, first_bias, second_weights, second_bias, strict=True)
    with torch.no_grad():
        for model, (hidden_weight, hidden_bias, output_weight, output_bias) in zip(
            models, weights, strict=True
        ):
            model.hidden.weight.copy_(hidden_weight)
            model.hidden.bias.copy_(hidden_bias.squeeze(1))
            model.output.weight.copy_(output_weight)
            model.output.bias.copy_(output_bias.squeeze(1))
    return losses.tolist()


def _stack(models: Sequence[IrisMLP], data: Sequence[Pair]) -> Pair:
    """Check models and data; return all inputs and all targets as one tensor each."""
    if not isinstance(models, Sequence) or not isinstance(data, Sequence):
        raise TypeError("models 和 data 应是列表：每个模型一份数据。请用 list(...) 转换。")
    if not models or len(models) != len(data):
        raise ValueError(
            f"每个模型要有一份数据，收到 {len(models)} 个模型和 {len(data)} 份数据。"
            "共用一份数据请写 [iris.train] * len(models)。"
        )
    for model in models:
        if type(model) is not IrisMLP:
            raise TypeError(
                f"train_ensemble 只会训练 IrisMLP，收到的是 {type(model).__name__}。"
                "别的模型请用 train 一个一个训练。"
            )
    kinds = {
        (device_of(model), model.hidden.weight.dtype, *model.hidden.weight.shape, len(output))
        for model in models
        for output in [model.output.weight]
    }
    if len(set(map(id, models))) < len(models):
        raise ValueError("同一个模型出现了两次。请给每个位置一个新的 IrisMLP()。")
    if len(kinds) > 1 or next(iter(kinds))[1] is not torch.float32:
        raise ValueError(
            "这些模型的大小、类型或设备不同，或者不是 float32，不能一起训练。请分组，每组一样。"
        )
    device, _, _, features, classes = kinds.pop()
    pairs = list(DeviceBatches("data", list(data), device))
    shapes = {(tuple(x.shape), x.dtype, tuple(y.shape), y.dtype) for x, y in pairs}
    (shape, kind, target_shape, target_kind), *others = shapes
    if others or len(shape) != 2 or len(target_shape) != 1 or shape[1] != features:
        raise ValueError(
            f"每份数据的形状应同样是 (行数, {features}) 和 (行数,)，收到的是 "
            f"{sorted((first, third) for first, _, third, _ in shapes)}。请检查数据的划分。"
        )
    if kind is not torch.float32 or target_kind is not torch.int64:
        raise ValueError(
            f"输入应是 float32、目标应是 int64，收到的是 {kind} 和 {target_kind}。"
            "请用 inputs.float() 和 targets.long() 转换。"
        )
    inputs, targets = (torch.stack(parts) for parts in zip(*pairs, strict=True))
    if targets.min() < 0 or targets.max() >= classes:
        raise ValueError(
            f"目标应是 0 到 {classes - 1} 的编号，收到 {int(targets.min())} 到 "
            f"{int(targets.max())}。请检查标签。"
        )
    return inputs, targets
