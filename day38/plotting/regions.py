"""The regions of the plane of two features that a model gives to each class."""

from collections.abc import Mapping

import numpy
import torch
from matplotlib.colors import ListedColormap
from torch import Tensor, nn

from day38.data import TabularData
from day38.model import modes_kept, not_compiled
from day38.plotting.anatomy import MOST_CLASSES, refuse_above
from day38.plotting.names import classes_of, drawable, features_of, fitted, key, width
from day38.plotting.picture import CLASS_COLORS, DARK, Picture, draw_points, tint
from day38.plotting.plane import SIDE, plane_of


def plot_decision_regions(
    models: Mapping[str, nn.Module], data: TabularData, columns: int = 3
) -> Picture:
    """Colour the plane of ``data.axes`` by the class that each model would name, with the rows.

    The features that are not shown are held at their training medians, so a row may lie in another
    region than the one in which the model, seeing all features, would put it. `models` has any
    classifiers of scaled rows, into up to 8 classes, under their titles (in English).
    """
    refuse_above(MOST_CLASSES, len(data.class_names), f"{data.title}的类别有", "evaluate")
    plane, classes = plane_of(data), classes_of(data)
    columns = min(columns, len(models))
    rows = -(-len(models) // columns)
    across = max(3.0 * columns + 0.4, 6.0)
    picture = Picture(across, 2.7 * rows + 1.0)
    panels = picture.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(models) :]:
        axes.remove()
    colors = ListedColormap([tint(color, 0.45) for color in CLASS_COLORS[: len(classes)]])
    look = {"extent": plane.extent, "origin": "lower"}
    wrong = []
    for number, (title, model) in enumerate(models.items()):
        axes, logits = panels.flat[number], _logits_of(model, data.train[0])
        if logits.shape != (len(plane.targets), len(classes)):
            raise ValueError(
                f"{title} 对 {len(plane.targets)} 行给出的形状是 {tuple(logits.shape)}，"
                f"应是每行 {len(classes)} 个分数，一个类别一个。请检查模型的最后一层。"
            )
        answers = _logits_of(model, plane.inputs).argmax(dim=1).reshape(SIDE, SIDE).numpy()
        axes.imshow(answers, cmap=colors, vmin=0, vmax=len(classes) - 1, aspect="auto", **look)
        if numpy.ptp(answers):  # a line between them, for eyes that see two colours as one
            levels = numpy.arange(len(classes) - 1) + 0.5
            axes.contour(answers, levels, colors=DARK, linewidths=0.7, **look)
        draw_points(axes, plane.points, plane.targets, classes, size=18)
        axes.set_title(drawable(title, f"model {number + 1}"))
        mistakes = (logits.argmax(dim=1).numpy() != plane.targets).sum()
        wrong.append(f"{title} 判错 {mistakes} 个")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    fitting = int(across / (max(width(name, 10) for name in classes) + 0.6))
    ncols = max(1, min(len(classes), fitting))
    picture.legend(handles, labels, loc="outside upper center", ncols=ncols, frameon=False)
    names = [feature.name for feature in features_of(data)]
    held = [f"{names[column]} {value}" for column, value in plane.held.items()]
    note = f"; held: {', '.join(held)}" if held else ""
    if len(held) > 4:
        note = f"; the other {len(held)} features are held at their medians"
    below = fitted(f"{plane.x.label}{note}", across - 0.3, 10)
    picture.supxlabel(below["s"], size=below["size"])
    beside = fitted(plane.y.label, 2.7 * rows, 10)
    picture.supylabel(beside["s"], size=beside["size"])
    picture.description = (
        f"决策区域：横轴{plane.x.chinese}、纵轴{plane.y.chinese}，底色是模型判定的类别，"
        f"点是训练集的样本。训练集 {len(plane.targets)} 个样本里，{'，'.join(wrong)}。{key(data)}"
    )
    return picture


def _logits_of(model: nn.Module, inputs: Tensor) -> Tensor:
    """Run any `model` in eval mode, without gradients; return float64 (rows, …) on the CPU."""
    model = not_compiled(model)
    parameter = next(model.parameters(), inputs)
    with modes_kept(model), torch.no_grad():
        model.eval()
        logits = model(inputs.to(parameter.device, parameter.dtype)).cpu().double()
    if not all(tensor.isfinite().all() for tensor in (logits, *model.parameters())):
        raise ValueError(
            "模型的权重或输出里有 NaN 或无穷大，画出来会误导人。"
            "多半是训练发散了，请把学习率调小，重新建立模型再训练。"
        )
    return logits
