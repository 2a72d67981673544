"""Guesses and exercises of notebook 2: progress bars, and where the time of a training goes."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from day38.exercises.bar import counting_bar
from day38.exercises.comparing import describe, same
from day38.exercises.exercise import Exercise, Guess, Wrong, ordered

postfix_guess = Guess(
    why="每次 set_postfix 都强迫进度条重画一次；不用它，tqdm 一秒最多画十次。",
    mistakes={
        (0, 0.9): "多做了一件事，不会更快。",
        (0.9, 1.3): "显示一行字看起来不花时间，可是每一轮都要重画，再送到屏幕上。",
        (1.3, 2.5): "想到了它要花时间，只是低估了：重画一次比训练一轮还久。",
        (10, 1e6): "没有这么贵：重画一次，抵得上几轮训练，到不了几十轮。",
    },
    tolerance=0.35,
    near=2.5,
    unit="倍（在这个笔记本里）",
    digits=2,
)

longest_guess = Guess(
    why="反向传播要把前向的每一步倒着走一遍，还要给每个参数算出梯度，要做的小运算最多。",
    mistakes={
        "forward": "前向传播只走一趟，不用算梯度。",
        "loss": "算损失看着复杂，其实只做几个小运算。",
        "zero_grad": "清零一个小运算也不启动，只用一点 Python 的时间。",
        "step": "更新参数，每个参数张量只做一次减法。",
    },
)

tenth_guess = Guess(
    why="数据少了九成，时间几乎没变：时间不是花在计算上，而是花在 Python 和一次次启动小运算上。",
    mistakes={
        (0, 0.05): "批次再小，也要做完同样的五件事。",
        (0.05, 0.2): "计算量确实少到十分之一，可是计算本来就只占一点点时间。",
        (0.2, 0.85): "想到了有一部分时间和数据多少无关，其实几乎全部都是。",
        (1.15, 1e6): "数据少了，没有什么会变慢。",
    },
    tolerance=0.15,
    near=1.3,
    unit="倍（在这台机器上）",
    digits=2,
)

crossing_guess = Guess(
    why="1,200 行时还是一个核快，12,000 行时 H200 的用时不到一个核的一半：两条线在它们之间相交。",
    mistakes={
        120: "这么少的行，计算一眨眼就完，H200 的时间全花在启动算子上。",
        1_200: "只差一格，可是到这里，H200 的用时还是一个核的一倍半。",
        120_000: "只差一格，可是到这里，一个核已经慢了几十倍。",
        1_200_000: "用不着这么多：到这里，一个核已经慢了一百多倍。",
    },
    near=10,
    unit="行（量过的五种里）",
)

page_guess = Guess(
    why="网页里的计算和 PyTorch 一样多，只是没有调度：循环直接写好，不启动算子，也不记录计算图。",
    mistakes={
        (0, 0.06): "还没有这么快：解释和取数也要时间。用 C 写才能再快许多。",
        (0.35, 0.75): "想到了网页会快一些，其实快得多。",
        (0.75, 1.5): "和 PyTorch 差不多久？网页里没有 PyTorch 的调度，省下的正是大头。",
        (1.5, 1e9): "网页听起来慢，可是这里的快慢由调度决定，不由语言的名气决定。",
    },
    tolerance=0.4,
    near=2.5,
    unit="倍（没开浏览器，同一个核上轮流测的）",
    digits=2,
)

ensemble_guess = Guess(
    why="启动算子的开销只付一份，所以远少于 200 倍；200 份计算却一份也省不掉，所以也不止一倍。",
    mistakes={
        (150, 1e6): "一个一个训练，才要 200 倍左右。",
        (70, 150): "想到了一起训练会省，其实省得更多。",
        (0, 6): "200 份计算加在一起，已经不能忽略了。",
    },
    tolerance=0.4,
    near=2.5,
    unit="倍（在这台机器上）",
    digits=2,
)


def only(bars: type[tqdm], when: str = "") -> tqdm:
    """Return the one bar that a student's function made."""
    if len(bars.made) != 1:
        told = f"{when}建了 {len(bars.made)} 根进度条，应是一根："
        raise Wrong(f"{told}用参数里的 tqdm，放在循环外面，只建一次。")
    return bars.made[0]


def judge_files(function: Callable) -> list[str | bool]:
    """Judge `read_files`: total and steps in KB, closed with and without an error."""
    bars, failing = counting_bar(), counting_bar()
    function([300, 1_200, 4_500], bars)
    with suppress(ValueError):
        function([300, -1, 700], failing)
        raise Wrong("数据里有负数，错误却没有传出来。要关闭进度条，但不能把错误吞掉。")
    bar, failed = only(bars), only(failing, "数据里有负数时，")
    totals = {
        6_000: "",
        3: "总数 3 是文件的个数，题目要按 KB 数。",
        None: "进度条不知道总数，画不出百分比。建的时候要给 total。",
    }
    ends = {
        6_000: failed.n != 300 and f"出错之前读完了 300 KB，进度条却停在 {failed.n}。",
        3: "每读完一个文件只推进了 1，应是这个文件的 KB 数。",
        7_800: "update(n) 要的是“又做完了多少”，你给的是“一共做完了多少”，越加越多。",
    }
    return [
        totals.get(bar.total, f"总数是 {bar.total}，不是全部文件的 KB 数。"),
        failed.total == 6_000 and "文件换成 [300, -1, 700] 时，总数还是 6000。",
        ends.get(bar.n, f"读完时停在 {bar.n}，应是 6000。"),
        not bar.closed and "正常结束时，进度条没有关闭。",
        not failed.closed and "出错时没有关闭：raise 一执行，后面的 close() 就轮不到了。",
    ]


def judge_batches(function: Callable) -> list[str | bool]:
    """Judge `train_batches`: losses read and shown after every tenth batch only."""
    batches = [f"batch {number}" for number in range(25)]
    trained, reads = [], []

    class Loss(Tensor):
        """A loss that notes when it is read."""

        def tolist(self) -> Any:
            reads.append(super().tolist())
            return reads[-1]

        def numpy(self, *, force: bool = False) -> Any:
            reads.append(super().tolist())
            return super().numpy(force=force)

        def __format__(self, style: str) -> str:
            return format(self.item(), style)

        item = __float__ = tolist

    def train_one_batch(batch: str) -> Tensor:
        trained.append(batch)
        return torch.tensor(float(len(trained))).as_subclass(Loss)

    bars = counting_bar()
    kept = function(batches, train_one_batch, bars)
    bar = only(bars)
    advice = "读损失也要放进 if 里。"
    if bar.postfixes >= 25:
        advice = "（bar.n 不是每次都更新，请用 enumerate 编号。）"
    problems: list[str | bool] = [
        len(trained) != 25 and f"一共 25 批，却训练了 {len(trained)} 次。每批恰好一次。",
        bar.total is None and "进度条没有总数：enumerate(…) 没有长度，换一换它们的里外。",
        bar.total not in (None, 25) and f"总数是 {bar.total}，应是批数 25。",
        bar.n != 25 and f"进度条停在 {bar.n}/25：请让它自己一批一批地走。",
        not bar.closed and "进度条没有关闭。写成 with 最省心。",
        len(reads) >= 25 and f"每一批都读了损失，题目要 10 批一次。{advice}",
        bar.postfixes >= 25 and "每一批都 set_postfix，题目要 10 批一次。",
    ]
    tensors = isinstance(kept, (list, tuple)) and any(isinstance(loss, Tensor) for loss in kept)
    results: list[str | bool] = [
        reads[:1] == [1] and "第 1 批就读了：序号从 0 数起时，0 也能整除。",
        tensors and "列表里还是张量，不是数，还可能拖着计算图，越占越多。请用 .item() 读出数来。",
        not bar.postfixes and "损失没有显示在进度条上。请用 bar.set_postfix(…)。",
        not same(kept, [10, 20]) and f"应返回做完第 10、20 批时的损失，得到的是{describe(kept)}。",
    ]
    return problems if any(problems) else results


read_files = Exercise(
    judge=judge_files,
    why="total 和 update(n) 数的都是 KB，n 是这一次新做完的量；无论怎样离开，with 都会关闭进度条。",
    start="""
def read_files(sizes, tqdm):
    done = 0
    bar = tqdm(total=len(sizes), desc="读取文件", unit="KB")
    for size in sizes:
        if size < 0:
            raise ValueError(f"文件大小是负数：{size}")
        done += size
        bar.update(done)
    bar.close()""",
    hints="""
进度条右边的“已完成/总数”里，这两个数各数的是什么？单位一样吗？
update(n) 会自己累加：手里的 done 已经加过一遍，再交给它，就加了两遍。
出错的那一刻，程序从 raise 直接跳走，后面的 close() 轮不到。2.1 里用什么保证关闭？""",
    solution="""
def read_files(sizes, tqdm):
    with tqdm(total=sum(sizes), desc="读取文件", unit="KB") as bar:
        for size in sizes:
            if size < 0:
                raise ValueError(f"文件大小是负数：{size}")
            bar.update(size)""",
)

totals = Exercise(
    expected=(4, None),
    why="120 ÷ 32 = 3.75，最后一批不满也是一批，共 4 批；enumerate 的结果没有长度，问不出总数。",
    mistakes={
        120: "前一个数的是批，不是行：tqdm 问的是 len(batches)。",
        3: "最后一批不满 32 行，也是一批。",
        3.75: "最后一批不满 32 行，也是一批，所以总数是整数。",
        32: "32 是一批有几行，问的是一共有几批。",
        (4, 4): "前一个对了。后一个：enumerate(batches) 是个迭代器，对它用 len 会怎样？",
        (4, 120): "前一个对了。后一个不是行数：enumerate(batches) 有 len 吗？",
        (4, 32): "前一个对了。后一个不是一批的行数：enumerate(batches) 有 len 吗？",
        (None, 4): "两个正好反了：看看 tqdm 直接包着的是谁，它有没有长度。",
        (4, 0): "前一个对了。后一个：问不出总数和“总数是 0”不一样，题目说了怎么写。",
    },
    hints="""
tqdm 的总数来自它直接包着的东西的 len。两种写法里，它各包着什么？
len(batches) 是批数：120 行，32 行一批，要分几批才分得完？
在新的一格里试试 len(enumerate([1, 2, 3]))，看看会发生什么。""",
    solution="totals = (4, None)",
)

train_batches = Exercise(
    judge=judge_batches,
    why="推进交给 tqdm，末尾不满 10 批的也不会漏；读数和显示 10 批一次，训练几乎不受影响。",
    start="""
def train_batches(batches, train_one_batch, tqdm):
    losses = []
    with tqdm(batches, desc="训练", unit="批") as bar:
        for batch in bar:
            loss = train_one_batch(batch).item()
            losses.append(loss)
            bar.set_postfix(损失=f"{loss:.4f}")
    return losses""",
    hints="""
进度条自己的推进不用改，要少做的只是读数和 set_postfix。
给批次编号：enumerate(…, start=1)。放在 bar 的外面还是里面，总数才不会丢？
编号能被 10 整除时，才读数、放进列表、显示：三件事都放进这个 if。""",
    solution="""
def train_batches(batches, train_one_batch, tqdm):
    losses = []
    with tqdm(batches, desc="训练", unit="批") as bar:
        for number, batch in enumerate(bar, start=1):
            loss = train_one_batch(batch)
            if number % 10 == 0:
                losses.append(loss.item())
                bar.set_postfix(损失=f"{losses[-1]:.4f}", refresh=False)
    return losses""",
)

gpu_candidates = Exercise(
    expected=("B", "A"),
    why="B 的时间几乎随数据一起减少，花在计算上；A 的时间几乎没变，受限于调度开销。",
    mistakes={
        ("A", "B"): "正好反了。A 一步用的时间短，可它和数据多少无关，GPU 能加快的是计算。",
        ("C", "A"): "后一个对了。C 只有一部分时间花在计算上；有一个训练几乎全是计算。",
        ("A", "C"): "数据少了九成，A 的时间却没有变：它的时间是花在计算上的吗？",
        ("B", "C"): "前一个对了。C 还有将近一半的时间随数据减少；有一个训练几乎没有变。",
        ("C", "B"): "数据少了九成，B 的时间也少了九成：它的时间花在哪里？",
    },
    hints="""
GPU 的长处是同时做很多计算。哪个训练的时间花在计算上？
计算和行数成正比：时间若全花在计算上，行数减到十分之一，时间也该减到十分之一。
算一算三个训练后来的时间各是原来的几分之几，再和十分之一比。""",
    solution='gpu_candidates = ("B", "A")',
)

ordered(read_files, totals, train_batches, gpu_candidates)
