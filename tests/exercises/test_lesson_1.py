"""What the exercises of notebook 1 say about other right answers and about wrong functions."""

import copy
from typing import Any

import pytest
import torch

from day38 import evaluate, load_iris
from day38.exercises import lesson_1
from tests.exercises.student import said, solved

MEASURED = {"parameters_guess": (83, 83.0), "stuck_guess": (83, 80, 70, 105)}

STEP = lesson_1.train_step
ZERO, BACK, MOVE = "optimizer.zero_grad()\n    ", "loss.backward()\n    ", "optimizer.step()\n    "
LOGITS = "logits = model(inputs)"
WRONG = [
    ([(LOGITS, f"{LOGITS}.softmax(dim=1)")], "这里做了两次"),
    ([(LOGITS, f"{LOGITS}.log_softmax(dim=1)"), (ZERO, "")], "第二步用的梯度里"),
    ([(ZERO, "")], "第二步用的梯度里，还有第一步留下的"),
    ([(ZERO + BACK + MOVE, ZERO + MOVE + BACK)], "优化器动手的时候，梯度算好了吗"),
    ([(ZERO + BACK, BACK + ZERO)], "优化器动手的时候，梯度算好了吗"),
    ([(MOVE, "")], "权重一个也没有变"),
    ([(BACK, "")], "权重一个也没有变"),
    ([("functional.cross_entropy", "functional.nll_loss")], "❌ 损失算得不一样"),
    ([(MOVE, MOVE + MOVE)], "五件事是不是各做了一次"),
    (
        [
            (
                "return loss.item()",
                "return torch.nn.functional.cross_entropy(model(inputs), targets)",
            )
        ],
        "返回的",
    ),
    ([("return loss.item()", "loss.item()")], "忘了 return"),
    ([("model(inputs)", "model(inputs, 1)")], "出错的是这一行"),
    ([("model, inputs, targets, optimizer", "model, inputs")], "参数个数与题目不符"),
]
OTHER = [
    *(("train_step", solved(STEP, *changes), part) for changes, part in WRONG),
    ("train_step", 3, "请传函数本身"),
    ("input_sizes", ((3, 64, 48), (8, 3, 48, 64)), "torchsummary 的那一项里，高和宽写反了"),
    ("input_sizes", ((3, 48, 64), (8, 3, 64, 48)), "torchinfo 的那一项里，高和宽写反了"),
    ("input_sizes", ((48, 64, 3), (8, 3, 48, 64)), "torchsummary 的那一项，通道写到了最后"),
    ("input_sizes", ((3, 48), (8, 3, 48, 64)), "第 1 项是元组 (3, 48)，这一项应是列表或"),
    ("input_sizes", ((3, 48, "64"), (8, 3, 48, 64)), "第 3 项是字符串 '64'，这一项应是数。"),
    ("picture", {"认小花瓣": "h2", "认大花瓣": "h4", "活着却可有可无": "h3"}, "它已经死了"),
]
RIGHT = [
    ("train_step", solved(STEP, (ZERO, ""), (LOGITS, f"optimizer.zero_grad()\n    {LOGITS}"))),
    ("train_step", solved(STEP, (ZERO, ""), (MOVE, MOVE + ZERO))),
    ("train_step", solved(STEP, (ZERO, "model.zero_grad()\n    "))),
    ("train_step", solved(STEP, ("return loss.item()", "return loss"))),
    ("train_step", solved(STEP, (LOGITS, f"{LOGITS}.log_softmax(dim=1)"))),
    ("loss_curve", ["e", "b", "a"]),
    ("parameters", torch.tensor(229.0)),
    ("input_sizes", [[3, 48, 64], torch.Size((8, 3, 48, 64))]),
    ("picture", {"认大花瓣": "H4", "认小花瓣": "ｈ2", "活着却可有可无": " h1"}),
]


def test_the_step_as_given_has_two_faults() -> None:
    started: dict[str, Any] = {"torch": torch}
    exec(compile(STEP.start, "start", "exec"), started)
    assert said(STEP, started["train_step"]).startswith("先改一改：还有 2 处问题")


@pytest.mark.parametrize(("name", "answer", "part"), OTHER)
def test_a_mistake_gets_its_own_message(name: str, answer: Any, part: str) -> None:
    told = said(getattr(lesson_1, name), answer)
    assert told.startswith("❌") and part in told


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_in_other_forms_are_right_too(name: str, answer: Any) -> None:
    assert said(getattr(lesson_1, name), answer).startswith("✅")


def test_the_unit_that_does_nothing_does_nothing_and_the_dead_one_is_dead() -> None:
    iris, network = load_iris(), lesson_1.unknown_network
    assert (network.hidden(iris.train[0]) <= 0).all(dim=0).tolist() == [False, False, True, False]
    right = evaluate(network, [iris.train]).correct
    without = copy.deepcopy(network)
    with torch.no_grad():
        without.output.weight[:, 0] = 0
    assert right > 110 and abs(evaluate(without, [iris.train]).correct - right) <= 1
