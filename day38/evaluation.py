"""Count what a classifier gets right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from day38.advice import add_advice
from day38.model import modes_kept


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
        """
        from scipy.stats import binomtest

        bounds = binomtest(self.correct, self.total).proportion_ci(confidence, method="wilson")
        return float(bounds.low), float(bounds.high)


def evaluate(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    *,
    loss_function: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
) -> Evaluation:
    """Count the right answers of a classifier, in eval mode and without gradients.

    Parameters
    ----------
    model : nn.Module
        Gives logits of shape (rows, classes); its modes are kept.
    batches : iterable of (inputs, targets)
        Gone through once. Targets are class numbers, int64 of shape (rows,). Batches on another
        device are moved to the model's.
    loss_function : callable
        Of (outputs, targets), giving the batch's mean loss as a scalar tensor. The loss returned
        is the mean of these over the rows; with class weights it depends on the batches.

    Raises
    ------
    TypeError, ValueError
        If outputs are no tensor, and where a wrong number would come out silently: a single output
        column, of which ``argmax`` is always 0; targets that are no class numbers, or of another
        shape than (rows,), which would broadcast; NaN or infinite logits, which ``argmax`` calls
        some class; no batch.
    """
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    correct, total, loss_sum = 0, 0, 0.0
    inputs = targets = None
    with modes_kept(model), torch.no_grad():
        model.eval()
        try:
            for inputs, targets in batches:
                inputs, targets = inputs.to(device), targets.to(device)
                outputs = model(inputs)
                _check_answers(outputs, targets)
                correct += int((outputs.argmax(dim=1) == targets).sum())
                loss_sum += float(loss_function(outputs, targets)) * len(inputs)
                total += len(inputs)
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
            add_advice(error, inputs, targets)
            raise
    if total == 0:
        raise ValueError("batches 是空的，没有可以评估的样本。请检查数据是否读到了。")
    return Evaluation(correct, total, loss_sum / total)


def _check_answers(outputs: Tensor, targets: Tensor) -> None:
    if not isinstance(outputs, Tensor):
        raise TypeError(f"模型给出的是 {type(outputs).__name__}，应是一个张量，(样本数, 类别数)。")
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise ValueError(
            f"输出的形状是 {tuple(outputs.shape)}，目标的形状是 {tuple(targets.shape)}；"
            "应是 (样本数, 类别数) 和 (样本数,)。"
            "目标若多一维，请用 targets.squeeze(1)；若是 one-hot，请用 targets.argmax(dim=1)。"
        )
    classes = outputs.shape[1]
    if classes == 1:
        raise ValueError(
            "模型只有一个输出，argmax 总是 0，准确率没有意义。二分类请用两个输出和交叉熵；"
            "若用 BCE，请自己数 (outputs > 0) 和目标相同的有几个。"
        )
    odd = targets if targets.is_floating_point() else targets[(targets < 0) | (targets >= classes)]
    if len(odd):
        raise ValueError(
            f"目标应是 0 到 {classes - 1} 的类别编号，"
            f"收到的有 {odd[0].item():g}（{targets.dtype}）。"
            "回归没有准确率；要忽略的行（如 -100）请先去掉。"
        )
    if not torch.isfinite(outputs).all():
        raise ValueError(
            "模型的输出里有 NaN 或无穷大，argmax 会把它们当成某一类。"
            "请检查输入里有没有 NaN，以及训练时损失是否发散过。"
        )
