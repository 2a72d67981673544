"""Count what a classifier gets right.

Taught in notebook 3, section "推理三步".
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import torch
from torch import Tensor, nn
from torch.nn import functional

from day38.batches import (
    Batches,
    DeviceBatches,
    LossFunction,
    check_loss,
    check_loss_function,
    describe,
    device_of,
    mean_loss,
    module_mode,
)


@dataclass(frozen=True)
class Evaluation:
    """How many of the samples a model gets right, and its mean loss on them."""

    correct: int
    total: int
    loss: float

    @property
    def accuracy(self) -> float:
        """Share of correct answers, from 0 to 1."""
        return self.correct / self.total

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the Wilson interval of the accuracy as (low, high).

        Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212, computed by SciPy.

        Raises
        ------
        ValueError
            If `confidence` is not a number between 0 and 1.
        """
        from scipy.stats import binomtest

        if not (isinstance(confidence, Real) and 0 < confidence < 1):
            raise ValueError(
                f"confidence 应在 0 和 1 之间，收到的是 {confidence!r}。95% 置信区间请写 0.95。"
            )
        bounds = binomtest(self.correct, self.total).proportion_ci(confidence, method="wilson")
        return float(bounds.low), float(bounds.high)


def evaluate(
    model: nn.Module, batches: Batches, *, loss_function: LossFunction = functional.cross_entropy
) -> Evaluation:
    """Count the right answers of a classifier, in eval mode and without gradients.

    Parameters
    ----------
    model : nn.Module
        Gives logits of shape (rows, classes).
    batches : iterable of (inputs, targets)
        Targets are class numbers, int64 of shape (rows,).
    loss_function : callable
        Of (outputs, targets), giving the batch's mean loss as a scalar tensor.

    Returns
    -------
    Evaluation

    Raises
    ------
    TypeError, ValueError
        If a batch does not fit the model, or a logit is NaN or infinite (``argmax`` would
        call NaN class 0).
    """
    check_loss_function(loss_function)
    return evaluate_batches(
        model, DeviceBatches("batches", batches, device_of(model)), loss_function
    )


def evaluate_batches(
    model: nn.Module, device_batches: DeviceBatches, loss_function: LossFunction
) -> Evaluation:
    """Do what `evaluate` does, on batches that are on the model's device already."""
    correct, finite, losses = [], [], []
    with module_mode(model, training=False), torch.no_grad():
        try:
            for inputs, targets in device_batches:
                outputs = model(inputs)
                _check_answers(outputs, targets)
                loss = loss_function(outputs, targets)
                check_loss(loss)
                losses.append((loss, len(inputs)))
                correct.append((outputs.argmax(dim=1) == targets).sum())
                finite.append(torch.isfinite(outputs).all())
        except (IndexError, RuntimeError, TypeError) as error:
            device_batches.explain(error, model, loss_function)
            raise
    if not torch.stack(finite).all():
        raise ValueError(
            "模型输出里有 NaN 或无穷大，它们的 argmax 没有意义。请检查输入里有没有 NaN，"
            "以及训练时损失是否发散过。"
        )
    total = sum(size for _, size in losses)
    return Evaluation(int(torch.stack(correct).sum()), total, mean_loss(losses))


def _check_answers(outputs: object, targets: Tensor) -> None:
    if not isinstance(outputs, Tensor):
        raise ValueError(
            f"模型应返回一个张量，得到的是 {describe(outputs)}。请在 forward 里只返回未归一化分数。"
        )
    # Compared with == as they are, (rows, 1) and (rows,) would broadcast to rows × rows.
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise ValueError(
            "evaluate 要的是形状 (样本数, 类别数) 的输出和 (样本数,) 的目标，"
            f"收到的是 {tuple(outputs.shape)} 和 {tuple(targets.shape)}。"
            "目标若多一维，请用 targets.squeeze(1)；若是 one-hot，请用 targets.argmax(dim=1)。"
        )
