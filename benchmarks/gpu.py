"""On a GPU: the plain loop, `.item()` at every step, and the whole step as one CUDA graph.

All three must end at the same loss. The graph is captured as PyTorch's CUDA notes describe:
static inputs, a few steps on a side stream to warm up, weights put back in place, then capture.
Without a GPU the script says so and ends with 0: there is nothing to measure.
"""

import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch.nn import functional

from benchmarks.reporting import Row, command_line, save, show
from day38 import IrisMLP, load_iris

EPOCHS = 20_000
TOLERANCE = 1e-3  # of the final loss


def start() -> tuple[IrisMLP, torch.optim.Optimizer, torch.Tensor, torch.Tensor]:
    """Return the same untrained model, its optimizer and the training rows, on the GPU."""
    torch.manual_seed(42)
    model = IrisMLP().to("cuda")
    return model, torch.optim.SGD(model.parameters(), lr=0.01), *load_iris().to("cuda").train


def plain(epochs: int, item: bool = False) -> float:
    """Train with the lesson's loop; with `item`, wait for the GPU at every step."""
    model, optimizer, inputs, targets = start()
    for _ in range(epochs):
        loss = functional.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if item:
            loss.item()
    return loss.item()


def captured(epochs: int) -> float:
    """Train by replaying one recorded step."""
    model, optimizer, inputs, targets = start()
    initial = [parameter.detach().clone() for parameter in model.parameters()]

    def step() -> torch.Tensor:
        loss = functional.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            optimizer.zero_grad(set_to_none=True)
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    optimizer.zero_grad(set_to_none=True)  # captured without gradients, replays overwrite them
    with torch.cuda.graph(graph):
        loss = step()
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), initial, strict=True):
            parameter.copy_(value)
    for _ in range(epochs):
        graph.replay()
    return loss.item()


def main(arguments: list[str] | None = None) -> int:
    """Measure where there is a GPU, print the table, write the figures."""
    options = command_line("GPU 上：裸循环、每步 .item()、CUDA graph").parse_args(arguments)
    if not torch.cuda.is_available():
        print("这台机器上没有 PyTorch 能用的 NVIDIA GPU，没有什么可以量的。")
        return 0
    epochs, repeats = (500, 1) if options.quick else (EPOCHS, 5)
    ways: dict[str, Callable[[int], float]] = {
        "plain loop": plain,
        ".item() at every step": lambda epochs: plain(epochs, item=True),
        "CUDA graph": captured,
    }
    expected = plain(epochs)
    losses = {name: way(epochs) for name, way in ways.items()}
    for name, loss in losses.items():
        if abs(loss - expected) > TOLERANCE:
            raise SystemExit(f"{name} 最后的损失是 {loss:.5f}，应是 {expected:.5f}。")
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            torch.cuda.synchronize()
            started = time.perf_counter()
            way(epochs)
            torch.cuda.synchronize()
            times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in times.items()}
    rows: list[Row] = [
        {
            "way": name,
            "seconds": median,
            "times the plain loop": median / medians["plain loop"],
            "loss": losses[name],
        }
        for name, median in medians.items()
    ]
    gpu = torch.cuda.get_device_name()
    show(f"{epochs:,} epochs on {gpu}", rows, rows[0])
    save(options.json, {"gpu": gpu, "epochs": epochs, "ways": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
