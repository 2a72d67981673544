"""How much longer `train_ensemble` takes for many models than `train` for one."""

import statistics
import sys
import time

import torch

from benchmarks.reporting import Row, command_line, save, show
from day38 import IrisMLP, load_iris, train, train_ensemble


def main(arguments: list[str] | None = None) -> int:
    """Measure for several numbers of models, print the table, write the figures."""
    options = command_line("一次训练许多模型，要一个模型的几倍时间").parse_args(arguments)
    repeats, epochs = (2, 100) if options.quick else (15, 400)
    torch.set_num_threads(1)
    pair = load_iris().train
    rows: list[Row] = []
    for count in (1, 10, 50, 200):
        models = [IrisMLP() for _ in range(count)]
        ratios = []
        for _ in range(repeats + 1):
            started = time.perf_counter()
            train(IrisMLP(), [pair], epochs=epochs, progress=False)
            middle = time.perf_counter()
            train_ensemble(models, [pair] * count, epochs=epochs, progress=False)
            ratios.append((time.perf_counter() - middle) / (middle - started))
        rows.append({"models": count, "times one model": statistics.median(ratios[1:])})
    show("Time of an ensemble, as a multiple of one model's", rows, rows[0])
    save(options.json, {"epochs": epochs, "ensembles": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
