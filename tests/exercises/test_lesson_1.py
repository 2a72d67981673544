"""What the exercises of notebook 1 say about other right answers and about wrong functions."""

from typing import Any

import pytest
import torch

from day38 import evaluate, load_iris
from day38.exercises import lesson_1
from tests.exercises.student import said, solved

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
]
RIGHT = [
    ("loss_curve", ["e", "b", "a"]),
    ("parameters", torch.tensor(229.0)),
    ("input_sizes", [[3, 48, 64], torch.Size((8, 3, 48, 64))]),
    ("picture", {"认小花瓣": "H2", "死亡": "ｈ3", "关掉没影响": " h1"}),
    ("dead_units", solved("dead_units", ("== 0", "<= 0"), (RETURN, f"torch.tensor({RETURN})"))),
]


@pytest.mark.parametrize(("change", "part"), WRONG)
def test_a_mistake_in_dead_units_gets_its_own_message(change: tuple, part: str) -> None:
    told = said("dead_units", solved("dead_units", change))
    assert told.startswith("❌") and part in told


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_in_other_forms_are_right_too(name: str, answer: Any) -> None:
    assert said(name, answer).startswith("✅")


def test_the_unit_that_does_nothing_does_nothing_and_the_dead_one_is_dead() -> None:
    iris, network = load_iris(), lesson_1.unknown_network
    assert lesson_1.dead_units._expected(network, iris.train[0]) == [2]
    right = evaluate(network, [iris.train]).correct
    weights = network.output.weight.detach().clone()
    try:
        network.output.weight.data[:, 0] = 0
        assert right > 110 and abs(evaluate(network, [iris.train]).correct - right) <= 1
    finally:
        network.output.weight.data.copy_(weights)
