"""The networks of one picture share their scales, and nothing lies on top of another."""

from itertools import pairwise

import numpy
import pytest

from day38 import IrisMLP, TabularData
from day38.plotting import plot_network, plot_networks
from tests.plotting.tables import named


@pytest.mark.parametrize(("columns", "moved"), [(1, (0, -7)), (2, (4.3, 0))])
def test_before_and_after_share_one_scale(
    columns: int, moved: tuple[float, float], trained: IrisMLP, iris: TabularData
) -> None:
    untrained = IrisMLP()
    picture = plot_networks({"before": untrained, "after": trained}, iris, columns)
    before, after = named(picture, "lines")["petal length → h1"]
    ratio = untrained.hidden.weight[0, 2].abs() / trained.hidden.weight[0, 2].abs()
    assert before.get_linewidth() / after.get_linewidth() == pytest.approx(ratio.item(), rel=1e-4)
    first, second = named(picture, "images")["h1"]
    assert first.get_clim() == second.get_clim()
    apart = numpy.subtract(second.get_extent(), first.get_extent())[[0, 2]]
    assert apart == pytest.approx(moved)  # inches to the right and up


@pytest.mark.parametrize("hidden", [1, 2, 7, 32])
def test_any_width_up_to_32_is_drawn_without_overlap(hidden: int, iris: TabularData) -> None:
    images = named(plot_network(IrisMLP(hidden=hidden), iris), "images")
    units = sorted(images[f"h{unit}"][0].get_extent()[2:] for unit in range(1, hidden + 1))
    assert min(top - bottom for bottom, top in units) > 0.35  # inches
    assert all(below < above for (_, below), (above, _) in pairwise(units))
