"""The engine of exercises: what it says to any answer or guess, and that it leaves no trace."""

import sys
from typing import Any

import numpy
import pytest
import torch
from torch import nn

from day38.exercises import Exercise, Guess, ordered
from day38.exercises.exercise import Wrong
from tests.exercises.student import printed, said, written

PLAIN = {"why": "理由。", "solution": "x = 1"}
RIGHT = "✅ 正确。理由。（本课 0 题，完成 0 题）"
NEITHER = "❌ 2 项里对了 0 项。先看 1，"


@pytest.mark.parametrize(
    ("expected", "answer", "text"),
    [
        (229, 229.0, RIGHT),
        (229, 228, "❌ 收到 228：类型对，值不对。再想想，或者看看提示。"),
        (229, 208, "❌ 忘了偏置。"),
        (229, (8, 16), "❌ 忘了偏置。"),
        ({"D", "E"}, ["e", "D", "D"], RIGHT),
        ({"D", "E"}, {"a", "D"}, "❌ a 不该选。训练时才要。"),
        ({"D", "E"}, {"X"}, "❌ X 不该选。"),
        ({"D", "E"}, ["D"], "❌ 选的都对，但还不全。人要看概率。"),
        ({"D", "E"}, set(), "❌ 还一个也没有选。"),
        ((1, 2), (1, 8), "❌ 这是 8。"),
        ((1, 2), (8, 1), "❌ 这是 8。"),
        ({"D"}, "D", "❌ 收到字符串 'D'，答案应是集合。"),
        ({1: "A", 2: None}, {2: None, 1: " a"}, RIGHT),
        ({1: "A", 2: "B"}, {2: "A"}, f"{NEITHER}答案里没有它。"),
        ({1: "A", 2: "B"}, {1: "E", 2: "A"}, f"{NEITHER}你写的是 E。人要看概率。"),
    ],
)
def test_an_answer_is_judged(expected: Any, answer: Any, text: str) -> None:
    numbers = {208: "忘了偏置。", (8, 16): "忘了偏置。", 8: "这是 8。"}
    letters = {"A": "训练时才要。", "E": "人要看概率。", "B": "人要选。"}
    assert said(Exercise(**PLAIN, expected=expected, mistakes=numbers | letters), answer) == text


def add_last(values: list, extra: torch.Tensor) -> list:
    return [*values, int(extra.sum())]


adding = Exercise(
    **PLAIN,
    expected=add_last,
    calls=[([1, 2], torch.ones(3)), ([], torch.zeros(2))],
    mistakes=[(lambda values, extra: [int(extra.sum()), *values], "加在了前面。")],
)


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError("no")


ENDLESS: list = []
ENDLESS.append(ENDLESS)
ODD = [
    *(None, -1, 10**400, float("nan"), 1j, "", "x" * 10_000, (), [], {}, set(), [[1], [2, 3]]),
    *(ENDLESS, Silent(), [Silent()], {"a": 1}, Exception("x"), numpy.array(["x"]), torch.zeros(0)),
    *(nn.Linear(2, 2), nn.Linear, max, torch, lambda: None, lambda *given: given),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_no_object_breaks_an_exercise_or_a_guess(odd: Any) -> None:
    for expected in (0.5, "fc1", (1, None), {"A", "B"}, {1: "A"}):
        text = said(Exercise(**PLAIN, expected=expected), odd)
        assert text.startswith(("❌", "还没有作答")) and len(text) < 300
    assert said(adding, odd).startswith(("❌", "还没有作答"))
    assert said(adding, lambda values, extra: odd).startswith(("❌", "还没有作答"))
    assert said(COUNT, odd, 83).startswith("❌") and said(COUNT, odd, 0.5).startswith("❌")


def no_return(values, extra):
    values.append(int(extra.sum()))


@torch.no_grad()
def fails(values, extra):
    return sorted(values)[100]


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        (lambda values, extra: [int(extra.sum()), *values], ["加在了前面。"]),
        (no_return, ["返回了 None", "return"]),
        (fails, ["出错的是这一行：\n    return sorted(values)[100]\n", "IndexError"]),
        (lambda values, extra: sys.exit(1), ["SystemExit"]),
        (lambda values: values, ["参数个数与题目不符", "2 were given"]),
        (lambda values, extra, third: values, ["参数个数与题目不符", "third"]),
        (lambda values, extra: "x", ["第 1 组", "返回的是字符串 'x'，返回值应是列表或元组"]),
        (lambda values, extra: [1, 2, 3], ["第 2 组", "返回值应是列表或元组（1 项）。"]),
        ([1, 2, 3], ["收到列表 [1, 2, 3]，答案应是函数。", "不加括号"]),
    ],
)
def test_a_wrong_function_is_explained(function: Any, parts: list[str]) -> None:
    text = said(adding, function)
    assert text.startswith("❌") and all(part in text for part in parts), text
    assert said(adding, function) == text  # arguments are copies, so nothing is spoiled
    assert said(adding, lambda *both: torch.tensor(add_last(*both))) == RIGHT


def only_pass(values, extra):
    # here
    pass


def test_what_is_left_open_is_not_judged() -> None:
    assert said(adding, ...).startswith("还没有作答。把 ... 换成")
    for function in (only_pass, lambda *given: None):
        assert said(adding, function).startswith("还没有作答：函数里还什么也没有做。")
    for answer in ([..., 1, ...], {"a": ..., "b": ..., "c": 1}):
        assert said(adding, answer).startswith("还没有答完：答案里还有 2 处")


START = "def grow(values):\n    values.append(1)\n    return values\n"
UNTOUCHED = "先改一改：还有 2 处问题。找出来，改好，再运行这一格。"


def judge_growing(function: Any) -> list[str | bool]:
    torch.rand(3)
    torch.set_grad_enabled(False)
    grown = function([2])
    if not isinstance(grown, list):
        raise Wrong("应返回列表。")
    return [len(grown) != 3 and "长度不对。", 2 not in grown and "丢了。", 1 in grown and "有 1。"]


growing = Exercise(**PLAIN, judge=judge_growing, start=START)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("", "", UNTOUCHED),
        ("    return", "\n    # 这里？\n    return", UNTOUCHED),
        ("append(1)", "remove(2)", "❌ 还有 2 处问题：\n- 长度不对。\n- 丢了。"),
        ("append(1)", "append(3)", "❌ 长度不对。"),
        ("append(1)", "append(missing)", "❌ 你的函数运行时出错了"),
        ("return values", "return 3", "❌ 应返回列表。"),
        ("append(1)", "extend([3, 4])", RIGHT),
    ],
)
def test_code_to_repair_is_diagnosed_once_it_was_changed(old: str, new: str, text: str) -> None:
    state = torch.get_rng_state()
    assert said(growing, written(START.replace(old, new, 1))).startswith(text)
    assert "请传函数本身" in said(growing, 3)
    assert torch.is_grad_enabled() and torch.equal(torch.get_rng_state(), state)


def test_an_exercise_counts_hints_and_shows_how_it_is_used() -> None:
    first = Exercise(**PLAIN, expected=1, hints="\n轻。\n重。")
    second = Exercise(**PLAIN, expected=2)
    ordered(first, second)
    assert said(second, 1).startswith("❌")
    for _ in range(2):
        assert said(second, 2) == "✅ 正确。理由。（本课 2 题，完成 1 题）"
    assert said(first, 1) == "✅ 正确。理由。（本课 2 题，完成 2 题）"
    assert repr(first).startswith("练习 1，题目在笔记本里。用法：.check(答案) 检查")
    for text in ("提示 1/2：轻。", "提示 2/2：重。", "没有更多提示了。"):
        assert printed(first.hint).startswith(text)
    assert printed(first.solution) == "# 参考答案\nx = 1"


def test_a_function_that_would_never_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="calls"):
        Exercise(**PLAIN, expected=add_last)


COUNT = Guess("因为。", {70: "忘了偏置。", (0, 19): "太少。"}, tolerance=0, unit="个参数")
NEAR = Guess("因为。", {30: "多一朵。", (0, 40): "少了。"}, tolerance=0, near=1.04, unit="朵")
WAY = Guess("因为。", {"变小": "想反了。", False: "不停。"})


@pytest.mark.parametrize(
    ("guess", "value", "asked", "text"),
    [
        (..., 83, COUNT, "实际是 83 个参数。因为。\n没有猜也没关系；下次先猜再运行，印象更深。"),
        (83.0, torch.tensor(83), COUNT, "✅ 猜对了：83 个参数。因为。"),
        (torch.tensor(70), 83, COUNT, "❌ 你猜 70，实际是 83 个参数。忘了偏置。因为。"),
        (17, 83, COUNT, "❌ 你猜 17，实际是 83 个参数。太少。因为。"),
        ("9", 8, WAY, "❌ 收到字符串 '9'，猜测应是数。是数就不要加引号。\n实际是 8。因为。"),
        (True, 83, COUNT, "❌ 收到布尔值 True，猜测应是数。\n实际是 83 个参数。因为。"),
        (95, 96.66667, Guess("因为。", unit="%"), "✅ 猜对了：96.7%。因为。"),
        (28, 29, NEAR, "差得不远：你猜 28，实际是 29 朵。少了。因为。"),
        (30, torch.tensor(29), NEAR, "差得不远：你猜 30，实际是 29 朵。多一朵。因为。"),
        (27, 29, NEAR, "❌ 你猜 27，实际是 29 朵。少了。因为。"),
        (10**400, 29, NEAR, "❌ 你猜 一个超过 15 位的数，实际是 29 朵。因为。"),
        (0, 0.02, WAY, "❌ 你猜 0，实际是 0.02。因为。"),
        (" Backward", "backward", WAY, "✅ 猜对了：backward。因为。"),
        ("变小", "变大", WAY, "❌ 你猜 变小，实际是 变大。想反了。因为。"),
        (False, True, WAY, "❌ 你猜 False，实际是 True。不停。因为。"),
    ],
)
def test_a_guess_is_told_the_truth_in_any_case(
    guess: Any, value: Any, asked: Guess, text: str
) -> None:
    assert said(asked, guess, value) == text
