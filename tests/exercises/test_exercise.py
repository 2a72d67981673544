"""The engine of exercises: what it says to any answer or guess, and that it leaves no trace."""

import functools
import random
from typing import Any

import numpy
import pytest
import torch
from torch import nn

from day38.exercises import Exercise, Guess, ordered
from day38.exercises.bar import counting_bar
from day38.exercises.exercise import Wrong, call

PLAIN = {"question": "问题？", "why": "理由。", "solution": "x = 1", "minutes": 2, "difficulty": 1}
HOLE = ...


def exercise_for(expected: Any = ..., **more: Any) -> Exercise:
    return Exercise(expected=expected, **PLAIN | more)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    def say(exercise: Exercise | Guess, *answer: Any) -> str:
        capsys.readouterr()
        assert exercise.check(*answer) is None
        text = capsys.readouterr().out.rstrip("\n")
        assert text and "Traceback" not in text
        return text

    return say


RIGHT = [
    (0.5, [0.5 + 1e-9, numpy.float32(0.5), torch.tensor(0.5), numpy.array(0.5)]),
    (83, [83.0, numpy.int64(83), torch.tensor(83)]),
    (True, [numpy.bool_(True), torch.tensor(True)]),
    ("fc1", [" FC1 ", "ｆｃ１"]),
    (((3, 2), (1, None)), [[[3, 2], [1.0, None]]]),
    ({"A", "B"}, [["b", "a"], ("A", "B", "A"), frozenset("AB")]),
    ({1: "A", 2: None}, [{2: None, 1: "a"}]),
    (torch.tensor([1.0, 2]), [torch.tensor([1.0, 2], requires_grad=True), numpy.array([1, 2])]),
    (torch.tensor([1.0, 2]), [[1, 2], (1.0, 2.0), torch.tensor([1, 2], dtype=torch.bfloat16)]),
    (numpy.array([[True], [False]]), [torch.tensor([[True], [False]])]),
    (numpy.array([1, numpy.nan]), [torch.tensor([1, torch.nan])]),
]


@pytest.mark.parametrize(("expected", "answers"), RIGHT)
def test_an_answer_is_right_in_any_of_its_forms(expected: Any, answers: list, said: Any) -> None:
    for answer in [expected, *answers]:
        assert said(exercise_for(expected), answer) == "✅ 正确。理由。"


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError("no")


ENDLESS: list = []
ENDLESS.append(ENDLESS)
ODD = [
    *(None, -1, 10**400, 10**5000, float("nan"), 1j, "", "x" * 10_000, b"x", (), [], {}, set()),
    *([[1], [2, 3]], [None, {}], {"a": 1}, ENDLESS, Silent(), [Silent()], Exception("x"), object()),
    *(numpy.array(["x"]), numpy.array([object()]), torch.zeros(0), torch.zeros(2, device="meta")),
    *(torch.zeros((), device="meta"), torch.zeros(2).to_sparse(), nn.Linear(2, 2), nn.Linear),
    *(max, functools.partial(int, base=2), torch, lambda: None, lambda *given: given),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_no_object_breaks_an_exercise(odd: Any, said: Any) -> None:
    for expected, _ in RIGHT:
        text = said(exercise_for(expected, mistakes=[("foreseen", "预料之中。")]), odd)
        assert text.startswith("❌") and len(text) < 300 and "预料" not in text
    assert said(adding, odd).startswith(("❌", "还没有作答"))
    assert said(adding, lambda values, extra: odd).startswith(("❌", "还没有作答"))
    if not getattr(odd, "is_meta", False):
        assert said(COUNT, odd, 83).startswith("❌")


WRONG = [
    (229, 228, "❌ 收到 228：类型对，值不对。再想想，或者看看提示。"),
    (229, "229", "❌ 收到字符串 '229'，答案应是数。是数就不要加引号。"),
    ("fc1", 1, "❌ 收到 1，答案应是字符串。是文字就要加引号。"),
    (1, True, "❌ 收到布尔值 True，答案应是数。"),
    (229, lambda: 229, "❌ 收到函数 <lambda>，答案应是数。是不是忘了加括号调用它？"),
    ((1, 2), (1, 2, 3), "❌ 收到元组 (1, 2, 3)，答案应是列表或元组（2 项）。"),
    ((1, 2), None, "❌ 收到 None，答案应是列表或元组（2 项）。"),
    (torch.zeros(2, 3), torch.zeros(6), "答案应是数组或张量（形状 (2, 3)）。"),
    (torch.zeros(2), torch.zeros(2, dtype=torch.bool), "答案应是数组或张量（形状 (2,)）。"),
    (229, 208, "❌ 忘了偏置。"),
    (229, (8, 16), "❌ 忘了偏置。"),
    ({"D", "E"}, {"a", "D"}, "❌ a 不该选。训练时才要。"),
    ({"D", "E"}, ["D"], "❌ 选的都对，但还不全。人要看概率。"),
    ({"D", "E"}, set(), "❌ 还一个也没有选。"),
    ({"D"}, "D", "❌ 收到字符串 'D'，答案应是集合。"),
    ({1: "A", 2: "B"}, {1: "A", 2: "A"}, "❌ 2 项里对了 1 项。先看 2，你写的是 A。训练时才要。"),
    ({1: "A", 2: "B"}, {1: "A"}, "❌ 字典的键应是 1、2，每个键一项。"),
]
ROWS = {208: "忘了偏置。", (8, 16): "忘了偏置。", "A": "训练时才要。", "E": "人要看概率。"}


@pytest.mark.parametrize(("expected", "answer", "text"), WRONG)
def test_a_wrong_answer_is_told_what_came_and_what_is_wanted(
    expected: Any, answer: Any, text: str, said: Any
) -> None:
    assert said(exercise_for(expected, mistakes=ROWS), answer).endswith(text)


def add_last(values: list, extra: torch.Tensor) -> list:
    return [*values, int(extra.sum())]


adding = exercise_for(
    add_last,
    calls=[([1, 2], torch.ones(3)), ([], torch.zeros(2))],
    mistakes=[(lambda values, extra: [int(extra.sum()), *values], "加在了前面。")],
)


def no_return(values, extra):
    values.append(int(extra.sum()))


@torch.no_grad()
def fails(values, extra):
    values = sorted(values)
    return values[100]


def asks_to_exit(values, extra):
    raise SystemExit(1)


def recursive(values, extra):
    return recursive(values, extra)


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        (lambda values, extra: [int(extra.sum()), *values], ["加在了前面。"]),
        (no_return, ["返回了 None", "return"]),
        (fails, ["出错的是这一行：\n    return values[100]", "IndexError"]),
        (asks_to_exit, ["SystemExit"]),
        (recursive, ["RecursionError"]),
        (lambda values: values, ["参数个数与题目不符", "2 个"]),
        (lambda values, extra, third: values, ["参数个数与题目不符", "third"]),
        (
            lambda values, extra: "x",
            ["第 1 组", "返回的是字符串 'x'，返回值应是列表或元组（3 项）"],
        ),
        (lambda values, extra: [1, 2, 3], ["第 2 组", "返回值应是列表或元组（1 项）。"]),
        (lambda values, extra: [1, 2, 4], ["返回的是列表 [1, 2, 4]：类型对，值不对。"]),
        (lambda values, extra: (value for value in values), ["generator"]),
        ([1, 2, 3], ["收到列表 [1, 2, 3]，答案应是函数。", "不加括号"]),
    ],
)
def test_a_wrong_function_is_explained(function: Any, parts: list[str], said: Any) -> None:
    text = said(adding, function)
    assert text.startswith("❌") and all(part in text for part in parts), text
    assert said(adding, function) == text  # arguments are copies, so nothing is spoiled
    assert said(adding, lambda *both: (*both[0], float(both[1].sum()))) == "✅ 正确。理由。"


def only_dots(values, extra): ...


@torch.no_grad()
def only_a_docstring(values, extra):
    """Say what it should do."""
    pass


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (HOLE, "还没有作答。"),
        (only_dots, "还没有作答。"),
        (only_a_docstring, "还没有作答。"),
        ((HOLE, 2), "还没有答完：答案里还有 1 处"),
        ([1, (HOLE, HOLE)], "还没有答完：答案里还有 2 处"),
        ({"a": HOLE, "b": 1}, "还没有答完：答案里还有 1 处"),
    ],
)
def test_what_is_left_open_is_not_judged(answer: Any, text: str, said: Any) -> None:
    assert said(adding, answer).startswith(text)


START = """
def read(sizes, tqdm):
    bar = tqdm(total=len(sizes))
    for size in sizes:
        bar.update(size)
"""


def judge_bar(function: Any) -> list[str]:
    tqdm = counting_bar()
    function([2, 3], tqdm)
    bar = tqdm.made[0]
    found = {"总数不对。": bar.total != 5, "没有关闭。": not bar.closed, "没走完。": bar.n != 5}
    return [problem for problem, is_there in found.items() if is_there]


UNTOUCHED = "先改一改：还有 2 处问题。找出来，改好，再运行这一格。"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("", "", UNTOUCHED),
        ("    for", "\n    # 这里？\n    for", UNTOUCHED),
        ("def", "import torch\n\n\ndef", UNTOUCHED),
        ("(size)", "(1)", "❌ 还有 3 处问题：\n- 总数不对。\n- 没有关闭。\n- 没走完。"),
        ("len(", "sum(", "❌ 没有关闭。"),
        ("len(sizes", "sum(missing", "❌ 你的函数运行时出错了。\nPython 的原话：NameError"),
        ("\ndef", "import torch\n\n@torch.no_grad()\ndef", "❌ 还有 2 处问题：\n- 总数"),
        ("len(sizes))", "sum(sizes))\n    bar.close()", "❌ 没走完。"),
        ("for", "bar.total = 5\n    with bar:\n     for", "✅ 正确。理由。"),
    ],
)
def test_code_to_repair_is_diagnosed_once_it_was_changed(
    old: str, new: str, text: str, said: Any
) -> None:
    names: dict[str, Any] = {}
    exec(START.replace(old, new, 1), names)
    assert said(exercise_for(judge=judge_bar, start=START), names["read"]).startswith(text)


def judge_model(model: nn.Module) -> str | None:
    model.train(not model.training)
    nn.init.zeros_(next(model.parameters()))
    torch.rand(3), random.random(), numpy.random.random()
    torch.set_grad_enabled(False)
    if model.in_features != 4:
        raise Wrong("输入不对。")
    return None if model.out_features == 3 else "输出不对。"


def test_models_are_judged_on_a_copy_and_global_state_is_given_back(said: Any) -> None:
    models = nn.Linear(4, 3).eval(), nn.Linear(4, 2), nn.Linear(3, 3), nn.Linear
    weight = models[0].weight.clone()
    states = torch.get_rng_state().tolist(), random.getstate(), str(numpy.random.get_state())
    exercise = exercise_for(judge=judge_model, kind="model")
    texts = "✅ 正确。理由。", "❌ 输出不对。", "❌ 输入不对。"
    assert tuple(said(exercise, model) for model in models[:3]) == texts
    assert said(exercise, models[3]).endswith("请在类名后面加上括号，建一个模型。")
    assert torch.is_grad_enabled() and not models[0].training
    assert torch.equal(models[0].weight, weight)
    after = torch.get_rng_state().tolist(), random.getstate(), str(numpy.random.get_state())
    assert after == states


def test_an_exercise_counts_hints_and_shows_how_it_is_used(said: Any, capsys: Any) -> None:
    first = exercise_for(1, difficulty=2, hints=("轻。", "重。"))
    assert ordered(first, second := exercise_for(2)) == (first, second)
    assert said(second, 1).startswith("❌")
    for _ in range(2):
        assert said(second, 2) == "✅ 正确。理由。（本课 2 题，完成 1 题）"
    assert said(first, 1) == "✅ 正确。理由。（本课 2 题，完成 2 题）"
    assert repr(first).startswith("练习 1（2 分钟，★★）\n问题？\n用法：.check(答案)")
    for text in ("提示 1/2：轻。", "提示 2/2：重。", "没有更多提示了。"):
        first.hint()
        assert capsys.readouterr().out.startswith(text)
    first.solution()
    assert capsys.readouterr().out == "# 参考答案\nx = 1\n"


@pytest.mark.parametrize("wrong", [{}, {"expected": 1, "judge": print}, {"expected": add_last}])
def test_an_exercise_without_a_way_to_judge_is_refused(wrong: dict) -> None:
    with pytest.raises(TypeError, match="calls"):
        Exercise(**PLAIN, **wrong)


COUNT = Guess(
    why="因为。", mistakes={70: "忘了偏置。", (0, 19): "太少。"}, tolerance=0, unit="个参数"
)


@pytest.mark.parametrize(
    ("guess", "value", "asked", "text"),
    [
        (HOLE, 83, COUNT, "实际是 83 个参数。因为。\n没有猜也没关系；先猜一猜再运行，印象更深。"),
        (83.0, torch.tensor(83), COUNT, "✅ 猜对了：83 个参数。因为。"),
        (torch.tensor(70), 83, COUNT, "❌ 你猜 70，实际是 83 个参数。忘了偏置。因为。"),
        (17, 83, COUNT, "❌ 你猜 17，实际是 83 个参数。太少。因为。"),
        (84, 83, COUNT, "❌ 你猜 84，实际是 83 个参数。因为。"),
        (
            "83",
            83,
            COUNT,
            "❌ 收到字符串 '83'，猜测应是数。是数就不要加引号。\n实际是 83 个参数。因为。",
        ),
        (None, 83, COUNT, "❌ 收到 None，猜测应是数。\n实际是 83 个参数。因为。"),
        (True, 83, COUNT, "❌ 收到布尔值 True，猜测应是数。\n实际是 83 个参数。因为。"),
        (95, 96.7, Guess("因为。", unit="%", form="{:.1f}"), "✅ 猜对了：96.7%。因为。"),
        (0, 0.02, Guess("因为。"), "❌ 你猜 0，实际是 0.02。因为。"),
        (" Backward", "backward", Guess("因为。"), "✅ 猜对了：backward。因为。"),
        (
            "变小",
            "变大",
            Guess("因为。", {"变小": "想反了。"}),
            "❌ 你猜 变小，实际是 变大。想反了。因为。",
        ),
        (
            False,
            True,
            Guess("因为。", {False: "不停。"}),
            "❌ 你猜 False，实际是 True。不停。因为。",
        ),
    ],
)
def test_a_guess_is_told_the_truth_in_any_case(
    guess: Any, value: Any, asked: Guess, text: str, said: Any
) -> None:
    assert said(asked, guess, value) == text


def test_the_counting_bar_counts_as_tqdm_does_and_is_not_seen(capsys: Any) -> None:
    tqdm = counting_bar(redraw_every=10)
    with tqdm(total=25, desc="训练") as bar:
        due = [step for step in range(1, 26) if bar.update(1)]
        bar.set_postfix(loss=3000)
        bar.set_postfix(loss=1, refresh=False)
    assert due == [10, 20] and bar.closed and bar.redraws == 3
    assert bar.n == bar.total == 25 == len(bar.updates) and not bar.update(1) and bar.n == 25
    assert bar.postfixes == ["loss=3000", "loss=1"]
    looped = tqdm([1, 2, 3])
    assert list(looped) == [1, 2, 3] and looped.n == 3 and looped.closed and not looped.updates
    assert tqdm.made == [bar, looped] and counting_bar().made == []
    assert tqdm(enumerate("ab")).total is None
    assert capsys.readouterr() == ("", "")
    with pytest.raises(Wrong, match="参数个数"):
        call(lambda: None, bar)
