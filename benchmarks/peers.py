"""`day38.train` against Lightning, fastai, Keras and skorch, all with their progress bars on.

They need an environment of their own, because fastai asks for torchvision and with it another
torch. In an empty virtual environment, from the repository's folder:

    pip install torch==2.13.0 lightning skorch keras fastcore fastprogress fasttransform \
        fastdownload "plum-dispatch<2.10" pandas pillow pyyaml requests scipy matplotlib
    pip install --no-deps fastai -e .
    python -m benchmarks.peers --json day38/measured/peers.json

Every trainer starts from the same weights and must end at the same loss. What is compared is the
time of an epoch: a long run less a short one, so that nobody's preparation counts. Their
bars are drawn on a real terminal, 80 columns wide, that another process reads (Linux and macOS),
and each takes turns with `train`. Two columns: "as they come", with PyTorch's default number of
threads for them and one thread for `train`, as the lesson sets it; and "all on one thread". Where
the library takes a loader it is tried twice: with the usual ``DataLoader``, which puts the batch
together row by row, and with one that gives the whole batch in one slice, the cheapest there is.

Two more rows are what their documentation shows first: skorch validates after every epoch unless
told not to, and fastai makes its own loaders of a training and a validation set. There `train`
is evaluated too, on the same 30 flowers, but only at its records. A library that is missing is
left out.
"""

import argparse
import contextlib
import copy
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
from day38 import IrisMLP, compare_speed, evaluate, load_iris, train
from day38.chapters.ladder import plain_loop

Trainer = Callable[[nn.Module, Tensor, Tensor, int], None]
Loader = Callable[[Tensor, Tensor], DataLoader]


def usual_loader(inputs: Tensor, targets: Tensor) -> DataLoader:
    """Return the loader of every tutorial: it puts the batch together row by row."""
    return DataLoader(TensorDataset(inputs, targets), batch_size=len(inputs))


def slice_loader(inputs: Tensor, targets: Tensor) -> DataLoader:
    """Return a loader that gives the whole batch in one slice: the cheapest there is."""
    return DataLoader(TensorDataset(inputs, targets), batch_size=None, sampler=[slice(None)])


def with_day38(
    model: nn.Module, inputs: Tensor, targets: Tensor, epochs: int, validate: bool = False
) -> None:
    """Train with this package, on one thread as the lesson does."""
    torch.set_num_threads(1)
    test = [load_iris().test]
    on_record = (lambda epoch, model, history: evaluate(model, test)) if validate else None
    train(model, [(inputs, targets)], epochs=epochs, learning_rate=0.01, on_record=on_record)


def with_lightning(
    model: nn.Module, inputs: Tensor, targets: Tensor, epochs: int, loader: Loader = usual_loader
) -> None:
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

    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    trainer.fit(Module(), loader(inputs, targets))


def with_skorch(
    model: nn.Module, inputs: Tensor, targets: Tensor, epochs: int, validate: bool = False
) -> None:
    """Train with skorch and its default callbacks."""
    from skorch import NeuralNetClassifier
    from skorch.helper import predefined_split

    validation = predefined_split(TensorDataset(*load_iris().test))
    net = NeuralNetClassifier(
        model,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        lr=0.01,
        max_epochs=epochs,
        batch_size=-1,
        train_split=validation if validate else None,
    )
    net.fit(inputs, targets)
    model.load_state_dict(net.module_.state_dict())


def with_keras(model: nn.Module, inputs: Tensor, targets: Tensor, epochs: int) -> None:
    """Train with Keras 3 on PyTorch."""
    import keras

    dense = [keras.layers.Dense(10, activation="relu"), keras.layers.Dense(3)]
    network = keras.Sequential([keras.Input((4,)), *dense])
    for layer, linear in zip(dense, (model.hidden, model.output), strict=True):
        layer.set_weights([linear.weight.detach().numpy().T, linear.bias.detach().numpy()])
    network.compile(
        optimizer=keras.optimizers.SGD(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    network.fit(inputs.numpy(), targets.numpy(), batch_size=len(inputs), epochs=epochs, verbose=1)
    with torch.no_grad():
        for layer, linear in zip(dense, (model.hidden, model.output), strict=True):
            weight, bias = layer.get_weights()
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))


def with_fastai(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    epochs: int,
    loader: Loader | None = usual_loader,
) -> None:
    """Train with fastai and its bar; without a loader, fastai makes its own and validates."""
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    if loader is None:
        datasets = TensorDataset(inputs, targets), TensorDataset(*load_iris().test)
        loaders = DataLoaders.from_dsets(*datasets, bs=len(inputs), num_workers=0)
    else:
        loaders = DataLoaders(loader(inputs, targets), [])
    learner = Learner(
        loaders,
        model,
        loss_func=functional.cross_entropy,
        opt_func=lambda parameters, **_: OptimWrapper(parameters, torch.optim.SGD, lr=0.01),
        lr=0.01,
    )
    learner.fit(epochs)


RUNS = {False: (200, 1_400, 5), True: (50, 150, 1)}  # quick? → short run, long run, repeats
AS_THEY_COME, ON_ONE_THREAD = "as they come", "all on one thread"
DEFAULT_THREADS = torch.get_num_threads()

validating, sliced = partial(with_day38, validate=True), {"loader": slice_loader}
PEERS: dict[str, tuple[str, Trainer, Trainer]] = {  # name in the table → distribution, how, ours
    "Lightning": ("lightning", with_lightning, with_day38),
    "Lightning, slice loader": ("lightning", partial(with_lightning, **sliced), with_day38),
    "skorch": ("skorch", with_skorch, with_day38),
    "skorch, validating": ("skorch", partial(with_skorch, validate=True), validating),
    "Keras": ("keras", with_keras, with_day38),
    "fastai": ("fastai", with_fastai, with_day38),
    "fastai, slice loader": ("fastai", partial(with_fastai, **sliced), with_day38),
    "fastai, its own loaders": ("fastai", partial(with_fastai, loader=None), validating),
}


OURS = "day38.train, times the plain loop"  # brings these figures onto the ladder's base


def train_against_plain_loop(epochs: int = 1_000) -> float:
    """Return how many times as long `train` takes, with its bar, as the ladder's plain loop."""
    inputs, targets = load_iris().train
    torch.set_num_threads(1)
    with terminal():
        ways = {
            "plain loop": lambda: plain_loop(epochs),
            "train": lambda: with_day38(IrisMLP(), inputs, targets, epochs),
        }
        return round(compare_speed(ways, repeats=9)["train"], 2)


@contextlib.contextmanager
def terminal() -> Iterator[None]:
    """Let stdout and stderr be a terminal that nobody sees; `cat` reads what comes there."""
    reading_end, screen_end = os.openpty()
    termios.tcsetwinsize(screen_end, (24, 80))
    reader = subprocess.Popen(["cat"], stdin=reading_end, stdout=DEVNULL, stderr=DEVNULL)
    os.close(reading_end)
    try:
        with (
            open(screen_end, "w", encoding="utf-8", buffering=1) as screen,
            contextlib.redirect_stdout(screen),
            contextlib.redirect_stderr(screen),
        ):
            yield
    finally:
        reader.wait()  # it ends once the screen is closed


def seconds(trainer: Trainer, epochs: int, threads: int) -> tuple[float, float]:
    """Return how long the trainer takes from the same start, and the loss it reaches."""
    inputs, targets = load_iris().train
    torch.set_num_threads(threads)
    torch.manual_seed(42)
    model = copy.deepcopy(IrisMLP())
    with terminal():
        started = time.perf_counter()
        trainer(model, inputs, targets, epochs)
        ended = time.perf_counter()
    model.eval()
    with torch.no_grad():
        loss = functional.cross_entropy(model(inputs), targets).item()
    return ended - started, loss


def compare(name: str, trainer: Trainer, ours: Trainer, options: argparse.Namespace) -> Row:
    """Return the row of one trainer; raise if it ends at another loss than `train`."""
    short, long, repeats = RUNS[options.quick]
    _, expected = seconds(ours, short, DEFAULT_THREADS)
    _, loss = seconds(trainer, short, DEFAULT_THREADS)
    if abs(loss - expected) > 1e-3:
        raise SystemExit(f"{name} 最后的损失是 {loss:.5f}，应是 {expected:.5f}，做的不是同一件事。")

    def long_less_short(trainer: Trainer, threads: int) -> float:
        return seconds(trainer, long, threads)[0] - seconds(trainer, short, threads)[0]

    ratios: dict[str, list[float]] = {AS_THEY_COME: [], ON_ONE_THREAD: []}
    for _ in range(repeats):
        for column, threads in ((AS_THEY_COME, DEFAULT_THREADS), (ON_ONE_THREAD, 1)):
            theirs = long_less_short(trainer, threads)
            ratios[column].append(theirs / long_less_short(ours, threads))
    medians = {column: statistics.median(values) for column, values in ratios.items()}
    return {"trainer": name, **medians, "loss": loss}


def main(arguments: list[str] | None = None) -> int:
    """Compare all that are installed, print the table, write the figures."""
    options = command_line("day38.train 与常用的训练框架比较，进度条都开着").parse_args(arguments)
    warnings.filterwarnings("ignore")
    for name in ("lightning.pytorch", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    rows = []
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # whatever a trainer writes goes with the folder
        try:
            for name, (package, trainer, ours) in PEERS.items():
                if importlib.util.find_spec(package) is None:
                    print(f"没有安装 {package}，略去。")
                    continue
                row = compare(name, trainer, ours, options)
                rows.append({**row, "version": version(package)})
                times, alone = row[AS_THEY_COME], row[ON_ONE_THREAD]
                print(f"{name}：{times:.1f} 倍（都用一个线程时 {alone:.1f}）", flush=True)
        finally:
            os.chdir(here)
    if not rows:
        print("一个可以比较的框架也没有；怎样准备环境，见这个文件开头的说明。")
        return 1
    show("Time of an epoch, as a multiple of day38.train, bars on", rows)
    short, long, _ = RUNS[options.quick]
    save(options.json, {"epochs": long - short, OURS: train_against_plain_loop(), "peers": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
