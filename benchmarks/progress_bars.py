"""What each way of moving a progress bar adds to one step of a loop, in nanoseconds and per epoch.

The loop does nothing else, so that what is measured is the bar. The bar writes into memory; a
terminal or a browser costs more. "of an epoch" divides by the time of one epoch of the lesson.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable

import torch
from tqdm import tqdm

from benchmarks.reporting import Row, command_line, save, show
from day38.ladder import plain_loop

Way = Callable[[int], None]


def nothing(steps: int) -> None:
    """Go through the loop without a bar."""
    for _ in range(steps):
        pass


def iterate(steps: int, **options: float | bool) -> None:
    """Let tqdm go through the loop."""
    for _ in tqdm(range(steps), file=io.StringIO(), **options):
        pass


def update_in_blocks(steps: int, block: int = 200) -> None:
    """Move the bar once every `block` steps."""
    with tqdm(total=steps, file=io.StringIO()) as bar:
        for step in range(1, steps + 1):
            if step % block == 0:
                bar.update(block)


def postfix(steps: int, every: int = 1, refresh: bool = True) -> None:
    """Set the postfix every so many steps."""
    with tqdm(range(steps), file=io.StringIO()) as bar:
        for step in bar:
            if step % every == 0:
                bar.set_postfix(loss=f"{step:.4f}", refresh=refresh)


def postfix_when_drawn(steps: int) -> None:
    """Set the postfix only when the bar has just drawn itself."""
    with tqdm(total=steps, file=io.StringIO()) as bar:
        for step in range(steps):
            if bar.update(1):
                bar.set_postfix(loss=f"{step:.4f}", refresh=False)


WAYS: dict[str, Way] = {
    "tqdm(range(n))": iterate,
    "tqdm, disable=True": lambda steps: iterate(steps, disable=True),
    "tqdm, miniters=1, mininterval=0": lambda steps: iterate(steps, miniters=1, mininterval=0),
    "update(200) every 200 steps": update_in_blocks,
    "set_postfix every step": postfix,
    "set_postfix every step, refresh=False": lambda steps: postfix(steps, refresh=False),
    "set_postfix every 200 steps": lambda steps: postfix(steps, every=200),
    "if update(1): set_postfix": postfix_when_drawn,
}


def seconds(way: Way, steps: int) -> float:
    """Return how long one call takes."""
    started = time.perf_counter()
    way(steps)
    return time.perf_counter() - started


def main(arguments: list[str] | None = None) -> int:
    """Measure all ways in turns, print the table, write the figures."""
    options = command_line("进度条的各种写法，每一步多花多少时间").parse_args(arguments)
    repeats, steps, epochs = (3, 1_000, 200) if options.quick else (15, 5_000, 1_000)
    torch.set_num_threads(1)
    plain_loop(epochs)
    epoch_times, added = [], {name: [] for name in WAYS}
    for _ in range(repeats):
        epoch_times.append(seconds(plain_loop, epochs) / epochs)
        for name, way in WAYS.items():
            empty = seconds(nothing, steps)
            added[name].append((seconds(way, steps) - empty) / steps)
    epoch = statistics.median(epoch_times)
    rows: list[Row] = [
        {
            "way": name,
            "ns a step": round(1e9 * statistics.median(times)),
            "of an epoch": statistics.median(times) / epoch,
        }
        for name, times in added.items()
    ]
    show(f"Added to one step (an epoch takes {1e6 * epoch:.0f} µs here)", rows, rows[0])
    save(options.json, {"epoch_ns": round(1e9 * epoch), "ways": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
