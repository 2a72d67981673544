"""Guesses and exercises of notebook 1: parameters, loss, input sizes, a picture, dead units."""

import torch
from torch import Tensor

from day38.exercises.exercise import Exercise, Guess, ordered
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
        (0, 40): "低估了：你大概在数单元，而参数大多在单元之间的连线上。",
    },
    tolerance=0,
    unit="个参数",
)

width_guess = Guess(
    why="三个种类大致沿“花瓣由小到大”排成一列，一个单元就能给出这个大小，输出层再切成三段。"
    "11 个参数就够了。",
    mistakes={
        20: "20 朵相当于只分得开两种花，可一个单元给出的是连续的大小，不是一个是非判断。",
        (0, 19): "低估得很多：你大概以为单元少就学不会。",
        (21, 27): "还是低估了一点：你大概以为少了 9 个单元总要多错几朵。",
        28: "30 朵里差一朵，还说明不了哪个网络更好。",
        30: "这个划分里有一朵花，多少单元都几乎总是认错，第 3 课会讲到它。",
    },
    tolerance=0,
    near=1.04,  # one flower
    unit="朵",
)

loss_curve = Exercise(
    expected={"A", "B", "E"},
    why="训练集的损失不是认错的比例，也不说明在没见过的花上怎样：那两件事要看测试集上认对几朵。",
    mistakes=[
        ("C", "损失是概率的负对数，不是认错的比例。认对了多少要另外数，上面就数了测试集。"),
        ("D", "这是训练集的损失，过拟合时它照样下降。要和测试集上的表现比一比才知道。"),
        ("A", "没训练时的损失约为 1.1，再看曲线在第 1,000 轮处有多高。"),
        ("B", "一共记了 100 次损失，range(100) 从 0 数到几？"),
        ("E", "比一比曲线在 15,000 和 20,000 处的高度。"),
    ],
    hints="""
一句一句地看：它说的事，曲线上真的画着吗？
有两句话把损失当成了别的东西：一句当成认错的比例，一句当成没见过的花上的表现。
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
    why="torchsummary 要一个样本的形状，torchinfo 要一批的形状；一张图按通道、高、宽的次序写。",
    mistakes=[
        (((8, 3, 48, 64), (3, 48, 64)), "两个工具记反了：含批次维的是另一个。"),
        (((8, 3, 48, 64),) * 2, "torchsummary 要的是一个样本的形状，不写批次维，它自己会加上。"),
        (((3, 48, 64),) * 2, "torchinfo 的 input_size 要把批次维也写上，放在最前面。"),
        (((3, 48, 64), (1, 3, 48, 64)), "torchinfo 那一项的第一维应是一批的张数，题目给了。"),
        (((48, 64, 3), (8, 48, 64, 3)), "通道写到了最后：那是图片文件的习惯，PyTorch 的通道在前。"),
        (((3, 64, 48), (8, 3, 64, 48)), "高和宽写反了：PyTorch 里高在前、宽在后。"),
        (((48, 64), (8, 48, 64)), "还少一维：彩色图片每一点有 3 个数，通道也是一维。"),
        ((3, 48, 64), "这是一张图的形状。答案要两个元组，两个工具各一个。"),
        ((3, 64, 48), "给 torchsummary 的那一项里，高和宽写反了：高在前、宽在后。"),
        ((8, 3, 64, 48), "给 torchinfo 的那一项里，高和宽写反了：高在前、宽在后。"),
    ],
    hints="""
先写出一张图的形状。PyTorch 的次序是哪一维在前？
再想：两个工具里，哪一个要你把批次维也写上？
一个写三维（通道、高、宽），另一个写四维，最前面多一个批次的张数。""",
    solution="input_sizes = ((3, 48, 64), (8, 3, 48, 64))",
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
    expected={"死亡": "h3", "认小花瓣": "h2", "关掉没影响": "h1"},
    why="h3 的连线再粗，也没有东西可送；h2 在左下角最深；h1 虽深，右边的连线却几乎看不见。",
    mistakes=[
        ("h1", "h1 的方块有深有浅，对花有反应。它和别的单元不同的地方在右边的连线。"),
        ("h2", "h2 的左下角最深，右边的连线也粗，它活着，也有用。"),
        ("h3", "h3 的方块画着斜线，没有哪朵花能激活它。连线的粗细不能说明单元是死是活。"),
        ("h4", "h4 在右上角最深，那里是大花瓣；它右边的连线也粗，关掉影响很大。"),
    ],
    hints="""
先看方块，它画的是单元对每种花瓣的激活值；再看连线，它画的是送出去多少。
每个方块里，横轴是花瓣长，纵轴是花瓣宽，所以左下角是小花瓣，右上角是大花瓣。
影响要经过右边的连线才能送到输出：找一个方块不空、右边的连线却极细的单元。""",
    solution='units = {"死亡": "h3", "认小花瓣": "h2", "关掉没影响": "h1"}',
)


def _silent(model: IrisMLP, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        return model.relu(model.hidden(inputs)) == 0


def _numbers(flags: Tensor) -> list[int]:
    return flags.nonzero().flatten().tolist()


_POINTS = torch.tensor([[0.0, 1.0], [0.2, 0.1], [0.9, 0.8], [1.0, 0.4]])
_ALIVE, _RARE = [1.0, 1.0, 0.5], [5.0, 1.0, -5.2]
_DEAD, _DARK = [-1.0, -1.0, -0.1], [1.0, 1.0, -9.0]
_CLASSES = [[0.1] * 7] * 3  # six units and the bias; what comes out does not matter

dead_units = Exercise(
    expected=lambda model, inputs: _numbers(_silent(model, inputs).all(dim=0)),
    calls=[
        (_network([_ALIVE, _DEAD, _RARE, _DARK, _RARE, _ALIVE], _CLASSES), _POINTS),
        (_network([_DEAD, _DARK] * 3, _CLASSES), _POINTS[:3]),
    ],
    why="只要对一行数据有反应，单元就还活着；对所有行都是 0，它的激活值和梯度才一直是 0。",
    mistakes=[
        (
            lambda model, inputs: _numbers(_silent(model, inputs).any(dim=0)),
            "你把“有时是 0”也算成死亡了。单元对一部分花沉默很正常；要对每一行都是 0 才算。",
        ),
        (
            lambda model, inputs: _numbers(_silent(model, inputs).all(dim=1)),
            "你数的是样本：合并了单元的方向，得到的是让所有单元都沉默的行。要合并的是行的方向。",
        ),
        (
            lambda model, inputs: _numbers((model.hidden(inputs) == 0).all(dim=0)),
            "你看的是 ReLU 之前的数，它几乎不会恰好等于 0。先让它经过 model.relu。",
        ),
        (
            lambda model, inputs: _numbers(~_silent(model, inputs).all(dim=0)),
            "正好反了：你返回的是还活着的单元。",
        ),
        (
            lambda model, inputs: [n + 1 for n in _numbers(_silent(model, inputs).all(dim=0))],
            "每个编号都大了 1：图里的单元从 h1 写起，这里的编号从 0 数起。",
        ),
        (
            lambda model, inputs: _silent(model, inputs).all(dim=0),
            "判断对了，但这是每个单元一个布尔值。题目要的是编号，可以再用 nonzero()。",
        ),
    ],
    hints="""
先算出激活值：一行数据、一个单元，一个数。它的形状是（行数, 单元数）。
把激活值和 0 比较，得到一张布尔值的表；再问：哪些列从上到下全是 True？
all(dim=0) 沿着行的方向合并，nonzero() 给出 True 的位置，flatten().tolist() 变成列表。""",
    solution="""
import torch

def dead_units(model, inputs):
    with torch.no_grad():
        activations = model.relu(model.hidden(inputs))
    silent = (activations == 0).all(dim=0)
    return silent.nonzero().flatten().tolist()""",
)

ordered(loss_curve, parameters, input_sizes, picture, dead_units)
