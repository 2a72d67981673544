"""``python -m day38 train``: the lesson's training on the command line, in one or many processes.

PyTorch is imported only when there is something to train: ``--help`` does not need it.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

    from day38.batches import Batches
    from day38.data import IrisData
    from day38.evaluation import Evaluation
    from day38.training import History

EXAMPLE = "torchrun --nproc-per-node=2 -m day38 train"
LINES = 10  # printed during a training where there is no terminal for a bar


def add_parser(commands: Any) -> None:
    """Add ``train`` to the commands of the command line."""
    parser = commands.add_parser(
        "train",
        help="训练鸢尾花模型，可以存成文件",
        description="训练鸢尾花模型，报告测试准确率；按 Ctrl-C 提前结束，已经学到的不会丢。",
        epilog=f"几个进程一起训练：\n  {EXAMPLE}",
    )
    numbers = [
        ("--epochs", int, 20_000, "训练多少轮"),
        ("--learning-rate", float, 0.01, "学习率"),
        ("--batch-size", int, None, "一个批次多少朵花；不写就是整批训练"),
        ("--hidden", int, 10, "隐藏层的宽度"),
        ("--seed", int, 42, "随机种子"),
    ]
    for name, kind, default, text in numbers:
        shown = text if default is None else f"{text}，默认 {default}"
        parser.add_argument(name, type=kind, default=default, metavar="数", help=shown)
    parser.add_argument("--device", metavar="设备", help="例如 cpu 或 cuda；不写就自动选择")
    parser.add_argument("--output", type=Path, metavar="文件", help="训练完把模型存在这里")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, save and report; return 0, 1 for a problem, 130 after Ctrl-C."""
    from day38.processes import LostProcess, process_group
    from day38.training import pick_device

    try:
        check_output(options.output)
        with process_group(pick_device(options.device)) as device:
            return train_and_report(options, device)
    except (ArithmeticError, LostProcess, OSError, TypeError, ValueError) as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1


def check_output(path: Path | None) -> None:
    """Raise an `OSError` now rather than after the training if `path` cannot be written."""
    if path is None:
        return
    if path.is_dir():
        raise IsADirectoryError(f"{path} 是一个文件夹。请给文件的路径，例如 {path / 'iris.pt'}。")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"没有文件夹 {path.parent}。请先建立它，或者换一个路径。")


def train_and_report(options: argparse.Namespace, device: torch.device) -> int:
    """Do the work of ``train`` in this process; only process 0 speaks and writes."""
    import torch

    from day38.data import load_iris
    from day38.evaluation import evaluate
    from day38.inference import Predictor
    from day38.model import IrisMLP
    from day38.processes import StopTogether, count, rank
    from day38.training import train

    torch.manual_seed(options.seed)
    iris = load_iris().to(device)
    model = IrisMLP(hidden=options.hidden).to(device)
    batches = share_of(iris, options.batch_size, options.seed)
    terminal = sys.stderr.isatty()
    stop = StopTogether(device) if count() > 1 else None

    def on_record(epoch: int, model: nn.Module, history: History) -> None:
        if rank() == 0 and not terminal and len(history.epochs) % (100 // LINES) == 0:
            print(f"第 {epoch:,}/{options.epochs:,} 轮　损失 {history.losses[-1]:.4f}", flush=True)
        if stop is not None:
            stop.check()

    with stop or nullcontext():
        history = train(
            torch.nn.parallel.DistributedDataParallel(model) if stop else model,
            batches,
            epochs=options.epochs,
            learning_rate=options.learning_rate,
            on_record=on_record,
            progress=terminal,
        )
        if rank() == 0:
            print(summary(history, evaluate(model, [iris.test]), count()))
            if options.output is not None:
                notes = {"seed": options.seed, "epochs": sum(history.epochs[-1:])}
                Predictor(model, iris, notes).save(options.output)
                print(f"模型已存为 {options.output}")
    return 130 if history.interrupted else 0


def share_of(iris: IrisData, batch_size: int | None, seed: int) -> Batches:
    """Return this process's share of every batch, in an order that `seed` alone decides.

    All processes together see in each step the rows that one process alone would see.

    Raises
    ------
    ValueError
        If rows or batches cannot be shared out evenly: the mean over the processes would then
        not be the mean over the rows.
    """
    from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

    from day38.checks import whole_number
    from day38.processes import count, rank

    inputs, targets = iris.train
    if batch_size is not None:
        batch_size = whole_number("batch_size", batch_size, minimum=1)
    for name, size in {"训练集": len(inputs), "批次": batch_size or count()}.items():
        if size % count():
            raise ValueError(
                f"{name}的 {size} 个样本不能平分给 {count()} 个进程。请换一个能整除的数。"
            )
    sampler = DistributedSampler(
        TensorDataset(inputs, targets), count(), rank(), shuffle=batch_size is not None, seed=seed
    )
    if batch_size is None:
        rows = list(sampler)
        return [(inputs[rows], targets[rows])]
    loader = DataLoader(sampler.dataset, batch_size // count(), sampler=sampler)
    return NewOrderEachEpoch(loader)


class NewOrderEachEpoch:
    """A `DataLoader` with a `DistributedSampler` that is told when a new epoch begins."""

    def __init__(self, loader: Any) -> None:
        self.loader, self.epoch = loader, 0

    def __iter__(self) -> Any:
        self.loader.sampler.set_epoch(self.epoch)
        self.epoch += 1
        return iter(self.loader)


def summary(history: History, result: Evaluation, processes: int) -> str:
    """Return what a person wants to know after a training, in a few lines."""
    if not history.epochs:
        return "还没有到第一个记录点就停了。"
    low, high = result.interval()
    lines = [
        f"{'提前结束' if history.interrupted else '训练完成'}：{history.epochs[-1]:,} 轮，"
        f"{history.seconds:.1f} 秒，{processes} 个进程",
        f"最后的损失：{history.losses[-1]:.4f}",
        f"测试准确率：{result.accuracy:.2%}（{result.total} 个里对 {result.correct} 个，"
        f"95% 置信区间 {low:.0%} 到 {high:.0%}）",
    ]
    return "\n".join(lines)
