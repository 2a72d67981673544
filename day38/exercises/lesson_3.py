"""Guesses and exercises of notebook 3: switches, intervals, confidence, silent mistakes."""

import copy
from collections.abc import Callable

import torch
from sklearn.preprocessing import MinMaxScaler
from torch import Tensor, nn

from day38.exercises.comparing import describe, kind_of, same
from day38.exercises.exercise import NO_RETURN, Exercise, Guess, ordered

gradient_guess = Guess(
    why="eval() 只换层的算法，照样记账；不求梯度是 no_grad() 的事。",
    mistakes={False: "许多人以为评估模式不求梯度，其实它管不到这件事。"},
)

interval_guess = Guess(
    why="30 朵花太少：真正的准确率就算只有八成多，也还有可能对上 29 朵。",
    mistakes={
        (0, 1): "请写百分数，例如 90。",
        (96, 100): "那是这 30 朵花上的成绩，真正的准确率可能更低。",
        (84, 96): "方向对了，但 30 朵花能说明的比这还少。",
    },
    tolerance=0.02,
    near=1.05,
    unit="%",
)

worst_guess = Guess(
    why="换一种划分，就可能多错好几朵：96.67% 的后两位小数没有意义。",
    mistakes={
        (0, 1): "请写百分数，例如 90。",
        (96, 100): "你以为换一种划分，成绩也不会变。",
        (79.4, 80.8): "你多算了一朵认错的花。",
        (85.9, 87.4): "你少算了一朵认错的花。",
        (88, 96): "想到了会变，但没想到会多错这么多朵。",
    },
    tolerance=0.03,
    near=1.05,  # one flower more or less
    unit="%",
)

confidence_guess = Guess(
    why="在同类的花上，置信度很高的答案比它自己说的还要准：它不是命中率。",
    mistakes={
        (0.2, 2): "0.99 读起来像“100 次里错 1 次”，可是没有谁保证过它是命中率。",
        (2, 100): "你以为它虚报得厉害。在同类的花上并没有，换一类数据才会。",
    },
    unit="个",
)

scaler_guess = Guess(
    why="输入大了好几倍，分数也跟着变大，softmax 就把最大的概率推得更高：答错了，反而更有把握。",
    mistakes={
        (0.0, 0.7): "人见到没见过的东西会犹豫，softmax 不会。",
        (0.7, 0.97): "你以为准确率跌了，置信度也会跌一点。",
        (1.1, 100): "请写 0 到 1 之间的数，例如 0.9。",
    },
    tolerance=0.02,
    near=1.05,
)

nan_guess = Guess(
    why="三个分数都是 NaN，argmax 给出第一个位置，编号 0 正好是 setosa，没有任何提示。",
    mistakes={
        "报错": "PyTorch 不会为 NaN 停下来，NaN 一路传到了输出。",
        "nan": "输出确实全是 NaN，可 argmax 给的是位置，位置总有一个。",
        "versicolor": "编号 1 排在中间，argmax 不会取它。",
        "virginica": "NaN 不比别的数大，三个 NaN 也不会取最后一个。",
    },
)

batch_guess = Guess(
    why="网络这么小，时间几乎都花在每次调用的准备上，所以攒成一批总是快得多；倍数随机器不同。",
    mistakes={
        (0, 1.5): "要算的乘加一样多，可准备的次数是 100 比 1。",
        (1.5, 20): "想到了每次都要准备，可准备占的比例比这大得多。",
        (60, 150): "若算 100 行和算 1 行一样久，就正好是 100 倍；其实还要久一点。",
    },
    tolerance=0.4,
    near=5,  # it is another on each machine
    unit="倍",
)

switches = Exercise(
    expected={"B", "C", "D"},
    why="eval() 关掉了 dropout，却不停止求梯度，所以 backward() 照算，step() 照改权重。",
    mistakes={
        "A": "没有计算图才会报错，而记不记账，eval() 管得着吗？",
        "B": "没有写 no_grad()，每一步都记了账，backward() 就能求出梯度。",
        "C": "只要 .grad 里有数，step() 就会拿它改权重，不管是什么模式。",
        "D": "关掉 dropout 正是 eval() 管的事。",
    },
    hints="""
一个开关管层怎么算，一个开关管记不记账。这里写了哪一个？
看 3.3 节打印的表：eval 那一行、enable_grad 那一格，requires_grad 是什么？
requires_grad 是 True，backward() 就照常求梯度；step() 只看 .grad，不看模式。""",
    solution='switches = {"B", "C", "D"}',
)

interval = Exercise(
    expected=(0.7864, 0.9565),
    why="准确率写出来是 90%，可 50 朵花只够说：它大约在 78.6% 到 95.7% 之间。",
    mistakes={
        (0.8168, 0.9832): "这是 p ± 1.96·√(p(1−p)/n)，样本少、p 接近 1 时不可靠。请用 interval()。",
        (78.64, 95.65): "数算对了，单位不对：题目要 0 到 1 的小数，不是百分数。",
        (0.8333, 0.9941): "这是 29/30 的区间。题目换了一个模型：50 朵里对 45 朵。",
        (0.9565, 0.7864): "两个数写反了：下限在前。",
    },
    hints="""
3.4 节里，evaluate 给出的就是一个 Evaluation，它有什么方法？
自己也能建一个：Evaluation(对几个, 一共几个, loss=0.0)。
它的 interval(0.95) 返回的正是 (下限, 上限)。""",
    solution="""
from day38 import Evaluation

interval = Evaluation(45, 50, loss=0.0).interval(0.95)""",
)

paired = Exercise(
    expected=0.5,
    why="一样好的两个模型，也有一半的机会得到 2 比 0，所以这 30 朵花说不出 A 更好。",
    mistakes={
        0.25: "这只是偏向 A 的一边。事先并不知道谁会占先，偏向 B 的一边也要算上。",
        0.05: "0.05 是常用的界线，不是这里的概率。把 2 次抛硬币的 4 种结果写出来数一数。",
        0.0667: "2/30 是 A 多对的比例，不是概率：分不出高下的 28 朵不算数。",
        50: "请写 0 到 1 的小数，不是百分数。",
    },
    hints="""
抛 2 次硬币，一共有几种结果，每种的概率是多少？
正正、正反、反正、反反：哪几种是 2 次都在同一边？
用 scipy.stats.binomtest(2, 2).pvalue 核对：它算的正是两边。""",
    solution="paired_p = 2 * 0.5**2",
)

# In cm. The largest petal is in row 1, so an argmax over the rows finds row numbers below 3.
FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5], [5.9, 3.0, 4.2, 1.5], [4.9, 3.1, 1.5, 0.1]]
SPECIES = ["setosa", "virginica", "versicolor", "setosa"]
SCALER = MinMaxScaler().fit([[4.3, 2.0, 1.1, 0.1], [7.7, 4.4, 6.7, 2.5]])  # on other flowers


class Probe(nn.Module):
    """Tells species by the scaled petal length, and notes how it is used."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout, self.layer = nn.Dropout(0.5), nn.Linear(4, 3)
        self.layer.weight.data = torch.tensor([[0.0] * 4, [0.0, 0, 10, 0], [0.0, 0, 20, 0]])
        self.layer.bias.data = torch.tensor([0.0, -10 / 3, -10.0])
        self.inputs: list[Tensor] = []
        self.dropped, self.recorded = False, False

    def forward(self, inputs: Tensor) -> Tensor:
        self.dropped |= self.dropout.training  # that is enough: what it drops would be chance
        self.recorded |= torch.is_grad_enabled()
        self.inputs.append(inputs.detach().reshape(-1, 4))
        return self.layer(inputs)


def judge_species(function: Callable) -> list[str | bool]:
    """Name every problem that is left in `predict_species`, each by what it leads to."""
    model = Probe()
    names = ("setosa", "versicolor", "virginica")
    answers = function(model, copy.deepcopy(SCALER), copy.deepcopy(FLOWERS), names)
    if not model.inputs:
        return ["函数没有用到传进来的 model。请用它做一次前向。"]
    problems = [
        model.dropped and "同一朵花问两次，概率不一样：前向的时候，dropout 还在随机置零。",
        model.recorded and "前向时还在记账：答案不变，但白白占用内存和时间。",
        input_problem(torch.cat(model.inputs)),
    ]
    if answers is None:
        told = NO_RETURN
    elif kind_of(answers) != "sequence" or any(kind_of(answer) != "text" for answer in answers):
        told = f"应返回名字的列表，返回的是{describe(answers)}。编号要用 names 换成名字。"
    elif len(answers) != len(FLOWERS):
        over_rows = "取最大值时，在一起比的不是同一朵花的三个分数。"
        advice = over_rows if len(answers) == len(names) else "每朵花一个名字。"
        told = f"给了 {len(FLOWERS)} 朵花，回答了 {len(answers)} 个：{advice}"
    elif not any(problems) and not same(answers, SPECIES):
        told = f"步骤都有了，返回的却是{describe(answers)}，和正确的不同。再读一遍你的函数。"
    else:
        told = ""
    return [*problems, told]


def input_problem(given: Tensor) -> str:
    """Say what is wrong with the numbers that were sent into the network."""
    scaled, refitted = SCALER.transform(FLOWERS), MinMaxScaler().fit_transform(FLOWERS)
    for table, message in (
        (scaled, ""),
        (FLOWERS, "送进网络的是原样的厘米数：它训练时没见过这么大的数，会答错，还很有把握。"),
        (SCALER.transform(scaled), "归一化做了两遍，送进网络的数小得离谱。只要一遍。"),
        (refitted, "你让 scaler 在这几朵新花上重新拟合了。要用训练时拟合好的，只做 transform。"),
    ):
        if same(given, table):
            return message
    return "送进网络的数，不是这几朵花经 scaler 归一化的结果。"


predict_species = Exercise(
    judge=judge_species,
    why="评估模式、训练时的归一化、每朵花取最大的那一类：推理的三处要害都对了。",
    start="""
def predict_species(model, scaler, flowers, names):
    rows_in = torch.tensor(flowers, dtype=torch.float32)
    with torch.no_grad():
        logits = model(rows_in)
    return [names[place] for place in logits.argmax(dim=0)]""",
    hints="""
顺着数据走一遍：厘米 → 送进网络的数 → 原始分数 → 编号 → 名字，每一步的数对吗？
推理三步少了哪一步？输出的形状是 (朵数, 类别数)，沿哪一维取最大？
要补的有 model.eval() 和 scaler.transform(…)；要改的是 argmax 的 dim。""",
    solution="""
import torch

def predict_species(model, scaler, flowers, names):
    rows_in = torch.tensor(scaler.transform(flowers), dtype=torch.float32)
    model.eval()
    with torch.no_grad():
        logits = model(rows_in)
    return [names[place] for place in logits.argmax(dim=1)]""",
)

confidence = Exercise(
    expected={"B", "D"},
    why="置信度不是命中率：同类的数据上，高的比它说的准，低的比它说的差；换一类数据，它什么也不保证。",
    mistakes={
        "A": "3.4 节里，超过 0.99 的答案错了几个？是每 100 个错 1 个吗？",
        "C": "朋友忘了归一化的那一次，平均置信度是多少，准确率又是多少？",
        "B": "看图上最左边的两组：答对的有多少？",
        "D": "看图上 .6 to .8 那一组：蓝条和橙线，哪个高？",
    },
    hints="""
两节各有一个实验：一个用同类的花，一个把单位弄错。每句话归哪个实验管？
对着 3.4 节的图看 A、B、D：蓝条是真正答对的比例，橙线是模型说的。
C 归 3.5 节管：置信度很高的时候，准确率是多少？""",
    solution='confidence_claims = {"B", "D"}',
)

symptoms = Exercise(
    expected={1: "B", 2: "A", 3: "E", 4: "C", 5: "D"},
    why="每种错都有自己的痕迹：看答案变不变、概率偏高还是偏低、两次结果一不一样。",
    mistakes={
        "A": "忘了 eval()，dropout 还在随机置零，这样的症状应当带着“随机”。",
        "B": "忘了归一化，送进网络的数大了好几倍，分数也跟着变大。softmax 会怎样？",
        "C": "softmax 做两次，大小顺序不变，只是概率被压平。",
        "D": "忘了 no_grad() 不改变任何数，只是每个结果都拖着计算图。",
        "E": "NaN 会一路传到输出，argmax 遇到 NaN 也照样给出编号。",
    },
    hints="""
先把原因分两堆：哪些会改变概率，哪一个一个数也不改变？
会改变概率的里面：哪个每次都不同？哪个让概率变得极端？哪个把概率压平？
nan 的来历看字面就知道；剩下的一个只费内存。""",
    solution='symptoms = {1: "B", 2: "A", 3: "E", 4: "C", 5: "D"}',
)

ordered(switches, interval, paired, predict_species, confidence, symptoms)
