"""Every number that a notebook's prose claims, and whether a run holds it.

A number is held if an `assert` of the same section, of the set-up or, for head and recap, of any
cell compares something with it. What no run can hold, a published figure say, is listed with its
reason in `tests/plain_numbers/`. Exercises have their own tests and are left out.
"""

import ast
import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from tools.lesson_checks import is_exercise, prose, sections
from tools.notebook_checks import python_source, tags

# Not claims: code, where links and pictures lead, the numbers of headings, lessons and exercises.
NOT_PROSE = [
    re.compile(r"`[^`\n]*`"),
    re.compile(r"(?<=\])\([^)\s]*\)"),
    re.compile(r"^#+ (?:选读 · )?\d\.\d", re.MULTILINE),
    re.compile(r"\d\.\d ?(?=节|里|中)"),
    re.compile(r"第 \d 课|练习 \d|Day 38"),
    re.compile(r"^\d+\. ", re.MULTILINE),
]
# Not part of a name such as h3, float32 or SHA-256.
NUMBER = re.compile(r"(?<![A-Za-z_.\d])(?<![A-Za-z]-)\d[\d,]*(?:\.\d+)?(?:e-?\d+)?%?")


class Claim(NamedTuple):
    """A number in the prose: the id of its cell, the number as it is written."""

    cell: str
    text: str

    @property
    def values(self) -> tuple[float, ...]:
        """What an assert may say: of 96.67% also 0.9667."""
        number = float(self.text.rstrip("%").replace(",", ""))
        return (number, number / 100) if self.text.endswith("%") else (number,)


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text that claim something."""
    for pattern in NOT_PROSE:
        text = pattern.sub(" ", text)
    return [found.rstrip(",") for found in NUMBER.findall(text)]


def asserted_constants(cells: Iterable[NotebookNode]) -> set[float]:
    """Return the numbers that stand in the `assert` statements of code cells."""
    return {
        float(node.value)
        for cell in cells
        if cell.cell_type == "code"
        for statement in ast.walk(ast.parse(python_source(cell)))
        if isinstance(statement, ast.Assert)
        for node in ast.walk(statement.test)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    }


def claims(notebook: NotebookNode) -> Iterator[tuple[Claim, set[float]]]:
    """Yield each number of the prose with the constants of the asserts that may hold it."""
    everywhere = asserted_constants(notebook.cells)
    setup = asserted_constants(cell for cell in notebook.cells if "setup" in tags(cell))
    summaries = (notebook.cells[0].id, notebook.cells[-1].id)
    for _, cells in sections(notebook):
        here = asserted_constants(cells) | setup
        for cell in cells:
            if cell.cell_type == "markdown" and not is_exercise(cell):
                for text in numbers_in(prose(cell)):
                    yield Claim(cell.id, text), everywhere if cell.id in summaries else here


def is_held(claim: Claim, constants: set[float]) -> bool:
    """Tell whether one of the constants is the claimed number."""
    return any(
        math.isclose(value, constant, rel_tol=1e-9)
        for value in claim.values
        for constant in constants
    )


def check_numbers(notebook: NotebookNode, plain: dict[str, dict[str, str]]) -> list[str]:
    """Every number is held by an assert or listed with a reason; no entry is out of date."""
    found = list(claims(notebook))
    problems = [
        f"{claim.cell}：{claim.text} 既没有 assert，也没有列为事实"
        for claim, constants in found
        if not is_held(claim, constants) and claim.text not in plain.get(claim.cell, {})
    ]
    there = {claim for claim, _ in found}
    for cell, entries in plain.items():
        for text, reason in entries.items():
            if Claim(cell, text) not in there:
                problems.append(f"{cell}：列出的 {text} 已经不在正文里")
            if len(reason) < 12:
                problems.append(f"{cell}：{text} 的理由太短：{reason!r}")
    return problems


def read_plain_numbers(path: Path) -> dict[str, dict[str, str]]:
    """Return the list of a notebook's plain facts: cell → number → reason."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
