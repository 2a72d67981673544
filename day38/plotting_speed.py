"""Pictures of where time goes.

Taught in notebook 2, sections "时间花在哪里" and "速度阶梯".
"""

from __future__ import annotations

from collections.abc import Mapping

from day38.plotting import BLUE, GREY, ORANGE, Picture


def plot_epoch_profile(seconds: Mapping[str, float]) -> Picture:
    """Draw how long each part of one epoch takes, in the order in which they happen.

    Parameters
    ----------
    seconds : mapping of str to float
        Time of each part.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no part, or a time is not positive.
    """
    check_times("seconds", seconds)
    total = sum(seconds.values())
    shares = "、".join(f"{name} {value / total:.0%}" for name, value in seconds.items())
    largest = max(seconds, key=seconds.__getitem__)
    picture = Picture(
        7, 0.6 + 0.42 * len(seconds), f"一轮训练里各部分的时间，横条越长越久：{shares}。"
    )
    axes = picture.subplots()
    for place, (name, value) in enumerate(seconds.items()):
        axes.barh(place, value * 1e6, color=ORANGE if name == largest else BLUE, height=0.7)
        axes.annotate(
            f" {value * 1e6:.0f} µs · {value / total:.0%}", (value * 1e6, place), va="center"
        )
    axes.set_yticks(range(len(seconds)), list(seconds))
    axes.invert_yaxis()
    axes.set(xlabel="Time (µs)", title=f"Where one epoch of {total * 1e6:.0f} µs goes")
    axes.set_xlim(right=1.25e6 * seconds[largest])
    axes.spines[["top", "right"]].set_visible(False)
    return picture


def plot_speed_ladder(times: Mapping[str, float], measured: Mapping[str, str]) -> Picture:
    """Draw how long ways to do one thing take, slowest first, on a logarithmic axis.

    Parameters
    ----------
    times : mapping of str to float
        Time of each way, as a multiple of the plain loop, which is 1.
    measured : mapping of str to str
        Where the time of a way comes from; ways with one colour come from one place.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no way, a time is not positive, or a way has no source or the third one.
    """
    check_times("times", times)
    sources = list(dict.fromkeys(measured.get(name, "") for name in times))
    if "" in sources or len(sources) > 2:
        raise ValueError(
            f"每种写法都要说明数据来自哪里，最多两处；收到的是 {sources}。请补全 measured。"
        )
    ordered = sorted(times, key=times.__getitem__, reverse=True)
    lines = "、".join(f"{name} {times[name]:.3g} 倍" for name in ordered)
    picture = Picture(
        7.5,
        1.2 + 0.32 * len(times),
        f"速度阶梯（对数轴），时间是裸循环的几倍，从慢到快：{lines}。",
    )
    axes = picture.subplots()
    for source, colour in zip(sources, (BLUE, ORANGE), strict=False):
        places = [place for place, name in enumerate(ordered) if measured[name] == source]
        values = [times[ordered[place]] for place in places]
        axes.plot(values, places, "o", color=colour, label=source, ms=8)
        for place, value in zip(places, values, strict=True):
            axes.hlines(place, min(value, 1), max(value, 1), color=colour, lw=2, alpha=0.4)
            axes.annotate(
                f"{value:.3g}×",
                (value, place),
                (8 if value >= 1 else -8, 0),
                textcoords="offset points",
                va="center",
                ha="left" if value >= 1 else "right",
            )
    axes.axvline(1, color=GREY, lw=1)
    axes.set_xscale("log")
    axes.margins(x=0.22)
    axes.set_yticks(range(len(ordered)), ordered)
    axes.invert_yaxis()
    axes.set(xlabel="Time, relative to the plain loop", title="The same training, slow to fast")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return picture


def check_times(name: str, times: Mapping[str, float]) -> None:
    """Raise a `ValueError` unless `times` holds at least one time and only positive ones."""
    if not times or not all(value > 0 for value in times.values()):
        raise ValueError(f"{name} 应是“名字 → 大于 0 的时间”，收到的是 {dict(times)}。请先计时。")
