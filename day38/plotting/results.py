"""Pictures of what a trained classifier gets right and wrong, and what it looks at."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy
import torch
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from day38.plotting.names import fitted, two_digits
from day38.plotting.picture import BLUE, DARK, ORANGE, OUTLINE, Picture

# What the groups are called, and where they begin.
CONFIDENCE_GROUPS = {"below .6": 0, ".6 to .8": 0.6, ".8 to .9": 0.8, ".9 and above": 0.9}


def plot_intervals(intervals: Sequence[tuple[float, float]], truth: float) -> Picture:
    """Draw confidence intervals below each other, and which of them hold the true value.

    `intervals` has (low, high) of each simulated test set, from 0 to 1; `truth` is the accuracy
    that all of them try to enclose.
    """
    holding = [low <= truth <= high for low, high in intervals]
    text = f"{len(intervals)} 个区间里，{sum(holding)} 个装住了真正的准确率 {truth:.0%}。"
    picture = Picture(6.8, 4.2, f"横线图：一条横线是一个区间，竖线是真值。{text}")
    axes = picture.chart(xlabel="Accuracy", ylabel="Simulated test set")
    for number, ((low, high), holds) in enumerate(zip(intervals, holding, strict=True), start=1):
        color, width = (BLUE, 1.6) if holds else (ORANGE, 3.2)
        label = "holds it" if holds else "misses it"
        axes.plot([low, high], [number, number], color=color, lw=width, label=label)
    axes.axvline(truth, color=DARK, lw=1.5, ls="--", label=f"true accuracy {truth:.0%}")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_title(f"{sum(holding)} of {len(intervals)} intervals hold it")
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    options = {"loc": "outside lower center", "ncols": 3, "frameon": False}
    picture.legend(list(once.values()), list(once), **options)
    return picture


def plot_accuracies(correct: Sequence[int], total: int) -> Picture:
    """Draw how often each number of right answers came up, with mean ± standard deviation.

    `correct` has the number of right answers of each run, out of `total` test rows.
    """
    shares = numpy.array(correct) / total
    mean, spread = float(shares.mean()), float(shares.std(ddof=1))
    text = f"测试准确率的平均是 {mean:.1%}，标准差是 {100 * spread:.1f} 个百分点"
    picture = Picture(6.8, 3.6, f"条形图：{len(correct)} 次划分，{text}。")
    axes = picture.chart(xlabel="Right answers in the test set", ylabel="Number of splits")
    band = f"mean ± standard deviation: {mean:.1%} ± {100 * spread:.1f} points"
    axes.axvspan(mean - spread, mean + spread, color=ORANGE, alpha=0.13, lw=0)
    axes.axvline(mean, color=ORANGE, lw=2, ls="--", label=band)
    values, counts = numpy.unique(correct, return_counts=True)
    bars = axes.bar(values / total, counts, width=0.8 / total, color=BLUE)
    axes.bar_label(bars, padding=2, path_effects=OUTLINE)
    axes.set_xticks(values / total, [f"{value}/{total}\n{value / total:.1%}" for value in values])
    axes.set_title(f"{len(correct)} different splits")
    axes.margins(y=0.12)
    axes.legend(frameon=False, loc="upper left")
    return picture


def plot_confidence(
    confidences: Tensor, correct: Tensor, rows: Sequence[int] | None = None
) -> Picture:
    """Compare how sure a classifier is with how often it is right, over many pooled answers.

    The answers are grouped by their largest probability. What a group can tell rests on how many
    different rows of the table it is about, not on how many answers were pooled.

    Parameters
    ----------
    confidences : Tensor
        The largest probability of each answer, float of shape (answers,).
    correct : Tensor
        Whether the answer was right, bool of shape (answers,).
    rows : sequence of int, optional
        Which row of the table each answer is about; the different ones of a group are counted.

    Raises
    ------
    ValueError
        If `confidences` are no probabilities, such as logits, or `correct` is not bool.
    """
    confidences, correct = confidences.detach().cpu(), correct.cpu()
    if not ((confidences >= 0) & (confidences <= 1)).all() or correct.dtype != torch.bool:
        raise ValueError(
            "confidences 应是 0 到 1 的概率，correct 应是布尔值；收到的是 "
            f"{confidences.min():.3g} 到 {confidences.max():.3g} 和 {correct.dtype}。"
            "请传入 logits.softmax(dim=1) 的最大值，和 predicted == targets。"
        )
    picture = Picture(7.2, 4.0)
    axes = picture.chart(xlabel="Largest probability of an answer", ylabel="Share of answers")
    ticks, lines = [], []
    ends = pairwise([*CONFIDENCE_GROUPS.values(), 2])
    for place, (name, (low, high)) in enumerate(zip(CONFIDENCE_GROUPS, ends, strict=True)):
        group = (low <= confidences) & (confidences < high)
        right = correct[group]
        ticks.append(f"{name}\n{right.sum():,} of {len(right):,} right")
        told = ""
        if rows is not None:
            different = len(numpy.unique(numpy.asarray(rows)[group.numpy()]))
            ticks[-1] += f"\n{different} different rows"
            told = f"（来自 {different} 行不同的数据）"
        if len(right) == 0:
            continue
        share, mean = right.double().mean().item(), confidences[group].double().mean().item()
        bar = axes.bar(place, share, width=0.56, color=BLUE)
        inside = {"ha": "center", "va": "bottom", "size": 12, "weight": "bold"}
        axes.text(place, 0.03, f"{share:.1%}", color="white" if share > 0.12 else DARK, **inside)
        (line,) = axes.plot([place - 0.36, place + 0.36], [mean, mean], color=ORANGE, lw=3)
        axes.text(place + 0.38, mean, f"{mean:.1%}", color=ORANGE, va="center")
        lines.append(
            f"{name}：{len(right):,} 个答案{told}，{share:.1%} 答对，平均置信度 {mean:.1%}"
        )
    picture.description = (
        "条形图：把许多次划分的答案按最大概率分组，条形是其中答对的比例，橙色横线是平均置信度。"
        f"{'；'.join(lines)}。"
    )
    axes.set_xticks(range(len(ticks)), ticks)
    axes.set(ylim=(0, 1.05), title=f"What confidence was worth, {len(correct):,} answers")
    axes.yaxis.set_major_formatter("{x:.0%}")
    labels = ["share that was right", "mean confidence"]
    picture.legend([bar, line], labels, loc="outside upper center", ncols=2, frameon=False)
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
    """
    columns, rows = len(images), 1 + len(maps)
    text = (
        f"第一行是 {columns} 张图片：{'、'.join(titles)}；下面每行是一个模型的热力图，"
        f"越亮的地方对它的判断越重要，青色线是笔画的轮廓：{'、'.join(maps)}。"
        "每幅热力图按自己的最大值（图下的 max）上色，不同的图之间不能比亮度。"
    )
    picture = Picture(1.45 * columns + 0.6, 1.5 * rows + 0.4 + 0.2 * len(maps), text)
    grid = picture.subplots(rows, columns, squeeze=False)
    brightest = 0.6 * float(images.max())  # a little overexposed, so that pencil shows
    pictures = images[:, 0].detach().cpu().numpy()
    for column, (image, title) in enumerate(zip(pictures, titles, strict=True)):
        grid[0, column].imshow(image, cmap="gray", vmin=0, vmax=brightest)
        grid[0, column].set_title(title, size=11)
        for axes, batch in zip(grid[1:, column], maps.values(), strict=True):
            values = batch[column, 0].detach().cpu().numpy()
            axes.imshow(values, cmap="inferno", vmin=0)
            axes.set_xlabel(f"max {two_digits(values.max())}", size=9)
            # The strokes stay visible as an outline: under a half-transparent map both would blur.
            # Half as bright as the 12 brightest of 400 pixels is ink, not noise; a mark has only 9.
            ink = numpy.quantile(image, 0.97) / 2
            axes.contour(image, levels=[ink], colors="cyan", linewidths=0.7)
    for axes, name in zip(grid[:, 0], ["picture", *maps], strict=True):
        axes.set_ylabel(name, size=11)
    for axes in grid.ravel():
        axes.set(xticks=[], yticks=[])
    note = fitted("each map has its own scale, 0 to max", 1.45 * columns + 0.4, 9)
    picture.supxlabel(note["s"], size=note["size"])
    return picture
