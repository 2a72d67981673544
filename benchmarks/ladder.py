"""The speed ladder: the lesson's training in ever faster ways, down to the machine's limit in C.

Each rung takes turns with the plain loop, and its time is given as a multiple of the plain loop's,
to two digits: a third one changes from run to run. Set-up is not in it: the rows are split before,
and a run is thousands of epochs long.
Every rung must end a full run of 20,000 epochs at the same loss, or the benchmark fails.
Rungs whose tool is missing (a C compiler) are left out, and said to be.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy
import torch
from torch.nn import functional

from benchmarks.reporting import command_line, save, show
from day38 import compare_speed
from day38.chapters.ladder import LEARNING_RATE, RUNGS, plain_loop, start

EPOCHS = 20_000
TOLERANCE = 1e-3  # of the final loss: float32 in another order of summation
Run = Callable[[int], float]
COMPILER = os.environ.get("CC", "cc")


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


def in_c(folder: Path) -> Run:
    """Compile limit.c in `folder` and return its training."""
    library, source = folder / "limit.so", Path(__file__).with_name("limit.c")
    options = ["-Ofast", "-march=native", "-shared", "-fPIC", "-lm"]
    subprocess.run([COMPILER, str(source), *options, "-o", str(library)], check=True)
    train = ctypes.CDLL(str(library)).train
    train.restype = ctypes.c_float
    pointer = numpy.ctypeslib.ndpointer(numpy.float32, flags="C")
    train.argtypes = [ctypes.c_long, ctypes.c_float, *[pointer] * 7]

    def run(epochs: int) -> float:
        model, inputs, targets = start()
        rows = len(inputs)
        shares = functional.one_hot(targets, 3).float()
        parts = inputs.t(), shares.t(), torch.full((rows,), 1 / rows)
        padded = [functional.pad(part, (0, 128 - rows)).numpy() for part in parts]
        weights = [parameter.detach().numpy().copy() for parameter in model.parameters()]
        return train(epochs, LEARNING_RATE, *padded, *weights)

    return run


def ratio(run: Run, repeats: int, factor: int = 1) -> float:
    """Return the time of an epoch over the plain loop's; `run` does `factor` times as many."""
    ways = {"plain loop": partial(plain_loop, 1_000), "own": partial(run, 1_000 * factor)}
    return compare_speed(ways, repeats)["own"] / factor


def main() -> None:
    """Climb the ladder, print the table, write the figures."""
    options = command_line("速度阶梯：同一个训练的各种写法")
    torch.set_num_threads(1)
    rungs = dict(RUNGS)
    expected = rungs.pop("plain loop")(EPOCHS)
    rows = [{"way": "plain loop", "times the plain loop": 1.0, "loss": expected}]
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which(COMPILER):
            rungs["by hand, torch.compile"] = compiled_steps()
            rungs["C, one core: the limit"] = in_c(Path(folder))
        else:
            print("没有 C 编译器，略去 torch.compile 和 C 这两级。")
        for name, run in rungs.items():
            loss = run(EPOCHS)
            if abs(loss - expected) > TOLERANCE:
                raise SystemExit(
                    f"{name} 最后的损失是 {loss:.5f}，应是 {expected:.5f}：它做的不是同一件事。"
                )
            # Faster rungs run for longer, so that both sides of a pair take about as long.
            factor = max(1, round(1 / ratio(run, repeats=1)))
            times = float(f"{ratio(run, 2 if options.quick else 9, factor):.2g}")
            rows.append({"way": name, "times the plain loop": times, "loss": loss})
            print(f"　{name}：{times}", flush=True)
    show("The same training, as a multiple of the plain loop (one thread)", rows)
    save(options.json, {"epochs": EPOCHS, "rungs": rows})


if __name__ == "__main__":
    main()
