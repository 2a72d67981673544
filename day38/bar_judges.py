"""What is wrong with a student's progress bar: the judges of notebook 2's exercises.

Each is given the student's function, calls it with a counting stand-in for ``tqdm``, and returns
None if all is well, else what to tell the student.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from day38.answers import SEQUENCE, Wrong, call, describe, explain_error, kind_of, same
from day38.counting_bar import CountingBar, counting_bar

NUMBERS, EVERY = 1_000, 100  # of `judge_sum`
BATCHES, REPORT_EVERY = 25, 10  # of `judge_loader`


def _the_bar(tqdm: type[CountingBar]) -> CountingBar:
    """Return the one bar that a function made."""
    if not tqdm.made:
        raise Wrong("没有看到进度条。请用函数参数里的 tqdm 来建，不要另外 import。")
    if len(tqdm.made) > 1:
        raise Wrong(f"建了 {len(tqdm.made)} 根进度条，只要一根。把 tqdm(…) 放到循环外面。")
    return tqdm.made[0]


def judge_files(function: Callable) -> str | None:
    """Judge `read_files` of notebook 2."""
    for number, sizes in enumerate(([300, 1_200, 4_500], [20, 20], [7])):
        tqdm = counting_bar()
        call(function, list(sizes), tqdm)
        bar, whole = _the_bar(tqdm), sum(sizes)
        problem = _files_problem(bar, sizes, whole)
        if problem:
            return f"换一组文件 {sizes} 就不对了。{problem}" if number else problem
    return None


def _files_problem(bar: CountingBar, sizes: list[int], whole: int) -> str | None:
    reached = f"进度条停在 {bar.n}/{bar.total}。"
    if bar.updates == list(accumulate(sizes)) != sizes:
        return f"{reached}update(n) 要的是“又做完了多少”，你给的是“一共做完了多少”，越加越多。"
    if bar.total is None:
        return "进度条不知道总数，画不出百分比。建的时候要给 total。"
    if bar.total == bar.n == len(sizes) != whole:
        return "不跳了，可数的是文件的个数：读完小文件就走了一大截。题目要按 KB 数。"
    if bar.total == len(sizes) != whole:
        return f"{reached}总数是文件的个数，推进的却是 KB：两边的单位要一致。"
    if bar.updates == [1] * len(sizes) != sizes:
        return f"{reached}每读完一个文件只推进了 1；一个文件有多少 KB，就该推进多少。"
    if not bar.total == bar.n == whole:
        return f"{reached}读完时两个数应相等，都是全部文件的 KB 数。"
    return None if bar.closed else "总数对了，可最后没有关闭进度条。写成 with 最省心。"


def judge_flowers(function: Callable) -> str | None:
    """Judge `check_flowers` of notebook 2."""
    tqdm = counting_bar()
    call(function, [1.4, 4.7, 5.1], tqdm)
    bar = _the_bar(tqdm)
    if bar.n != 3:
        return f"三朵花都正常时，进度条只走到 {bar.n}/{bar.total}。每检查完一朵推进 1，最后才关闭。"
    if not bar.closed:
        return "一切正常时，进度条反而没有关闭。无论哪条路离开，都要关。"
    tqdm = counting_bar()
    try:
        function([1.4, 4.7, -5.1, 6.0], tqdm)
        return "第 3 朵花是负数，错误却没有传出来。关进度条是对的，但不能把错误吞掉。"
    except ValueError:
        pass
    except Exception as error:  # whatever a student's code may raise
        return explain_error(error, function)
    bar = _the_bar(tqdm)
    if not bar.closed:
        return "第 3 朵花出错之后，进度条没有关闭：raise 一执行，后面的 close() 就轮不到了。"
    if bar.n != 2:
        return f"出错前检查完了 2 朵，进度条却停在 {bar.n}。"
    return None


def judge_sum(function: Callable) -> str | None:
    """Judge `sum_up` of notebook 2."""
    tqdm = counting_bar()
    result = call(function, [3] * NUMBERS, tqdm)
    bar = _the_bar(tqdm)
    counted_by_bar = bar.n_was_read
    if not same(result, 3 * NUMBERS, 1e-6):
        return f"函数应返回所有数的和，得到的是{describe(result)}。只改显示，不要动求和。"
    if bar.n != NUMBERS or bar.total != NUMBERS:
        return f"进度条停在 {bar.n}/{bar.total}，应是 {NUMBERS}/{NUMBERS}。只改显示，别动进度。"
    shown = len(bar.postfixes)
    if shown == NUMBERS and bar.redraws < NUMBERS:
        return (
            "不再每次都重画，快多了；可每个数还是要排一遍文字。"
            f"把 set_postfix 也收进条件里，每 {EVERY} 个数才调用一次。"
        )
    if shown == NUMBERS:
        told = f"{NUMBERS:,} 个数，set_postfix 执行了 {shown:,} 次，每次都强迫进度条重画。"
        return told + "（遍历时 bar.n 并不是每步都更新，不能当计数器。）" * counted_by_bar
    if shown == NUMBERS - NUMBERS // EVERY:
        return "条件反了：余数不是 0 的时候都显示了，该显示的反而没有。"
    if shown == 0:
        return "一次也没有显示。想想条件里的数是“第几个”，还是“值是多少”。"
    if not NUMBERS // EVERY <= shown <= NUMBERS // EVERY + 1:
        return f"一共显示了 {shown} 次。题目要的是每做完 {EVERY} 个数一次。"
    if str(3 * NUMBERS) not in bar.postfixes[-1].replace(",", "").replace("_", ""):
        return (
            f"最后一次显示的是“{bar.postfixes[-1]}”，不是全部的和。"
            "序号若从 0 数起，做完第 1 个就显示了，做完第 1,000 个反而不显示。"
        )
    return None


def _counted_training() -> tuple[Callable[[Tensor, Tensor], Tensor], list[Tensor], list[float]]:
    """Return a function that pretends to train, the batches it was given, and the losses read.

    The loss of the first batch is 1, of the second 2, and so on.
    """
    trained: list[Tensor] = []
    reads: list[float] = []

    class Loss(Tensor):
        def item(self) -> float:
            reads.append(self.detach().as_subclass(Tensor).item())
            return reads[-1]

        __float__ = tolist = item

        def __format__(self, specification: str) -> str:
            return format(self.item(), specification)

    def train_one_batch(inputs: Tensor, targets: Tensor) -> Tensor:
        trained.append(inputs)
        return torch.tensor(float(len(trained)), requires_grad=True).as_subclass(Loss)

    return train_one_batch, trained, reads


def judge_loader(function: Callable) -> str | None:
    """Judge `train_with_bar` of notebook 2."""
    rows = torch.arange(4.0 * BATCHES)
    loader = DataLoader(TensorDataset(rows[:, None], rows.long()), batch_size=4)
    train_one_batch, trained, reads = _counted_training()
    tqdm = counting_bar()
    losses = call(function, loader, train_one_batch, tqdm)
    bar = _the_bar(tqdm)
    if len(trained) != BATCHES:
        return f"loader 有 {BATCHES} 批，train_one_batch 却执行了 {len(trained)} 次。每批恰好一次。"
    if bar.total is None:
        return "进度条没有总数：enumerate(loader) 没有长度，tqdm 问不出来。换一换它们的里外。"
    if bar.total == len(rows):
        return f"总数 {bar.total} 是样本的个数，而进度是按批走的。len(loader) 就是批数。"
    if bar.n < bar.total == BATCHES:
        return f"进度条停在 {bar.n}/{bar.total}：不满 {REPORT_EVERY} 批的尾巴没有推进。"
    if not bar.n == bar.total == BATCHES:
        return f"进度条停在 {bar.n}/{bar.total}，应是 {BATCHES}/{BATCHES}。"
    if not bar.closed:
        return "进度条没有关闭。写成 with 最省心。"
    return _reports_problem(bar, losses, reads)


def _reports_problem(bar: CountingBar, losses: object, reads: list[float]) -> str | None:
    due = [float(batch) for batch in range(REPORT_EVERY, BATCHES + 1, REPORT_EVERY)]
    if len(set(reads)) == BATCHES:
        return "每一批都读了损失的值。在 GPU 上，每读一次程序就要停下来等；只在要显示时读。"
    if len(bar.postfixes) >= BATCHES:
        return "每一批都 set_postfix，进度条被迫不停地重画。只在要显示时调用。"
    if losses is None:
        return "函数没有返回值（返回了 None）。请把读到的损失放进列表，最后 return。"
    if kind_of(losses) == SEQUENCE and any(isinstance(loss, Tensor) for loss in losses):
        return "列表里还是张量，带着整张计算图，内存会越占越多。用 .item() 读出数来再放。"
    if reads and reads[0] == 1:
        return "第 1 批就显示了：序号从 0 数起时，0 也能整除。应在做完第 10、20 批时显示。"
    if not bar.postfixes:
        return "损失没有显示在进度条上。用 bar.set_postfix(…)。"
    if not same(losses, due, 1e-6):
        return f"读到的损失应有 {len(due)} 个（做完第 10、20 批时），返回的是{describe(losses)}。"
    return None
