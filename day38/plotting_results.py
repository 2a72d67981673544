"""Pictures of what a trained classifier gets right and wrong, and what it looks at.

Taught in notebook 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy
from torch import Tensor

from day38.data import IrisData
from day38.plotting import BLUE, DARK, GREY, ORANGE, SPECIES_COLORS, SPECIES_MARKERS, Picture

PETALS = (2, 3)  # the two columns that tell the species apart best


def plot_confusion(matrix: Sequence[Sequence[int]], class_names: Sequence[str]) -> Picture:
    """Draw a confusion matrix with its counts.

    Parameters
    ----------
    matrix : array-like of int, shape (classes, classes)
        Row: the true class; column: the predicted one.
    class_names : sequence of str
        In the order of rows and columns.

    Raises
    ------
    ValueError
        If the matrix does not fit the names.
    """
    counts = numpy.asarray(matrix)
    if counts.shape != (len(class_names), len(class_names)):
        raise ValueError(
            f"混淆矩阵的形状是 {counts.shape}，名字有 {len(class_names)} 个，对不上。"
            "请传入 (类别数, 类别数) 的矩阵和同样多的名字。"
        )
    wrong = [
        f"{counts[row, column]} 朵 {class_names[row]} 被当成 {class_names[column]}"
        for row, column in numpy.argwhere(counts)
        if row != column
    ]
    summary = f"对角线上答对 {counts.trace()} 朵；" + ("，".join(wrong) or "没有答错的") + "。"
    picture = Picture(4.6, 3.6, f"混淆矩阵，行是实际的类别，列是预测的类别。{summary}")
    axes = picture.subplots()
    axes.imshow(counts, cmap="Blues", vmin=0)
    for (row, column), count in numpy.ndenumerate(counts):
        strong = count > counts.max() / 2
        axes.text(
            column, row, str(count), ha="center", va="center", color="white" if strong else DARK
        )
    places = range(len(class_names))
    axes.set_xticks(places, class_names)
    axes.set_yticks(places, class_names)
    axes.set(xlabel="Predicted", ylabel="Actual", title="Confusion matrix")
    return picture


def plot_neighbours(iris: IrisData, row: int, answer: int, nearest: int = 5) -> Picture:
    """Draw one test flower among the training flowers, over petal length and width.

    Parameters
    ----------
    iris : IrisData
        On any device.
    row : int
        Which test flower.
    answer : int
        The class that the model gives it.
    nearest : int
        How many nearest training flowers (all four scaled features count) get a ring.

    Raises
    ------
    ValueError
        If there is no such test flower.
    """
    inputs, targets = (part.cpu().numpy() for part in iris.train)
    test_inputs, test_targets = (part.cpu().numpy() for part in iris.test)
    if not 0 <= row < len(test_inputs):
        raise ValueError(f"测试集只有第 0 到 {len(test_inputs) - 1} 行，收到 {row}。请换一个行号。")
    flower, truth = test_inputs[row], int(test_targets[row])
    closest = numpy.linalg.norm(inputs - flower, axis=1).argsort()[:nearest]
    kinds = [int((targets[closest] == kind).sum()) for kind in range(len(iris.class_names))]
    around = "、".join(
        f"{count} 朵 {name}" for count, name in zip(kinds, iris.class_names, strict=True) if count
    )
    picture = Picture(
        6.4,
        4,
        f"散点图：横轴花瓣长，纵轴花瓣宽，每点一朵训练用的花。星号是测试集第 {row} 行，"
        f"实际是 {iris.class_names[truth]}，模型说是 {iris.class_names[answer]}；"
        f"最近的 {nearest} 朵里有 {around}。",
    )
    axes = picture.subplots()
    centimetres = iris.scaler.inverse_transform(inputs)[:, PETALS]
    for kind, name in enumerate(iris.class_names):
        points = centimetres[targets == kind]
        axes.scatter(
            *points.T, s=28, color=SPECIES_COLORS[kind], marker=SPECIES_MARKERS[kind], label=name
        )
    axes.scatter(
        *centimetres[closest].T, s=130, facecolors="none", edgecolors=DARK, label="nearest"
    )
    place = iris.scaler.inverse_transform(flower[None])[0, PETALS]
    axes.scatter(
        *place, s=260, marker="*", color=SPECIES_COLORS[truth], edgecolors=DARK, zorder=3,
        label=f"test row {row} ({iris.class_names[truth]})",
    )  # fmt: skip
    axes.set(xlabel="Petal length (cm)", ylabel="Petal width (cm)")
    axes.set_title(
        f"Test row {row} is {iris.class_names[truth]}, called {iris.class_names[answer]}"
    )
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return picture


def plot_accuracies(
    correct: Sequence[int], total: int, interval: tuple[float, float] | None = None
) -> Picture:
    """Draw how often each number of right answers came up, over many splits or seeds.

    Parameters
    ----------
    correct : sequence of int
        Right answers of each run, out of `total`.
    total : int
        Test rows of each run.
    interval : tuple of float, optional
        A confidence interval of the accuracy, from 0 to 1, drawn as a band.

    Raises
    ------
    ValueError
        If there is no run.
    """
    if len(correct) == 0:
        raise ValueError("一次运行的结果也没有，画不出直方图。请先训练几个模型。")
    mean = float(numpy.mean(correct)) / total
    picture = Picture(
        6.4,
        3.4,
        f"直方图：{len(correct)} 次划分的测试准确率，从 {min(correct) / total:.1%} "
        f"到 {max(correct) / total:.1%}，平均 {mean:.1%}。",
    )
    axes = picture.subplots()
    if interval is not None:
        axes.axvspan(*interval, color=GREY, alpha=0.15, lw=0, label="95% interval of one split")
    values, counts = numpy.unique(correct, return_counts=True)
    axes.bar(values / total, counts, width=0.8 / total, color=BLUE)
    axes.axvline(mean, color=ORANGE, ls="--", label=f"mean {mean:.1%}")
    axes.set_xticks(values / total, [f"{value}/{total}\n{value / total:.1%}" for value in values])
    axes.set(
        xlabel="Right answers in the test set",
        ylabel="Splits",
        title=f"{len(correct)} different splits",
    )
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return picture


def plot_class_maps(images: Tensor, maps: Mapping[str, Tensor], titles: Sequence[str]) -> Picture:
    """Draw pictures in a row, and below them the same pictures under each model's class maps.

    Parameters
    ----------
    images : Tensor
        Of shape (pictures, 1, height, width), from 0 (black) up.
    maps : mapping of str to Tensor
        Row label to maps of shape (pictures, 1, height, width), not negative.
    titles : sequence of str
        One for each picture.

    Raises
    ------
    ValueError
        If the numbers of pictures, maps and titles differ.
    """
    for name, batch in {"titles": titles, **maps}.items():
        if len(batch) != len(images):
            raise ValueError(
                f"{name} 有 {len(batch)} 个，图片有 {len(images)} 张，对不上。"
                "请给每张图片一个标题和一张热图。"
            )
    columns, rows = len(images), 1 + len(maps)
    picture = Picture(
        1.45 * columns + 0.6,
        1.5 * rows + 0.2,
        f"第一行是 {columns} 张图片：{'、'.join(titles)}；下面每行是一个模型的热图，"
        f"越亮的地方对它的判断越重要：{'、'.join(maps)}。",
    )
    grid = picture.subplots(rows, columns, squeeze=False)
    brightest = 0.6 * float(images.max())  # a little overexposed, so that pencil shows
    for column, image in enumerate(images.detach().cpu().numpy()):
        grid[0, column].imshow(image[0], cmap="gray", vmin=0, vmax=brightest)
        grid[0, column].set_title(titles[column], fontsize=9)
        for row, batch in enumerate(maps.values(), start=1):
            grid[row, column].imshow(
                batch[column, 0].detach().cpu().numpy(), cmap="inferno", vmin=0
            )
            # The strokes stay visible as an outline: under a half-transparent map both would blur.
            grid[row, column].contour(
                image[0], levels=[brightest / 3], colors="cyan", linewidths=0.7
            )
    for row, name in enumerate(["picture", *maps]):
        grid[row, 0].set_ylabel(name, fontsize=9)
    for axes in grid.ravel():
        axes.set(xticks=[], yticks=[])
    return picture
