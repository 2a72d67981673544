"""What the exercises of notebook 1 say about other right answers and about wrong functions."""

import copy

import torch

from day38 import evaluate, load_iris
from day38.exercises import lesson_1
from tests.exercises.student import said, written

MEASURED = {"parameters_guess": (83, 83.0), "stuck_guess": (83, 80, 70, 105)}

STEP, SIZES, PICTURE = lesson_1.train_step, lesson_1.input_sizes, lesson_1.picture
ZERO, BACK, MOVE = "optimizer.zero_grad()\n    ", "loss.backward()\n    ", "optimizer.step()\n    "
LOGITS, RETURN = "logits = model(inputs)", "return loss.item()"
AGAIN = "return torch.nn.functional.cross_entropy(model(inputs), targets)"
WRONG = [
    (STEP, [(LOGITS, f"{LOGITS}.softmax(dim=1)")], "这里做了两次"),
    (STEP, [(LOGITS, f"{LOGITS}.log_softmax(dim=1)"), (ZERO, "")], "第二步用的梯度里"),
    (STEP, [(ZERO, "")], "第二步用的梯度里，还有第一步留下的"),
    (STEP, [(ZERO + BACK + MOVE, ZERO + MOVE + BACK)], "优化器动手的时候，梯度算好了吗"),
    (STEP, [(ZERO + BACK, BACK + ZERO)], "优化器动手的时候，梯度算好了吗"),
    (STEP, [(MOVE, "")], "权重一个也没有变"),
    (STEP, [(BACK, "")], "权重一个也没有变"),
    (STEP, [("functional.cross_entropy", "functional.nll_loss")], "❌ 损失算得不一样"),
    (STEP, [(MOVE, MOVE + MOVE)], "五件事是不是各做了一次"),
    (STEP, [(RETURN, AGAIN)], "返回的"),
    (STEP, [(RETURN, "loss.item()")], "忘了 return"),
    (STEP, [(RETURN, 'return f"{loss:.4f}"')], "应返回损失，一个数，返回的是字符串"),
    (STEP, [("model(inputs)", "model(inputs, 1)")], "出错的是这一行"),
    (STEP, [("model, inputs, targets, optimizer", "model, inputs")], "参数个数与题目不符"),
    (SIZES, ((3, 64, 48), (8, 3, 48, 64)), "(3, 64, 48) 里，高和宽写反了"),
    (SIZES, ((3, 48, 64), (8, 3, 64, 48)), "(8, 3, 64, 48) 里，高和宽写反了"),
    (SIZES, ((48, 64, 3), (8, 3, 48, 64)), "(48, 64, 3) 里，通道写到了最后"),
    (SIZES, ((8, 3, 64, 48), (3, 64, 48)), "❌ (8, 3, 64, 48) 里，高和宽写反了"),
    (SIZES, ((3, 48), (8, 3, 48, 64)), "第 1 项是元组 (3, 48)，这一项应是列表或"),
    (SIZES, ((3, 48, "64"), (8, 3, 48, 64)), "第 3 项是字符串 '64'，这一项应是数。"),
    (PICTURE, {"认小花瓣": "h2", "认大花瓣": "h4", "活着却可有可无": "h3"}, "它已经死了"),
    (lesson_1.loss_curve, "A", "答案应是集合"),
    (lesson_1.loss_curve, {"A", ...}, "还没有答完"),
]
RIGHT = [
    (STEP, [(ZERO, ""), (LOGITS, f"optimizer.zero_grad()\n    {LOGITS}")]),
    (STEP, [(ZERO, ""), (MOVE, MOVE + ZERO)]),
    (STEP, [(ZERO, "model.zero_grad()\n    ")]),
    (STEP, [(RETURN, "return loss")]),
    (STEP, [(LOGITS, f"{LOGITS}.log_softmax(dim=1)")]),
    (lesson_1.loss_curve, ["e", "b", "a"]),
    (lesson_1.parameters, torch.tensor(229.0)),
    (SIZES, [[3, 48, 64], torch.Size((8, 3, 48, 64))]),
    (PICTURE, {"认大花瓣": "H4", "认小花瓣": "ｈ2", "活着却可有可无": " h1"}),
]


def test_the_step_as_given_has_two_faults() -> None:
    assert said(STEP, written(STEP.start)).startswith("先改一改：还有 2 处问题")


def test_the_unit_that_does_nothing_does_nothing_and_the_dead_one_is_dead() -> None:
    iris, network = load_iris(), lesson_1.unknown_network
    assert (network.hidden(iris.train[0]) <= 0).all(dim=0).tolist() == [False, False, True, False]
    right = evaluate(network, [iris.train]).correct
    without = copy.deepcopy(network)
    with torch.no_grad():
        without.output.weight[:, 0] = 0
    assert right > 110 and abs(evaluate(without, [iris.train]).correct - right) <= 1
