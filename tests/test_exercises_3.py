"""The exercises of notebook 3: each foreseen wrong answer gets its own message."""

from typing import Any

import numpy
import pytest
import torch
from scipy.stats import binomtest
from sklearn.preprocessing import MinMaxScaler

from day38 import exercises_3
from tests import exercise_checks as checks

EXERCISES = checks.exercises_of(exercises_3)

# Patterns of the answers, which no hint and no message may show.
SECRETS = {
    "predict_species": r"argmax\(dim=1\)|torch\.tensor\(scaler",
    "confidence": r"torch\.softmax\(model|probabilities\.amax",
    "softmax_places": r"\"D\"|[选是] ?D",
    "interval": r"0\.786|0\.956|78\.6|95\.7|method=\"wilson\"\)\n",
    "verdict": r"= ?\"说不准\"",
    "diagnosis": r"[1-6]: \"[A-F]\"",
    "model_file": r"\"A\", \"B\"",
}


def species_at_first(model, scaler, flowers, names):
    inputs = torch.tensor(flowers, dtype=torch.float32)
    with torch.no_grad():
        outputs = model(inputs)
    return [names[index] for index in outputs.argmax(dim=0)]


def species(evaluation=True, scale="transform", dim=1, gradients=False, named=True):
    """Return a function with the bugs that are wanted."""

    def predict_species(model, scaler, flowers, names):
        table = {
            "raw": lambda: flowers,
            "transform": lambda: scaler.transform(flowers),
            "twice": lambda: scaler.transform(scaler.transform(flowers)),
            "refit": lambda: scaler.fit_transform(flowers),
            "new": lambda: MinMaxScaler().fit_transform(flowers),
            "halved": lambda: scaler.transform(flowers) / 2,
        }[scale]()
        if evaluation:
            model.eval()
        with torch.set_grad_enabled(gradients):
            outputs = model(torch.tensor(table, dtype=torch.float32))
        numbers = outputs.argmax(dim=dim)
        return [names[number] for number in numbers] if named else numbers.tolist()

    return predict_species


def species_in_float64(model, scaler, flowers, names):
    model.eval()
    return model(torch.tensor(scaler.transform(flowers))).argmax(dim=1)


def species_of_the_first(model, scaler, flowers, names):
    return species()(model, scaler, flowers[:1], names)


def species_shuffled(model, scaler, flowers, names):
    return species()(model, scaler, flowers, names)[::-1]


MODE, SCALE, AXIS = "问两次", "原样的厘米数", "只回答了 3 个"


def logits(model, inputs):
    return model(inputs).detach()


WRONG: dict[str, list[tuple[Any, str]]] = {
    "predict_species": [
        (species_at_first, "还有 3 处"),
        (species(evaluation=False), MODE),
        (species(scale="raw"), SCALE),
        (species(dim=0), AXIS),
        (species(scale="twice"), "做了两遍"),
        (species(scale="refit"), "重新拟合"),
        (species(scale="new"), "重新拟合"),
        (species(scale="halved"), "不是这几朵花经 scaler"),
        (species(gradients=True), "还在记梯度"),
        (species(named=False), "编号要用 names"),
        (species_in_float64, "RuntimeError"),
        (species_of_the_first, "回答了 1 个"),
        (species_shuffled, "步骤都有了"),
        (lambda model, scaler, flowers, names: list(names), "没有用到传进来的 model"),
        (lambda flowers: flowers, "4 个参数"),
    ],
    "confidence": [
        (lambda model, inputs: logits(model, inputs).max(dim=1).values, "未归一化分数，不是概率"),
        (
            lambda model, inputs: logits(model, inputs).softmax(0).amax(1),
            "沿错了方向：这样是每一列",
        ),
        (lambda model, inputs: logits(model, inputs).softmax(1).amax(0), "最大值取错了方向"),
        (lambda model, inputs: logits(model, inputs).softmax(1).softmax(1).amax(1), "0.576"),
        (lambda model, inputs: logits(model, inputs).sigmoid().amax(1), "sigmoid"),
        (lambda model, inputs: logits(model, inputs).log_softmax(1).amax(1), "概率的对数"),
        (lambda model, inputs: logits(model, inputs).softmax(1), "所有类的概率"),
        (lambda model, inputs: logits(model, inputs).argmax(1), "编号"),
        (lambda model, inputs: torch.max(logits(model, inputs).softmax(1), 1), "应返回形状 (4,)"),
        (lambda model, inputs: print("", end=""), "忘了 return"),
        (torch.ones(4), "请传函数本身"),
    ],
    "softmax_places": [
        ({"A"}, "等于做了两次"),
        ({"B"}, "已经在它里面"),
        ({"C", "D"}, "不改变大小顺序"),
        ({"A", "D"}, "等于做了两次"),
        (set(), "还不全"),
        ({"E"}, "没有 E"),
        ("D", "应是集合"),
        (["D"], "应是集合"),
        ({1}, "没有 1"),
    ],
    "interval": [
        ((0.8168, 0.9832), "正态近似"),
        (tuple(binomtest(45, 50).proportion_ci()), "exact"),
        (tuple(binomtest(45, 50).proportion_ci(0.9, method="wilson")), "90% 的区间"),
        (tuple(100 * b for b in binomtest(45, 50).proportion_ci(method="wilson")), "百分数"),
        (tuple(binomtest(5, 50).proportion_ci(method="wilson")), "错误率"),
        (tuple(binomtest(29, 30).proportion_ci(method="wilson")), "29/30"),
        (tuple(binomtest(45, 50).proportion_ci(method="wilson"))[::-1], "写反了"),
        (0.9, "2 项的列表或元组"),
    ],
    "verdict": [
        ("A 更好", "只差 2 朵"),
        ("A更好", "只差 2 朵"),
        ("B 更好", "没有任何数字"),
        ("一样好", "不等于证明没有差别"),
        (1, "字符串"),
    ],
    "diagnosis": [
        ({1: "A", 2: "B", 3: "E", 4: "C", 5: "D", 6: "F"}, "忘了 eval()，dropout"),
        ({1: "C", 2: "A", 3: "E", 4: "B", 5: "D", 6: "F"}, "softmax 做两次"),
        ({1: "B", 2: "A", 3: "D", 4: "C", 5: "E", 6: "F"}, "对了 4 个。先看症状 3，你选了 D"),
        ({1: "E", 2: "A", 3: "B", 4: "C", 5: "D", 6: "F"}, "NaN 会一路传到输出"),
        ({1: "B", 2: "F", 3: "E", 4: "C", 5: "D", 6: "A"}, "不改变任何数"),
        ({1: "B", 2: "A", 3: "E", 4: "D", 5: "B", 6: "F"}, "核对答案时的错"),
        ({1: "B", 2: "A", 3: "E", 4: "B", 5: "D", 6: "F"}, "先看症状 4"),
        ({1: "B"}, "每个症状一个字母"),
        ({1: "B", 2: "A", 3: "E", 4: "C", 5: "D", 6: "X"}, "没有 X"),
        (["B", "A", "E", "C", "D", "F"], "应是字典"),
    ],
    "model_file": [
        ({"A"}, "还不全"),
        ({"A", "C", "D"}, "朋友量的是厘米"),
        ({"A", "B", "D"}, "什么次序"),
        ({"A", "B", "C"}, "看的是名字"),
        ({"B", "C", "D"}, "没训练过"),
        ({"A", "B", "C", "D", "E"}, "接着训练"),
        ({"A", "B", "C", "D", "F"}, "泄露"),
        ({"A", "B", "C", "D", "G"}, "梯度"),
        ({"H"}, "执行文件里的代码"),
        ({"Z"}, "没有 Z"),
        (("A", "B"), "应是集合"),
    ],
}


def test_every_exercise_is_tested() -> None:
    assert len(EXERCISES) >= 4
    assert EXERCISES.keys() == SECRETS.keys() == WRONG.keys()
    assert all(len(answers) >= 3 for answers in WRONG.values())


@pytest.mark.parametrize("name", EXERCISES)
def test_unanswered_and_solved(name: str) -> None:
    checks.check_unanswered(EXERCISES[name])
    checks.check_solution(name, EXERCISES[name])
    checks.check_texts(EXERCISES[name], SECRETS[name])


@pytest.mark.parametrize(
    ("name", "answer", "part"),
    [(name, *answer) for name, answers in WRONG.items() for answer in answers],
)
def test_wrong_answers(name: str, answer: Any, part: str) -> None:
    secret = SECRETS[name]
    if name in ("interval", "diagnosis", "model_file"):  # what was given may be repeated
        secret = "0.786" if part == "百分数" else '[1-6]: "B", 2: "A", 3: "E", 4'
    checks.check_wrong(EXERCISES[name], answer, part, secret)


@pytest.mark.parametrize("evaluation", [True, False])
@pytest.mark.parametrize("scale", ["transform", "raw"])
@pytest.mark.parametrize("dim", [1, 0])
def test_each_planted_bug_is_told_by_itself(evaluation: bool, scale: str, dim: int) -> None:
    text = checks.said(EXERCISES["predict_species"], species(evaluation, scale, dim))
    assert (MODE in text, SCALE in text, AXIS in text) == (not evaluation, scale == "raw", dim == 0)
    count = [evaluation, scale == "transform", dim == 1].count(False)
    assert (f"还有 {count} 处" in text) if count else text.startswith("正确")


def row_by_row(model, scaler, flowers, names):
    model.eval()
    with torch.inference_mode():
        rows = torch.tensor(scaler.transform(flowers), dtype=torch.float32)
        return tuple(str(names[model(row[None]).softmax(1).argmax()]) for row in rows)


def with_numpy(model, scaler, flowers, names):
    with torch.no_grad():
        outputs = model.eval()(torch.from_numpy(scaler.transform(flowers)).float())
    return numpy.array(names)[outputs.numpy().argmax(axis=1)].tolist()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("predict_species", row_by_row),
        ("predict_species", with_numpy),
        ("confidence", lambda model, inputs: torch.max(model(inputs).softmax(1), 1).values),
        ("confidence", lambda model, inputs: model(inputs).softmax(1).amax(1).tolist()),
        ("softmax_places", frozenset("d")),
        ("interval", (0.786, 0.957)),
        ("interval", binomtest(45, 50).proportion_ci(method="wilson")),
        ("verdict", " 说不准 "),
        ("diagnosis", {6: "f", 5: "d", 4: "c", 3: "e", 2: "a", 1: "b"}),
        ("model_file", {"a", "b", "c", "d"}),
    ],
)
def test_other_right_answers(name: str, answer: Any) -> None:
    assert checks.said(EXERCISES[name], answer).startswith("正确")


def test_numbers_in_the_texts() -> None:
    def wilson(correct: int, total: int) -> tuple[float, float]:
        bounds = binomtest(correct, total).proportion_ci(method="wilson")
        return round(100 * float(bounds.low), 1), round(100 * float(bounds.high), 1)

    assert wilson(29, 30) == (83.3, 99.4)
    assert wilson(27, 30) == (74.4, 96.5)
    assert wilson(45, 50) == (78.6, 95.7)
    most = torch.tensor([1.0, 0.0, 0.0]).softmax(0)[0].item()  # softmax of a certain answer
    assert round(most, 3) == 0.576
    right = torch.tensor([0] * 10 + [1] * 9 + [2] * 11)
    guessed = right.clone()
    guessed[15] = 2
    assert round((guessed == right[:, None]).float().mean().item(), 3) == 0.338
