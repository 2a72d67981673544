"""Decision regions are the model's own answers, in the colours of the classes."""

import numpy
import torch
from matplotlib.colors import to_rgb
from torch import nn

from day38 import IrisMLP, TabularData
from day38.plotting import plot_decision_regions
from day38.plotting.picture import CLASS_COLORS, tint
from day38.plotting.plane import plane_of


def test_regions_are_what_the_model_answers_in_the_colours_of_the_classes(
    trained: IrisMLP, iris: TabularData
) -> None:
    picture = plot_decision_regions({"trained": trained}, iris)
    image, dots = picture.axes[0].images[0], picture.axes[0].collections[-3:]
    with torch.no_grad():
        answers = trained(plane_of(iris).inputs).argmax(dim=1)
        wrong = (trained(iris.train[0]).argmax(dim=1) != iris.train[1]).sum()
    assert (image.get_array().ravel() == answers.numpy()).mean() > 0.999
    assert f"训练集 120 个样本里，trained 判错 {wrong} 个" in picture.description
    assert sum(len(item.get_offsets()) for item in dots) == 120
    for index, color in enumerate(CLASS_COLORS[:3]):
        assert numpy.allclose(image.to_rgba(numpy.full((1, 1), index))[0, 0, :3], tint(color, 0.45))
        assert numpy.allclose(dots[index].get_facecolor()[0, :3], to_rgb(color))


def test_any_classifiers_are_drawn_one_a_panel_and_left_alone(iris: TabularData) -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)).double()
    titles = ["one", "two", "three"]
    picture = plot_decision_regions(dict.fromkeys(titles, model), iris, columns=2)
    assert [axes.get_title() for axes in picture.axes] == titles
    assert model.training and model[1].num_batches_tracked == 0
