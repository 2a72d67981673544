"""Every figure in the notebooks' prose is held by a claim of its section, or has its source.

A claim holds a figure that stands in its assert: 83, or of 96.67% also .9667. A line
``# fact 13.47: where it comes from`` in the claims of a section stands for what no run can hold.
Head and recap may use the claims of all sections; exercises have tests of their own. What this
proves is that a number of the section is computed in it, not that its sentence is true.
"""

import ast
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.notebooks.lesson import (
    PATHS,
    claim_blocks,
    claims_beside,
    is_exercise,
    prose,
    read,
    sections,
)

FACT = re.compile(r"^# fact (\S+): \S", re.MULTILINE)
SUMMARIES = ("", "小结")  # titles: the head has none
# Not figures: code, where links and pictures lead, numbers of headings, lessons and lists.
NOT_FIGURES = re.compile(
    r"`[^`\n]*`|(?<=\])\([^)\s]*\)|<[^>]*>|^#+ \d\.\d+|^\*\*用时.*|^\s*\d+\. "
    r"|\d\.\d+ ?(?=节|里|中)|第 \d 课|练习 \d\.\d+|Day 38|CVE-[\d-]+",
    re.MULTILINE,
)
# Not part of a name such as h3, float32 or SHA-256.
FIGURE = re.compile(r"(?<![A-Za-z_.\d])(?<![A-Za-z]-)\d[\d,]*(?:\.\d+)?(?:e-?\d+)?%?")


def figures(cells: Iterable[NotebookNode]) -> Iterator[tuple[str, str]]:
    """Yield the id of the cell and the figure, for each figure of the prose."""
    for cell in cells:
        if not is_exercise(cell):
            for text in FIGURE.findall(NOT_FIGURES.sub(" ", prose(cell))):
                if text not in ("0", "1"):  # "between 0 and 1", "1 of them": they say too little
                    yield cell.id, text.rstrip(",")


def asserted(claims: str) -> set[float]:
    """Return the numbers that stand in the asserts of claims."""
    return {
        abs(node.value)
        for statement in ast.walk(ast.parse(claims))
        if isinstance(statement, ast.Assert)
        for node in ast.walk(statement.test)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    }


def is_held(figure: str, numbers: set[float]) -> bool:
    """Tell whether a figure, or as a share of 1, is among the numbers."""
    value = float(figure.rstrip("%").replace(",", ""))
    values = [value, value / 100] if figure.endswith("%") else [value]
    return any(math.isclose(one, other) for one in values for other in numbers)


def to_paste(figure: str, cell: str, cells: list[NotebookNode]) -> str:
    """Say where a line is wanted that holds a figure, and how it looks."""
    place = [each.id for each in cells].index(cell)
    code = [n for n, each in enumerate(cells) if each.cell_type == "code"]
    nearest = min(code, key=lambda n: (n > place, abs(n - place)), default=place)
    value = figure.replace(",", "")
    if figure.endswith("%"):
        value = f"{float(value[:-1]) / 100:.10g}"
    return (
        f"{cell}：这一节没有算出 {figure}。在 # %% {cells[nearest].id} 下面加一行\n"
        f"    assert ... == {value}\n  跑不出来的数，写出处：\n    # fact {figure}: ..."
    )


def problems(notebook: NotebookNode, blocks: dict[str, str]) -> list[str]:
    """List figures that nothing holds and facts that nothing says any more."""
    found, parts = [], sections(notebook.cells)
    summaries = [cell for title, cells in parts if title in SUMMARIES for cell in cells]
    summarised = {figure for _, figure in figures(summaries)}
    for title, cells in parts:
        here = "\n".join(blocks.get(cell.id, "") for cell in cells)
        usable = "\n".join(blocks.values()) if title in SUMMARIES else here
        numbers, sourced, told = asserted(usable), FACT.findall(usable), list(figures(cells))
        found += [
            to_paste(figure, cell, cells)
            for cell, figure in told
            if not is_held(figure, numbers) and figure not in sourced
        ]
        stale = {*FACT.findall(here)} - {figure for _, figure in told} - summarised
        found += [f"{title or '开头'}：# fact {figure} 已经不在正文里" for figure in sorted(stale)]
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_figure_of_the_prose_is_held(path: Path) -> None:
    found = problems(read(path), claim_blocks(path))
    assert not found, "\n".join([f"请打开 {claims_beside(path)}：", *found])


def test_unheld_figures_and_stale_facts_are_named() -> None:
    told = [new_code_cell("x", id="code"), new_markdown_cell("占 96.67%，13.47 秒", id="prose")]
    notebook, held = new_notebook(cells=told), "assert share > 0.9667\n# fact 13.47: the course"
    assert problems(notebook, {"code": held}) == []
    share, seconds = problems(notebook, {"code": "# fact 13.47: "})  # no source
    assert share.startswith("prose：") and "# %% code" in share and "assert ... == 0.9667" in share
    assert "assert ... == 13.47" in seconds and "# fact 13.47: ..." in seconds
    (stale,) = problems(notebook, {"code": held + "\n# fact 99: stale"})
    assert "99" in stale
