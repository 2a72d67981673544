"""What helps against an error that PyTorch raises: one Chinese line beside its own message."""

from torch import Tensor, nn


def add_advice(
    error: Exception, model: nn.Module, inputs: Tensor | None, targets: Tensor | None
) -> None:
    """Add a note to `error` if shapes and dtypes of the batch at hand tell what to change.

    Nothing is computed: the failed step is not tried again. Before the first batch, `inputs` and
    `targets` are None.
    """
    if isinstance(inputs, Tensor) and isinstance(targets, Tensor):
        note = _about_inputs(model, inputs) or _about_targets(error, targets)
        if note:
            error.add_note(note)
    elif inputs is None and isinstance(error, (TypeError, ValueError)):
        error.add_note("每个批次应是 (输入, 目标) 两个张量，整批训练请写 [iris.train]。")


def _about_inputs(model: nn.Module, inputs: Tensor) -> str | None:
    first = next((m for m in model.modules() if next(m.parameters(False), None) is not None), None)
    if first is None or isinstance(first, nn.Embedding):
        return None
    dtype = next(first.parameters()).dtype
    if inputs.dtype != dtype:
        return f"输入是 {inputs.dtype}，模型的参数是 {dtype}：请用 inputs.to({dtype}) 让两边一致。"
    if isinstance(first, nn.Linear) and inputs.shape[-1] != first.in_features:
        return (
            f"输入的形状是 {tuple(inputs.shape)}，第一层要的最后一维是 {first.in_features}："
            "请核对特征的个数。"
        )
    return None


def _about_targets(error: Exception, targets: Tensor) -> str | None:
    text = str(error).lower()
    if "closure" in text:
        return "这个优化器（如 LBFGS）一步要算几次损失，train 做不到。请改用 SGD 或 Adam。"
    if "same as input size" in text or "same size" in text:  # of BCE and its relatives
        if targets.ndim == 1:
            return f"目标的形状是 {tuple(targets.shape)}，少了一维：请用 targets.unsqueeze(1)。"
        return None
    if "target" not in text and "long" not in text:
        return None
    if targets.ndim == 2 and targets.shape[1] == 1:
        return f"目标的形状是 {tuple(targets.shape)}，多了一维：请用 targets.squeeze(1)。"
    if targets.is_floating_point() or targets.dtype.itemsize < 8:
        return f"目标是 {targets.dtype}，分类的目标应是 int64 编号：请用 targets.long()。"
    return None
