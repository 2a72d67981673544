"""The exercises of notebook 1: each foreseen wrong answer gets its own message."""

from typing import Any

import pytest
import torch

from day38 import count_parameters, exercises_1
from tests import exercise_checks as checks

EXERCISES = checks.exercises_of(exercises_1)

# Patterns of the answers, which no hint and no message may show.
SECRETS = {
    "parameters": r"229|\(8 \* 16 \+ 16\)|16×5 \+ 5",
    "largest_layer": r"fc1|max\(",
    "dead_units": r"\(activations == 0\)\.all",
    "input_sizes": r"\(3, 48, 64\)|\(8, 3",
    "multiply_adds": r"208|8 \* 16|8×16",
}


def activations(model, inputs):
    return model.relu(model.hidden(inputs))


def numbers(flags: torch.Tensor) -> list[int]:
    return [number for number, flag in enumerate(flags.tolist()) if flag]


def counting_any(model, inputs):
    return numbers((activations(model, inputs) == 0).any(dim=0))


def silent_rows(model, inputs):
    return numbers((activations(model, inputs) == 0).all(dim=1))


def before_relu(model, inputs):
    return numbers((model.hidden(inputs) == 0).all(dim=0))


def alive(model, inputs):
    return numbers((activations(model, inputs) > 0).any(dim=0))


def by_mean(model, inputs):
    return numbers(model.hidden(inputs).mean(dim=0) < 0)


def by_bias(model, inputs):
    return numbers(model.hidden.bias < 0)


def flags(model, inputs):
    return (activations(model, inputs) == 0).all(dim=0)


def nothing_returned(model, inputs):
    numbers((activations(model, inputs) == 0).all(dim=0))


def misspelt(model, inputs):
    return model.first(inputs)


def count(model, inputs):
    return len(numbers((activations(model, inputs) == 0).all(dim=0)))


WRONG: dict[str, list[tuple[Any, str]]] = {
    "parameters": [
        (208, "偏置也是学出来的"),
        (144, "只是第一层"),
        (85, "只是输出层"),
        (29, "单元的个数"),
        (210, "每层只加了 1 个偏置"),
        (237, "输入也加了偏置"),
        (640, "不能连乘"),
        ("229 个", "应是数"),
        (torch.tensor(208), "偏置也是学出来的"),
    ],
    "largest_layer": [
        ("conv3", "卷积层"),
        ("conv1", "卷积层"),
        ("pool1", "没有任何要学的数"),
        ("flatten", "没有任何要学的数"),
        ("fc2", "输入却只有 128 个"),
        ("fc1.weight", "层找对了"),
        ("Linear", "没有叫 Linear 的层"),
        ("7", "没有叫 7 的层"),
        (131_200, "应是字符串"),
    ],
    "dead_units": [
        (counting_any, "有时是 0"),
        (silent_rows, "你数的是样本"),
        (before_relu, "ReLU 之前的数"),
        (alive, "正好反了"),
        (by_mean, "平均值不大于 0"),
        (by_bias, "偏置是负数"),
        (flags, "每个单元一个真假值"),
        (nothing_returned, "忘了 return"),
        (misspelt, "return model.first(inputs)"),
        (count, "2 项的列表"),
        (lambda model: [], "2 个参数"),
        ([1, 3], "请传函数本身"),
    ],
    "input_sizes": [
        (((8, 3, 48, 64), (8, 3, 48, 64)), "torchsummary 的 input_size 是一个样本"),
        (((3, 48, 64), (3, 48, 64)), "torchinfo 的 input_size 要把批次维也写上"),
        (((8, 3, 48, 64), (3, 48, 64)), "记反了"),
        (((48, 64, 3), (8, 48, 64, 3)), "torchsummary 那一项把通道放在了最后"),
        (((3, 48, 64), (8, 48, 64, 3)), "torchinfo 那一项把通道放在了最后"),
        (((3, 64, 48), (8, 3, 64, 48)), "高和宽写反了"),
        (((3, 48, 64), (1, 3, 48, 64)), "收到的是 1"),
        (((1, 48, 64), (8, 1, 48, 64)), "一张图的形状不对"),
        (((48, 64), (8, 48, 64)), "数目不对"),
        ((3, 48, 64), "两个元组"),
        (((3, 48, 64), 8), "两个元组"),
        (((3, "48", 64), (8, 3, 48, 64)), "由整数组成"),
        (([3, 48, 64], torch.zeros(8, 3, 48)), "由整数组成"),
        ("(3, 48, 64)", "列表或元组"),
    ],
    "multiply_adds": [
        (229, "偏置只加不乘"),
        (416, "浮点运算"),
        (128, "只是第一层"),
        (640, "不能连乘"),
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
    if name in ("largest_layer", "input_sizes"):  # what was given may be repeated
        secret = "131,200|8, 3, 48, 64"
    if part == "应是数":
        secret = "144"
    checks.check_wrong(EXERCISES[name], answer, part, secret)


def test_other_right_answers() -> None:
    right = {
        "parameters": [229.0, torch.tensor(229)],
        "largest_layer": [" FC1"],
        "input_sizes": [[[3, 48, 64], [8, 3, 48, 64]], ((3, 48, 64), torch.Size((8, 3, 48, 64)))],
        "dead_units": [
            lambda model, inputs: (activations(model, inputs).sum(dim=0) == 0).nonzero().flatten(),
            lambda model, inputs: numbers(model.hidden(inputs).amax(dim=0) <= 0),
        ],
    }
    for name, answers in right.items():
        for answer in answers:
            assert checks.said(EXERCISES[name], answer).startswith("正确")


def test_numbers_in_the_texts() -> None:
    sizes = {
        name: count_parameters(layer) for name, layer in exercises_1.make_cnn().named_children()
    }
    assert sizes["fc1"] == 131_200 == max(sizes.values())
    assert sum(size for name, size in sizes.items() if name.startswith("conv")) == 23_584
    assert round(100 * sizes["fc1"] / sum(sizes.values())) == 84
    assert exercises_1.make_cnn()(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


def test_torchinfo_gives_the_number_that_counts_biases() -> None:
    torchinfo = pytest.importorskip("torchinfo")
    from day38 import IrisMLP

    statistics = torchinfo.summary(IrisMLP(8, 16, 5), input_size=(1, 8), verbose=0, device="cpu")
    assert (statistics.total_params, statistics.total_mult_adds) == (229, 229)
