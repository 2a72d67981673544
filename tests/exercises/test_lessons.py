"""Each exercise and guess of a lesson keeps what the engine promises of it.

The lessons are found by their names. Of a lesson's guesses its test module says, in `MEASURED`,
what a run measures, a guess that is right and, where there are any, near misses.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from day38.exercises import Exercise, Guess
from tests.exercises.student import printed, said, solved
from tests.notebooks.lesson import FOLDER, ROOT, read

MODULES = sorted((ROOT / "day38" / "exercises").glob("lesson_*.py"))


def named(kind: type) -> Any:
    """Return a mark: a test runs with each exercise or guess of each lesson, and its name."""
    lessons = [import_module(f"day38.exercises.{path.stem}") for path in MODULES]
    return pytest.mark.parametrize(
        ("lesson", "name"),
        [
            pytest.param(lesson, name, id=f"{lesson.__name__.split('.')[-1]}-{name}")
            for lesson in lessons
            for name, one in vars(lesson).items()
            if isinstance(one, kind)
        ],
    )


@named(Exercise)
def test_as_it_stands_in_the_notebook_it_tells_nothing_and_its_solution_is_right(
    lesson: ModuleType, name: str
) -> None:
    (path,) = FOLDER.glob(f"{lesson.__name__[-1]}_*.ipynb")
    cells = {cell.id: cell.source for cell in read(path).cells}
    told = printed(exec, cells[f"exercise-{name.replace('_', '-')}"], {})
    assert told.startswith(("还没有作答", "还没有答完", "先改一改：还有"))
    one = getattr(lesson, name)
    assert bool(one.start) == told.startswith("先改一改")
    assert said(one, solved(one)).startswith(f"✅ 正确。{one.why}（本课 ")
    assert len(one.hints) >= 2


def mistaken(right: Any, row: Any) -> Any:
    """Return the answer that a row of mistakes is about."""
    if isinstance(right, set):
        return right ^ {row}
    if isinstance(right, dict):
        return right | {next(key for key, value in right.items() if value != row): row}
    return row


@named(Exercise)
def test_each_foreseen_mistake_has_its_own_message(lesson: ModuleType, name: str) -> None:
    one = getattr(lesson, name)
    assert len(set(one.mistakes.values())) == len(one.mistakes)
    for row, message in one.mistakes.items():
        told = said(one, mistaken(solved(one), row))
        assert told.startswith("❌") and told.endswith(message)


@named(Guess)
def test_a_guess_is_answered_and_each_mistake_has_its_own_message(
    lesson: ModuleType, name: str
) -> None:
    guess = getattr(lesson, name)
    tests = import_module(f"tests.exercises.test_{lesson.__name__[-8:]}")
    assert name in tests.MEASURED, f"在 {tests.__name__} 的 MEASURED 里加一行：{name}"
    value, right, *near = tests.MEASURED[name]
    rows = [(sum(k) / 2 if isinstance(k, tuple) else k, m) for k, m in guess.mistakes.items()]
    rows += [
        (..., "实际是"),
        (right, "✅"),
        ([], "收到列表 []"),
        *((one, "差一点：") for one in near),
    ]
    for one, part in rows:
        told = said(guess, one, value)
        assert part in told and guess.why in told, (one, told)
