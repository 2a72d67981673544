"""What it takes to draw the network: `python -m benchmarks.pictures`.

A redraw is all that the notebook's slider waits for: the picture and its PNG. The other pictures
and widths are drawn in turns with it, so that the ratios hold on a busy machine too. Processor time
is what the drawing itself needs; the time on the clock is what one waits.
"""

import statistics
import sys
import time
from collections.abc import Callable

from benchmarks.reporting import Row, command_line, save, show
from day38 import IrisMLP, load_iris, plot_decision_regions, plot_network, plot_networks
from day38.plotting import Picture


def main() -> int:
    """Draw, measure, print; return the exit status."""
    options = command_line("画网络图要多久").parse_args()
    iris = load_iris()
    model = IrisMLP()
    four = {f"model {number}": model for number in range(4)}
    draws: dict[str, Callable[[], Picture]] = {
        "10 units": lambda: plot_network(model, iris),
        "1 unit": lambda: plot_network(one, iris),
        "32 units": lambda: plot_network(wide, iris),
        "four networks of 10": lambda: plot_networks(four, iris),
        "regions of four": lambda: plot_decision_regions(four, iris),
    }
    one, wide = IrisMLP(hidden=1), IrisMLP(hidden=32)
    waited: dict[str, list[float]] = {name: [] for name in draws}
    worked: dict[str, list[float]] = {name: [] for name in draws}
    for turn in range(3 if options.quick else 16):
        for name, draw in draws.items():
            clock, processor = time.perf_counter(), time.process_time()
            draw().png()
            if turn:  # the first fills caches
                waited[name].append(time.perf_counter() - clock)
                worked[name].append(time.process_time() - processor)
    rows: list[Row] = [
        {
            "picture": name,
            "seconds": statistics.median(waited[name]),
            "fastest": min(waited[name]),
            "processor": statistics.median(worked[name]),
            "ratio": statistics.median(worked[name]) / statistics.median(worked["10 units"]),
        }
        for name in draws
    ]
    show("Drawing, PNG included", rows, rows[0])
    save(options.json, {"pictures": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
