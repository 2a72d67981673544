"""The lesson's training in several processes, each with a share of the flowers.

Start it with PyTorch's own launcher::

    torchrun --local-addr=127.0.0.1 --nproc-per-node=2 -m day38.chapters.distributed --device cpu

On one machine the processes meet at the loopback address: by itself torchrun looks up the machine's
own name, and waits for minutes on laptops whose name no address belongs to.

A chapter to read, not a framework: DistributedDataParallel averages the gradients of all processes
at every backward pass, so that their weights stay equal; DistributedSampler gives each process its
share of the rows; only rank 0 shows a bar, prints, and writes the file.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DistributedSampler, TensorDataset

from day38.data import load_iris
from day38.evaluation import evaluate
from day38.inference import Predictor
from day38.model import IrisMLP
from day38.training import History, pick_device, train

SEED = 42  # of the weights, the same in all processes


class ShareOfRows:
    """This process's share of the rows as one batch, another share each epoch.

    All processes together see in each step the rows that one process alone would see.

    Raises
    ------
    ValueError
        If the rows cannot be shared out evenly: the mean over the processes would then not be the
        mean over the rows.
    """

    def __init__(self, rows: tuple[Tensor, Tensor]) -> None:
        count, processes = len(rows[0]), distributed.get_world_size()
        if count % processes:
            raise ValueError(f"{count} 个样本不能平分给 {processes} 个进程。请换一个进程数。")
        self.rows = TensorDataset(*rows)
        self.sampler: DistributedSampler = DistributedSampler(self.rows)

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        yield self.rows[list(self.sampler)]
        self.sampler.set_epoch(self.sampler.epoch + 1)


def own_device(name: str | None) -> torch.device:
    """Return the device of this process: its own accelerator, or the CPU that all share.

    PyTorch has no collective operations on MPS; there the CPU is used.

    Raises
    ------
    ValueError
        If there are more processes than accelerators.
    """
    device = pick_device(name)
    if device.type in ("cpu", "mps"):
        return torch.device("cpu")
    local_rank, processes = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
    count = torch.accelerator.device_count()
    if processes > count:
        raise ValueError(
            f"要启动 {processes} 个进程，这台机器只有 {count} 个 "
            f"{device.type} 设备。请写 --nproc-per-node={count}，或者加上 --device cpu。"
        )
    torch.accelerator.set_device_index(local_rank)
    return torch.device(device.type, local_rank)


def work(options: argparse.Namespace, device: torch.device) -> int:
    """Train in this process; return its exit status.

    Ctrl-C reaches each process at another moment, and one that left at once would break the step
    that the others wait for. So it is only noted, and all stop together at the next record.
    """
    first, asked, stopped = distributed.get_rank() == 0, [], False
    torch.manual_seed(SEED)
    iris = load_iris().to(device)
    model = IrisMLP().to(device)
    signal.signal(signal.SIGINT, lambda *_: asked.append(True))

    def on_record(epoch: int, _: nn.Module, history: History) -> bool:
        nonlocal stopped
        told = torch.tensor([history.losses[-1], float(len(asked))], device=device)
        distributed.all_reduce(told)
        history.losses[-1] = float(told[0]) / distributed.get_world_size()
        if first and options.output:
            Predictor(model, iris, {"seed": SEED, "epochs": epoch}).save(options.output)
        stopped = bool(told[1])
        return stopped

    history = train(
        DistributedDataParallel(model),
        ShareOfRows(iris.train),
        epochs=options.epochs,
        on_record=on_record,
        progress=first,
    )
    if first:
        result = evaluate(model, [iris.test])
        print(
            f"{'已中断' if stopped else '训练完成'}：{history.epochs[-1]:,} 轮，"
            f"{history.seconds:.1f} 秒，{distributed.get_world_size()} 个进程，"
            f"损失 {history.losses[-1]:.4f}，测试集 {result.correct}/{result.total}"
        )
        if options.output:
            print(f"{options.output} 里是第 {history.epochs[-1]:,} 轮的模型", flush=True)
    return 130 if stopped else 0


def _check(options: argparse.Namespace) -> None:
    """Refuse before the training what would fail after it."""
    if options.epochs < 1:
        raise ValueError(f"--epochs 收到 {options.epochs}，应是 1 或更大的整数。")
    folder = options.output.resolve().parent if options.output else Path()
    if not os.access(folder, os.W_OK) or (options.output and options.output.is_dir()):
        raise ValueError(f"--output {options.output} 写不了。请换一个能写的文件夹里的文件名。")


def main() -> int:
    """Join the processes that ``torchrun`` started, train, and leave together."""
    parser = argparse.ArgumentParser(description=__doc__, prog="day38.chapters.distributed")
    parser.add_argument("--epochs", type=int, default=20_000)
    parser.add_argument("--device", help="cpu, cuda, …; default: the accelerator, if there is one")
    parser.add_argument("--output", type=Path, help="model file, written again at every record")
    options = parser.parse_args()
    if "LOCAL_RANK" not in os.environ:
        command = "torchrun --local-addr=127.0.0.1 --nproc-per-node=2 -m day38.chapters.distributed"
        print(f"请用 torchrun 启动：{command}", file=sys.stderr)
        return 2
    try:
        _check(options)
        device = own_device(options.device)
        distributed.init_process_group(distributed.get_default_backend_for_device(device))
        status = work(options, device)
    except ValueError as error:  # the same for all of them
        if os.environ["LOCAL_RANK"] == "0":
            print(f"出错了：{error}", file=sys.stderr)
        return 1
    if status == 0:
        distributed.barrier()  # one that still reads would take a closed connection for a lost one
    distributed.destroy_process_group()
    return status


if __name__ == "__main__":
    sys.exit(main())
