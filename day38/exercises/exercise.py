"""The engine of exercises and guesses: it judges an answer and says, in Chinese, what is wrong.

Whatever a student hands in, nothing is raised: each mistake is answered in print. What is asked
stands in the notebook, what is answered in `lesson_N`; docs/teaching.md says how to add one.
"""

import copy
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import torch

from day38.exercises.comparing import bare, difference, first_difference, kind_of, same, shown
from day38.exercises.solved import count_solved

NO_RETURN = "你的函数没有返回值（返回了 None）。是不是忘了 return？"


class Wrong(Exception):
    """The answer is wrong, and this is what the student is told."""


@dataclass(repr=False)
class Guess:
    """What a reader guesses before a run, beside what the run then measures.

    Parameters
    ----------
    why : str
        Why it is as it is; printed in any case.
    mistakes : mapping of value or (low, high) to str
        What a wrong guess of this value, or from `low` to `high`, suggests; the first that fits.
    tolerance : float
        How far a right guess of a number may be off, relative to what was measured.
    near : float
        How many times too large or too small a guess may be to be no mistake, but a near miss.
    unit : str
        What stands behind the measured value.
    digits : int
        How many digits of a measured float mean something.
    """

    why: str
    mistakes: Mapping[Any, str] = field(default_factory=dict)
    tolerance: float = 0.05
    near: float = 1
    unit: str = ""
    digits: int = 3

    def check(self, guess: Any, value: float | str | bool) -> None:
        """Print what was measured and why, and what `guess` (``...``: none) is worth."""
        sys.stderr.flush()  # a bar before it: JupyterLab would show its last newline by itself
        measured = bare(value)
        style = {float: f".{self.digits}g", int: ","}.get(type(measured), "")
        number = format(measured, style)
        truth = f"{number}{' ' * self.unit[:1].isalpha()}{self.unit}。"
        if guess is ...:
            print(f"实际是 {truth}{self.why}\n没有猜也没关系；下次先猜再运行，印象更深。")
        elif kind_of(guess) != kind_of(measured):
            print(f"❌ {difference('收到', guess, '猜测', measured)}\n实际是 {truth}{self.why}")
        elif same(guess, measured, self.tolerance):
            print(f"✅ 猜对了：{truth}{self.why}")
        else:
            close = self.near > 1 and measured / self.near <= guess <= measured * self.near
            told = f"{'差得不远：' if close else '❌ '}你猜 {shown(guess)}"
            print(f"{told}，实际是 {truth}{self._mistake(guess)}{self.why}")

    def _mistake(self, guess: Any) -> str:
        for key, message in self.mistakes.items():
            if key[0] <= guess <= key[1] if isinstance(key, tuple) else same(guess, key):
                return message
        return ""


class Exercise:
    """A question whose answers are judged on the spot, without a server.

    The question itself, its minutes and its stars stand in the notebook.

    Parameters
    ----------
    why, solution : str
        Why the right answer is right, and code that binds one to a name.
    expected : object
        A right answer; a function, if it returns the same for each of `calls`, tuples of arguments.
    judge : callable
        Instead: given a student's function, it returns the problems, a text each, or falsehoods.
    mistakes : mapping, or pairs, of a wrong answer to str
        A wrong function stands for all that return the same. Where a set, a dict or a sequence is
        expected, a row may be one of its items or values: said if this one is wrong.
    hints : str
        One a line, from the gentlest to the clearest.
    start : str
        Code to repair: while the answer does the same, only the number of problems is told.
    """

    def __init__(
        self,
        *,
        why: str,
        solution: str,
        expected: Any = None,
        calls: Sequence[tuple] = (),
        judge: Callable[[Callable], Sequence[str | bool]] | None = None,
        mistakes: Mapping[Any, str] | Sequence[tuple[Any, str]] = (),
        hints: str = "",
        start: str = "",
    ) -> None:
        if callable(expected) and not calls:
            raise TypeError("expected 是函数时，还要给 calls：不调用，就分不出对错。")
        self.why, self.hints, self._solution = why, hints.strip().splitlines(), solution.strip()
        self.mistakes, self.start, self._judge = dict(mistakes), start, judge
        self._expected, self._calls = expected, calls
        self.number, self._solved, self._hints_given = 0, False, 0
        self.lesson: tuple[Exercise, ...] = ()

    def __repr__(self) -> str:
        usage = ".check(答案) 检查，.hint() 看下一条提示，.solution() 看参考答案。"
        return f"练习 {self.number}，题目在笔记本里。用法：{usage}"

    def check(self, answer: Any) -> None:
        """Print what is to be said about `answer`; nothing is raised for a wrong one."""
        print(self.feedback(answer))

    def hint(self) -> None:
        """Print the next hint; each call says a little more."""
        given, count = self._hints_given, len(self.hints)
        if given == count:
            print("没有更多提示了。还是没有头绪，就看 .solution()。")
        else:
            print(f"提示 {given + 1}/{count}：{self.hints[given]}")
            self._hints_given += 1

    def solution(self) -> None:
        """Print one right answer as code that can be run."""
        print(f"# 参考答案\n{self._solution}")

    @torch.random.fork_rng(devices=[])  # what a student's code does to either is undone
    @torch.enable_grad()
    def feedback(self, answer: Any) -> str:
        """Return what is to be said about `answer`; a right one counts as solved."""
        if answer is ...:
            return "还没有作答。把 ... 换成你的答案，再运行这一格。"
        if _is_code(answer, "def nothing(): ..."):
            return "还没有作答：函数里还什么也没有做。写好以后，再运行这一格。"
        if count := _holes(answer):
            return f"还没有答完：答案里还有 {count} 处是 ...，把它们也填上。"
        problems = self._problems(answer)
        if problems and _is_code(answer, self.start):
            return f"先改一改：还有 {len(problems)} 处问题。找出来，改好，再运行这一格。"
        if len(problems) > 1:
            return "\n- ".join([f"❌ 还有 {len(problems)} 处问题：", *problems])
        if problems:
            return f"❌ {problems[0]}"
        self._solved = True
        done = count_solved(self.lesson)
        return f"✅ 正确。{self.why}（本课 {len(self.lesson)} 题，完成 {done} 题）"

    def _problems(self, answer: Any) -> list[str]:
        wanted = self._judge or self._expected
        try:
            if callable(wanted) and not callable(answer):
                raise Wrong(difference("收到", answer, "答案", wanted))
            found = self._judge(answer) if self._judge else [self._compare(answer)]
        except Wrong as wrong:
            found = [str(wrong)]
        except (Exception, SystemExit) as error:  # whatever a student's code may raise
            found = [explain_error(error, answer)]
        return [str(problem) for problem in found if problem]

    def _compare(self, answer: Any) -> str:
        """Say how an answer, or what a function returns, differs from the expected one, if so."""
        outcome, expected = self._outcome(answer), self._outcome(self._expected)
        kinds = kind_of(outcome), kind_of(expected)
        if same(outcome, expected):
            return ""
        # A row may be an item of a set or a dict; handed in alone, it is no answer.
        whole = kinds[0] == kinds[1] or kinds[1] not in ("set", "dict")
        if whole and (message := self._message(outcome)):
            return message
        if kinds in (("set", "set"), ("sequence", "set")):
            return self._compare_choice(outcome, expected)
        if kinds == ("dict", "dict"):
            return self._compare_matches(outcome, expected)
        item = first_difference(outcome, expected)
        if item and self._calls:
            number, given, wanted = item
            told = f"用第 {number} 组数据试你的函数，返回的是"
            return NO_RETURN if given is None else difference(told, given, "返回值", wanted)
        told = self._message(item[1]) if item else ""
        return told or difference("收到", answer, "答案", expected)

    def _compare_choice(self, chosen: Any, wanted: set) -> str:
        def without(items: Any, others: Any) -> list:
            return [i for i in sorted(items, key=str) if not any(same(i, o) for o in others)]

        if extra := without(chosen, wanted):
            return f"{extra[0]} 不该选。{self._message(extra[0])}"
        if missing := without(wanted, chosen):
            told = f"选的都对，但还不全。{self._message(missing[0])}"
            return told if chosen else "还一个也没有选。"
        return ""

    def _compare_matches(self, answer: Mapping, expected: Mapping) -> str:
        wrong = [key for key, value in expected.items() if not same(answer.get(key), value)]
        if not wrong:
            return ""
        key, count = wrong[0], len(expected)
        told = f"{count} 项里对了 {count - len(wrong)} 项。先看 {key}，"
        if key not in answer:
            return f"{told}答案里没有它。"
        given, wanted = answer[key], expected[key]
        message = self._message(given)
        if not message and kind_of(bare(given)) != kind_of(bare(wanted)):
            return told + difference("你写的是", given, "它", wanted)
        return f"{told}你写的是 {given}。{message}"

    def _outcome(self, answer: Any) -> Any:
        """Return what is compared: the answer itself or, of a function, all that it returns."""
        if not self._calls:
            return answer
        return [answer(*copy.deepcopy(arguments)) for arguments in self._calls]

    def _message(self, outcome: Any) -> str:
        for mistake, message in self.mistakes.items():
            if same(outcome, self._outcome(mistake)):
                return message
        return ""


def ordered(*exercises: Exercise) -> None:
    """Number the exercises of a lesson, and let each tell how many of them are done."""
    for number, exercise in enumerate(exercises, start=1):
        exercise.number, exercise.lesson = number, exercises


def explain_error(error: BaseException, function: Any) -> str:
    """Say which line of a student's function failed, and how."""
    code = getattr(inspect.unwrap(function), "__code__", None)  # under its decorators
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line for frame in frames if code and frame.filename == code.co_filename]
    where = "检查时出错了，请对照题目再看一遍你的答案。"
    if lines:
        where = f"你的函数运行时出错了，出错的是这一行：\n    {lines[-1]}"
    elif callable(function) and isinstance(error, TypeError):  # it was never entered
        where = "参数个数与题目不符，你的函数接不住。"
    return f"{where}\nPython 的原话：{type(error).__name__}: {error}"


def _holes(answer: Any) -> int:
    """Return how many ``...`` still stand in a list, a tuple, a set or a dictionary."""
    kind = kind_of(answer)
    items = answer.values() if kind == "dict" else answer if kind in ("sequence", "set") else ()
    return sum(item is ... for item in items)


def _is_code(function: Any, source: str) -> bool:
    """Tell whether a function does just what the one in `source` does."""
    parts = compile(source, "source", "exec").co_consts
    originals = [_essence(part) for part in parts if isinstance(part, CodeType)]
    code = getattr(function, "__code__", None)
    return isinstance(code, CodeType) and _essence(code) in originals


def _essence(code: CodeType) -> tuple:
    """Return what code does, without where it stands: blank lines and comments are gone."""
    constants = [_essence(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, code.co_names, constants
