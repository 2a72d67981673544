"""The speed ladder: the lesson's training in ever faster ways, down to the machine's limit in C.

Each rung takes turns with the plain loop, and its time is given as a multiple of the plain loop's.
A multiple is a ratio of medians, to two digits: a third one changes from run to run. Set-up is not
in it: the rows are split before, and a run is thousands of epochs long.
Every rung must end a full run of 20,000 epochs at the same loss, or the benchmark fails.
A rung whose tool is missing (a C compiler) is left out, and said to be.
"""

import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy
import torch
from torch.nn import functional

from benchmarks.reporting import Row, command_line, save, show
from day38.chapters.ladder import LEARNING_RATE, RUNGS, plain_loop, start

EPOCHS = 20_000
TOLERANCE = 1e-3  # of the final loss: float32 in another order of summation
Run = Callable[[int], float]


def compiled_steps(steps: int = 20) -> Run:
    """Return hand-written gradients compiled by torch.compile, `steps` epochs a call."""

    def advance(inputs, shares, first, first_bias, second, second_bias):
        for _ in range(steps):
            hidden = torch.relu(inputs @ first.t() + first_bias)
            logits = hidden @ second.t() + second_bias
            by_logits = (logits.softmax(dim=1) - shares) / inputs.shape[0]
            by_hidden = (by_logits @ second) * (hidden > 0)
            second = second - LEARNING_RATE * by_logits.t() @ hidden
            second_bias = second_bias - LEARNING_RATE * by_logits.sum(dim=0)
            first = first - LEARNING_RATE * by_hidden.t() @ inputs
            first_bias = first_bias - LEARNING_RATE * by_hidden.sum(dim=0)
        return logits, first, first_bias, second, second_bias

    compiled = torch.compile(advance)

    @torch.inference_mode()
    def run(epochs: int) -> float:
        model, inputs, targets = start()
        shares = functional.one_hot(targets, 3).float()
        weights = [parameter.clone() for parameter in model.parameters()]
        for _ in range(epochs // steps):
            logits, *weights = compiled(inputs, shares, *weights)
        return float(functional.cross_entropy(logits, targets))

    return run


def compiler() -> str:
    """Return the command of the C compiler."""
    return os.environ.get("CC", "cc")


def in_c(folder: Path) -> Run:
    """Compile limit.c in `folder` and return its training."""
    library, source = folder / "limit.so", Path(__file__).with_name("limit.c")
    options = ["-Ofast", "-march=native", "-shared", "-fPIC", "-lm"]
    subprocess.run([compiler(), str(source), *options, "-o", str(library)], check=True)
    train = ctypes.CDLL(str(library)).train
    train.restype = ctypes.c_float
    pointer = numpy.ctypeslib.ndpointer(numpy.float32, flags="C")
    train.argtypes = [ctypes.c_long, ctypes.c_float, *[pointer] * 7]

    def run(epochs: int) -> float:
        model, inputs, targets = start()
        rows, padded = len(inputs), 128
        columns = numpy.zeros((4, padded), numpy.float32)
        columns[:, :rows] = inputs.numpy().T
        one_hot = numpy.zeros((3, padded), numpy.float32)
        one_hot[targets.numpy(), numpy.arange(rows)] = 1
        weight = numpy.zeros(padded, numpy.float32)
        weight[:rows] = 1 / rows
        weights = [parameter.detach().numpy().copy() for parameter in model.parameters()]
        return train(epochs, LEARNING_RATE, columns, one_hot, weight, *weights)

    return run


def measure(name: str, run: Run, expected: float, repeats: int) -> Row:
    """Return the row of one rung; raise if it ends at another loss than `expected`."""
    loss = run(EPOCHS)
    if abs(loss - expected) > TOLERANCE:
        raise SystemExit(
            f"{name} 最后的损失是 {loss:.5f}，应是 {expected:.5f}：它做的不是同一件事。"
        )
    # Faster rungs run for longer, so that both sides of a pair take about as long.
    started = time.perf_counter()
    run(1_000)
    quick = time.perf_counter() - started
    started = time.perf_counter()
    plain_loop(1_000)
    factor = max(1, round((time.perf_counter() - started) / quick))
    own, plain = [], []
    for _ in range(repeats):
        started = time.perf_counter()
        run(1_000 * factor)
        middle = time.perf_counter()
        plain_loop(1_000)
        own.append((middle - started) / factor)
        plain.append(time.perf_counter() - middle)
    ratio = float(f"{statistics.median(own) / statistics.median(plain):.2g}")
    return {"way": name, "times the plain loop": ratio, "loss": loss}


def main(arguments: list[str] | None = None) -> int:
    """Climb the ladder, print the table, write the figures; return the exit status."""
    options = command_line("速度阶梯：同一个训练的各种写法").parse_args(arguments)
    torch.set_num_threads(1)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        rungs = {name: run for name, run in RUNGS.items() if run is not plain_loop}
        if shutil.which(compiler()) is None:
            print("没有 C 编译器，略去 torch.compile 和 C 这两级。")
        else:
            rungs["by hand, torch.compile"] = compiled_steps()
            rungs["C, one core: the limit"] = in_c(Path(folder))
        expected = plain_loop(EPOCHS)
        rows.append({"way": "plain loop", "times the plain loop": 1.0, "loss": expected})
        for name, run in rungs.items():
            rows.append(measure(name, run, expected, repeats=2 if options.quick else 9))
            print(f"　{name}：{rows[-1]['times the plain loop']}", flush=True)
    show("The same training, as a multiple of the plain loop (one thread)", rows)
    save(options.json, {"epochs": EPOCHS, "rungs": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
