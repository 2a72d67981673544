"""What helps against an error that PyTorch raises: one Chinese line beside its own message."""

from traceback import walk_tb

import numpy
from torch import Tensor, nn


def add_advice(error: Exception, inputs: object, targets: object) -> None:
    """Add a note to `error`, raised by a step, if what the step was given tells what to change.

    Nothing is computed: the failed step is not tried again. Before the first batch, `inputs` and
    `targets` are None.
    """
    if hasattr(error, "__notes__"):  # by `evaluate`, in a listener of `train`
        return
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    names, place = frames[-1].f_locals, frames[-1].f_globals.get("__name__", "")
    foreign = [type(part) for part in (inputs, targets) if not hasattr(part, "to")]
    note = None
    if inputs is None and len(frames) == 1:  # what the loop was given is no pair
        note = "每个批次应是 (输入, 目标) 两个张量；只有一批，也要放进列表，例如 [iris.train]。"
    elif inputs is not None and foreign:
        numbers = issubclass(foreign[0], (numpy.ndarray, list, tuple))
        advice = "请用 torch.tensor(…) 转换。" if numbers else ""
        note = f"批次里有 {foreign[0].__name__}，应是两个张量。{advice}"
    elif "closure" in str(error) and place.startswith("torch."):
        note = "这个优化器（如 LBFGS）一步要算几次损失，train 做不到。请改用 SGD 或 Adam。"
    elif isinstance(targets, Tensor) and place.startswith("torch."):
        note = _about_layer(error, names, inputs)
        if any(value is targets for value in names.values()) or place.startswith("torch.autograd"):
            note = note or _about_targets(error, targets)
    if note:
        error.add_note(note)


def _about_layer(error: Exception, names: dict, inputs: object) -> str | None:
    """Say what a layer wants, if `names` are those in the forward of one that has failed."""
    layer, given = names.get("self"), names.get("input")
    weight = getattr(layer, "weight", None)
    if not (isinstance(layer, nn.Module) and isinstance(given, Tensor) and weight is not None):
        return None
    if given.dtype != weight.dtype and "type" in str(error):
        told = f"{layer} 收到的是 {given.dtype}，它的参数是 {weight.dtype}"
        return f"{told}：请用 inputs.to({weight.dtype})。" if given is inputs else f"{told}。"
    if isinstance(layer, nn.Linear) and given.shape[-1:] != (layer.in_features,):
        return (
            f"{layer} 收到的形状是 {tuple(given.shape)}，它要的最后一维是 {layer.in_features}："
            "请核对特征的个数。"
        )
    return None


def _about_targets(error: Exception, targets: Tensor) -> str | None:
    text, shape = str(error).lower(), tuple(targets.shape)
    if "same as input size" in text or "same size" in text:  # of BCE and its relatives
        if targets.ndim == 1 and f"[{len(targets)}, 1]" in text:
            return f"目标的形状是 {shape}，少了一维：请用 targets.unsqueeze(1)。"
        return None
    if "class probabilities" in text:  # one number is no probability, of whatever type it is
        return None
    if "cast" in text or "expected float" in text:  # of a loss that is no classifier's
        return f"目标是 {targets.dtype}，这个损失要的是 torch.float32：请用 targets.float()。"
    if "target" not in text and "long" not in text:
        return None
    if targets.ndim == 2 and targets.shape[1] == 1:
        return f"目标的形状是 {shape}，多了一维：请用 targets.squeeze(1)。"
    if "long" in text and (targets.is_floating_point() or targets.dtype.itemsize < 8):
        return f"目标是 {targets.dtype}，分类的目标应是 int64 编号：请用 targets.long()。"
    return None
