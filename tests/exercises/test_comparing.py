"""Answers are the same in all their forms; of others it is said what came and what was wanted."""

from typing import Any

import numpy
import pytest
import torch

from day38.exercises.comparing import difference, same

SAME = [
    (0.5, [0.5 + 1e-5, numpy.float32(0.5), torch.tensor(0.5), numpy.array(0.5)]),
    (83, [83.0, numpy.int64(83), torch.tensor(83, requires_grad=False)]),
    (True, [numpy.bool_(True), torch.tensor(True)]),
    ("fc1", [" FC1 ", "ｆｃ１"]),
    (((3, 2), (1, None)), [[[3, 2], [1.0, None]]]),
    ([1.0, 2], [(1, 2), torch.tensor([1.0, 2], requires_grad=True), numpy.array([1, 2])]),
]
OTHER = [
    (0.5, 0.502),
    (1, True),
    (1, "1"),
    (1.5, 10**400),
    ([1, 2], [1, 2, 3]),
    ([1, 0], [True, False]),
]
VALUE = "类型对，值不对。再想想，或者看看提示。"
NUMBER = "应是数。是数就不要加引号。"
ITEM = "其中第 1 项是"
ARRAY = "形状 (2,)、类型 torch.float32 的数组或张量"


def test_a_value_is_the_same_in_any_of_its_forms() -> None:
    for value, forms in SAME:
        assert all(same(form, value) for form in [value, *forms]), value
    for value, other in OTHER:
        assert not same(other, value), value
    assert same(83, 80, tolerance=0.05) and not same(83, 70, tolerance=0.05)


@pytest.mark.parametrize(
    ("came", "wanted", "text"),
    [
        (228, 229, f" 228：{VALUE}"),
        (0.1 + 0.2, 229, f" 0.3：{VALUE}"),
        ((1, 3), (1, 2), f"元组 (1, 3)，其中第 2 项是 3：{VALUE}"),
        ([["3"]], ((1,),), f"列表 [['3']]，{ITEM}列表 ['3']，{ITEM}字符串 '3'，这一项{NUMBER}"),
        (torch.ones(2), (1, 2), f"{ARRAY}，其中第 2 项是 1：{VALUE}"),
        (("a",), (None,), f"元组 ('a',)，{ITEM}字符串 'a'：这一项不对。不是文字，就不要加引号。"),
        ((5,), (None,), f"元组 (5,)，{ITEM} 5：这一项不对。再想想，或者看看提示。"),
        ("229", 229, f"字符串 '229'，答案{NUMBER}"),
        (1, "fc1", " 1，答案应是字符串。是文字就要加引号。"),
        (True, 1, "布尔值 True，答案应是数。"),
        (len, 229, "函数 len，答案应是数。是不是忘了加括号调用它？"),
        ([1], len, "列表 [1]，答案应是函数。请传函数本身，写它的名字，后面不加括号。"),
        ((1, 2, 3), (1, 2), "元组 (1, 2, 3)，答案应是列表或元组（2 项）。"),
        (None, (1, 2), " None，答案应是列表或元组（2 项）。"),
        (torch.ones(2), "fc1", f"{ARRAY}，答案应是字符串。"),
        ("D", {"D"}, "字符串 'D'，答案应是集合。"),
        (1j, 1, " complex 类型的对象，答案应是数。"),
    ],
)
def test_it_is_told_what_came_and_what_is_wanted(came: Any, wanted: Any, text: str) -> None:
    assert difference("收到", came, "答案", wanted) == f"收到{text}"
