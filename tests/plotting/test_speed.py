"""The pictures of where time goes: what they show and say."""

from day38.plotting import plot_epoch_profile, plot_speed_ladder


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
