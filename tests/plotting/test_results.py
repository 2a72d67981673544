"""Pictures of results: they draw what they were given, and their texts say what to see."""

import numpy
import pytest
import torch

from day38.plotting import plot_accuracies, plot_class_maps, plot_confidence, plot_intervals


def test_accuracies() -> None:
    picture = plot_accuracies([29, 29, 30, 26], 30)
    (axes,) = picture.axes
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert labels == ["26/30\n86.7%", "29/30\n96.7%", "30/30\n100.0%"]
    assert [bar.get_height() for bar in axes.containers[0]] == [1, 2, 1]
    assert "4 次划分" in picture.description and "平均是 95.0%" in picture.description
    assert "标准差是 5.8 个百分点" in picture.description  # of 29, 29, 30 and 26


def test_intervals_tell_which_of_them_hold_the_truth() -> None:
    picture = plot_intervals([(0.8, 0.95), (0.6, 0.88), (0.9, 1.0)], 0.9)
    (axes,) = picture.axes
    first, second, third, truth = axes.lines
    assert first.get_color() == third.get_color() != second.get_color()
    assert list(truth.get_xdata()) == [0.9, 0.9]
    assert axes.get_title() == "2 of 3 intervals hold it"
    assert "3 个区间里，2 个" in picture.description


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_confidence_groups_are_counted_from_their_lower_ends(dtype: torch.dtype) -> None:
    confidences = torch.tensor([0.4, 0.59, 0.6, 0.7, 0.9, 1.0, 0.96, 0.9], dtype=dtype)
    correct = torch.tensor([True, False, False, True, True, True, True, False])
    picture = plot_confidence(confidences, correct)
    (axes,) = picture.axes
    counts = [text.get_text().split("\n")[1] for text in axes.get_xticklabels()]
    assert counts == ["1 of 2 right", "1 of 2 right", "0 of 0 right", "3 of 4 right"]
    assert [bar.get_height() for bar in axes.patches] == [0.5, 0.5, 0.75]
    assert [line.get_ydata()[0] for line in axes.lines] == pytest.approx([0.495, 0.65, 0.94])
    assert "4 个答案，75.0% 答对，平均置信度 94.0%" in picture.description


def test_confidence_counts_the_rows_behind_the_answers() -> None:
    confidences, correct = torch.tensor([0.7, 0.7, 0.7, 0.99]), torch.tensor([True] * 4)
    picture = plot_confidence(confidences, correct, rows=[8, 8, 5, 8])
    ticks = [text.get_text() for text in picture.axes[0].get_xticklabels()]
    assert [tick.split("\n")[2] for tick in ticks] == [
        f"{count} different rows" for count in (0, 2, 0, 1)
    ]
    assert "3 个答案（来自 2 行不同的数据）" in picture.description


@pytest.mark.parametrize(
    ("confidences", "correct"),
    [([3.2, -1.0], [True, False]), ([float("nan"), 0.5], [True, False]), ([0.9, 0.5], [2, 1])],
    ids=["logits", "NaN", "classes instead of right or wrong"],
)
def test_confidence_refuses_what_would_be_drawn_silently(confidences, correct) -> None:
    with pytest.raises(ValueError, match="请"):
        plot_confidence(torch.tensor(confidences), torch.tensor(correct))


def test_class_maps() -> None:
    images, maps = torch.linspace(0, 1, 192).reshape(2, 3, 1, 8, 4)
    picture = plot_class_maps(images, {"honest": maps, "blank": 0 * maps}, list("abc"))
    assert [axes.get_title() for axes in picture.axes[:3]] == list("abc")
    assert picture.axes[3].get_xlabel() == "max 0.66" and "自己的最大值" in picture.description
    drawn = [axes.images[0].get_array() for axes in picture.axes]
    assert len(drawn) == 9
    assert numpy.array_equal(drawn[1], images[1, 0]) and numpy.array_equal(drawn[5], maps[2, 0])
