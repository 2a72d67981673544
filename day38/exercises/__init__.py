"""Questions that check themselves: `exercise` is the engine, `lesson_1` to `lesson_3` use it."""

from day38.exercises.exercise import Exercise, Guess, ordered

__all__ = ["Exercise", "Guess", "ordered"]
