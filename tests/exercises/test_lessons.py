"""Each exercise and guess of a lesson keeps what the engine promises of it.

The lessons are found by their names. A lesson's test module says, where there are any: in `WRONG`
and `RIGHT`, an exercise, an answer (or, of code to repair, the changes to the solution) and a part
of what is told; in `MEASURED`, of a guess, what a run measures, a right guess and near misses.
"""

from importlib import import_module
from typing import Any

import pytest

from day38.exercises import Exercise, Guess
from tests.exercises.student import printed, said, solved
from tests.notebooks.lesson import FOLDER, ROOT, read

LESSONS = [path.stem for path in (ROOT / "day38" / "exercises").glob("lesson_*.py")]


def each(kind: type) -> Any:
    """Return a mark: a test runs with each exercise or guess of each lesson."""
    return pytest.mark.parametrize(
        ("lesson", "name", "one"),
        [
            pytest.param(lesson, name, one, id=f"{lesson}-{name}")
            for lesson in sorted(LESSONS)
            for name, one in vars(import_module(f"day38.exercises.{lesson}")).items()
            if isinstance(one, kind)
        ],
    )


@each(Exercise)
def test_as_it_stands_in_the_notebook_it_tells_nothing_and_its_solution_is_right(
    lesson: str, name: str, one: Exercise
) -> None:
    (path,) = FOLDER.glob(f"{lesson[-1]}_*.ipynb")
    cells = {cell.id: cell.source for cell in read(path).cells}
    told = printed(exec, cells[f"exercise-{name.replace('_', '-')}"], {})
    assert told.startswith("先改一改：还有" if one.start else ("还没有作答", "还没有答完"))
    assert said(one, solved(one)).startswith(f"✅ 正确。{one.why}（本课 ")
    assert len(one.hints) >= 2


def rows(table: str) -> list[tuple]:
    """Return the rows that the lessons' test modules have in such a table."""
    modules = [import_module(f"tests.exercises.test_{lesson}") for lesson in sorted(LESSONS)]
    return [row for module in modules for row in getattr(module, table, ())]


@pytest.mark.parametrize(("one", "given", "part"), rows("WRONG"))
def test_a_wrong_answer_is_told_what_is_wrong(one: Exercise, given: Any, part: str) -> None:
    told = said(one, solved(one, *given) if one.start else given)
    assert told.startswith(("❌", "还没有答完")) and part in told


@pytest.mark.parametrize(("one", "given"), rows("RIGHT"))
def test_right_answers_in_other_forms_are_right_too(one: Exercise, given: Any) -> None:
    assert said(one, solved(one, *given) if one.start else given).startswith("✅")


def mistaken(right: Any, row: Any) -> Any:
    """Return the answer that a row of mistakes is about."""
    if isinstance(right, set):
        return right ^ {row}
    if isinstance(right, dict):
        return right | {next(key for key, value in right.items() if value != row): row}
    return row


@each(Exercise)
def test_each_foreseen_mistake_has_its_own_message(lesson: str, name: str, one: Exercise) -> None:
    assert len(set(one.mistakes.values())) == len(one.mistakes)
    right = solved(one)
    for row, message in one.mistakes.items():
        told = said(one, mistaken(right, row))
        assert told.startswith("❌") and told.endswith(message)


@each(Guess)
def test_a_guess_is_answered_and_each_mistake_has_its_own_message(
    lesson: str, name: str, one: Guess
) -> None:
    value, right, *near = import_module(f"tests.exercises.test_{lesson}").MEASURED[name]
    rows = [(sum(k) / 2 if isinstance(k, tuple) else k, m) for k, m in one.mistakes.items()]
    rows += [
        (..., "实际是"),
        (right, "✅"),
        ([], "收到列表 []"),
        *((n, "差得不远：") for n in near),
    ]
    for guess, part in rows:
        told = said(one, guess, value)
        assert part in told and one.why in told, (guess, told)
