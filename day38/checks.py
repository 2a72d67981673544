"""Checks of simple arguments, shared by every module: one clear Chinese error each."""

import math
import operator
from numbers import Real


def whole_number(name: str, value: object, minimum: int, maximum: int | None = None) -> int:
    """Return `value` as an int.

    Parameters
    ----------
    name : str
        How the caller's argument is called; it opens the error message.
    value : object
        Anything that counts as an integer in Python (``bool`` does not).
    minimum, maximum : int
        The smallest and, if there is one, the largest value allowed.

    Raises
    ------
    TypeError
        If `value` is not a whole number.
    ValueError
        If `value` is out of range.
    """
    wanted = f"请给一个不小于 {minimum} 的整数，例如 {name}={max(minimum, 10)}。"
    try:
        # NumPy's bool counted as 0 and 1 up to NumPy 1.26; its name tells it without NumPy.
        truth = type(value).__name__ in ("bool", "bool_")
        number = None if truth else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{name} 应是整数，收到的是 {value!r}（{type(value).__name__}）。{wanted}")
    if number < minimum:
        raise ValueError(f"{name} 太小：收到 {number}。{wanted}")
    if maximum is not None and number > maximum:
        raise ValueError(f"{name} 太大：收到 {number}。请给一个不大于 {maximum} 的整数。")
    return number


def positive_number(name: str, value: object) -> float:
    """Return `value` as a finite float greater than zero.

    Raises
    ------
    TypeError
        If `value` is not a real number.
    ValueError
        If `value` is zero, negative, infinite or NaN.
    """
    wanted = f"请给一个大于 0 的数，例如 {name}=0.01。"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} 应是数，收到的是 {value!r}（{type(value).__name__}）。{wanted}")
    try:
        number = float(value)
    except OverflowError:  # an integer of more than 308 digits
        number = math.inf
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} 应大于 0 且有限，收到的是 {number}。{wanted}")
    return number
