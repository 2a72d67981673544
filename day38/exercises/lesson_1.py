"""Guesses and exercises of notebook 1: one step, the loss, parameters, input sizes, a picture."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import parameters_to_vector

from day38.exercises.comparing import bare, describe, kind_of
from day38.exercises.exercise import NO_RETURN, Exercise, Guess, Wrong, ordered
from day38.model import IrisMLP

parameters_guess = Guess(
    why="每层是“输入 × 输出”个权重，再给每个输出一个偏置：(4×10 + 10) + (10×3 + 3) = 83。"
    "70 个权重在连线上，13 个偏置在单元里。",
    mistakes={
        17: "17 是单元的个数（4 + 10 + 3），可是参数大多不在单元里，而在单元之间的连线上。",
        13: "13 只是偏置的个数：每条连线上还有一个权重。",
        70: "70 是两个权重矩阵之和：偏置也是学出来的，忘了加。",
        50: "50 只是第一层：输出层还有 33 个。",
        120: "120 是三个宽度连乘：两层的连线是分开的，应该相加。",
        40: "40 只是第一层的权重：还有输出层的 30 个，和每个单元的偏置。",
        30: "30 只是输出层的权重：还有第一层的 40 个，和每个单元的偏置。",
        (0, 40): "低估了：你大概在数单元，而参数大多在单元之间的连线上。",
    },
    tolerance=0,
    unit="个参数",
)

stuck_guess = Guess(
    why="唯一的单元一死，三个分数就和花无关，损失停在 ln 3 附近，再训练也不动。"
    "（和参数的个数一样多，纯属巧合。）",
    mistakes={
        (0, 20): "你大概以为只要一直训练，损失总会降下去。可是死亡单元的梯度是 0，没有什么推动它。",
        (48, 58): "这是没训练就死了的次数。还有一些单元死在训练途中：更新把它推过了头。",
        (21, 63): "你想到了会卡住，只是没想到这么常见。",
        (110, 150): "没有这么糟：多数种子学会了。",
        (151, 200): "你大概以为一个单元根本不够用。其实没有卡住的那些，大多数花都答对了。",
    },
    near=1.3,
    unit="次（一共训练 200 次）",
)


def _network(units: list[list[float]], classes: list[list[float]]) -> IrisMLP:
    """Return a network of these weights; the bias is the last number of each row."""
    with torch.random.fork_rng(devices=[]):
        model = IrisMLP(len(units[0]) - 1, len(units), len(classes))
    with torch.no_grad():
        for layer, rows in ((model.hidden, units), (model.output, classes)):
            layer.weight.copy_(torch.tensor(rows)[:, :-1])
            layer.bias.copy_(torch.tensor(rows)[:, -1])
    return model


_ROWS = torch.tensor([[0.1, 0.2], [0.9, 0.4], [0.5, 1.0], [0.8, 0.9]])
_CLASSES = torch.tensor([0, 1, 2, 1])
_RATE = 0.5
_close = partial(torch.allclose, atol=1e-6)


def _weights(model: IrisMLP) -> Tensor:
    return parameters_to_vector(model.parameters()).detach()


def _step(model: IrisMLP, softmax: bool) -> tuple[float, Tensor, Tensor]:
    """Return the loss, the weights after one step of SGD, and the gradient of the first ones."""
    logits = model(_ROWS)
    loss = functional.cross_entropy(logits.softmax(dim=1) if softmax else logits, _CLASSES)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    return loss.item(), _weights(model) - _RATE * parameters_to_vector(gradients), gradients[0]


def _judge_step(step: Callable) -> list[str | bool]:
    """Let a student's function do two steps, and compare each with a step of ours."""
    model = _network(
        [[0.6, -0.4, 0.2], [-0.3, 0.9, 0.1]], [[0.5, -0.2, 0.1], [-0.4, 0.3, 0], [1, 0.8, 0]]
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=_RATE)
    before, ours = _weights(model), {softmax: _step(model, softmax) for softmax in (False, True)}
    told = step(model, _ROWS, _CLASSES, optimizer)
    if told is None:
        raise Wrong(NO_RETURN)
    if kind_of(told) != "number":
        raise Wrong(f"应返回损失，一个数，返回的是{describe(told)}。")
    told, first = bare(told), _weights(model)
    softmax = abs(told - ours[True][0]) < 1e-4 or _close(first, ours[True][1])
    twice = softmax and "cross_entropy 要的是原始分数，它自己会做 softmax。这里做了两次。"
    if _close(first, before):  # PyTorch may refuse the next step
        still = "一步之后，权重一个也没有变。看一看：优化器动手的时候，梯度算好了吗？"
        return [twice, still]
    value, right, gradient = ours[softmax]
    _, right_again, fresh = _step(model, softmax)
    step(model, _ROWS, _CLASSES, optimizer)
    left = model.hidden.weight.grad
    stale = left is not None and _close(left, gradient + fresh)
    moved, other_loss = not _close(first, right), abs(told - value) >= 1e-4
    faults = {
        (True, True): "损失算得不一样：要的是 cross_entropy(原始分数, 编号)，取平均。",
        (True, False): "一步之后的权重，不是“旧的权重 − 学习率 × 梯度”。五件事是不是各做了一次？",
        (False, True): "返回的不是这一步算出的损失。",
    }
    later = not (moved or stale) and not _close(_weights(model), right_again)
    return [
        twice,
        stale and "第二步用的梯度里，还有第一步留下的。backward() 是往 .grad 里加，加之前要清零。",
        faults.get((moved, other_loss), ""),
        later and "第一步对了，第二步的权重却不对。",
    ]


train_step = Exercise(
    judge=_judge_step,
    why="顺序是前向传播、算损失、清零、反向传播、更新；清零只要在反向传播之前就行。",
    hints="""
把上面训练循环里的五件事，和这里的几行一行一行地对照。
cross_entropy 收到的应是什么，是原始分数，还是概率？
backward() 把梯度加进 .grad。上一步的梯度还在里面，该由谁在什么时候清掉？""",
    start="""
def train_step(model, inputs, targets, optimizer):
    chances = model(inputs).softmax(dim=1)
    loss = torch.nn.functional.cross_entropy(chances, targets)
    loss.backward()
    optimizer.step()
    return loss.item()""",
    solution="""
import torch

def train_step(model, inputs, targets, optimizer):
    logits = model(inputs)
    loss = torch.nn.functional.cross_entropy(logits, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()""",
)

loss_curve = Exercise(
    expected={"A", "B", "E"},
    why="训练集的损失不是答错的比例，也不说明网络在没见过的花上怎样：那要看测试集里答对几朵。",
    mistakes=[
        ("C", "损失是概率的负对数，不是答错的比例。答对几朵要另外数，上面就数了测试集。"),
        ("D", "这是训练集的损失，过拟合时它照样下降。要和测试集上的表现比一比才知道。"),
        ("A", "没训练时的损失约为 1.1。再看曲线在第 1,000 轮处有多高。"),
        ("B", "一共记了 100 次损失，range(100) 从 0 数到几？"),
        ("E", "比一比曲线在 15,000 和 20,000 处的高度。"),
    ],
    hints="""
一句一句地看：它说的事，曲线上真的画着吗？
有两句话把损失当成了别的东西：一句当成答错的比例，一句当成没见过的花上的表现。
A、B、E 里的数都能从曲线和记录的次数核对。""",
    solution='true_sentences = {"A", "B", "E"}',
)

parameters = Exercise(
    expected=229,
    why="(8×16 + 16) + (16×5 + 5) = 229：每层的权重是输入 × 输出，偏置是每个输出一个。",
    mistakes={
        208: "208 是两个权重矩阵之和：偏置也是学出来的，别忘了数。",
        144: "144 只是第一层，后面还有一层。",
        29: "29 是单元的个数（8 + 16 + 5）。参数大多不在单元里，在单元之间的连线上。",
        21: "21 只是偏置的个数。每条连线上还有一个权重。",
        210: "你给每层只加了 1 个偏置。偏置是每个输出单元一个。",
        237: "你给输入也加了偏置。输入只是数据，没有要学的东西。",
        640: "三个数不能连乘：第一层的连线和第二层的连线是分开的，应该相加。",
    },
    hints="""
一层一层地数：这个网络有两个 nn.Linear，先写出它们各自的输入数和输出数。
一个线性层的权重个数 = 输入数 × 输出数；偏置个数 = 输出数。
第一层是 8×16 个权重加 16 个偏置；第二层照样写出来，再把两层相加。""",
    solution="parameters = (8 * 16 + 16) + (16 * 5 + 5)",
)

input_sizes = Exercise(
    expected=((3, 48, 64), (8, 3, 48, 64)),
    why="torchsummary 要一个样本的形状，torchinfo 要一批的形状；一张图按通道、高、宽的顺序写。",
    mistakes=[
        (((8, 3, 48, 64), (3, 48, 64)), "两个工具记反了：含批次维的是另一个。"),
        (((8, 3, 48, 64),) * 2, "torchsummary 要的是一个样本的形状，不写批次维，它自己会加上。"),
        (((3, 48, 64),) * 2, "torchinfo 的 input_size 要把批次维也写上，放在最前面。"),
        (((3, 48, 64), (1, 3, 48, 64)), "torchinfo 那一项的第一维应是一批的张数，题目给了。"),
        (((48, 64, 3), (8, 48, 64, 3)), "通道写到了最后：那是图片文件的习惯，PyTorch 的通道在前。"),
        (((3, 64, 48), (8, 3, 64, 48)), "高和宽写反了：PyTorch 里高在前、宽在后。"),
        (((48, 64), (8, 48, 64)), "还少一维：彩色图片每一点有 3 个数，通道也是一维。"),
        ((48, 64, 3), "(48, 64, 3) 里，通道写到了最后：PyTorch 的通道在前。"),
        ((8, 48, 64, 3), "(8, 48, 64, 3) 里，通道写到了最后：PyTorch 的通道在前。"),
        ((3, 48, 64), "这是一张图的形状。答案要两个元组，两个工具各一个。"),
        ((3, 64, 48), "(3, 64, 48) 里，高和宽写反了：高在前、宽在后。"),
        ((8, 3, 64, 48), "(8, 3, 64, 48) 里，高和宽写反了：高在前、宽在后。"),
    ],
    hints="""
先写出一张图的形状。PyTorch 的顺序是哪一维在前？
再想：两个工具里，哪一个要你把批次维也写上？
一个写三维（通道、高、宽），另一个写四维，最前面多一个批次的张数。""",
    solution="input_sizes = ((3, 48, 64), (8, 3, 48, 64))",
)


# h1 has thick edges in and hardly any out; h3 has thick edges on both sides and is dead.
unknown_network = _network(
    [
        [0.6, 0.4, 1.6, 1.2, 0.3],
        [0.3, 0.4, -2.4, -2.2, 2.4],
        [-1.2, -0.6, -1.6, -1.4, -0.3],
        [0.4, -0.5, 2.8, 2.6, -2.1],
    ],
    [
        [0.04, 3.6, 2.0, -2.8, -2.1],
        [-0.05, -0.9, 1.6, -0.9, 3.6],
        [0.04, -3.0, -1.8, 3.6, -3.3],
    ],
)

picture = Exercise(
    expected={"认小花瓣": "h2", "认大花瓣": "h4", "活着却可有可无": "h1"},
    why="h2 在左下角最深，h4 在右上角最深。h1 对花有反应，可是它右边的连线几乎看不见，"
    "不管它激活多少，都送不到输出。",
    mistakes=[
        ("h1", "h1 的方块有深有浅，对花有反应；可是沿着它右边的连线看，有多少送得出去？"),
        ("h2", "h2 的左下角最深，那里是小花瓣；它右边的连线也粗，关掉影响很大。"),
        ("h3", "h3 的方块画着斜线，没有哪朵花能激活它：它已经死了，题目问的是活着的单元。"),
        ("h4", "h4 在右上角最深，那里是大花瓣；它右边的连线也粗，关掉影响很大。"),
    ],
    hints="""
先看方块，它画的是单元对每种花瓣的激活值；再看连线，它画的是送出去多少。
每个方块里，横轴是花瓣长，纵轴是花瓣宽，所以左下角是小花瓣，右上角是大花瓣。
影响要经过右边的连线才能送到输出：找一个方块不空、右边的连线却极细的单元。""",
    solution='units = {"认小花瓣": "h2", "认大花瓣": "h4", "活着却可有可无": "h1"}',
)

ordered(train_step, loss_curve, parameters, input_sizes, picture)
