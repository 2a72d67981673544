"""A student's answer: its kind, whether it equals another, what its function does.

Used by `day38.exercises`.
"""

from __future__ import annotations

import dis
import inspect
import math
import reprlib
import traceback
import unicodedata
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import numpy
import torch
from torch import Tensor, nn

BOOLEAN, NUMBER, TEXT, ARRAY = "真假值（True 或 False）", "数", "字符串", "数组或张量"
SEQUENCE, SET, MAPPING = "列表或元组", "集合", "字典"
MODEL, CLASS, FUNCTION = "模型", "类", "函数"

# What a function that does nothing is compiled to.
_NOTHING = {"RESUME", "NOP", "CACHE", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}


class Wrong(Exception):
    """Raised while an answer is judged: it is wrong, and this is what the student is told."""


def kind_of(value: object) -> str:
    """Return what `value` is, in Chinese; a 0-d tensor is a number."""
    if isinstance(value, (Tensor, numpy.ndarray)):
        if value.ndim:
            return ARRAY
        return BOOLEAN if value.dtype in (torch.bool, numpy.bool_) else NUMBER
    kinds: list[tuple[Any, str]] = [
        ((bool, numpy.bool_), BOOLEAN),
        (Real, NUMBER),
        (str, TEXT),
        ((tuple, list, range), SEQUENCE),
        ((set, frozenset), SET),
        (Mapping, MAPPING),
        (nn.Module, MODEL),
        (type, CLASS),
    ]
    for types, kind in kinds:
        if isinstance(value, types):
            return kind
    return FUNCTION if callable(value) else type(value).__name__


def same(one: Any, other: Any, tolerance: float) -> bool:
    """Tell whether an answer is the same as another, wanted or foreseen one.

    Numbers may differ by `tolerance`, relative or absolute; texts by case, blanks and full-width
    forms; a list equals a tuple or an array of the same items, and, in any order, a
    set that was wanted.
    """
    kinds = kind_of(one), kind_of(other)
    if ARRAY in kinds and set(kinds) <= {ARRAY, SEQUENCE}:
        arrays = _array(one), _array(other)
        if arrays[0] is None or arrays[1] is None or arrays[0].shape != arrays[1].shape:
            return False
        return (arrays[0].dtype == bool) == (arrays[1].dtype == bool) and numpy.allclose(
            *arrays, rtol=tolerance, atol=tolerance, equal_nan=True
        )
    if kinds[1] == SET and kinds[0] in (SET, SEQUENCE):
        try:
            return {plain(item) for item in one} == {plain(item) for item in other}
        except TypeError:  # an item that no set can hold
            return False
    if kinds[0] != kinds[1]:
        return False
    if kinds[0] == NUMBER:
        numbers = _number(one), _number(other)
        return math.isclose(*numbers, rel_tol=tolerance, abs_tol=tolerance) or all(
            math.isnan(number) for number in numbers
        )
    if kinds[0] == SEQUENCE:
        return len(one) == len(other) and all(
            same(*pair, tolerance) for pair in zip(one, other, strict=True)
        )
    if kinds[0] == MAPPING:
        return one.keys() == other.keys() and all(
            same(one[key], other[key], tolerance) for key in one
        )
    return bool(plain(one) == plain(other))


def plain(value: Any) -> Any:
    """Return a text without what people type by accident; anything else as it is."""
    if not isinstance(value, str):
        return value
    return "".join(unicodedata.normalize("NFKC", value).casefold().split())


def _number(value: Any) -> float:
    """Return a number as a float; NaN if a tensor on meta has none."""
    try:
        return float(value.detach() if isinstance(value, Tensor) else value)
    except OverflowError:  # an integer of more than 308 digits
        return math.inf
    except (NotImplementedError, RuntimeError, TypeError):
        return math.nan


def _array(value: Any) -> numpy.ndarray | None:
    """Return an array, a tensor or a list of numbers as an array; None if it is none."""
    try:
        if isinstance(value, Tensor):
            value = value.detach().cpu()
            value = value.double() if value.is_floating_point() else value
        array = numpy.asarray(value)
    except (NotImplementedError, RuntimeError, TypeError, ValueError):
        return None
    return array if array.dtype.kind in "biuf" else None


def describe(value: Any) -> str:
    """Say what came: its kind and, where that is short, its value."""
    kind = kind_of(value)
    if value is None:
        return "空值 None"
    if kind == NUMBER:
        number = _number(value)
        exact = isinstance(value, int) and abs(number) < 1e15
        return f"数 {value if exact else f'{number:.6g}'}"
    if kind in (BOOLEAN, TEXT, SEQUENCE, SET, MAPPING):
        name = {tuple: "元组", list: "列表"}.get(type(value), kind)
        return f"{name} {reprlib.repr(value)}"
    if kind == ARRAY:
        return f"形状 {tuple(value.shape)}、类型 {value.dtype} 的{kind}"
    if kind in (MODEL, CLASS, FUNCTION):
        name = type(value).__name__ if kind == MODEL else getattr(value, "__name__", "")
        return f"{kind} {name}".rstrip()
    return f"{kind} 类型的对象"


def expected_kind(value: Any) -> str:
    """Say of what kind and size an answer like `value` is, but not its value."""
    kind = kind_of(value)
    if value is None:
        return "空值 None"
    if kind == ARRAY:
        return f"形状 {tuple(value.shape)} 的{kind}"
    if kind in (SEQUENCE, MAPPING):
        return f"{len(value)} 项的{kind}"
    return kind


def holes(answer: Any) -> int:
    """Return how many ``...`` still stand in an answer or its items."""
    if answer is ...:
        return 1
    kind = kind_of(answer)
    if kind == MAPPING:
        return sum(holes(item) for item in answer.values())
    return sum(holes(item) for item in answer) if kind in (SEQUENCE, SET) else 0


def is_empty(function: Any) -> bool:
    """Tell whether a function's body is nothing but ``...`` or ``pass``."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None or set(code.co_consts) - {None, getattr(function, "__doc__", None)}:
        return False
    return {instruction.opname for instruction in dis.get_instructions(code)} <= _NOTHING


def call(function: Callable, *arguments: Any) -> Any:
    """Call a student's function.

    Raises
    ------
    Wrong
        If it cannot take these arguments, or fails; the message says where.
    """
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise Wrong(
            f"检查时给你的函数传 {len(arguments)} 个参数，它接不住。请照题目写参数，不增不减。"
            f"（{error}）"
        ) from None
    except ValueError:  # a built-in function that does not tell what it takes
        pass
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:  # whatever a student's code may raise
        raise Wrong(explain_error(error, function)) from None


def explain_error(error: BaseException, function: Callable) -> str:
    """Say which line of a student's function failed, and how."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.line for frame in frames if code and frame.filename == code.co_filename]
    where = f"出错的是这一行：{own[-1]}\n" if own and own[-1] else ""
    return f"你的函数运行时出错了。\n{where}Python 的原话：{type(error).__name__}: {error}"
