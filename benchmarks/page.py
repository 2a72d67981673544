"""The lesson's training in JavaScript, as the explorer's page does it, beside the PyTorch loop.

    python -m benchmarks.page --json day38/measured/page.json

It needs Node. The page's own mathematics (`network.js`) does 20,000 full-batch steps, by turns with
the plain loop on one thread; counted is the time of the processor, each the median of the turns.
"""

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

import day38
from benchmarks.reporting import command_line, save, show
from day38 import load_iris
from day38.chapters.ladder import plain_loop

EPOCHS = 20_000
NETWORK = Path(day38.__file__).parent / "explorer" / "network.js"
TRAIN = """
const { rows, kinds, epochs } = JSON.parse(require("fs").readFileSync(0));
const plan = planOf([["linear", 4, 10], ["relu"], ["linear", 10, 3]]);
const numbers = newNumbers(plan, 42), gradient = new Float64Array(plan.count);
const room = makeRoom(plan, kinds.length), inputs = new Float64Array(rows), off = [new Set()];
const begun = process.cpuUsage();
for (let epoch = 0; epoch < epochs; epoch += 1)
  sgdStep(plan, numbers, inputs, kinds, off, room, gradient, 0.01);
const { user, system } = process.cpuUsage(begun);
console.log((user + system) / 1e6);
"""


def in_javascript() -> float:
    """Return the seconds of the whole training in the page's JavaScript."""
    inputs, targets = load_iris().train
    data = {"rows": inputs.flatten().tolist(), "kinds": targets.tolist(), "epochs": EPOCHS}
    command = ["node", "--eval", NETWORK.read_text(encoding="utf-8") + TRAIN]
    return float(subprocess.check_output(command, input=json.dumps(data), text=True))


def main() -> None:
    """Measure, print and write."""
    options = command_line("网页里的 JavaScript 与 PyTorch 的普通循环")
    if shutil.which("node") is None:
        sys.exit("没有找到 node，无法测量；随课程的数据在 day38/measured/page.json。")
    torch.set_num_threads(1)
    plain_loop(100)
    page, loop = [], []
    for _ in range(1 if options.quick else 5):
        page.append(in_javascript())
        started = time.process_time()
        plain_loop(EPOCHS)
        loop.append(time.process_time() - started)
    figures = {"page": statistics.median(page), "plain loop": statistics.median(loop)}
    show("20,000 epochs, seconds", [figures])
    save(options.json, {"epochs": EPOCHS, **figures})


if __name__ == "__main__":
    main()
