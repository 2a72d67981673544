"""Guesses and exercises of notebook 3: switches, intervals, confidence, an inference to repair."""

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from sklearn.preprocessing import MinMaxScaler
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parameters_to_vector

from day38.evaluation import Evaluation
from day38.exercises.comparing import KINDS, bare, describe, kind_of, same
from day38.exercises.exercise import NO_RETURN, Exercise, Guess, Wrong, ordered

gradient_guess = Guess(
    why="eval() 只改变层怎样算，照样记录计算图；不求梯度是 no_grad() 的事。",
    mistakes={False: "许多人以为评估模式不求梯度，其实它管不到这件事。"},
)

interval_guess = Guess(
    why="30 朵花太少：真正的准确率就算只有八成多，也还有可能答对 29 朵。",
    mistakes={
        (0, 1): "请写百分数，例如 90。",
        (1, 75): "没有这么糟：真的只有七成，几乎不可能答对 29 朵。",
        (96, 100): "那是这 30 朵花上的成绩，真正的准确率可能更低。",
        (84, 96): "方向对了，但 30 朵花能说明的比这还少。",
    },
    tolerance=0.02,
    near=1.05,
    unit="%",
)

scaler_guess = Guess(
    why="输入大了好几倍，分数也跟着变大，softmax 往往把最大的概率推得更高：答错了，反而更有把握。",
    mistakes={
        (0.0, 0.7): "人见到没见过的东西会犹豫，softmax 不一定。",
        (0.7, 0.955): "你以为准确率跌了，置信度也会跌一点。",
        (0.955, 0.975): "你以为置信度不受影响；其实它升了，错得更有把握。",
        (1.1, 100): "请写 0 到 1 之间的数，例如 0.9。",
    },
    tolerance=0.02,
)


UNUSED = "函数没有用到传进来的 model。请用它做一次前向。"


class Notes(list):
    """A list in which the copies of a network write, too."""

    def __deepcopy__(self, memo: dict) -> "Notes":
        return self


class Probe(nn.Module):
    """A network of one layer, and a dropout that it only has: it notes how both are used.

    ``uses`` holds what it was given, whether dropout would drop, whether gradients were recorded.
    """

    def __init__(self, weight: list[list[float]], bias: list[float]) -> None:
        super().__init__()
        self.dropout, self.layer = nn.Dropout(0.5), nn.Linear(4, 3)
        self.layer.weight.data, self.layer.bias.data = torch.tensor(weight), torch.tensor(bias)
        self.uses = Notes()

    def forward(self, inputs: Tensor) -> Tensor:
        logits = self.layer(inputs)
        given = inputs.detach().reshape(-1, 4)
        self.uses.append((given, self.dropout.training, torch.is_grad_enabled()))
        return logits


def judge_validation_loss(function: Callable) -> list[str | bool]:
    """Name what a look at the validation loss still does to the training."""
    model = Probe([[0.25] * 4] * 3, [0.0, 0.5, 1.0])
    inputs, targets = torch.linspace(0, 1, 20).reshape(5, 4), torch.tensor([0, 1, 2, 2, 1])
    before = parameters_to_vector(model.parameters())
    loss: Any = function(model, inputs, targets)
    if loss is None:
        raise Wrong(NO_RETURN)
    if not model.uses:
        raise Wrong(UNUSED)
    if kind_of(loss) != "number":
        raise Wrong(f"应返回一个数，返回的是{describe(loss)}。")
    _, *used = zip(*model.uses, strict=True)
    dropped, recorded = map(any, used)
    held = isinstance(loss, Tensor) and loss.requires_grad
    graph = "前向时还在记录计算图：这次算完就丢掉了，不占着内存，但白白花了时间。"
    if held:
        graph = "返回的损失还拖着计算图，放进列表就一直占着内存：eval() 不会停止记录它。"
    moved = not before.equal(parameters_to_vector(model.parameters()))
    expected = functional.cross_entropy(model.layer(inputs), targets).item()
    wrong = not math.isclose(bare(loss), expected, rel_tol=1e-4)
    left = "函数返回以后，model 还在评估模式：接着训练时 dropout 不起作用。"
    if model.training:
        left = "函数返回以后，里面的 dropout 还在评估模式。请用 model.train()，它管到每一层。"
    return [
        recorded and graph,
        dropped and "前向时 dropout 还在随机置零：看验证损失要用评估模式。",
        not (model.training and model.dropout.training) and left,
        moved and "权重变了。看一眼验证损失，不应当改变模型。",
        wrong and not moved and not dropped and "返回的不是验证集上的损失。",
    ]


validation_loss = Exercise(
    judge=judge_validation_loss,
    why="eval() 和 no_grad() 各管一件事，两个都要写；看完再用 train() 把模式换回来。",
    start="""
def validation_loss(model, inputs, targets):
    model.eval()
    outputs = model(inputs)
    return torch.nn.functional.cross_entropy(outputs, targets)""",
    hints="""
两个症状各归哪个开关管？内存归一个，dropout 归另一个。
输出拖着计算图，由它算出的损失也就拖着：谁来停止记录？
用 torch.no_grad() 包住前向；返回之前，把模型换回训练模式。""",
    solution="""
import torch

def validation_loss(model, inputs, targets):
    model.eval()
    with torch.no_grad():
        outputs = model(inputs)
    model.train()
    return torch.nn.functional.cross_entropy(outputs, targets)""",
)


def _judge_size(flowers: int) -> str:
    """Say why a wrong number of flowers is wrong."""
    if flowers % 30:
        return f"{flowers} 不是 30 的倍数。"
    low, high = Evaluation(flowers * 29 // 30, flowers, 0.0).interval()
    told = "还没有小于 0.05。" if high - low >= 0.05 else "够了，但还有更小的。"
    return f"{flowers} 朵时宽度是 {high - low:.3f}，{told}"


test_size = Exercise(
    expected=240,
    why="花要多到 8 倍，区间才窄到三成：要说清 96.67% 的小数，30 朵花远远不够。",
    mistakes={
        90: "90 朵时，区间大约是上下各 4 个百分点，宽度是两边加起来。",
        0.05: "0.05 是要求的宽度，题目问的是几朵花。",
    }
    | {number: _judge_size(number) for number in range(1, 1_001) if number not in (90, 240)},
    hints="""
花多一些，区间就窄一些。从 30 开始，每次加 30，看 interval_width 返回多少。
用一个 for 循环，把 30、60、90……的宽度都打印出来。
for number in range(30, 400, 30): print(number, interval_width(number))，找第一个小于 0.05 的。""",
    solution="""
from scipy.stats import binomtest

def interval_width(flowers):
    lowest, highest = binomtest(flowers * 29 // 30, flowers).proportion_ci(method="wilson")
    return highest - lowest

test_size = next(number for number in range(30, 400, 30) if interval_width(number) < 0.05)""",
)

# In cm. The largest petal is in row 1, so an argmax over the rows finds row numbers below 3.
FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5], [5.9, 3.0, 4.2, 1.5], [4.9, 3.1, 1.5, 0.1]]
SPECIES = ["setosa", "virginica", "versicolor", "setosa"]
SCALER = MinMaxScaler().fit([[4.3, 2.0, 1.1, 0.1], [7.7, 4.4, 6.7, 2.5]])  # on other flowers


def listed(answers: Any) -> Any:
    """Return names in an iterator, an array or a Series as a list, anything else as it is."""
    if isinstance(answers, Iterable) and kind_of(answers) not in KINDS:
        return list(answers)
    names = bare(answers)
    only_names = kind_of(names) == "sequence" and all(kind_of(name) == "text" for name in names)
    return names if only_names else answers


def judge_species(function: Callable) -> list[str | bool]:
    """Name every problem that is left in `predict_species`, each by what it leads to."""
    # It tells species by the scaled petal length.
    model = Probe([[0.0] * 4, [0.0, 0, 10, 0], [0.0, 0, 20, 0]], [0.0, -10 / 3, -10.0])
    names = ("setosa", "versicolor", "virginica")
    answers = listed(function(model, copy.deepcopy(SCALER), copy.deepcopy(FLOWERS), names))
    if not model.uses:
        return [UNUSED]
    given, dropped, recorded = zip(*model.uses, strict=True)
    problems = [
        any(dropped) and "同一朵花问两次，概率不一样：前向的时候，dropout 还在随机置零。",
        any(recorded) and "前向时还在记录计算图：答案不变，但白白占用内存和时间。",
        input_problem(torch.cat(given)),
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
    given = torch.unique_consecutive(given, dim=0)  # a flower or all may be asked more than once
    first, *others = given.split(len(FLOWERS))
    if all(torch.equal(first, other) for other in others):
        given = first
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
    expected={"B", "E"},
    why="置信度低是提醒，高不是保证：它不一定和答对的比例一致，换一种数据，0.99 也可能对不到四成。",
    mistakes={
        "A": "置信度不一定和答对的比例一致。3.5 节里平均置信度 0.999 的答案，准确率是多少？",
        "B": "看图上最左边的两组：答对的有多少？",
        "C": "朋友忘了归一化的那一次，平均置信度是多少，准确率又是多少？",
        "D": "这些答案只是 111 朵花。就算每 100 朵会错 2 朵，也有一成机会一个错都看不到。",
        "E": "6,000 个答案来自 200 个模型，可花只有 150 朵，每朵被问了许多次。",
    },
    hints="""
两节各有一个实验：一个用同样的 150 朵花，一个把单位弄错。每句话归哪个实验管？
A 和 C：置信度很高的时候，3.5 节的准确率是多少？
D 和 E：3.4 节里，要数的是答案，还是花？""",
    solution='confidence_claims = {"B", "E"}',
)

symptoms = Exercise(
    expected={1: "B", 2: "A", 3: "E", 4: "C", 5: "D"},
    why="每种错都有自己的痕迹：看答案变不变、概率偏高还是偏低、两次结果一不一样。",
    mistakes={
        "A": "忘了 eval()，dropout 还在随机置零，这样的症状应当带着“随机”。",
        "B": "忘了归一化，送进网络的数大了好几倍，分数也跟着变大。softmax 会怎样？",
        "C": "softmax 做两次，大小顺序不变，只是概率被压平。",
        "D": "忘了 no_grad() 不改变任何数，只是每个结果都拖着计算图。",
        "E": "忘了加载权重，网络还是随机的：它会猜得怎样，又有多大把握？",
    },
    hints="""
先把原因分两堆：哪些会改变概率，哪一个一个数也不改变？
会改变概率的里面：哪个每次都不同？哪个让概率变得极端？
剩下两个都压低概率：哪个不改变答案，哪个连答案也是瞎猜？""",
    solution='symptoms = {1: "B", 2: "A", 3: "E", 4: "C", 5: "D"}',
)

ordered(validation_loss, test_size, predict_species, confidence, symptoms)
