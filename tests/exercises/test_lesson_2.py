"""What the exercises of notebook 2 say about right answers and about each foreseen mistake."""

import io
from typing import Any

import pytest
import torch
from tqdm import tqdm as real_tqdm

from day38.exercises import Exercise, lesson_2

EXERCISES = {name: one for name, one in vars(lesson_2).items() if isinstance(one, Exercise)}


def said(name: str, answer: Any) -> str:
    """Return the feedback on an answer."""
    return EXERCISES[name]._feedback(answer)


def function(name: str, source: str) -> Any:
    """Return the function of this name in a source text."""
    names: dict[str, Any] = {"real_tqdm": real_tqdm}
    exec(compile(source, "student", "exec"), names)
    return names[name]


def changed(name: str, *changes: tuple[str, str]) -> Any:
    """Return the solution's function with some of its text replaced."""
    source = EXERCISES[name]._solution
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return function(name, source)


FILES, LOOP = "read_files", "train_batches"
WITH = 'with tqdm(total=sum(sizes), desc="读取文件", unit="KB") as bar:'
LOADER, IF = "enumerate(bar, start=1)", "if number % 10 == 0:"
SHOW = 'bar.set_postfix(损失=f"{losses[-1]:.4f}", refresh=False)'

WRONG = [
    (FILES, [("total=sum(sizes)", "total=len(sizes)")], "总数 3 是文件的个数"),
    (FILES, [("total=sum(sizes)", "total=max(sizes)")], "不是全部文件的 KB 数"),
    (FILES, [("total=sum(sizes), ", "")], "不知道总数"),
    (FILES, [("total=sum(sizes)", "total=6_000")], "大小换成 [20, 20]"),
    (FILES, [("bar.update(size)", "bar.update(1)")], "只推进了 1"),
    (FILES, [("bar.update(size)", "bar.update(sum(sizes[: sizes.index(size) + 1]))")], "越加越多"),
    (FILES, [("bar.update(size)", "bar.update(2)")], "停在 6，应是 6000"),
    (FILES, [(WITH, 'bar = tqdm(total=sum(sizes), unit="KB")\n    if True:')], "没有关闭"),
    (FILES, [("raise ValueError(f", "break  # (")], "错误却没有传出来"),
    (FILES, [("tqdm(total", "real_tqdm(disable=True, total")], "建了 0 根进度条"),
    (FILES, [("def read_files(sizes, tqdm)", "def read_files(sizes)")], "参数个数与题目不符"),
    (LOOP, [(IF, "loss.item()\n            " + IF)], "每一批都读了损失"),
    (LOOP, [(IF, "bar.set_postfix(n=number)\n            " + IF)], "每一批都 set_postfix"),
    (LOOP, [("tqdm(loader,", "tqdm(enumerate(loader),"), (LOADER, "bar")], "没有总数"),
    (LOOP, [("tqdm(loader,", "tqdm(total=100,"), (LOADER, "enumerate(loader, 1)")], "总数是 100"),
    (LOOP, [("tqdm(loader,", "tqdm(total=25,"), (LOADER, "enumerate(loader, 1)")], "停在 0/25"),
    (LOOP, [("start=1", "start=0")], "第 1 批就读了"),
    (LOOP, [("losses.append(loss.item())", "losses.append(loss)")], "还是张量"),
    (LOOP, [(SHOW, "pass")], "没有显示在进度条上"),
    (LOOP, [("% 10", "% 20")], "应返回做完第 10、20 批时的损失"),
    (LOOP, [("return losses", "return None")], "得到的是 None"),
    (LOOP, [(IF, "train_one_batch(batch)\n            " + IF)], "训练了 50 次"),
]
RIGHT = [
    (FILES, [("bar.update(size)", "bar.n += size")]),
    (FILES, [(WITH, "bar = tqdm(total=sum(sizes))\n    with bar:")]),
    (LOOP, [("loss.item()", "loss.detach().item()")]),
    (LOOP, [(LOADER, "enumerate(loader, 1)"), (IF, "bar.update()\n            " + IF)]),
    (LOOP, [(IF, "if not number % 10:")]),
]


@pytest.mark.parametrize("name", EXERCISES)
def test_untouched_answers_are_not_diagnosed_and_solutions_are_right(name: str) -> None:
    one = EXERCISES[name]
    assert said(name, ...).startswith("还没有作答")
    if one.start:
        problems = {FILES: 3, LOOP: 2}[name]
        untouched = said(name, function(name, one.start))
        assert untouched == f"先改一改：还有 {problems} 处问题。找出来，改好，再运行这一格。"
    assert said(name, function(name, one._solution)).startswith(f"✅ 正确。{one.why}")
    assert len(one.hints) == 3


@pytest.mark.parametrize(("name", "changes", "part"), WRONG)
def test_a_mistake_gets_its_own_message(name: str, changes: list, part: str) -> None:
    text = said(name, changed(name, *changes))
    assert text.startswith("❌") and part in text, text


@pytest.mark.parametrize(("name", "changes"), RIGHT)
def test_other_ways_are_right_too(name: str, changes: list) -> None:
    assert said(name, changed(name, *changes)).startswith("✅")


@pytest.mark.parametrize("name", ["totals", "gpu_candidates"])
def test_foreseen_answers_are_answered(name: str) -> None:
    for answer, message in EXERCISES[name].mistakes:
        assert message in said(name, answer)


def test_totals_are_those_of_tqdm() -> None:
    loader = torch.utils.data.DataLoader(torch.zeros(120, 4), batch_size=32)
    bars = [real_tqdm(one, disable=True) for one in (loader, enumerate(loader))]
    assert said("totals", tuple(bar.total for bar in bars)).startswith("✅")


@pytest.mark.parametrize(
    ("guess", "value", "right", "wrong", "part"),
    [
        (lesson_2.postfix_guess, 5.3, 4, 1, "不花时间"),
        (lesson_2.longest_guess, "backward", "backward", "loss", "几次小运算"),
        (lesson_2.tenth_guess, 0.97, 1, 0.1, "算术确实少到十分之一"),
        (lesson_2.seconds_guess, 2.4, 3, 30, "一定比 GPU 慢"),
        (lesson_2.ensemble_guess, 4.2, 4, 200, "一个一个训练"),
    ],
)
def test_guesses_are_answered(capsys, guess, value, right, wrong, part) -> None:
    for one, expected in ((..., "实际是"), (right, "✅"), (wrong, part), ([], "收到")):
        guess.check(one, value)
        printed = capsys.readouterr().out
        assert expected in printed and guess.why in printed, printed


def test_judging_leaves_no_bar_behind_and_draws_nothing(capsys) -> None:
    said(FILES, function(FILES, EXERCISES[FILES].start))
    with real_tqdm(total=1, file=io.StringIO()) as bar:
        assert bar.pos == 0
    assert capsys.readouterr() == ("", "")
