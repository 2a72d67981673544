"""The engine of the exercises: what it says to any answer, and that it leaves no trace."""

import copy
import functools
import inspect
import random
import re
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from torch import nn

import day38
from day38 import Exercise, IrisMLP, count_parameters, exercises_1, exercises_2, exercises_3
from day38.answers import kind_of, same
from tests.helpers import new_model, state_unchanged

MODULES = (
    *("answers", "exercises", "exercises_1", "exercises_2", "exercises_3"),
    *("bar_judges", "counting_bar", "inference_judges"),
)
README = Path(day38.__file__).parents[1] / "README.md"

SNIPPET = """
from day38 import Exercise

kernel = Exercise(
    question="nn.Conv2d(8, 16, kernel_size=3) 有多少个参数？",
    expected=1168,
    wrong={1152: "这只是权重，偏置也是学出来的。", 160: "每个卷积核要看遍所有输入通道。"},
    why="16 个卷积核，每个有 8×3×3 个权重和 1 个偏置。",
    hints=["一个卷积核有几个权重？", "卷积核的个数等于输出通道数，各带一个偏置。"],
    solution="kernel = 16 * (8 * 3 * 3 + 1)",
)
"""


def said(capsys: pytest.CaptureFixture[str], exercise: Exercise, answer: Any) -> str:
    """Return what `check` prints; it returns nothing and says something in Chinese."""
    capsys.readouterr()
    assert exercise.check(answer) is None
    text = capsys.readouterr().out
    assert re.search("[\u4e00-\u9fff]", text)
    return text


def snippets() -> list[str]:
    """Return the example here and those in README."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return [SNIPPET, *(block for block in blocks if "Exercise(" in block)]


@pytest.mark.parametrize("snippet", snippets())
def test_the_teachers_example(snippet: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(snippet, names)
    exercise = next(value for value in names.values() if isinstance(value, Exercise))
    assert "还没有作答" in said(capsys, exercise, ...)
    assert "偏置也是学出来的" in said(capsys, exercise, 1152)
    assert "所有输入通道" in said(capsys, exercise, 160)
    assert "内容不对" in said(capsys, exercise, 5)
    exercise.solution()
    exec(capsys.readouterr().out, names)
    assert said(capsys, exercise, names["kernel"]).startswith("正确")


def exercise_for(expected: Any, **more: Any) -> Exercise:
    return Exercise("问题", expected, **({"why": "理由。", "solution": "x = 1"} | more))


def add_last(values: list, extra: torch.Tensor) -> list:
    """Return a new list; leave what is given alone."""
    return [*values, int(extra.sum())]


adding = exercise_for(
    add_last,
    calls=[([1, 2], torch.ones(3)), ([], torch.zeros(2))],
    wrong=[(lambda values, extra: [int(extra.sum()), *values], "加在了前面。")],
)

RIGHT: dict[str, tuple[Any, list]] = {
    "number": (
        0.5,
        [0.5, 0.5 + 1e-9, numpy.float32(0.5), torch.tensor(0.5), numpy.array(0.5)],
    ),
    "whole number": (83, [83, 83.0, numpy.int64(83), torch.tensor(83)]),
    "truth": (True, [True, numpy.bool_(True), torch.tensor(True)]),
    "text": ("fc1", ["fc1", " FC1 ", "ｆｃ１"]),
    "tuple": ((1, "a"), [(1, "a"), [1.0, "A"]]),
    "nested": (((3, 2), (1,)), [((3, 2), (1,)), [[3, 2], [1]]]),
    "set": ({"A", "B"}, [{"A", "B"}, ["b", "a"], ("A", "B", "A"), frozenset("AB")]),
    "dict": ({1: "A", 2: None}, [{2: None, 1: "a"}]),
    "tensor": (
        torch.tensor([1.0, 2.0]),
        [
            torch.tensor([1.0, 2.0], requires_grad=True),
            numpy.array([1, 2]),
            [1, 2],
            (1.0, 2.0),
            torch.tensor([1, 2], dtype=torch.bfloat16).double(),
        ],
    ),
    "array": (numpy.array([[True], [False]]), [torch.tensor([[True], [False]])]),
    "NaN in an array": (numpy.array([1, numpy.nan]), [torch.tensor([1, torch.nan])]),
    "None": ((1, None), [(1, None)]),
}


@pytest.mark.parametrize("case", RIGHT)
def test_equal_answers_are_right(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected, answers = RIGHT[case]
    for answer in answers:
        assert said(capsys, exercise_for(expected), answer) == "正确。理由。\n"


class Silent:
    """Something that no exercise expects and that cannot be printed."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


ODD = [
    None,
    True,
    -1,
    10**5000,
    float("nan"),
    1j,
    "",
    "x" * 10_000,
    b"x",
    (),
    [],
    [[1], [2, 3]],
    [None, {}],
    {},
    set(),
    {"a": 1},
    numpy.array(["x"]),
    numpy.array([object()]),
    torch.zeros(0),
    torch.zeros(2, 2),
    torch.zeros(2, device="meta"),
    torch.zeros((), device="meta"),
    torch.zeros(2).to_sparse(),
    nn.Linear(2, 2),
    nn.Linear,
    print,
    functools.partial(int, base=2),
    object(),
    Silent(),
    [Silent()],
    Exception("x"),
    day38,
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize("case", RIGHT)
def test_any_object_gets_an_answer(case: str, odd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    exercise = exercise_for(RIGHT[case][0], wrong=[("foreseen", "预料之中。")])
    text = said(capsys, exercise, odd)
    if case == "truth" and odd is True:
        assert text.startswith("正确")
    else:
        assert text.startswith("还不对")
        assert len(text) < 300
    assert "预料" not in text


@pytest.mark.parametrize(
    ("expected", "answer", "parts"),
    [
        (83, "83", ["字符串 '83'", "应是数", "不要加引号"]),
        ("fc1", 1, ["数 1", "应是字符串", "要加引号"]),
        (83, True, ["真假值", "应是数"]),
        (1, True, ["真假值", "应是数"]),
        (True, 1, ["数 1", "真假值"]),
        (83, lambda: 83, ["函数", "应是数", "忘了加括号"]),
        (83, [83], ["列表 [83]", "应是数"]),
        ((1, 2), (1, 2, 3), ["元组 (1, 2, 3)", "2 项的列表或元组"]),
        ((1, 2), {1, 2}, ["集合", "列表或元组"]),
        ({"A"}, "A", ["字符串 'A'", "应是集合"]),
        (torch.zeros(2, 3), torch.zeros(3, 2), ["(3, 2)", "(2, 3)"]),
        (torch.zeros(2), torch.ones(2), ["(2,)", "内容不对"]),
        (torch.zeros(2), torch.zeros(2, dtype=torch.bool), ["torch.bool"]),
        (83, 84, ["数 84", "内容不对"]),
        (0.5, 0.50001, ["数 0.50001", "内容不对"]),
        (83, None, ["None", "应是数"]),
        (83, 10**400, ["数 inf"]),
    ],
)
def test_other_wrong_answers_are_told_what_came_and_what_is_wanted(
    expected: Any, answer: Any, parts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, exercise_for(expected), answer)
    assert text.startswith("还不对")
    for part in parts:
        assert part in text
    if isinstance(expected, int) and expected == 83 and str(answer) not in ("83", "[83]"):
        assert "83" not in text


LESSONS = [
    exercise
    for module in (exercises_1, exercises_2, exercises_3)
    for exercise in vars(module).values()
    if isinstance(exercise, Exercise)
]


@pytest.mark.parametrize("exercise", LESSONS, ids=lambda exercise: exercise.question[:12])
def test_no_object_breaks_an_exercise_of_the_lesson(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [*ODD, ((1, 2), "x"), (None, None), ([], {}), {1, "x"}, {(): None}, {1: [], 2: 3}]
    for odd in [*many, dict.fromkeys(range(1, 7), 1.5), int, lambda: None, lambda *given: given]:
        assert "还" in said(capsys, exercise, odd)
        assert "还不对" in said(capsys, exercise, lambda *given, odd=odd: odd)


def test_tolerance(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = exercise_for(0.5, tolerance=0.01)
    assert said(capsys, exercise, 0.504).startswith("正确")
    assert said(capsys, exercise, 0.52).startswith("还不对")


def test_wrong_answers_may_be_pairs_and_of_another_kind(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [(torch.zeros(2), "全是 0。"), ("zero", "是文字。"), ({"a": [1]}, "是字典。")]
    exercise = exercise_for(torch.ones(2), wrong=wrong)
    assert "全是 0。" in said(capsys, exercise, [0, 0])
    assert "是文字。" in said(capsys, exercise, "Zero")
    assert "是字典。" in said(capsys, exercise, {"a": (1,)})


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (..., "还没有作答"),
        ((..., 2), "还有 1 处"),
        ([1, (..., ...)], "还有 2 处"),
        ({"a": ..., "b": 1}, "还有 1 处"),
        ({...}, "还有 1 处"),
    ],
)
def test_unanswered(answer: Any, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    for exercise in (exercise_for((1, 2)), exercise_for(3), adding):
        text = said(capsys, exercise, answer)
        assert part in text
        assert "不对" not in text


def only_dots(values, extra): ...


def only_a_docstring(values, extra):
    """Say what it should do."""


def only_pass(values, extra):
    pass


@torch.no_grad()
def decorated(values, extra):
    """Say what it should do."""
    ...


@pytest.mark.parametrize("function", [only_dots, only_a_docstring, only_pass, decorated])
def test_empty_functions_are_unanswered(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "还没有作答" in said(capsys, adding, function)


def no_return(values, extra):
    values.append(int(extra.sum()))


def fails(values, extra):
    values = sorted(values)
    return values[100]


def fails_deep(values, extra):
    return torch.cat([extra, torch.zeros(2, 2)]).tolist()


def asks_to_exit(values, extra):
    raise SystemExit(1)


def recursive(values, extra):
    return recursive(values, extra)


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        (lambda values, extra: [int(extra.sum()), *values], ["加在了前面"]),
        (no_return, ["None", "return"]),
        (fails, ["出错", "return values[100]", "IndexError"]),
        (fails_deep, ["出错", "return torch.cat", "RuntimeError"]),
        (torch.no_grad()(fails), ["出错", "return values[100]", "IndexError"]),
        (asks_to_exit, ["SystemExit"]),
        (recursive, ["RecursionError"]),
        (lambda values: values, ["2 个参数"]),
        (lambda values, extra, third: values, ["2 个参数", "third"]),
        (lambda values, extra: "x", ["第 1 组", "字符串 'x'", "3 项的列表或元组"]),
        (lambda values, extra: [1, 2, 4], ["第 1 组", "列表 [1, 2, 4]", "内容不对"]),
        (lambda values, extra: [1, 2, 3], ["第 2 组", "1 项的列表或元组"]),
        (lambda values, extra: (number for number in values), ["generator"]),
        (lambda values, extra: ..., ["第 1 组"]),
        (int, ["类 int", "应是函数"]),
        (nn.Linear(2, 2), ["模型 Linear", "应是函数"]),
        (add_last([1, 2], torch.ones(3)), ["列表 [1, 2, 3]", "应是函数", "不加括号"]),
        (None, ["None", "应是函数"]),
    ],
)
def test_wrong_functions_are_explained(
    function: Any, parts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, adding, function)
    assert text.startswith("还不对")
    for part in parts:
        assert part in text
    assert "Traceback" not in text


def test_other_right_functions(capsys: pytest.CaptureFixture[str]) -> None:
    for function in (
        add_last,
        functools.partial(add_last),
        lambda *arguments: add_last(*arguments),
        lambda values, extra, more=3: (*values, float(extra.sum())),
    ):
        assert said(capsys, adding, function).startswith("正确")


def test_a_function_that_changes_its_arguments_spoils_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def spoils(values, extra):
        values.append(99)
        extra.zero_()
        return values

    exercise = exercise_for(
        lambda model, values: model.output.bias.sum().item() + len(values),
        calls=[(new_model(), [1, 2])],
    )

    def spoils_model(model, values):
        nn.init.zeros_(model.output.bias)
        model.train()
        values.clear()
        return 7.0

    assert said(capsys, adding, spoils) == said(capsys, adding, spoils)
    assert said(capsys, exercise, spoils_model) == said(capsys, exercise, spoils_model)
    assert said(capsys, adding, add_last).startswith("正确")
    assert said(capsys, exercise, lambda model, values: 7.0).startswith("还不对")


def judge_size(model: nn.Module) -> str | None:
    model.train(not model.training)
    nn.init.zeros_(next(model.parameters()))
    torch.rand(3)
    if count_parameters(model) != 83:
        return f"这个模型有 {count_parameters(model)} 个参数。"
    return None


sizing = Exercise("建一个模型。", judge=judge_size, kind="模型", why="83 个。", solution="x = 1")


def test_models_are_answers_and_are_not_touched(capsys: pytest.CaptureFixture[str]) -> None:
    model = new_model().eval()
    model.relu.train()
    before = copy.deepcopy(model.state_dict())
    with state_unchanged(model):
        assert said(capsys, sizing, model).startswith("正确")
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert "有 8 个参数" in said(capsys, sizing, nn.Linear(3, 2))
    assert "加上括号" in said(capsys, sizing, IrisMLP)
    assert "应是模型" in said(capsys, sizing, lambda: new_model())

    model.kept = model(torch.zeros(1, 4))  # a tensor with a graph cannot be copied
    assert "复制不了" in said(capsys, sizing, model)


def test_state_is_left_as_found(capsys: pytest.CaptureFixture[str]) -> None:
    def careless(values, extra):
        torch.manual_seed(5)
        numpy.random.seed(5)
        random.seed(5)
        torch.rand(3)
        torch.set_grad_enabled(False)
        return [torch.rand(1).item()]

    def careless_and_failing(values, extra):
        careless(values, extra)
        raise ValueError("no")

    for function in (careless, careless_and_failing, add_last):
        with state_unchanged(new_model()):
            first = said(capsys, adding, function)
        torch.rand(7)
        assert said(capsys, adding, function) == first


def test_random_answers_get_the_same_feedback_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    def rolls(values, extra):
        return [random.random(), numpy.random.rand(), torch.rand(1).item()]

    assert said(capsys, adding, rolls) == said(capsys, adding, rolls)


def test_hints_come_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = exercise_for(3, hints=("先想。", "再算。"))
    told = []
    for _ in range(4):
        assert exercise.hint() is None
        told.append(capsys.readouterr().out)
    assert told[:2] == ["提示 1/2：先想。\n", "提示 2/2：再算。\n"]
    assert told[2] == told[3]
    assert "再算。" in told[2]
    assert ".solution()" in told[2]
    exercise_for(3).hint()
    assert "没有提示" in capsys.readouterr().out


def test_solution_and_question(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = exercise_for(3, solution="\nx = 1\ny = x\n")
    assert exercise.solution() is None
    assert capsys.readouterr().out == "# 参考答案\nx = 1\ny = x\n"
    assert repr(exercise).startswith("问题")
    assert exercise.question == "问题"


def test_checking_prints_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    exercise_for(3).check(3)
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    assert captured.err == ""


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"expected": 1, "judge": judge_size}, "只给一个"),
        ({}, "只给一个"),
        ({"expected": add_last}, "calls"),
    ],
)
def test_teachers_mistakes(arguments: dict, part: str) -> None:
    with pytest.raises(TypeError, match=part):
        Exercise("问题", why="理由", solution="x = 1", **arguments)


def test_kinds() -> None:
    assert kind_of(torch.tensor(1.0)) == kind_of(numpy.float32(1)) == kind_of(1) == "数"
    assert kind_of(torch.tensor(True)) == "真假值（True 或 False）"
    assert kind_of(range(3)) == "列表或元组"
    assert kind_of(None) == "NoneType"
    assert not same(float("nan"), 1.0, 1e-6)
    assert same(float("nan"), float("nan"), 1e-6)
    assert not same({1: 2}, {1: 3}, 1e-6)
    assert not same({1: 2}, {2: 2}, 1e-6)


def test_the_engine_knows_neither_pictures_nor_the_command_line() -> None:
    for name in MODULES:
        source = inspect.getsource(__import__(f"day38.{name}", fromlist=["x"]))
        assert "plotting" not in source
        assert "__main__" not in source
        assert "matplotlib" not in source
