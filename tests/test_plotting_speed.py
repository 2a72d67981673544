"""The pictures of where time goes: what they show and say, and what they refuse."""

import pytest

from day38 import plot_epoch_profile, plot_speed_ladder
from tests.helpers import chinese_error

PARTS = {"forward": 2e-5, "loss": 1e-5, "backward": 5e-5}
TIMES = {"slow": 9.0, "plain loop": 1.0, "fast": 0.002}
SOURCES = {"slow": "elsewhere", "plain loop": "here", "fast": "elsewhere"}


def test_epoch_profile() -> None:
    picture = plot_epoch_profile(PARTS)
    (axes,) = picture.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(PARTS)
    assert [round(bar.get_width()) for bar in axes.patches] == [20, 10, 50]
    assert "80 µs" in axes.get_title()
    assert "backward 62%" in picture.description


def test_speed_ladder() -> None:
    picture = plot_speed_ladder(TIMES, SOURCES)
    (axes,) = picture.axes
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["slow", "plain loop", "fast"]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"elsewhere", "here"}
    assert "slow 9 倍、plain loop 1 倍、fast 0.002 倍" in picture.description


@pytest.mark.parametrize("times", [{}, {"a": 0.0}, {"a": -1.0}, {"a": float("nan")}])
def test_times_that_cannot_be_drawn(times: dict[str, float]) -> None:
    with chinese_error(ValueError, "大于 0"):
        plot_epoch_profile(times)
    with chinese_error(ValueError, "大于 0"):
        plot_speed_ladder(times, {"a": "here"})


@pytest.mark.parametrize("sources", [{}, {"slow": "here"}, dict(zip(TIMES, "abc", strict=True))])
def test_every_time_has_one_of_two_sources(sources: dict[str, str]) -> None:
    with chinese_error(ValueError, "measured"):
        plot_speed_ladder(TIMES, sources)
