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

import numpy
import torch
from torch.nn import functional

from benchmarks.reporting import Row, command_line, save, show
from day38 import IrisMLP

WIDTHS, ROWS = (10, 100, 1_000, 10_000), (120, 1_200, 12_000, 120_000, 1_200_000)
ALL_CORES = torch.get_num_threads()
MOST_CELLS = 1_300_000_000  # width × rows; on the CPU, whose threads stand beside it, fewer
CPU = {"cpu_1": (1, 13_000_000), "cpu_all": (ALL_CORES, 130_000_000)}
BLOCKS, MILLISECONDS = 7, 900  # per time
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


def milliseconds(step: Step, threads: int, count: int) -> float:
    """Return the time of one step, over `count` of them; the card is waited for."""
    torch.set_num_threads(threads)
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(count):
        step()
    torch.cuda.synchronize()
    return 1_000 * (time.perf_counter() - started) / count


def measure(width: int, rows: int) -> Row:
    """Return the milliseconds of one size in each place: median, minimum, maximum, in turns."""
    where = {"cuda": (one_step("cuda", width, rows), 1), "cuda_graph": (as_a_graph(width, rows), 1)}
    for name, (threads, most_cells) in CPU.items():
        if width * rows <= most_cells:
            where[name] = one_step("cpu", width, rows), threads
    counts = {}
    for name, place in where.items():
        milliseconds(*place, count=1)
        counts[name] = max(1, int(MILLISECONDS / BLOCKS / milliseconds(*place, count=3)))
    blocks = [
        {name: milliseconds(*place, counts[name]) for name, place in where.items()}
        for _ in range(BLOCKS)
    ]
    torch.cuda.empty_cache()
    found: Row = {"width": width, "rows": rows}
    for name in where:
        times = [block[name] for block in blocks]
        found[name] = [round(pick(times), 4) for pick in (statistics.median, min, max)]
    return found


def main() -> None:
    """Measure all sizes, print the table, write the figures."""
    options = command_line("同样的一步，在一个核、所有的核和 GPU 上")
    if not torch.cuda.is_available():
        sys.exit("这台机器上没有 NVIDIA GPU，无法测量；随课程的数据在 day38/measured/gpu.json。")
    one_step("cuda", WIDTHS[0], ROWS[0])()  # the first one starts CUDA
    sizes = [(width, rows) for width in WIDTHS for rows in ROWS if width * rows <= MOST_CELLS]
    grid = [measure(*size) for size in (sizes[:2] if options.quick else sizes)]
    # Of three numbers the median comes first.
    medians = [{name: numpy.ravel(found)[0] for name, found in row.items()} for row in grid]
    show("One full-batch step, median milliseconds", medians)
    figures = {
        "gpu": torch.cuda.get_device_name(),
        "threads": ALL_CORES,
        "program": "benchmarks/gpu.py",
        "unit": "ms a step: median, min, max",
        "grid": grid,
    }
    save(options.json, figures)


if __name__ == "__main__":
    main()
