"""The exercises of notebook 3: repair an inference, read an interval, find what went wrong."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from day38.answers import MAPPING, SET
from day38.exercises import Exercise
from day38.inference_judges import judge_choices, judge_matches, judge_species
from day38.model import IrisMLP

predict_species = Exercise(
    question=(
        "`predict_species(model, scaler, flowers, names)` 应返回每朵花的品种名。"
        "`flowers` 用厘米，`scaler` 是训练时拟合好的。它能运行，却埋着三处错误。找出来，全部改好。"
    ),
    judge=judge_species,
    why="评估模式、训练时的归一化、每朵花取最大的那一类：推理的三处要害都对了。",
    hints=(
        "顺着数据走一遍：厘米 → 送进网络的数 → 未归一化分数 → 编号 → 名字，每一步的数对吗？",
        "网络里若有 dropout，推理之前要做什么？输出的形状是 (朵数, 类别数)，沿哪一维取最大？",
        "要补的有 model.eval() 和 scaler.transform(…)；要改的是 argmax 的 dim。",
    ),
    solution="""
import torch


def predict_species(model, scaler, flowers, names):
    inputs = torch.tensor(scaler.transform(flowers), dtype=torch.float32)
    model.eval()
    with torch.no_grad():
        outputs = model(inputs)
    return [names[index] for index in outputs.argmax(dim=1)]""",
)


def _network() -> IrisMLP:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(3)
        model = IrisMLP()
    with torch.no_grad():
        model.output.weight.mul_(6)
    return model.eval()


def _logits(model: nn.Module, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        return model(inputs)


_ROWS = torch.tensor([[0.2, 0.6, 0.1, 0.0], [0.5, 0.3, 0.6, 0.6], [0.9, 0.4, 0.9, 1.0], [0.1] * 4])

confidence = Exercise(
    question=(
        "写一个函数 `confidence(model, inputs)`，返回每一行最可能的那一类的概率，"
        "形状是 `(行数,)` 的张量。`model` 已在评估模式，输出的是未归一化分数。"
    ),
    expected=lambda model, inputs: _logits(model, inputs).softmax(dim=1).amax(dim=1),
    calls=[(_network(), _ROWS), (_network(), _ROWS[:3])],
    tolerance=1e-4,
    why="softmax 只做一次，沿类别的方向（dim=1），每一行的概率加起来是 1；再取每行最大的。",
    wrong=[
        (
            lambda model, inputs: _logits(model, inputs).amax(dim=1),
            "这是最大的未归一化分数，不是概率：它可以超过 1，也可以是负数。",
        ),
        (
            lambda model, inputs: _logits(model, inputs).softmax(dim=0).amax(dim=1),
            "softmax 沿错了方向：这样是每一列加起来等于 1，几朵花在互相竞争。",
        ),
        (
            lambda model, inputs: _logits(model, inputs).softmax(dim=1).amax(dim=0),
            "最大值取错了方向：你给的是每一类一个数。要的是每一行一个数。",
        ),
        (
            lambda model, inputs: _logits(model, inputs).softmax(dim=1).softmax(dim=1).amax(dim=1),
            "softmax 做了两次：三个类时，概率再也超不过 0.576。",
        ),
        (
            lambda model, inputs: _logits(model, inputs).sigmoid().amax(dim=1),
            "sigmoid 把每个分数单独压到 0 和 1 之间，一行加起来不是 1。几类选一，要用 softmax。",
        ),
        (
            lambda model, inputs: _logits(model, inputs).log_softmax(dim=1).amax(dim=1),
            "这是概率的对数，所以不大于 0。要的是概率本身。",
        ),
        (
            lambda model, inputs: _logits(model, inputs).softmax(dim=1),
            "这是所有类的概率。每一行只要最大的那一个。",
        ),
        (
            lambda model, inputs: _logits(model, inputs).argmax(dim=1),
            "这是最可能那一类的编号，要的是它的概率。torch.max(…, 1) 两样都给，取哪一样？",
        ),
    ],
    hints=(
        "前向得到的是未归一化分数，形状 (行数, 类别数)。先把每一行变成概率。",
        "softmax 要说明沿哪一维：让哪些数加起来等于 1？",
        "torch.softmax(outputs, dim=1) 之后，再沿同一维取最大值，例如 amax(dim=1)。",
    ),
    solution="""
import torch


def confidence(model, inputs):
    with torch.no_grad():
        probabilities = torch.softmax(model(inputs), dim=1)
    return probabilities.amax(dim=1)""",
)

softmax_places = Exercise(
    question=(
        "训练用 `cross_entropy`，网络最后是线性层。哪些地方需要自己加 softmax？"
        "A：网络 `forward` 的最后一行；B：算 `cross_entropy` 之前；C：`argmax` 取编号之前；"
        'D：把概率显示给用户之前。答案写成集合，例如 `{"A", "B"}`。'
    ),
    judge=judge_choices(
        {"D": "有一处，人要看的是概率，而网络给的是分数。"},
        {
            "A": "放进 forward，cross_entropy 收到的就不是分数了，等于做了两次，训练会变慢、变差。",
            "B": "cross_entropy 要的是未归一化分数，softmax 已经在它里面。",
            "C": "softmax 不改变大小顺序，取编号时加不加都一样，不需要。",
        },
    ),
    kind=SET,
    why="网络输出分数，cross_entropy 自带 softmax，argmax 用不着；只有要给人看概率时才做一次。",
    hints=(
        "先想 cross_entropy 要什么：分数，还是概率？",
        "再想 softmax 会不会改变三个数的大小顺序。",
        "“需要”的意思是：不加就会错。一处一处问：不加会错吗？",
    ),
    solution='softmax_places = {"D"}',
)

interval = Exercise(
    question=(
        "另一个模型在 50 朵测试花上认对 45 朵。用 `scipy.stats.binomtest` 算出它准确率的 "
        "95% Wilson 置信区间，答案写成 `(下限, 上限)`，用 0 到 1 的小数。"
    ),
    expected=(0.7864, 0.9565),
    tolerance=1e-3,
    why="点估计是 90%，可 50 朵花只够说：真正的准确率大约在 78.6% 到 95.7% 之间。",
    wrong={
        (
            0.8168,
            0.9832,
        ): "这是正态近似 p ± 1.96·√(p(1−p)/n)，样本少、p 接近 1 时不可靠。要 Wilson。",
        (0.7819, 0.9667): "这是 proportion_ci 默认的 exact 区间。请用 method 参数指定 wilson。",
        (0.8085, 0.9505): "这是 90% 的区间。题目要 95%，也就是 confidence_level 的默认值。",
        (78.64, 95.65): "数算对了，单位不对：题目要 0 到 1 的小数，不是百分数。",
        (0.0435, 0.2136): "这是错误率的区间：你数的是认错的 5 朵。",
        (0.8333, 0.9941): "这是 29/30 的区间。题目换了一个模型：50 朵里对 45 朵。",
        (0.9565, 0.7864): "两个数写反了：下限在前。",
    },
    hints=(
        "binomtest(认对的个数, 总数) 给出一个结果对象，它有方法 proportion_ci。",
        "proportion_ci 有个参数 method，默认不是 Wilson。",
        'proportion_ci(method="wilson") 的结果有 .low 和 .high，放进一个元组。',
    ),
    solution="""
from scipy.stats import binomtest

bounds = binomtest(45, 50).proportion_ci(method="wilson")
interval = (bounds.low, bounds.high)""",
)

verdict = Exercise(
    question=(
        "同样 30 朵测试花，模型 A 对 29 朵（96.67%，95% 区间 [83.3%, 99.4%]），"
        "模型 B 对 27 朵（90%，[74.4%, 96.5%]）。只凭这些，能说什么？"
        '从 `"A 更好"`、`"B 更好"`、`"一样好"`、`"说不准"` 里选一个。'
    ),
    expected="说不准",
    why="两个区间大段重叠，差的只有 2 朵花，换一批花就可能反过来。要下结论，得有更多测试数据。",
    wrong={
        "A 更好": "96.67% 比 90% 高，可只差 2 朵花。看看两个区间重叠了多少，再想换一批花会怎样。",
        "B 更好": "B 认对的还少 2 朵，没有任何数字支持它更好。",
        "一样好": "没有证明有差别，不等于证明没有差别：30 朵花太少，两头都证明不了。",
    },
    hints=(
        "96.67% 和 90% 都是从 30 朵花估计来的。换另外 30 朵，它们会变多少？",
        "区间就是回答这个问题的。把两个区间画在同一条数轴上，看它们是分开，还是重叠。",
        "真正的准确率若都是 93%，两个模型会不会得到这样的成绩？能排除这种可能吗？",
    ),
    solution='verdict = "说不准"',
)

diagnosis = Exercise(
    question="""六个症状各找一个原因，写成字典 `{1: 字母, 2: 字母, …}`，每个原因用一次。

| 序号 | 症状 | 代号 | 原因 |
|---|---|---|---|
| 1 | 准确率约 40%，平均最大概率却有 0.99 | A | 忘了 `eval()` |
| 2 | 同一朵花连问五次，五次的概率都不同 | B | 忘了归一化 |
| 3 | 有一行的概率全是 nan，答案却是 setosa | C | softmax 做了两次 |
| 4 | 答案都对，可概率从没超过 0.576 | D | 目标的形状是 `(30, 1)` |
| 5 | 逐行核对明明对了 29 朵，算出的准确率却是 33.8% | E | 输入里有 NaN |
| 6 | 答案都对，但留着的结果越多，内存越紧张 | F | 忘了 `no_grad()` |""",
    judge=judge_matches(
        {1: "B", 2: "A", 3: "E", 4: "C", 5: "D", 6: "F"},
        {
            "A": "忘了 eval()，dropout 还在随机丢单元。这样的症状应当带着“随机”二字。",
            "B": "忘了归一化，送进网络的数大了好几倍，分数也跟着变大。想想 softmax 会怎样。",
            "C": "softmax 做两次，大小顺序不变，只是概率被压平。它不会让答案变错。",
            "D": "这是核对答案时的错，模型和概率都没有问题：== 会广播成 30×30 的表。",
            "E": "NaN 会一路传到输出，跟它有关的数都成了 nan；argmax 遇到 nan 也照样给出编号。",
            "F": "忘了 no_grad() 不改变任何数，只是每个结果都拖着计算图。",
        },
    ),
    kind=MAPPING,
    why="每种错都有自己的指纹：看答案变不变、概率偏高还是偏低、两次结果一不一样，就能认出来。",
    hints=(
        "先把原因分两堆：哪些会改变概率，哪些一个概率也不改变？",
        "会改变概率的里面：哪个每次都不同？哪个让概率变得极端？哪个把概率压平？",
        "剩下的：一个出在核对答案的时候，一个只费内存；nan 的来历看字面就知道。",
    ),
    solution='diagnosis = {1: "B", 2: "A", 3: "E", 4: "C", 5: "D", 6: "F"}',
)

model_file = Exercise(
    question=(
        "朋友已经有网络的代码（day38），只想用你的模型认花。模型文件里哪些缺一不可？A：权重；"
        "B：归一化的参数；C：特征的名字和顺序；D：类别名；E：优化器的状态；F：训练数据；"
        'G：最后一次的梯度；H：用 pickle 存的整个模型对象。答案写成集合，例如 `{"A", "E"}`。'
    ),
    judge=judge_choices(
        {
            "A": "没有学到的数，拿到的就是一个没训练过的网络。",
            "B": "朋友量的是厘米，网络要的不是；没有它，准确率会跌到四成左右，还很自信。",
            "C": "四个长度按什么次序给？给错了次序不会报错，只会答错。",
            "D": "网络只会答 0、1、2，朋友要看的是名字。",
        },
        {
            "E": "它只在接着训练时有用，推理用不到。",
            "F": "学到的东西已经在权重里了。带上数据，文件变大，还可能泄露不该给人的内容。",
            "G": "梯度只在训练的那一步有用，推理用不到。",
            "H": "打开 pickle 会执行文件里的代码，weights_only=True 会拒绝；网络的代码他已经有了。",
        },
    ),
    kind=SET,
    why="权重、归一化、特征名和次序、类别名，一样不能少；day38.Predictor 的文件里都有。",
    hints=(
        "想象朋友手里有一把尺和一朵花：从四个读数到一个名字，每一步需要什么？",
        "一步一步走：按次序写下读数 → 换算 → 网络 → 编号 → 名字。",
        "哪一步离开文件就走不通，就把它要的东西带上；只跟训练有关的，一样也不用带。",
    ),
    solution='model_file = {"A", "B", "C", "D"}',
)
