"""Questions that check themselves: `exercise` is the engine, a notebook's are in `lesson_N`."""

from day38.exercises.exercise import Exercise, Guess, ordered

__all__ = ["Exercise", "Guess", "ordered"]
