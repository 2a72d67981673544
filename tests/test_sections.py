"""Each section runs alone after the set-up cells.

That the main road needs nothing optional, too, is seen in `tests/test_lab.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.lesson_checks import sections
from tools.notebooks import FOLDER, read
from tools.outputs import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="sections run in forked processes"),
]
PATHS = sorted(FOLDER.glob("*.ipynb"))


def run_sections(path: Path) -> dict[str, str]:
    """Return what went wrong in each section of a notebook."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.section_runner", str(path)],
        cwd=ROOT,
        env={**os.environ, "MPLBACKEND": "agg"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_section_stands_alone_after_the_set_up(path: Path) -> None:
    failures = run_sections(path)
    assert {title or "head" for title, _ in sections(read(path))} == failures.keys()
    assert {title: told for title, told in failures.items() if told} == {}


def cell(source: str, *tags: str) -> NotebookNode:
    return new_code_cell(source, metadata={"tags": list(tags)})


def test_sections_that_lean_on_others_are_found(tmp_path: Path) -> None:
    cells = [
        cell("a = 1", "setup"),
        new_markdown_cell("## one"),
        cell("b = a + 1"),
        cell("c = b + 1", "optional"),
        new_markdown_cell("## two"),
        cell("print(b)"),
        new_markdown_cell("## three"),
        cell("c + 1", "optional"),
        cell("assert c == 3"),
        new_markdown_cell("## four"),
        cell("1 / 0", "raises-exception"),
        cell("del a"),
        new_markdown_cell("## five"),
        cell("assert a == 1"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "planted.ipynb")
    failures = run_sections(tmp_path / "planted.ipynb")
    assert [title for title, told in failures.items() if not told] == [
        "head",
        "one",
        "four",
        "five",
    ]
    assert "'b' is not defined" in failures["two"]
    assert "'c' is not defined" in failures["three"]
