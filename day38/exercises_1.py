"""The exercises of notebook 1: parameters, input sizes, dead units, multiply-adds."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from day38.answers import NUMBER, SEQUENCE, TEXT, describe, kind_of, plain
from day38.exercises import Exercise
from day38.model import IrisMLP

parameters = Exercise(
    question=(
        "一个网络有 8 个输入、一个 16 个单元的隐藏层、5 个输出（8-16-5），两层都带偏置。"
        "它有多少个参数？先在纸上算。"
    ),
    expected=229,
    why="(8×16 + 16) + (16×5 + 5) = 144 + 85 = 229：每层的权重是输入 × 输出，偏置是每个输出一个。",
    wrong={
        208: "208 是两个权重矩阵之和：偏置也是学出来的，别忘了数。",
        144: "144 只是第一层，后面还有一层。",
        85: "85 只是输出层，前面还有一层。",
        29: "29 是单元的个数（8 + 16 + 5）。参数不在单元里，在单元之间的连线上。",
        210: "你给每层只加了 1 个偏置。偏置是每个输出单元一个。",
        237: "你给输入也加了偏置。输入只是数据，没有要学的东西。",
        640: "三个数不能连乘：第一层的连线和第二层的连线是分开的，应该相加。",
    },
    hints=(
        "一层一层地数：这个网络有两个 nn.Linear，先写出它们各自的输入数和输出数。",
        "一个线性层的权重个数 = 输入数 × 输出数；偏置个数 = 输出数。",
        "第一层是 8×16 个权重加 16 个偏置；第二层照样写出来，再把两层相加。",
    ),
    solution="parameters = (8 * 16 + 16) + (16 * 5 + 5)",
)


def make_cnn() -> nn.Sequential:
    """Return the network of `largest_layer`, for colour pictures of 32 × 32."""
    with torch.random.fork_rng(devices=[]):
        return nn.Sequential(OrderedDict(_layers()))


def _layers() -> dict[str, nn.Module]:
    return {
        "conv1": nn.Conv2d(3, 16, kernel_size=3, padding=1),
        "pool1": nn.MaxPool2d(2),
        "conv2": nn.Conv2d(16, 32, kernel_size=3, padding=1),
        "pool2": nn.MaxPool2d(2),
        "conv3": nn.Conv2d(32, 64, kernel_size=3, padding=1),
        "pool3": nn.MaxPool2d(2),
        "flatten": nn.Flatten(),
        "fc1": nn.Linear(64 * 4 * 4, 128),
        "fc2": nn.Linear(128, 10),
    }


def _judge_layer(answer: str) -> str | None:
    name = plain(answer)
    if name == "fc1":
        return None
    if name == "fc1.weight":
        return "层找对了。不过这是那一层里权重张量的名字；题目问的是层，请写小数点前面的部分。"
    if name.startswith("conv"):
        return (
            "卷积层看着复杂，参数却不多：同一个小卷积核在整张图上反复使用。"
            "参数量和图的大小、计算的快慢是两回事，请把每一层的 numel() 真的加出来比一比。"
        )
    if name.startswith(("pool", "flatten")):
        return "这一层里没有任何要学的数，只是挑选或重新排列。请在有 weight 的层里找。"
    if name == "fc2":
        return "它虽然也是全连接层，输入却只有 128 个。权重数 = 输入 × 输出，比一比别的层。"
    return f"没有叫 {answer[:20]} 的层。请写 print(cnn) 里括号中的名字，而不是类型或编号。"


largest_layer = Exercise(
    question="`make_cnn()` 给出的网络里，哪一层的参数最多？写出它的名字（字符串）。",
    judge=_judge_layer,
    kind=TEXT,
    why=(
        "fc1 有 1024×128 + 128 = 131,200 个参数，占全部的 84%。三个卷积层合起来才 23,584 个："
        "展平后的第一个全连接层，往往就是吃掉参数最多的地方。"
    ),
    hints=(
        "别猜，让 PyTorch 数：named_parameters() 会给出每个参数张量的名字和大小。",
        "每一层有 weight 和 bias 两个张量，名字里小数点前面的部分就是层名，把它们加起来比较。",
        "用 named_children() 逐层走，对每一层调用 count_parameters，再找最大的。",
    ),
    solution="""
from day38 import count_parameters
from day38.exercises_1 import make_cnn

sizes = {name: count_parameters(layer) for name, layer in make_cnn().named_children()}
largest_layer = max(sizes, key=sizes.get)""",
)


def _network(*rows: list[float]) -> IrisMLP:
    """Return a network of two inputs whose hidden units have these weights and this bias."""
    with torch.random.fork_rng(devices=[]):
        model = IrisMLP(inputs=2, hidden=len(rows), classes=3)
    units = torch.tensor(rows)
    with torch.no_grad():
        model.hidden.weight.copy_(units[:, :2])
        model.hidden.bias.copy_(units[:, 2])
    return model


def _silent(model: nn.Module, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        return model.relu(model.hidden(inputs)) == 0


def _numbers(flags: Tensor) -> list[int]:
    return flags.nonzero().flatten().tolist()


_POINTS = torch.tensor([[0.0, 1.0], [0.2, 0.1], [0.9, 0.8], [1.0, 0.4]])
_ALIVE, _LIFTED, _HALF = [1.0, 1.0, 0.5], [3.0, 3.0, -0.5], [9.0, 0.0, -1.0]
_RARE, _DEAD, _DARK = [5.0, 1.0, -5.2], [-1.0, -1.0, -0.1], [1.0, 1.0, -9.0]

dead_units = Exercise(
    question=(
        "写一个函数 `dead_units(model, inputs)`，返回失活单元的编号列表（从 0 数起，由小到大）。"
        "对 `inputs` 的每一行，ReLU 之后都是 0 的隐藏单元，就是失活单元。"
        "`model` 的三层叫 `model.hidden`、`model.relu`、`model.output`。"
    ),
    expected=lambda model, inputs: _numbers(_silent(model, inputs).all(dim=0)),
    calls=[
        (_network(_ALIVE, _DEAD, _RARE, _DARK, _HALF, _LIFTED), _POINTS),
        (_network(_ALIVE, _RARE, _ALIVE), _POINTS[:3]),
        (_network(_DEAD, _DARK), _POINTS),
    ],
    why=(
        "只要对一行数据有反应，单元就还活着；对所有行都是 0，它的输出和梯度就一直是 0，"
        "再怎么训练也学不动。"
    ),
    wrong=[
        (
            lambda model, inputs: _numbers(_silent(model, inputs).any(dim=0)),
            "你把“有时是 0”也算成失活了。单元对一部分花沉默很正常；要对每一行都是 0 才算。",
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
            lambda model, inputs: _numbers(model.hidden(inputs).mean(dim=0) <= 0),
            "ReLU 之前的平均值不大于 0，单元仍可能活着：它可以对大多数行沉默，只对少数行有反应。",
        ),
        (
            lambda model, inputs: _numbers(model.hidden.bias < 0),
            "偏置是负数，不一定失活，权重可以把它补回来。要拿数据真的算一遍激活。",
        ),
        (
            lambda model, inputs: _silent(model, inputs).all(dim=0),
            "判断对了，但这是每个单元一个真假值。题目要的是编号，可以再用 nonzero()。",
        ),
    ],
    hints=(
        "先算出激活：一行数据、一个单元，一个数。它的形状是 (行数, 单元数)。",
        "把激活和 0 比较，得到一张真假表；再问：哪些列从上到下全是 True？",
        "all(dim=0) 沿着行的方向合并，nonzero() 给出 True 的位置，flatten().tolist() 变成列表。",
    ),
    solution="""
import torch


def dead_units(model, inputs):
    with torch.no_grad():
        activations = model.relu(model.hidden(inputs))
    silent = (activations == 0).all(dim=0)
    return silent.nonzero().flatten().tolist()""",
)


def _size_problem(size: object, batch: bool) -> str | None:
    """Say what is wrong with one `input_size` for 8 pictures of 3 × 48 × 64."""
    tool = "torchinfo" if batch else "torchsummary"
    parts = list(size) if kind_of(size) == SEQUENCE else None
    if parts is None or any(kind_of(part) != NUMBER for part in parts):
        return f"{tool} 的 input_size 应是由整数组成的元组，收到的是{describe(size)}。"
    if batch and len(parts) == 3:
        return "torchinfo 的 input_size 要把批次维也写上，放在最前面。"
    if batch and len(parts) == 4 and parts[0] != 8:
        return f"torchinfo 那一项的第一维应是一批的张数，收到的是 {parts[0]}。"
    if not batch and len(parts) == 4:
        return "torchsummary 的 input_size 是一个样本的形状，不写批次维；它自己会加上。"
    picture = parts[1:] if batch else parts
    if len(picture) != 3:
        return f"{tool} 那一项有 {len(parts)} 维，数目不对。先写出一张图的三维。"
    if picture[-1] == 3:
        return f"{tool} 那一项把通道放在了最后。那是图片文件的习惯，PyTorch 的通道在高和宽之前。"
    if picture == [3, 64, 48]:
        return f"{tool} 那一项的高和宽写反了：PyTorch 里高在前、宽在后。"
    return None if picture == [3, 48, 64] else f"{tool} 那一项里，一张图的形状不对，请重读题目。"


def _judge_sizes(answer: tuple) -> str | None:
    if len(answer) != 2 or any(kind_of(size) == NUMBER for size in answer):
        return "答案应是两个元组组成的元组：前一个给 torchsummary，后一个给 torchinfo。"
    sizes = [list(size) if kind_of(size) == SEQUENCE else size for size in answer]
    if sizes == [[8, 3, 48, 64], [3, 48, 64]]:
        return "两个工具记反了：含批次维的是另一个。"
    return _size_problem(sizes[0], batch=False) or _size_problem(sizes[1], batch=True)


input_sizes = Exercise(
    question=(
        "一个 CNN 读彩色（3 个通道）图片，高 48、宽 64，每批 8 张。给 torchsummary 和 torchinfo "
        "的 `input_size` 各应怎么写？答案写成两个元组：`(给 torchsummary 的, 给 torchinfo 的)`。"
    ),
    judge=_judge_sizes,
    kind=SEQUENCE,
    why="torchsummary 要一个样本的形状，torchinfo 要一批的形状；一张图按通道、高、宽的次序写。",
    hints=(
        "先写出一张图的形状。PyTorch 的次序是哪一维在前？",
        "再想：两个工具里，哪一个要你把批次维也写上？",
        "一个写三维（通道、高、宽），另一个写四维，最前面多一个批次的张数。",
    ),
    solution="input_sizes = ((3, 48, 64), (8, 3, 48, 64))",
)

multiply_adds = Exercise(
    question="还是那个 8-16-5 的网络：送进一个样本，真正要做多少次乘加？",
    expected=208,
    why="每个权重恰好用一次：8×16 + 16×5 = 208。偏置只加不乘，不算乘加。",
    wrong={
        229: "229 是参数量。偏置只加不乘，不算乘加；torchinfo 多算的正是它们。",
        416: "416 是浮点运算的次数（FLOP）：一次乘加算两次运算。题目问的是乘加。",
        128: "128 只是第一层，后面还有一层。",
        640: "三个数不能连乘：两层是先后各做一遍，应该相加。",
    },
    hints=(
        "一次乘加就是“输入乘权重，再加到总和里”。哪些参数要和输入相乘？",
        "每个权重对每个样本恰好用一次；偏置呢？",
        "把两个权重矩阵里的数的个数加起来就行。",
    ),
    solution="multiply_adds = 8 * 16 + 16 * 5",
)
