"""What a student may hand in: the solution of an exercise, with some of its text replaced."""

from typing import Any

import torch
from tqdm import tqdm as real_tqdm

from day38.exercises import Exercise, Guess, lesson_1, lesson_2, lesson_3

NAMED = {**vars(lesson_1), **vars(lesson_2), **vars(lesson_3)}
EXERCISES = {name: one for name, one in NAMED.items() if isinstance(one, Exercise)}
GUESSES = {name: one for name, one in NAMED.items() if isinstance(one, Guess)}


def written(source: str, *changes: tuple[str, str]) -> Any:
    """Return what a changed text binds last."""
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    names: dict[str, Any] = {"torch": torch, "real_tqdm": real_tqdm}
    exec(compile(source, "student", "exec"), names)
    return list(names.values())[-1]


def solved(name: str, *changes: tuple[str, str]) -> Any:
    """Return the answer of a solution, changed in this way."""
    return written(EXERCISES[name]._solution, *changes)


def said(name: str, answer: Any) -> str:
    """Return the feedback on an answer."""
    return EXERCISES[name]._feedback(answer)
