"""What the exercises and guesses of notebook 1 say about right and about mistaken answers."""

from typing import Any

import pytest
import torch

from day38.exercises import Exercise, Guess, lesson_1

EXERCISES = {name: one for name, one in vars(lesson_1).items() if isinstance(one, Exercise)}
GUESSES = {name: one for name, one in vars(lesson_1).items() if isinstance(one, Guess)}
LINES = {name: one._solution for name, one in EXERCISES.items()}
IMAGE, BATCH = (3, 48, 64), (8, 3, 48, 64)
UNITS = {"死亡": "h3", "认小花瓣": "h2", "关掉没影响": "h1"}


def solution(name: str, *changes: tuple[str, str]) -> Any:
    """Return what the solution binds, with some of its text replaced."""
    source = EXERCISES[name]._solution
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    names: dict[str, Any] = {}
    exec(compile(source, "student", "exec"), names)
    return list(names.values())[-1]


def dead_units_stub(model, inputs): ...


def dead_units(*changes: tuple[str, str]) -> Any:
    return solution("dead_units", *changes)


SILENT, RETURN = "(activations == 0).all(dim=0)", "silent.nonzero().flatten().tolist()"
HIDDEN = "model.relu(model.hidden(inputs))"
WRONG = [
    ("loss_curve", {"A", "B", "C", "E"}, "C 不该选。损失是概率的负对数"),
    ("loss_curve", {"A", "B", "D", "E"}, "D 不该选。这是训练集的损失"),
    ("loss_curve", {"B", "E"}, "没训练时的损失约为 1.1"),
    ("loss_curve", {"A", "E"}, "range(100) 从 0 数到几"),
    ("loss_curve", {"A", "B"}, "15,000 和 20,000 处"),
    ("loss_curve", {"A", "X"}, "X 不该选"),
    ("parameters", 208, "偏置也是学出来的"),
    ("parameters", 144, "只是第一层"),
    ("parameters", 29, "参数大多不在单元里"),
    ("parameters", 21, "只是偏置的个数"),
    ("parameters", 210, "只加了 1 个偏置"),
    ("parameters", 237, "输入也加了偏置"),
    ("parameters", torch.tensor(640), "不能连乘"),
    ("parameters", "229", "不要加引号"),
    ("input_sizes", (BATCH, IMAGE), "记反了"),
    ("input_sizes", (BATCH, BATCH), "torchsummary 要的是一个样本"),
    ("input_sizes", [IMAGE, IMAGE], "torchinfo 的 input_size 要把批次维也写上"),
    ("input_sizes", (IMAGE, (1, *IMAGE)), "第一维应是一批的张数"),
    ("input_sizes", ((48, 64, 3), (8, 48, 64, 3)), "通道写到了最后"),
    ("input_sizes", ((3, 64, 48), (8, 3, 64, 48)), "高和宽写反了"),
    ("input_sizes", ((48, 64), (8, 48, 64)), "还少一维"),
    ("input_sizes", IMAGE, "两个元组"),
    ("picture", UNITS | {"死亡": "h1"}, "h1 的方块有深有浅"),
    ("picture", UNITS | {"关掉没影响": "h2"}, "h2 的左下角最深"),
    ("picture", UNITS | {"关掉没影响": "h3"}, "h3 的方块画着斜线"),
    ("picture", UNITS | {"认小花瓣": "h4"}, "h4 在右上角最深"),
    ("dead_units", dead_units((".all(", ".any(")), "有时是 0"),
    ("dead_units", dead_units(("dim=0", "dim=1")), "你数的是样本"),
    ("dead_units", dead_units((HIDDEN, "model.hidden(inputs)")), "ReLU 之前的数"),
    ("dead_units", dead_units((SILENT, f"~{SILENT}")), "正好反了"),
    ("dead_units", dead_units((RETURN, "silent")), "每个单元一个布尔值"),
    ("dead_units", dead_units(("return ", "")), "忘了 return"),
    ("dead_units", dead_units(("model.hidden", "model.first")), "no attribute 'first'"),
    ("dead_units", dead_units(("model, inputs", "model")), "参数个数与题目不符"),
    ("dead_units", [1, 5], "请传函数本身"),
]
RIGHT = [
    ("loss_curve", ["e", "b", "a"]),
    ("parameters", 229.0),
    ("input_sizes", [list(IMAGE), torch.Size(BATCH)]),
    ("picture", {name: unit.upper() for name, unit in UNITS.items()}),
    ("dead_units", dead_units(("== 0", "<= 0"), (RETURN, f"torch.tensor({RETURN})"))),
]
UNTOUCHED = [(name, ...) for name in EXERCISES] + [
    ("input_sizes", (..., ...)),
    ("picture", dict.fromkeys(UNITS, ...)),
    ("dead_units", dead_units_stub),
]
GUESSED = [
    ("parameters_guess", 17, 83, "17 是单元的个数"),
    ("parameters_guess", 70, 83, "偏置也是学出来的"),
    ("parameters_guess", 30, 83, "你大概在数单元"),
    ("width_guess", 20, 29, "只分得开两种花"),
    ("width_guess", 5, 29, "低估得很多"),
    ("width_guess", 27, 29, "低估了一点"),
    ("width_guess", 30, 29, "差一点"),
]


@pytest.mark.parametrize(("name", "answer", "part"), WRONG)
def test_each_mistake_has_its_own_message(name: str, answer: Any, part: str) -> None:
    said = EXERCISES[name]._feedback(answer)
    assert said.startswith("❌ ") and part in said


@pytest.mark.parametrize(
    ("name", "answer"), [*RIGHT, *((name, solution(name)) for name in EXERCISES)]
)
def test_right_answers_in_their_forms_and_the_solutions_are_right(name: str, answer: Any) -> None:
    assert EXERCISES[name]._feedback(answer).startswith("✅ 正确。")


@pytest.mark.parametrize(("name", "answer"), UNTOUCHED)
def test_the_untouched_code_tells_nothing(name: str, answer: Any) -> None:
    assert EXERCISES[name]._feedback(answer).startswith(("还没有作答", "还没有答完"))


@pytest.mark.parametrize(("name", "guess", "value", "part"), GUESSED)
def test_guesses(name: str, guess: int, value: int, part: str, capsys: Any) -> None:
    GUESSES[name].check(guess, value)
    assert part in capsys.readouterr().out


def test_every_exercise_and_guess_has_foreseen_mistakes_here() -> None:
    assert {name for name, *_ in WRONG} == {name for name, _ in RIGHT} == EXERCISES.keys()
    assert {name for name, *_ in GUESSED} == GUESSES.keys()


def test_the_unit_that_does_nothing_does_nothing_and_the_dead_one_is_dead() -> None:
    from day38 import evaluate, load_iris

    iris, network = load_iris(), lesson_1.unknown_network
    assert lesson_1.dead_units._expected(network, iris.train[0]) == [2]
    right = evaluate(network, [iris.train]).correct
    assert right > 110 and all(len(one.hints) == 3 for one in EXERCISES.values())
    changed = torch.nn.Sequential(network.hidden, network.relu, network.output)
    weights = network.output.weight.detach().clone()
    try:
        network.output.weight.data[:, 0] = 0
        assert abs(evaluate(changed, [iris.train]).correct - right) <= 1
    finally:
        network.output.weight.data.copy_(weights)
