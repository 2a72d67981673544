"""`day38.train` against Lightning, fastai, Keras and skorch, all with their progress bars on.

They need an environment of their own, because fastai asks for torchvision and with it another
torch. In an empty virtual environment, from the repository's folder:

    pip install torch==2.13.0 lightning skorch keras fastcore fastprogress fasttransform \
        fastdownload "plum-dispatch<2.10" pandas pillow pyyaml requests safetensors scipy matplotlib
    pip install --no-deps fastai -e .
    python -m benchmarks.peers --json day38/measured/peers.json

Every trainer starts from the same weights and must end at the same loss. What is compared is the
time of an epoch: a long run less a short one, so that nobody's preparation counts. The bars are
drawn on a real terminal that another process reads (Linux and macOS), and each trainer takes turns
with `train`: "as they come", with PyTorch's default number of threads for them and one thread for
`train`, as the lesson sets it; and "all on one thread".

Two rows are what their documentation shows first: skorch validates after every epoch, fastai makes
its own loaders of a training and a validation set. There `train` is evaluated too, on the same 30
flowers, but only at its records. A library that is missing is left out.
"""

import contextlib
import importlib.util
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import termios
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from subprocess import DEVNULL

os.environ["KERAS_BACKEND"] = "torch"

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.reporting import Row, command_line, save, show
from day38 import compare_speed, evaluate, load_iris, train
from day38.chapters.ladder import plain_loop, start

IRIS = load_iris()
TRAIN, TEST = TensorDataset(*IRIS.train), TensorDataset(*IRIS.test)
# The loader of every tutorial puts the batch together row by row; a slice is the cheapest there is.
USUAL = DataLoader(TRAIN, batch_size=len(TRAIN))
SLICE = DataLoader(TRAIN, batch_size=None, sampler=[slice(None)])
Trainer = Callable[[nn.Module, int], None]


def with_day38(model: nn.Module, epochs: int, validate: bool = False) -> None:
    """Train with this package, on one thread as the lesson does."""
    torch.set_num_threads(1)
    on_record = (lambda epoch, model, history: evaluate(model, [IRIS.test])) if validate else None
    train(model, [IRIS.train], epochs=epochs, learning_rate=0.01, on_record=on_record)


def with_lightning(model: nn.Module, epochs: int, loader: DataLoader = USUAL) -> None:
    """Train with Lightning, nothing written to disk."""
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
            loss = functional.cross_entropy(self.model(batch[0]), batch[1])
            self.log("loss", loss, prog_bar=True)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.01)

    without = {"logger": False, "enable_checkpointing": False, "enable_model_summary": False}
    trainer = lightning.Trainer(max_epochs=epochs, accelerator="cpu", **without)
    trainer.fit(Module(), loader)


def with_skorch(model: nn.Module, epochs: int, validate: bool = False) -> None:
    """Train with skorch and its default callbacks."""
    from skorch import NeuralNetClassifier
    from skorch.helper import predefined_split

    split = predefined_split(TEST) if validate else None
    net = NeuralNetClassifier(  # by default SGD, with a learning rate of 0.01
        model, criterion=nn.CrossEntropyLoss, max_epochs=epochs, batch_size=-1, train_split=split
    )
    net.fit(*IRIS.train)
    model.load_state_dict(net.module_.state_dict())


def with_keras(model: nn.Module, epochs: int) -> None:
    """Train with Keras 3 on PyTorch."""
    import keras

    dense = [keras.layers.Dense(10, activation="relu"), keras.layers.Dense(3)]
    network = keras.Sequential([keras.Input((4,)), *dense])
    pairs = list(zip(dense, (model.hidden, model.output), strict=True))
    for layer, linear in pairs:
        layer.set_weights([linear.weight.detach().numpy().T, linear.bias.detach().numpy()])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer=keras.optimizers.SGD(0.01), loss=loss)
    inputs, targets = (part.numpy() for part in IRIS.train)
    network.fit(inputs, targets, batch_size=len(inputs), epochs=epochs, verbose=1)
    for layer, linear in pairs:
        weight, bias = layer.get_weights()
        linear.load_state_dict({"weight": torch.tensor(weight.T), "bias": torch.tensor(bias)})


def with_fastai(model: nn.Module, epochs: int, loader: DataLoader | None = USUAL) -> None:
    """Train with fastai and its bar; without a loader, fastai makes its own and validates."""
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    if loader is None:
        loaders = DataLoaders.from_dsets(TRAIN, TEST, bs=len(TRAIN), num_workers=0)
    else:
        loaders = DataLoaders(loader, [])
    optimizer = partial(OptimWrapper, opt=torch.optim.SGD)
    Learner(loaders, model, functional.cross_entropy, optimizer, lr=0.01).fit(epochs)


RUNS = {False: (200, 1_400, 5), True: (50, 150, 1)}  # quick? → short run, long run, repeats
THREADS = {"as they come": torch.get_num_threads(), "all on one thread": 1}  # of each column

validating = partial(with_day38, validate=True)
PEERS: dict[str, tuple[str, Trainer, Trainer]] = {  # name in the table → distribution, how, ours
    "Lightning": ("lightning", with_lightning, with_day38),
    "Lightning, slice loader": ("lightning", partial(with_lightning, loader=SLICE), with_day38),
    "skorch": ("skorch", with_skorch, with_day38),
    "skorch, validating": ("skorch", partial(with_skorch, validate=True), validating),
    "Keras": ("keras", with_keras, with_day38),
    "fastai": ("fastai", with_fastai, with_day38),
    "fastai, slice loader": ("fastai", partial(with_fastai, loader=SLICE), with_day38),
    "fastai, its own loaders": ("fastai", partial(with_fastai, loader=None), validating),
}


@contextlib.contextmanager
def terminal() -> Iterator[None]:
    """Let stdout and stderr be a terminal, 80 columns wide; `cat` reads what comes there."""
    reading_end, screen_end = os.openpty()
    termios.tcsetwinsize(screen_end, (24, 80))
    with (
        subprocess.Popen(["cat"], stdin=reading_end, stdout=DEVNULL, stderr=DEVNULL),
        open(screen_end, "w", encoding="utf-8", buffering=1) as screen,
        contextlib.redirect_stdout(screen),
        contextlib.redirect_stderr(screen),
    ):
        os.close(reading_end)  # so that `cat` ends once the screen is closed
        yield


def seconds(trainer: Trainer, epochs: int, threads: int) -> tuple[float, float]:
    """Return how long the trainer takes from the same start, and the loss it reaches."""
    torch.set_num_threads(threads)
    model, *_ = start()
    with terminal():
        started = time.perf_counter()
        trainer(model, epochs)
        ended = time.perf_counter()
    return ended - started, evaluate(model, [IRIS.train]).loss


def compare(name: str, trainer: Trainer, ours: Trainer, quick: bool) -> Row:
    """Return the row of one trainer; raise if it ends at another loss than `train`."""
    short, long, repeats = RUNS[quick]
    (_, loss), (_, expected) = (
        seconds(one, short, THREADS["as they come"]) for one in (trainer, ours)
    )
    if abs(loss - expected) > 1e-3:
        raise SystemExit(f"{name} 最后的损失是 {loss:.5f}，应是 {expected:.5f}，做的不是同一件事。")

    def long_less_short(trainer: Trainer, threads: int) -> float:
        return seconds(trainer, long, threads)[0] - seconds(trainer, short, threads)[0]

    ratios: dict[str, list[float]] = {column: [] for column in THREADS}
    for _ in range(repeats):
        for column, threads in THREADS.items():
            theirs = long_less_short(trainer, threads)
            ratios[column].append(theirs / long_less_short(ours, threads))
    medians = {column: statistics.median(values) for column, values in ratios.items()}
    return {"trainer": name, **medians, "loss": loss}


def main() -> None:
    """Compare all that are installed, print the table, write the figures."""
    options = command_line("day38.train 与常用的训练框架比较，进度条都开着")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)  # Lightning's notes
    rows = []
    # Whatever a trainer writes goes with the folder.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, (package, trainer, ours) in PEERS.items():
            if importlib.util.find_spec(package) is None:
                print(f"没有安装 {package}，略去。")
                continue
            row = compare(name, trainer, ours, options.quick)
            rows.append({**row, "version": version(package)})
            times, alone = (row[column] for column in THREADS)
            print(f"{name}：{times:.1f} 倍（都用一个线程时 {alone:.1f}）", flush=True)
    if not rows:
        sys.exit("一个可以比较的框架也没有；怎样准备环境，见这个文件开头的说明。")
    show("Time of an epoch, as a multiple of day38.train, bars on", rows)
    # Onto the base of the ladder.
    ways = {"loop": lambda: plain_loop(1_000), "train": lambda: with_day38(start()[0], 1_000)}
    torch.set_num_threads(1)
    with terminal():
        own = round(compare_speed(ways, repeats=9)["train"], 2)
    short, long, _ = RUNS[options.quick]
    figures = {"epochs": long - short, "day38.train, times the plain loop": own, "peers": rows}
    save(options.json, figures)


if __name__ == "__main__":
    main()
