"""Tables and networks that the tests of pictures share."""

import json
from functools import cache
from itertools import chain, pairwise
from pathlib import Path

import numpy
import pandas
import torch
from matplotlib.text import Text
from sklearn import datasets
from torch import nn

import day38
from day38 import TabularData, load_iris, split_table
from day38.plotting import plot_decision_regions, plot_weight_heatmaps
from day38.plotting.picture import Picture

MEASURED = json.loads((Path(day38.__file__).parent / "measured" / "gpu.json").read_text("utf-8"))
CHINESE = ["糖分（克/升）", "酸度", "酒精度（%）", "色泽", "年份", "价格 ($)", "总酸"]


@cache
def table(name: str) -> TabularData:
    if name == "iris":
        return load_iris()
    if name in ("wine", "breast_cancer", "digits"):
        known = getattr(datasets, f"load_{name}")(as_frame=True)
        return split_table(known.data, known.target, title=name)
    numbers = numpy.random.default_rng(0).normal(size=(200, 7)) * [1, 1e6, 1e-4, 1, 1, 1, 1]
    kinds = numpy.arange(200) % 5
    if name == "Chinese":
        frame = pandas.DataFrame(numbers, columns=CHINESE)
        return split_table(frame, [f"{kind + 1}级" for kind in kinds], title=name, axes=(0, 1))
    numbers[:, 2] = numbers[:, 2] > 1e-4  # mostly 0, so its median is
    columns = numbers[:, :1] if name == "one column" else numbers[:, :4]
    return split_table(columns, kinds > 2, title=name, axes=(0, 1) if name == "negative" else None)


def network(*sizes: int, act: type = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    pairs = [(nn.Linear(*pair), act()) for pair in pairwise(sizes)]
    return nn.Sequential(*chain(*pairs))[:-1]


def plot_heatmap(model: nn.Module, data: TabularData, title: str = "one") -> Picture:
    return plot_weight_heatmaps({title: model}, data)


def plot_regions(model: nn.Module, data: TabularData, title: str = "one") -> Picture:
    return plot_decision_regions({title: model}, data)


def texts(picture: Picture) -> str:
    return "\n".join(text.get_text() for text in picture.findobj(Text))


def named(picture: Picture, artists: str) -> dict[str, list]:
    """Return what is drawn, under its name such as ``h3`` or ``h3 → setosa``."""
    found: dict[str, list] = {}
    for artist in getattr(picture.axes[0], artists):
        found.setdefault(artist.get_gid(), []).append(artist)
    return found
