"""What the exercises of notebook 3 say about right answers and about each foreseen mistake."""

import copy
from typing import Any

import pytest
import torch
from scipy.stats import binomtest

from day38.exercises import Exercise, lesson_3

EXERCISES = {name: one for name, one in vars(lesson_3).items() if isinstance(one, Exercise)}
SPECIES = "predict_species"


def said(name: str, answer: Any) -> str:
    """Return the feedback on an answer."""
    return EXERCISES[name]._feedback(answer)


def solved(name: str, source: str) -> Any:
    """Return what a solution binds to its only name."""
    names: dict[str, Any] = {"torch": torch}
    exec(compile(source, "student", "exec"), names)
    return [value for name, value in names.items() if name not in ("__builtins__", "torch")][-1]


def changed(*changes: tuple[str, str]) -> Any:
    """Return the solution's function with some of its text replaced."""
    source = EXERCISES[SPECIES]._solution
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return solved(SPECIES, source)


SCALED, LOGITS, NAMES = "scaler.transform(flowers)", "model(rows_in)", "names[place]"
WRONG = [
    ([("    model.eval()\n", "")], "dropout 还在随机置零"),
    ([("model.eval()", "model.train()")], "dropout 还在随机置零"),
    ([("torch.no_grad()", "torch.enable_grad()")], "还在记账"),
    ([(SCALED, "flowers")], "原样的厘米数"),
    ([(SCALED, "scaler.transform(scaler.transform(flowers))")], "归一化做了两遍"),
    ([(SCALED, "scaler.fit_transform(flowers)")], "重新拟合"),
    ([(SCALED, "scaler.transform(flowers) * 2")], "不是这几朵花经 scaler 归一化的结果"),
    ([("dim=1", "dim=0")], "不是同一朵花的三个分数"),
    ([(NAMES, "int(place)")], "编号要用 names 换成名字"),
    ([("argmax(dim=1)]", "argmax(dim=1)[:1]]")], "每朵花一个名字"),
    ([("argmax", "argmin")], "步骤都有了"),
    ([(LOGITS, "rows_in[:, :3]")], "没有用到传进来的 model"),
    ([("scaler, flowers, names", "scaler, flowers")], "参数个数与题目不符"),
    ([("    model.eval()\n", ""), ("dim=1", "dim=0")], "还有 2 处问题"),
]
RIGHT = [
    [("torch.no_grad()", "torch.inference_mode()")],
    [("logits.argmax(dim=1)", "torch.max(logits, 1)[1]")],
    [("logits.argmax(dim=1)", "logits.softmax(dim=1).argmax(dim=-1).tolist()")],
    [(LOGITS, "torch.cat([model(row[None]) for row in rows_in])")],
]


@pytest.mark.parametrize("name", EXERCISES)
def test_untouched_answers_are_not_diagnosed_and_solutions_are_right(name: str) -> None:
    one = EXERCISES[name]
    assert said(name, ...).startswith("还没有作答")
    if one.start:
        assert said(name, solved(name, one.start)).startswith("先改一改：还有 3 处问题")
    assert said(name, solved(name, one._solution)).startswith(f"✅ 正确。{one.why}")
    assert len(one.hints) == 3


@pytest.mark.parametrize(("changes", "part"), WRONG)
def test_a_mistake_in_an_inference_gets_its_own_message(changes: list, part: str) -> None:
    text = said(SPECIES, changed(*changes))
    assert text.startswith("❌") and part in text, text


@pytest.mark.parametrize("changes", RIGHT)
def test_other_ways_of_inference_are_right_too(changes: list) -> None:
    assert said(SPECIES, changed(*changes)).startswith("✅")


@pytest.mark.parametrize("name", ["interval", "paired"])
def test_foreseen_answers_are_answered(name: str) -> None:
    for answer, message in EXERCISES[name].mistakes:
        assert message in said(name, answer)


@pytest.mark.parametrize("name", ["switches", "confidence"])
def test_each_letter_chosen_or_left_out_wrongly_has_its_message(name: str) -> None:
    right = solved(name, EXERCISES[name]._solution)
    for letter, message in EXERCISES[name].mistakes:
        assert message in said(name, right ^ {letter})


def test_each_cause_at_a_wrong_symptom_has_its_message() -> None:
    right = solved("symptoms", EXERCISES["symptoms"]._solution)
    for letter, message in EXERCISES["symptoms"].mistakes:
        answer = copy.copy(right)
        wrong = next(number for number in right if right[number] != letter)
        answer[wrong] = letter
        text = said("symptoms", answer)
        assert message in text and f"先看 {wrong}" in text


def test_two_against_none_is_what_the_exact_test_says() -> None:
    assert said("paired", binomtest(2, 2).pvalue).startswith("✅")


@pytest.mark.parametrize(
    ("guess", "value", "right", "wrong", "part"),
    [
        (lesson_3.gradient_guess, True, True, False, "评估模式不求梯度"),
        (lesson_3.interval_guess, 83.3, 83, 96.67, "这 30 朵花上的成绩"),
        (lesson_3.interval_guess, 83.3, 83.5, 0.83, "请写百分数"),
        (lesson_3.worst_guess, 83.3, 84, 97, "成绩也不会变"),
        (lesson_3.confidence_guess, 0.0, 0, 1, "100 次里错 1 次"),
        (lesson_3.scaler_guess, 0.999, 0.99, 0.4, "softmax 不会"),
        (lesson_3.nan_guess, "setosa", "Setosa", "报错", "不会为 NaN 停下来"),
        (lesson_3.batch_guess, 32.0, 40, 1, "100 比 1"),
    ],
)
def test_guesses_are_answered(capsys, guess, value, right, wrong, part) -> None:
    for one, expected in ((..., "实际是"), (right, "✅"), (wrong, part), ([], "收到")):
        guess.check(one, value)
        printed = capsys.readouterr().out
        assert expected in printed and guess.why in printed, printed
