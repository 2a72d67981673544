"""Train many networks of the lesson at once, in far less time than one by one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from day38.model import IrisMLP
from day38.training import EXPLODED

NAMES = ("hidden.weight", "hidden.bias", "output.weight", "output.bias")


def train_ensemble(
    models: Sequence[IrisMLP],
    data: Sequence[tuple[Tensor, Tensor]],
    *,
    epochs: int,
    learning_rate: float = 0.01,
    progress: bool = True,
) -> list[float]:
    """Train each model in place on its own data, full batch, all of them in the same operations.

    It does what ``train(model, [pair], …)`` does one by one: plain SGD on the cross-entropy. The
    time of a small step goes into starting operations; here one operation serves all models.
    PyTorch's own way, for any module, is ``torch.func.stack_module_state`` with ``vmap`` and
    ``grad``; the gradients written by hand here save the half of the time that autograd would take.

    Parameters
    ----------
    models : sequence of IrisMLP
        Of one size, in float32, on one device.
    data : sequence of (Tensor, Tensor)
        For each model inputs of shape (rows, features) and targets, int64 of shape (rows,), all
        with the same number of rows.
    epochs, learning_rate, progress
        As of `train`.

    Returns
    -------
    list of float
        The loss of each model in the last epoch, before its weight update.

    Raises
    ------
    ValueError
        If the numbers of models and data differ, or a model stands twice in the list, has frozen
        parameters, or computes otherwise than Linear, ReLU, Linear.
    FloatingPointError
        If a loss has exploded or is not finite at the end.
    KeyboardInterrupt
        After Ctrl-C; the models keep what they have learned until then.
    """
    if len(models) != len(data) or len(set(models)) < len(models):
        raise ValueError(
            f"每个模型要有一份数据，每个位置要有自己的模型：收到 {len(set(models))} 个不同的模型、"
            f"{len(data)} 份数据。共用一份数据请写 [iris.train] * len(models)。"
        )
    if epochs < 1:
        raise ValueError(f"epochs 收到 {epochs}，应是 1 或更大的整数。")
    for model, (inputs, _) in zip(models, data, strict=True):
        _check_model(model, inputs)
    inputs, targets = (torch.stack(parts) for parts in zip(*data, strict=True))
    states = [model.state_dict() for model in models]  # these tensors are the weights themselves
    stacked = [torch.stack([state[name] for state in states]) for name in NAMES]
    first_weights, first_bias, second_weights, second_bias = stacked
    # Samples lie in the last dimension, so that the elementwise operations run along them.
    columns = inputs.mT.contiguous()
    first_column, second_column = first_bias.unsqueeze(2), second_bias.unsqueeze(2)
    classes, rows = second_weights.shape[1], columns.shape[2]
    shares = functional.one_hot(targets, classes).mT.to(columns.dtype).contiguous() / rows
    options = {} if progress else {"disable": True}  # TQDM_DISABLE=1 silences it, too
    bar = tqdm(range(epochs), desc=f"训练 {len(models)} 个模型", unit="轮", **options)
    try:
        with torch.inference_mode(), bar:
            for _ in bar:
                hidden = torch.baddbmm(first_column, first_weights, columns).relu_()
                logits = torch.baddbmm(second_column, second_weights, hidden)
                # Gradient of the mean cross-entropy: (softmax - one-hot) / rows.
                by_logits = logits.softmax(dim=1).div_(rows).sub_(shares)
                by_hidden = torch.bmm(second_weights.mT, by_logits).mul_(hidden > 0)
                # Not baddbmm_ with alpha: on CPUs it loses digits (measured: 30 times the error).
                second_weights.sub_(torch.bmm(by_logits, hidden.mT), alpha=learning_rate)
                second_column.sub_(by_logits.sum(dim=2, keepdim=True), alpha=learning_rate)
                first_weights.sub_(torch.bmm(by_hidden, inputs), alpha=learning_rate)
                first_column.sub_(by_hidden.sum(dim=2, keepdim=True), alpha=learning_rate)
            losses = -(logits.log_softmax(dim=1) * shares).sum(dim=(1, 2))
    finally:
        for name, values in zip(NAMES, stacked, strict=True):
            for state, value in zip(states, values, strict=True):
                state[name].copy_(value)
    diverged = int((~(losses <= EXPLODED)).sum())  # NaN is not smaller either
    if diverged:
        raise FloatingPointError(
            f"{diverged} 个模型的损失太大或不是有限的数，训练已经发散。"
            "请把学习率调小，例如缩小到十分之一，确认输入里没有 NaN，并重新建立模型。"
        )
    return losses.tolist()


def _check_model(model: IrisMLP, inputs: Tensor) -> None:
    """Refuse a model that would be trained as something else than it is."""
    plain = sorted(model.state_dict()) == sorted(NAMES)
    if plain:
        with torch.no_grad():
            hidden = (inputs @ model.hidden.weight.T + model.hidden.bias).relu()
            expected = hidden @ model.output.weight.T + model.output.bias
            plain = torch.allclose(model(inputs), expected, rtol=1e-3, atol=1e-4, equal_nan=True)
    if not plain or not all(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(
            f"{type(model).__name__} 不是原样的 IrisMLP：换过层、改过 forward，或冻结了参数。"
            "这里一起训练的只能是 Linear、ReLU、Linear；别的模型请用 train 一个一个训练。"
        )
