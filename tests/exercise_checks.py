"""What must hold for each exercise of the lesson, whatever it asks."""

import contextlib
import io
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

from day38 import Exercise
from tests.helpers import new_model, state_unchanged

CHINESE = re.compile("[\u4e00-\u9fff]")
CHECK = re.compile(r"^exercises\.(\w+)\.check\(\1\)$", re.MULTILINE)


def printed_by(action: Callable[[], Any]) -> str:
    """Return what `action()` prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        action()
    return printed.getvalue()


def exercises_of(module: ModuleType) -> dict[str, Exercise]:
    """Return the exercises of a module by name."""
    return {name: value for name, value in vars(module).items() if isinstance(value, Exercise)}


def said(exercise: Exercise, answer: Any) -> str:
    """Return what `check` prints for `answer`, and see that it leaves no trace."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), state_unchanged(new_model()):
        assert exercise.check(answer) is None
    text = printed.getvalue()
    assert CHINESE.search(text)
    assert "Traceback" not in text
    return text


def solved(source: str, module: ModuleType) -> str:
    """Return the source of a cell with the student's part replaced by the printed solution."""
    found = CHECK.search(source)
    if not found:
        return source
    return f"{printed_by(getattr(module, found[1]).solution)}\n\n{found[0]}"


def check_unanswered(exercise: Exercise) -> None:
    """An exercise that nobody touched says so."""
    assert said(exercise, ...).startswith("还没有作答")


def check_solution(name: str, exercise: Exercise) -> None:
    """The printed solution runs as it is, binds the exercise's name, and is right."""
    names: dict[str, Any] = {}
    exec(printed_by(exercise.solution), names)
    assert said(exercise, names[name]) == f"正确。{exercise.why}\n"
    assert said(exercise, names[name]) == f"正确。{exercise.why}\n"


def check_texts(exercise: Exercise, secret: str) -> None:
    """Everything is in Chinese; no hint or question holds what `secret`, a pattern, finds."""
    assert len(exercise.hints) >= 2
    for text in (exercise.question, exercise.why, *exercise.hints):
        assert CHINESE.search(text)
    for text in (exercise.question, *exercise.hints):
        assert not re.search(secret, text), text
    assert re.search(secret, printed_by(exercise.solution))


def check_wrong(exercise: Exercise, answer: Any, part: str, secret: str) -> None:
    """A wrong answer gets its own message, which does not hold the right one."""
    text = said(exercise, answer)
    assert text.startswith("还不对")
    assert part in text
    assert "内容不对" not in text
    told = text.split("Python 的原话")[0].split("出错的是这一行")[0]
    assert not re.search(secret, told), text
    assert said(exercise, answer) == text
