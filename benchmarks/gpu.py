"""One training step on one core, all cores and a GPU, over the rows and the width of the network.

    python -m benchmarks.gpu --json day38/measured/gpu.json

It needs a CUDA card and takes about three minutes. On the card a step is timed twice: as PyTorch
starts it, operation by operation, and as a CUDA graph, recorded once and replayed as a whole. Each
time is the median, the smallest and the largest of seven blocks of steps, in milliseconds; the
places take turns, block by block.
"""

import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch.nn import functional

from benchmarks.reporting import Row, command_line, save, show
from day38 import IrisMLP

WIDTHS, ROWS = (10, 100, 1_000, 10_000), (120, 1_200, 12_000, 120_000, 1_200_000)
MOST_CELLS = {"cpu_1": 13_000_000, "cpu_all": 130_000_000, "cuda": 1_300_000_000}  # width × rows
BLOCKS, SECONDS = 7, 0.9  # per time
ALL_CORES = torch.get_num_threads()
Step = Callable[[], object]


def one_step(device: str, width: int, rows: int) -> Step:
    """Return the lesson's step: forward, loss, zero_grad, backward, update."""
    torch.manual_seed(42)
    model = IrisMLP(hidden=width).to(device)
    inputs = torch.rand(rows, 4).to(device)
    targets = torch.randint(0, 3, (rows,)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step() -> None:
        loss = functional.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def as_a_graph(width: int, rows: int) -> Step:
    """Return the same step, recorded: one call starts all its operations."""
    step = one_step("cuda", width, rows)
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(3):  # recording wants everything to be set up already
            step()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()

    def replay(_needed: Step = step) -> None:  # the graph reads the step's tensors: they must live
        graph.replay()

    return replay


def wait(device: str) -> None:
    """Wait until the card has done what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


def places(width: int, rows: int) -> dict[str, tuple[Step, str, int]]:
    """Return where a step of this size is timed: the step, its device, the CPU's threads."""
    found: dict[str, tuple[Step, str, int]] = {}
    if width * rows <= MOST_CELLS["cuda"]:
        found["cuda"] = one_step("cuda", width, rows), "cuda", 1
        found["cuda_graph"] = as_a_graph(width, rows), "cuda", 1
    for name, threads in (("cpu_1", 1), ("cpu_all", ALL_CORES)):
        if width * rows <= MOST_CELLS[name]:
            found[name] = one_step("cpu", width, rows), "cpu", threads
    return found


def seconds(step: Step, device: str, threads: int, count: int) -> float:
    """Return the seconds of one step, over `count` of them; the card is waited for."""
    torch.set_num_threads(threads)
    wait(device)
    started = time.perf_counter()
    for _ in range(count):
        step()
    wait(device)
    return (time.perf_counter() - started) / count


def measure(width: int, rows: int) -> Row:
    """Return the milliseconds of one size in each place: median, minimum, maximum, in turns."""
    where = places(width, rows)
    counts = {}
    for name, place in where.items():
        seconds(*place, count=1)
        counts[name] = max(1, int(SECONDS / BLOCKS / seconds(*place, count=3)))
    times: dict[str, list[float]] = {name: [] for name in where}
    for _ in range(BLOCKS):
        for name, place in where.items():
            times[name].append(1_000 * seconds(*place, count=counts[name]))
    torch.cuda.empty_cache()
    found = {
        name: [round(pick(times[name]), 4) for pick in (statistics.median, min, max)]
        for name in where
    }
    return {"width": width, "rows": rows, **found}


def main(arguments: list[str] | None = None) -> int:
    """Measure all sizes, print the table, write the figures; return the exit status."""
    options = command_line("同样的一步，在一个核、所有的核和 GPU 上").parse_args(arguments)
    if not torch.cuda.is_available():
        print("这台机器上没有 NVIDIA GPU，无法测量；随课程的数据在 day38/measured/gpu.json。")
        return 1
    one_step("cuda", WIDTHS[0], ROWS[0])()  # the first one starts CUDA
    sizes = [(width, rows) for width in WIDTHS for rows in ROWS]
    grid = [measure(*size) for size in (sizes[:2] if options.quick else sizes)]
    grid = [row for row in grid if len(row) > 2]
    medians = [{k: v[0] if isinstance(v, list) else v for k, v in row.items()} for row in grid]
    show("One full-batch step, median milliseconds", medians)
    figures = {
        "gpu": torch.cuda.get_device_name(),
        "threads": ALL_CORES,
        "program": "benchmarks/gpu.py",
        "unit": "ms a step: median, min, max",
        "grid": grid,
    }
    save(options.json, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
