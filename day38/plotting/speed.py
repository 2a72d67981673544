"""Pictures of where time goes."""

from __future__ import annotations

from collections.abc import Mapping

from day38.plotting.names import two_digits
from day38.plotting.picture import BLUE, GREY, ORANGE, Picture


def plot_epoch_profile(seconds: Mapping[str, float]) -> Picture:
    """Draw how long each part of one epoch takes, in the order in which they happen."""
    total, largest = sum(seconds.values()), max(seconds.values())
    shares = "、".join(f"{name} {value / total:.0%}" for name, value in seconds.items())
    text = f"一轮训练里各部分的时间，横条越长越久：{shares}。"
    picture = Picture(7, 0.7 + 0.42 * len(seconds), text)
    title = f"Where one epoch of {total * 1e6:.0f} µs goes"
    axes = picture.chart(xlabel="Time (µs)", title=title)
    for name, value in seconds.items():
        color = ORANGE if value == largest else BLUE
        bar = axes.barh(name, 1e6 * value, color=color, height=0.7)
        axes.bar_label(bar, [f"{1e6 * value:.0f} µs · {value / total:.0%}"], padding=4)
    axes.invert_yaxis()
    axes.set_xlim(right=1.25e6 * largest)
    return picture


def plot_speed_ladder(times: Mapping[str, float], measured: Mapping[str, str]) -> Picture:
    """Draw how long ways to do one thing take, slowest first, on a logarithmic axis.

    Parameters
    ----------
    times : mapping of str to float
        Time of each way, as a multiple of the plain loop, which is 1.
    measured : mapping of str to str
        Where the time of each way comes from, one of two places; each has a colour.
    """
    ordered = sorted(times, key=times.__getitem__, reverse=True)
    sources = list(dict.fromkeys(measured[name] for name in times))
    colors = dict(zip(sources, (BLUE, ORANGE), strict=False))
    lines = "、".join(f"{name} {two_digits(times[name])} 倍" for name in ordered)
    text = f"速度阶梯（对数轴），时间是普通循环的几倍，从慢到快：{lines}。"
    picture = Picture(7.5, 1.2 + 0.34 * len(times), text)
    title = "The same training, slow to fast"
    axes = picture.chart(xlabel="Time, relative to the plain loop", title=title, xscale="log")
    for place, name in enumerate(ordered):
        value, color = times[name], colors[measured[name]]
        axes.hlines(place, min(value, 1), max(value, 1), color=color, lw=2, alpha=0.4)
        axes.plot(value, place, "o", color=color, ms=8)
        away, side = (8, "left") if value >= 1 else (-8, "right")
        look = {"textcoords": "offset points", "va": "center", "ha": side}
        axes.annotate(f"{two_digits(value)}×", (value, place), (away, 0), **look)
    for source, color in colors.items():
        axes.plot([], [], "o", color=color, label=source)
    axes.axvline(1, color=GREY, lw=1)
    axes.margins(x=0.22)
    axes.set_yticks(range(len(ordered)), ordered)
    axes.invert_yaxis()
    axes.legend(frameon=False, loc="upper left")
    return picture
