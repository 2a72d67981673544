"""Pictures of where time goes."""

from collections.abc import Mapping
from typing import Any

from day38.plotting.names import two_digits
from day38.plotting.picture import BLUE, DARK, GREY, ORANGE, Picture

# How the step times of each place are drawn: what has one colour belongs together.
PLACES = {
    "cpu_1": ("one core", "一个核", BLUE, "o-"),
    "cpu_all": ("{threads} cores", "{threads} 个核", BLUE, "s--"),
    "cuda": ("{card}", "{card}", ORANGE, "o-"),
    "cuda_graph": ("{card}, CUDA graph", "{card} 用 CUDA graph", ORANGE, "s--"),
}
WIDTHS = (10, 10_000)  # of the measured ones
LESSON_ROWS = 120  # with the first of these widths


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

    `times` are multiples of that of the plain loop; `measured` says where each comes from, one of
    two places, which have a colour each.
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


def plot_step_times(measured: Mapping[str, Any]) -> Picture:
    """Draw how long one training step takes over the number of rows, a panel for each width.

    `measured` is what `benchmarks.gpu` writes, such as ``day38/measured/gpu.json``.
    """
    machine, card = measured["machine"], measured["gpu"].split()[1]
    names = {"card": card, "threads": measured["threads"]}
    picture = Picture(8.4, 4.4)
    panels = picture.subplots(1, len(WIDTHS), sharex=True, sharey=True)
    told = []
    for axes, width in zip(panels, WIDTHS, strict=True):
        grid = {row["rows"]: row for row in measured["grid"] if row["width"] == width}
        axes.set(xscale="log", yscale="log", xlabel="Rows in a step", title=f"Width {width:,}")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.2)
        for place, (english, chinese, color, style) in PLACES.items():
            rows = [count for count, row in grid.items() if place in row]
            middle, low, high = zip(*(grid[count][place] for count in rows), strict=True)
            axes.plot(rows, middle, style, color=color, label=english.format(**names), ms=5)
            axes.fill_between(rows, low, high, color=color, alpha=0.15, lw=0)
            steps = [f"{n:,} 行 {two_digits(t)}" for n, t in zip(rows, middle, strict=True)]
            told.append(f"宽 {width:,}，{chinese.format(**names)}：{'、'.join(steps)}")
        if width == WIDTHS[0]:
            lesson = LESSON_ROWS, grid[LESSON_ROWS]["cpu_1"][0]
            axes.plot(*lesson, "o", ms=13, mfc="none", mec=DARK)
            axes.annotate("this lesson", lesson, (9, -4), textcoords="offset points", va="top")
    every = sorted({row["rows"] for row in measured["grid"]})
    panels[0].set_xticks(every, [f"{rows:,}" for rows in every])
    panels[0].xaxis.minorticks_off()
    panels[0].yaxis.set_major_formatter("{x:g}")
    panels[0].set_ylabel("Milliseconds a step")
    panels[0].legend(frameon=False, loc="upper left")
    source = f"{measured['gpu']} · torch {machine['torch']} · measured {machine['date']}"
    picture.suptitle(source, color=GREY, size=9)
    where = f"{card}，{machine['date']} 量得"
    picture.description = f"一步训练用多少毫秒（两轴都是对数），{where}。{'；'.join(told)}。"
    return picture
