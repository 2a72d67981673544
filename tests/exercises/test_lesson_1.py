"""What the exercises of notebook 1 say about other right answers and about wrong functions."""

from typing import Any

import pytest
import torch

from day38 import evaluate, load_iris
from day38.exercises import lesson_1
from tests.exercises.student import said, solved

MEASURED = {"parameters_guess": (83, 83.0), "width_guess": (29, 29, 28, 30)}

SILENT, RETURN = "(activations == 0).all(dim=0)", "silent.nonzero().flatten().tolist()"
HIDDEN = "model.relu(model.hidden(inputs))"
WRONG = [
    ((".all(", ".any("), "有时是 0"),
    (("dim=0", "dim=1"), "你数的是样本"),
    ((HIDDEN, "model.hidden(inputs)"), "ReLU 之前的数"),
    ((SILENT, f"~{SILENT}"), "正好反了"),
    ((RETURN, "silent"), "每个单元一个布尔值"),
    (("return ", ""), "忘了 return"),
    (("model.hidden", "model.first"), "no attribute 'first'"),
    (("model, inputs", "model"), "参数个数与题目不符"),
    ((RETURN, "[0]"), "第 1 组数据试你的函数，返回的是列表 [0]，返回值应是列表或元组（2 项）"),
    ((RETURN, f"[n + 1 for n in {RETURN}]"), "从 0 数起"),
    ((RETURN, "['1', 3]"), "第 1 项是字符串 '1'，这一项应是数。是数就不要加引号。"),
]
OTHER = [
    *(("dead_units", solved(lesson_1.dead_units, change), part) for change, part in WRONG),
    ("input_sizes", ((3, 64, 48), (8, 3, 48, 64)), "torchsummary 的那一项里，高和宽写反了"),
    ("input_sizes", ((3, 48, 64), (8, 3, 64, 48)), "torchinfo 的那一项里，高和宽写反了"),
    ("input_sizes", ((3, 48), (8, 3, 48, 64)), "第 1 项是元组 (3, 48)，这一项应是列表或"),
    ("input_sizes", ((3, 48, "64"), (8, 3, 48, 64)), "第 3 项是字符串 '64'，这一项应是数。"),
    ("dead_units", [2, 4], "收到列表 [2, 4]，答案应是函数。请传函数本身"),
]
RIGHT = [
    ("loss_curve", ["e", "b", "a"]),
    ("parameters", torch.tensor(229.0)),
    ("input_sizes", [[3, 48, 64], torch.Size((8, 3, 48, 64))]),
    ("picture", {"认小花瓣": "H2", "死亡": "ｈ3", "关掉没影响": " h1"}),
    ("dead_units", solved(lesson_1.dead_units, ("== 0", "<= 0"))),
    ("dead_units", solved(lesson_1.dead_units, (RETURN, f"torch.tensor({RETURN})"))),
]


@pytest.mark.parametrize(("name", "answer", "part"), OTHER)
def test_a_mistake_gets_its_own_message(name: str, answer: Any, part: str) -> None:
    told = said(getattr(lesson_1, name), answer)
    assert told.startswith("❌") and part in told


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_in_other_forms_are_right_too(name: str, answer: Any) -> None:
    assert said(getattr(lesson_1, name), answer).startswith("✅")


def test_the_unit_that_does_nothing_does_nothing_and_the_dead_one_is_dead() -> None:
    iris, network = load_iris(), lesson_1.unknown_network
    assert solved(lesson_1.dead_units)(network, iris.train[0]) == [2]
    right = evaluate(network, [iris.train]).correct
    weights = network.output.weight.detach().clone()
    try:
        network.output.weight.data[:, 0] = 0
        assert right > 110 and abs(evaluate(network, [iris.train]).correct - right) <= 1
    finally:
        network.output.weight.data.copy_(weights)
