"""Exercises that check themselves: each foreseen mistake is answered by its own message.

How a teacher adds one stands in README; those of the lesson are in `day38.exercises_1`,
`day38.exercises_2` and `day38.exercises_3`, one module for each notebook.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy
import torch
from torch import nn

from day38.answers import (
    CLASS,
    FUNCTION,
    MODEL,
    NUMBER,
    TEXT,
    Wrong,
    call,
    describe,
    expected_kind,
    holes,
    is_empty,
    kind_of,
    same,
)

Judge = Callable[[Any], str | None]
Candidates = Mapping[Any, str] | Iterable[tuple[Any, str]]


class Exercise:
    """A question whose answers are judged on the spot, in Chinese, without a server.

    Parameters
    ----------
    question : str
        What is asked.
    expected : object
        A right answer: number, text, tuple, list, set, dict, array, tensor, or a function, which
        stands for all functions that return the same for each of `calls`.
    why : str
        Why that is right; a right answer is told so.
    wrong : mapping, or pairs, of a wrong answer to str
        The mistakes that are foreseen, each with what helps against it. A wrong function stands
        for all that return the same.
    hints : sequence of str
        From the gentlest to the clearest; none may hold the answer itself.
    solution : str
        Python code that binds one right answer to a name.
    calls : sequence of tuple
        The arguments with which a function is tried; it gets a copy each time.
    judge : callable, optional
        Instead of `expected`, for answers that no comparison can judge: is given the answer
        (a copy, if it is a model) and returns None if it is right, else what to tell the student.
    kind : str
        With `judge`: what kind of answer it takes, as in `day38.answers`.
    tolerance : float
        How far a number may be off, relative or absolute.

    Raises
    ------
    TypeError
        If there is not exactly one of `expected` and `judge`, or a function but no `calls`.
    """

    def __init__(
        self,
        question: str,
        expected: Any = ...,
        *,
        why: str,
        wrong: Candidates = (),
        hints: Sequence[str] = (),
        solution: str,
        calls: Sequence[tuple] = (),
        judge: Judge | None = None,
        kind: str = FUNCTION,
        tolerance: float = 1e-6,
    ) -> None:
        if (expected is ...) == (judge is None):
            raise TypeError("expected 和 judge 请给且只给一个：一个正确答案，或者一个判断函数。")
        if judge is None and kind_of(expected) == FUNCTION and not calls:
            raise TypeError("答案是函数时，请用 calls=[(参数, …), …] 说明拿什么试它。")
        self.question, self.why = question, why
        self.hints, self._hints_given = tuple(hints), 0
        self._expected, self._calls, self._tolerance = expected, list(calls), tolerance
        self._wrong = list(wrong.items() if isinstance(wrong, Mapping) else wrong)
        self._judge = judge or self._compare
        self._kind = kind if judge else kind_of(expected)
        self._solution = solution.strip("\n")

    def __repr__(self) -> str:
        return f"{self.question}\n（.check(答案) 检查，.hint() 看提示，.solution() 看参考答案）"

    def check(self, answer: Any) -> None:
        """Print what is to be said about `answer`; nothing is raised for a wrong one."""
        with _state_kept():
            feedback = self._feedback(answer)
        print(feedback)

    def hint(self) -> None:
        """Print the next hint; each call says a little more."""
        if not self.hints:
            print("这道题没有提示。")
        elif self._hints_given < len(self.hints):
            self._hints_given += 1
            number = self._hints_given
            print(f"提示 {number}/{len(self.hints)}：{self.hints[number - 1]}")
        else:
            print(f"提示都给过了，最后一条是：{self.hints[-1]}\n还是没有头绪，就看 .solution()。")

    def solution(self) -> None:
        """Print one right answer as code that can be run."""
        print(f"# 参考答案\n{self._solution}")

    def _feedback(self, answer: Any) -> str:
        if answer is ...:
            return "还没有作答。把 ... 换成你的答案，再运行这一格。"
        if count := holes(answer):
            return f"还没有答完：答案里还有 {count} 处是 ...，把它们也填上。"
        if self._kind == FUNCTION == kind_of(answer) and is_empty(answer):
            return "还没有作答。函数里面还是空的，写好以后再运行这一格。"
        try:
            if isinstance(answer, nn.Module):
                answer = _copy_of(answer)
            if self._kind == FUNCTION or self._expected is ...:
                self._check_kind(answer, self._kind)
            message = self._judge(answer)
        except Wrong as wrong:
            message = str(wrong)
        return f"正确。{self.why}" if message is None else f"还不对。{message}"

    def _check_kind(self, answer: Any, wanted: str) -> None:
        kind = kind_of(answer)
        if kind == self._kind:
            return
        advice = {
            (TEXT, NUMBER): "是数就不要加引号。",
            (NUMBER, TEXT): "是文字就要加引号。",
            (CLASS, MODEL): "请在类名后面加上括号，建一个模型。",
        }.get((kind, self._kind), "")
        if kind == FUNCTION:
            advice = "是不是忘了加括号调用它？"
        elif self._kind == FUNCTION:
            advice = "请传函数本身，写它的名字，后面不加括号。"
        raise Wrong(f"收到的是{describe(answer)}，答案应是{wanted}。{advice}")

    def _compare(self, answer: Any) -> str | None:
        outcome, expected = self._outcome(answer), self._outcome(self._expected)
        if same(outcome, expected, self._tolerance):
            return None
        for candidate, message in self._wrong:
            if same(outcome, self._outcome(candidate), self._tolerance):
                return message
        if self._kind == FUNCTION:
            return self._explain_results(outcome, expected)
        wanted = expected_kind(expected)
        if expected_kind(answer) != wanted:
            if kind_of(answer) != self._kind:
                self._check_kind(answer, wanted)
            return f"收到的是{describe(answer)}，答案应是{wanted}。"
        return f"收到的是{describe(answer)}：种类对了，内容不对。再想想，或者看看提示。"

    def _outcome(self, answer: Any) -> Any:
        """Return what is compared: the answer itself or, of a function, all that it returns."""
        if self._kind != FUNCTION:
            return answer
        return [call(answer, *copy.deepcopy(arguments)) for arguments in self._calls]

    def _explain_results(self, results: list, expected: list) -> str:
        pairs = zip(results, expected, strict=True)
        number, result, wanted = next(
            (number, result, wanted)
            for number, (result, wanted) in enumerate(pairs, start=1)
            if not same(result, wanted, self._tolerance)
        )
        if result is None:
            return "你的函数没有返回值（返回了 None）。是不是忘了 return？"
        told = f"用第 {number} 组数据试你的函数，返回的是{describe(result)}"
        if expected_kind(result) != expected_kind(wanted):
            return f"{told}，应返回{expected_kind(wanted)}。"
        return f"{told}。种类对了，内容不对。再想想，或者看看提示。"


def _copy_of(model: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(model)
    except (RuntimeError, TypeError) as error:
        raise Wrong(
            f"这个模型复制不了，没法检查。请传刚建好或刚训练完的模型。（{error}）"
        ) from None


@contextmanager
def _state_kept() -> Iterator[None]:
    """Judge with fixed random numbers; give the random states and gradient mode back."""
    states = random.getstate(), numpy.random.get_state(), torch.is_grad_enabled()
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=devices):
        try:
            random.seed(0)
            numpy.random.seed(0)
            torch.default_generator.manual_seed(0)
            yield
        finally:
            random.setstate(states[0])
            numpy.random.set_state(states[1])
            torch.set_grad_enabled(states[2])
