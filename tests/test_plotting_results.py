"""Pictures of results: they draw what they were given, and their texts say what to see."""

from collections.abc import Callable

import numpy
import pytest
import torch

from day38 import IrisData, plot_accuracies, plot_class_maps, plot_confusion, plot_neighbours
from tests.helpers import chinese_error

NAMES = ("setosa", "versicolor", "virginica")
MATRIX = [[10, 0, 0], [0, 8, 1], [0, 0, 11]]


def test_confusion_matrix() -> None:
    picture = plot_confusion(MATRIX, NAMES)
    (axes,) = picture.axes
    assert [text.get_text() for text in axes.texts] == [str(n) for row in MATRIX for n in row]
    assert [text.get_text() for text in axes.get_yticklabels()] == list(NAMES)
    assert "答对 29 朵" in picture.description
    assert "1 朵 versicolor 被当成 virginica" in picture.description
    assert "没有答错的" in plot_confusion(numpy.eye(3, dtype=int), NAMES).description
    assert len(picture.png()) > 1000


def test_neighbours(iris: IrisData) -> None:
    picture = plot_neighbours(iris, row=8, answer=2, nearest=5)
    (axes,) = picture.axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [*NAMES, "nearest", "test row 8 (versicolor)"]
    sizes = [len(points.get_offsets()) for points in axes.collections]
    assert sum(sizes[:3]) == 120 and sizes[3:] == [5, 1]
    place = numpy.asarray(axes.collections[-1].get_offsets()[0])
    assert place == pytest.approx([4.5, 1.5], abs=1e-5)
    assert "第 8 行" in picture.description and "virginica" in picture.description


def test_accuracies() -> None:
    correct = [29, 29, 30, 26]
    picture = plot_accuracies(correct, 30, (0.833, 0.994))
    (axes,) = picture.axes
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert labels == ["26/30\n86.7%", "29/30\n96.7%", "30/30\n100.0%"]
    assert sum(bar.get_height() for bar in axes.containers[0]) == len(correct)
    assert "4 次划分" in picture.description and "平均 95.0%" in picture.description
    assert len(plot_accuracies([30], 30).axes) == 1


def test_class_maps() -> None:
    images, maps = torch.rand(3, 1, 20, 20), torch.rand(3, 1, 20, 20)
    kinds = {"honest": maps, "blank": torch.zeros_like(maps)}
    picture = plot_class_maps(images, kinds, ["digit 1", "digit 2", "digit 3"])
    assert len(picture.axes) == 9
    assert [axes.get_title() for axes in picture.axes[:3]] == ["digit 1", "digit 2", "digit 3"]
    assert "honest、blank" in picture.description
    assert len(picture.png()) > 1000


WRONG: dict[str, tuple[Callable[[IrisData], object], str]] = {
    "matrix too small": (lambda iris: plot_confusion([[1, 0], [0, 1]], NAMES), "(2, 2)"),
    "matrix is a list": (lambda iris: plot_confusion([1, 2, 3], NAMES), "(3,)"),
    "no such flower": (lambda iris: plot_neighbours(iris, 30, 0), "29"),
    "negative row": (lambda iris: plot_neighbours(iris, -1, 0), "-1"),
    "no runs": (lambda iris: plot_accuracies([], 30), "没有"),
    "a title missing": (
        lambda iris: plot_class_maps(torch.ones(2, 1, 4, 4), {}, ["one"]),
        "titles 有 1 个",
    ),
    "a map missing": (
        lambda iris: plot_class_maps(torch.ones(1, 1, 4, 4), {"a": torch.ones(2, 1)}, ["one"]),
        "a 有 2 个",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_input(what: str, iris: IrisData) -> None:
    make, part = WRONG[what]
    with chinese_error(ValueError, part):
        make(iris)
