"""The exercises of notebook 2: repair progress bars, and write a throttled loop."""

from day38.bar_judges import judge_files, judge_flowers, judge_loader, judge_sum
from day38.exercises import Exercise

read_files = Exercise(
    question=(
        "`read_files(sizes, tqdm)` 读几个大小不一的文件（单位 KB），它的进度条会跳过头。"
        "改好它：总数和每次推进的量都按 KB 数，读完时正好 100%。"
    ),
    judge=judge_files,
    why="total 和 update(n) 数的是同一种东西（KB），而 n 是这一次新做完的量，所以终点正好是 100%。",
    hints=(
        "进度条右边的“已完成/总数”里，这两个数各数的是什么？单位一样吗？",
        "update(n) 会自己累加：手里的 done 已经加过一遍，再交给它，就加了两遍。",
        "每次只报告这个文件的大小；总数就是所有大小之和。",
    ),
    solution="""
def read_files(sizes, tqdm):
    with tqdm(total=sum(sizes), desc="读取文件", unit="KB") as bar:
        for size in sizes:
            bar.update(size)""",
)

check_flowers = Exercise(
    question=(
        "`check_flowers(lengths, tqdm)` 遇到负数会抛出 `ValueError`，这时进度条没有关闭。"
        "改好它：无论是否出错，进度条都要关闭；错误照样要传出去。"
    ),
    judge=judge_flowers,
    why="无论正常结束还是出错，离开时都会关闭，错误也照样传了出去。最短的写法是 with。",
    hints=(
        "出错的那一刻，程序从 raise 直接跳走，它后面的哪一行再也不会执行？",
        "Python 有一种写法，专门保证“离开时一定收尾”，2.1 里用过。",
        "把建进度条的那一行改成 with … as bar:，循环整个缩进进去，close() 就不用写了。",
    ),
    solution="""
def check_flowers(lengths, tqdm):
    with tqdm(total=len(lengths), desc="检查花朵") as bar:
        for length in lengths:
            if length < 0:
                raise ValueError(f"花瓣长度是负数：{length}")
            bar.update(1)""",
)

sum_up = Exercise(
    question=(
        "`sum_up(numbers, tqdm)` 每加一个数就 `set_postfix` 一次，进度条被迫不停地重画。"
        "改好它：每做完 100 个数才显示一次当前的和，返回值和进度不变。"
    ),
    judge=judge_sum,
    why="重画从 1,000 次变成 10 次。眼睛看不出区别，循环却快得多：贵的是重画，不是推进。",
    hints=(
        "进度条自己的推进不用改，要少做的只是 set_postfix。",
        "给循环加一个序号：for position, number in enumerate(bar, start=1)。",
        "做完第 100、200、… 个时，position % 100 等于几？用它作 if 的条件。",
    ),
    solution="""
def sum_up(numbers, tqdm):
    total = 0
    with tqdm(numbers, desc="求和") as bar:
        for position, number in enumerate(bar, start=1):
            total += number
            if position % 100 == 0:
                bar.set_postfix(和=total)
    return total""",
)

train_with_bar = Exercise(
    question=(
        "写一个函数 `train_with_bar(loader, train_one_batch, tqdm)`：遍历一遍 DataLoader，每批"
        "执行 `loss = train_one_batch(inputs, targets)`。进度条按批走；每做完 10 批，才用 "
        "`.item()` 读一次损失，用 `set_postfix` 显示，并放进列表；最后返回这个列表。"
    ),
    judge=judge_loader,
    why="推进交给 tqdm（尾巴也不会漏），读数和显示每 10 批一次：进度条几乎不要钱，GPU 也不用停。",
    hints=(
        "先写只有进度条的循环：遍历 loader，每批训练一次。总数由 tqdm 自己去问。",
        "再给批次编号：enumerate(…, start=1)。放在 tqdm 的外面还是里面？",
        "最后加 if：编号能被 10 整除时，读数、显示、放进列表，三件事都在里面做。",
    ),
    solution="""
def train_with_bar(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(loader, desc="训练", unit="批") as bar:
        for number, (inputs, targets) in enumerate(bar, start=1):
            loss = train_one_batch(inputs, targets)
            if number % 10 == 0:
                losses.append(loss.item())
                bar.set_postfix(损失=f"{losses[-1]:.4f}")
    return losses""",
)

totals = Exercise(
    question=(
        "训练集 120 个样本，`loader = DataLoader(数据, batch_size=32)`。"
        "`enumerate(tqdm(loader))` 和 `tqdm(enumerate(loader))` 里的进度条，`total` 各是多少？"
        "没有总数就写 `None`。答案写成 `(前一个, 后一个)`。"
    ),
    expected=(4, None),
    why="120 ÷ 32 = 3.75，最后一批不满也是一批，共 4 批；enumerate 的结果没有长度，问不出总数。",
    wrong={
        (120, None): "后一个对了。前一个数的是批，不是样本：tqdm 问的是 len(loader)。",
        (3, None): "后一个对了。前一个：最后一批不满 32 个，DataLoader 默认也会给出来。",
        (32, None): "后一个对了。前一个：32 是一批有几个样本，问的是一共有几批。",
        (4, 4): "前一个对了。后一个：enumerate(loader) 是个迭代器，对它用 len 会怎样？",
        (None, 4): "两个正好反了：看看 tqdm 直接包着的是谁，它有没有长度。",
        (4, 0): "前一个对了。后一个：问不出总数和“总数是 0”不一样，题目说了怎么写。",
    },
    hints=(
        "tqdm 的总数来自它直接包着的东西的 len。两种写法里，它各包着什么？",
        "len(loader) 是批数：120 个样本，32 个一批，要分几批才分得完？",
        "在新的一格里试试 len(enumerate([1, 2, 3]))，看看会发生什么。",
    ),
    solution="totals = (4, None)",
)
