"""Maps run over the two features of the table, as they were measured."""

import numpy

from day38 import split_table
from day38.plotting import plot_network
from day38.plotting.plane import SIDE, plane_of
from tests.plotting.tables import network, table, texts


def test_the_plane_runs_over_the_axes_and_holds_the_rest_at_its_median() -> None:
    data = table("negative")
    plane, rows = plane_of(data), data.scaling.measured(data.train[0].numpy())
    points = data.scaling.measured(plane.inputs.numpy())
    lines = (points[:SIDE], plane.extent[:2]), (points[::SIDE], plane.extent[2:])
    for column, (line, ends) in enumerate(lines):
        assert numpy.allclose(line[:, column], numpy.linspace(*ends, SIDE), rtol=1e-4)
        assert ends[0] < rows[:, column].min() < 0 < rows[:, column].max() < ends[1]
        assert numpy.allclose(line[:, 2:], numpy.median(rows, axis=0)[2:], atol=1e-5)
    drawn = texts(plot_network(network(4, 2), data))
    assert plane.held[2] == "0.00" and "x3\nheld at 0.00" in drawn


def test_a_column_that_is_always_the_same_has_room_around_it() -> None:
    for constant in (0, 1e-5, 1_000, 1e16):
        data = split_table([[row, constant] for row in range(20)], [0, 1] * 10, axes=(0, 1))
        _, _, low, high = plane_of(data).extent
        assert low < constant < high
