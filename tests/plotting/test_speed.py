"""The pictures of where time goes: what they show and say."""

from day38.plotting import plot_epoch_profile, plot_speed_ladder, plot_step_times
from tests.plotting.tables import MEASURED


def test_epoch_profile() -> None:
    parts = {"forward": 2e-5, "loss": 1e-5, "backward": 5e-5}
    picture = plot_epoch_profile(parts)
    (axes,) = picture.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(parts)
    assert [round(bar.get_width()) for bar in axes.patches] == [20, 10, 50]
    assert axes.texts[0].get_text() == "20 µs · 25%"
    assert "80 µs" in axes.get_title() and "backward 62%" in picture.description


def test_speed_ladder() -> None:
    times = {"plain loop": 1.0, "slow": 9.04, "fast": 0.002}
    sources = {"slow": "elsewhere", "plain loop": "here", "fast": "elsewhere"}
    picture = plot_speed_ladder(times, sources)
    (axes,) = picture.axes
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["slow", "plain loop", "fast"]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"elsewhere", "here"}
    assert "slow 9 倍、plain loop 1 倍、fast 0.002 倍" in picture.description


def test_step_times() -> None:
    picture = plot_step_times(MEASURED)
    narrow, wide = picture.axes
    assert [axes.get_title() for axes in (narrow, wide)] == ["Width 10", "Width 10,000"]
    labels = ["one core", "16 cores", "H200", "H200, CUDA graph"]
    assert [text.get_text() for text in narrow.get_legend().get_texts()] == labels
    assert narrow.lines[0].get_xydata().tolist()[0] == [120, 0.2014]
    assert "this lesson" in {text.get_text() for text in narrow.texts} and not wide.texts
    for part in ("H200", "torch 2.11", "2026-11-27"):
        assert part in picture.get_suptitle()
    assert "宽 10，一个核：120 行 0.2、" in picture.description
