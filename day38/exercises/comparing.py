"""An answer beside the one that is wanted: of what kind each is, and in what they differ."""

import reprlib
import unicodedata
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import numpy
from torch import Tensor

KINDS: dict[str, tuple[str, Any]] = {
    "boolean": ("布尔值", bool),
    "number": ("数", Real),
    "text": ("字符串", str),
    "array": ("数组或张量", (numpy.ndarray, Tensor)),
    "sequence": ("列表或元组", (tuple, list, range)),
    "set": ("集合", (set, frozenset)),
    "dict": ("字典", Mapping),
    "function": ("函数", Callable),
}


def kind_of(value: Any) -> str:
    """Return what `value` is: a key of `KINDS`, else its type's name; 0-d tensors are numbers."""
    value = bare(value) if getattr(value, "ndim", 1) == 0 else value
    kinds = (kind for kind, (_, types) in KINDS.items() if isinstance(value, types))
    return next(kinds, type(value).__name__)


def bare(value: Any) -> Any:
    """Return an array or a tensor as a list, or as a number if it is but one."""
    return value.tolist() if isinstance(value, (numpy.ndarray, numpy.generic, Tensor)) else value


def same(one: Any, other: Any, tolerance: float = 1e-3) -> bool:
    """Tell whether two values are the same: one that came, and one wanted or foreseen.

    Numbers may differ by `tolerance`, relative to the other; texts by case, blanks and full-width
    forms. Tuples, arrays and tensors equal the list of their items.
    """
    one, other = bare(one), bare(other)
    kind = kind_of(other)
    if kind_of(one) != kind:
        return False
    if kind == "number":
        try:
            return abs(one - other) <= tolerance * abs(other) + 1e-6
        except OverflowError:  # an integer too large for a float
            return False
    if kind == "sequence":
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(*pair, tolerance) for pair in pairs)
    if kind == "text":
        one, other = (unicodedata.normalize("NFKC", v).casefold().split() for v in (one, other))
        return "".join(one) == "".join(other)
    return one == other


def describe(value: Any) -> str:
    """Say what came, to be put behind a Chinese word: a blank stands before Latin letters."""
    kind = kind_of(value)
    if kind == "array":
        return f"形状 {tuple(value.shape)}、类型 {value.dtype} 的数组或张量"
    if kind == "function":
        return f"函数 {getattr(value, '__name__', type(value).__name__)}"
    if value is None or kind == "number":
        return f" {shown(value)}"
    if kind not in KINDS:
        return f" {kind} 类型的对象"
    own: dict[type, str] = {tuple: "元组", list: "列表"}
    name = own.get(type(value), KINDS[kind][0])
    return f"{name} {reprlib.repr(value)}"


def shown(value: Any) -> str:
    """Return a number as a reader would write it, anything else as it prints."""
    if kind_of(value) != "number":
        return str(value).strip()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else "一个超过 15 位的数"
    return f"{float(value):.6g}"


def first_difference(came: Any, wanted: Any) -> tuple[int, Any, Any] | None:
    """Return number and both items where two sequences of one length differ first, else None."""
    came, wanted = bare(came), bare(wanted)
    if kind_of(came) == kind_of(wanted) == "sequence" and len(came) == len(wanted):
        for number, (one, other) in enumerate(zip(came, wanted, strict=True), start=1):
            if not same(one, other):
                return number, one, other
    return None


def difference(told: str, came: Any, what: str, wanted: Any) -> str:
    """Say in what two things that are not the same differ, but not the value that is wanted."""
    told += describe(came)
    if item := first_difference(came, wanted):
        number, one, other = item
        return difference(f"{told}，其中第 {number} 项是", one, "这一项", other)
    kind, right = kind_of(bare(came)), kind_of(bare(wanted))
    size = f"（{len(wanted)} 项）" if right == "sequence" else ""
    if kind == right and not size:
        return f"{told}：类型对，值不对。再想想，或者看看提示。"
    if right not in KINDS:  # None, and to say so would be to give the answer
        advice = "不是文字，就不要加引号。" if kind == "text" else "再想想，或者看看提示。"
        return f"{told}：{what}不对。{advice}"
    advice = {
        ("text", "number"): "是数就不要加引号。",
        ("number", "text"): "是文字就要加引号。",
        ("function", right): "是不是忘了加括号调用它？",
        (kind, "function"): "请传函数本身，写它的名字，后面不加括号。",
    }.get((kind, right), "")
    return f"{told}，{what}应是{KINDS[right][0]}{size}。{advice}"
