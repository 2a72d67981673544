"""Run each section of a notebook alone, after the set-up cells: `python -m tests.section_runner`.

The set-up cells run once; each section then runs in a copy of the process (`os.fork`, so not on
Windows): far faster than a kernel for each. Prints JSON: the title of each section, and what went
wrong in it, or "".
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before PyTorch: its threads do not outlive a fork

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode

from tools.lesson_checks import sections
from tools.notebook_checks import tags
from tools.notebooks import read


def first_error(shell: InteractiveShell, cells: list[NotebookNode]) -> str:
    """Run cells until one fails; return which and why, or an empty text."""
    for cell in cells:
        if cell.cell_type != "code":
            continue
        result = shell.run_cell(cell.source)
        if not result.success and "raises-exception" not in tags(cell):
            return f"{cell.id}: {result.error_in_exec or result.error_before_exec!r}"
    return ""


def in_a_copy(shell: InteractiveShell, cells: list[NotebookNode], folder: Path) -> str:
    """Do as `first_error` in a child process that inherits all that the set-up made."""
    answer = folder / "answer"
    child = os.fork()
    if child == 0:
        with contextlib.redirect_stdout(io.StringIO()):
            answer.write_text(first_error(shell, cells), encoding="utf-8")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        return f"the process ended with status {status}"
    text = answer.read_text(encoding="utf-8")
    answer.unlink()
    return text


def main(path: Path) -> None:
    """Run the set-up, then each section alone; print what went wrong."""
    notebook = read(path)
    shell = InteractiveShell.instance()
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        with contextlib.redirect_stdout(io.StringIO()):
            setup = first_error(shell, [cell for cell in notebook.cells if "setup" in tags(cell)])
        failures = {
            title or "head": setup or in_a_copy(shell, cells, Path(name))
            for title, cells in sections(notebook)
        }
    print(json.dumps(failures, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
