"""What `day38.train` costs on top of the loop one would write by hand: time and memory.

On a shared machine the speed changes from second to second. So the two loops take turns within
one run: `train` does 100 epochs up to a record, its hook lets the bare loop do 100, and so on. Each
stretch of `train` (record, bar and history included) is divided by the mean of the bare stretches
before and after it; the median of those ratios is what is reported. What `train` does once, before
its first epoch, is timed apart and added for a run of 20,000 epochs.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.reporting import Row, command_line, save, show
from day38 import IrisMLP, load_iris, train

Batches = Iterable[tuple[Tensor, Tensor]]
EPOCHS = 20_000


def bare_loop(model: nn.Module, batches: Batches) -> Callable[[int], None]:
    """Return the loop written by hand, as a function of the number of epochs."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def run(epochs: int) -> None:
        for _ in range(epochs):
            for inputs, targets in batches:
                outputs = model(inputs)
                loss = functional.cross_entropy(outputs, targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    return run


def paired_ratio(
    build: Callable[[], nn.Module], batches: Batches, stretch: int, stretches: int
) -> float:
    """Return time of `train` divided by time of the bare loop, both `stretch` epochs at a time."""
    bare = bare_loop(build(), batches)
    train_seconds, bare_seconds = [], []
    ended = 0.0

    def take_turns(epoch: int, model: nn.Module, history: object) -> None:
        nonlocal ended
        now = time.perf_counter()
        train_seconds.append(now - ended)
        bare(stretch)
        ended = time.perf_counter()
        bare_seconds.append(ended - now)

    bare(stretch)
    with redirect_stderr(io.StringIO()):
        train(
            build(),
            batches,
            epochs=stretch * stretches,
            record_every=stretch,
            on_record=take_turns,
        )
    return statistics.median(
        2 * train_seconds[number] / (bare_seconds[number - 1] + bare_seconds[number])
        for number in range(1, stretches)
    )


def setup_epochs(build: Callable[[], nn.Module], batches: Batches, repeats: int) -> float:
    """Return what `train` does once (checks, bar, modes, restoring), in epochs of the bare loop."""
    bare = bare_loop(build(), batches)
    bare(50)
    ratios = []
    for _ in range(repeats):
        model = build()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        started = time.perf_counter()
        with redirect_stderr(io.StringIO()):
            train(model, batches, epochs=1, optimizer=optimizer)
        trained = time.perf_counter()
        bare(50)
        ratios.append(50 * (trained - started) / (time.perf_counter() - trained) - 1)
    return statistics.median(ratios)


class OneNumber(nn.Module):
    """A model that costs next to nothing, so that a million epochs take seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.number = nn.Parameter(torch.tensor(1.0))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the number, whatever the inputs."""
        return self.number


class NoStep(torch.optim.SGD):
    """An optimizer that leaves the weights alone."""

    def step(self, closure: None = None) -> None:
        """Do nothing."""


def memory(epochs: int) -> int:
    """Return by how many blocks Python's memory grows from the tenth record to the last."""
    model = OneNumber()
    blocks = []
    with redirect_stderr(io.StringIO()):
        train(
            model,
            [(torch.zeros(1, 1), torch.zeros(1))],
            epochs=epochs,
            optimizer=NoStep(model.parameters(), lr=0.01),
            loss_function=lambda outputs, targets: outputs,
            on_record=lambda *_: blocks.append(sys.getallocatedblocks()),
        )
    return blocks[-1] - blocks[9]


def rows_of_iris(rows: int) -> Batches:
    """Return one batch: the training rows of Iris over and over, `rows` of them."""
    inputs, targets = load_iris().train
    times = -(-rows // len(inputs))
    return [(inputs.repeat(times, 1)[:rows], targets.repeat(times)[:rows])]


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the tables, write the figures; return the exit status."""
    parser = command_line("day38.train 比手写的循环多花多少时间和内存")
    options = parser.parse_args(arguments)
    quick = options.quick
    torch.set_num_threads(1)
    iris = load_iris()
    full = [iris.train]
    loader = DataLoader(TensorDataset(*iris.train), batch_size=32)

    repeats = 1 if quick else 9
    ratios = sorted(paired_ratio(IrisMLP, full, 200, 5 if quick else 50) for _ in range(repeats))
    once = setup_epochs(IrisMLP, full, 3 if quick else 25)
    total = statistics.median(ratios) + once / EPOCHS
    lesson = [
        {
            "epochs": EPOCHS,
            "loop": statistics.median(ratios),
            "lowest": ratios[0],
            "highest": ratios[-1],
            "once, in epochs": once,
            "train / bare": total,
        }
    ]
    show("The lesson's training, bar and history on", lesson, lesson[0])

    sizes = [(10**2, 200), (10**3, 100), (10**4, 20), (10**5, 4), (10**6, 2)]
    cases: list[Row] = []
    for rows, stretch in sizes[: 2 if quick else None]:
        ratio = paired_ratio(IrisMLP, rows_of_iris(rows), stretch, 5 if quick else 25)
        cases.append({"case": f"{rows:,} rows, one batch", "train / bare": ratio})
    for width in [100] if quick else [100, 1000]:
        ratio = paired_ratio(lambda width=width: IrisMLP(4, width, 3), full, 50, 5 if quick else 40)
        cases.append({"case": f"{width:,} hidden units", "train / bare": ratio})
    ratio = paired_ratio(IrisMLP, loader, 20, 5 if quick else 40)
    cases.append({"case": "DataLoader, 4 batches of 32", "train / bare": ratio})
    show("Cost per epoch", cases, cases[0])

    memory(10**3)  # what is imported on first use must not count
    counts = [10**3, 2 * 10**3] if quick else [10**4, 10**5, 10**6]
    memories: list[Row] = [{"epochs": epochs, "blocks more": memory(epochs)} for epochs in counts]
    show("Growth of Python's memory over 90 records", memories, memories[0])
    save(options.json, {"lesson": lesson[0], "per_epoch": cases, "memory": memories})
    return 0


if __name__ == "__main__":
    sys.exit(main())
