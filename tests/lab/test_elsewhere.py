"""The notebooks as nobody wrote them: solved, each cell twice, scrolled back, confined, elsewhere.

Only a temporary folder can be written, the home folder least of all, no other machine can be
reached, the locale is not UTF-8.
"""

import copy
import os
import re
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.exercises.student import printed
from tests.notebooks.lesson import PATHS, ROOT, is_exercise, is_main_road, read, tags
from tests.notebooks.saved_outputs import check_outputs, check_quiet
from tools.kernels import kernel_settings
from tools.notebooks import clean

pytestmark = [
    pytest.mark.browser,  # no browser, but too long for make test
    pytest.mark.skipif(os.name == "nt", reason="the guard knows POSIX paths"),
]
# An exercise's cell: the module, the line that checks, the exercise.
CHECK = re.compile(
    r"^from day38\.exercises import (\w+) as exercises$.*^(exercises\.(\w+)\.check\(.*\))$",
    re.DOTALL | re.MULTILINE,
)


def run_confined(notebook: NotebookNode) -> str:
    """Execute a notebook; return what it was not to do."""
    with tempfile.TemporaryDirectory(prefix="day38-") as name:
        log, writable = Path(name) / "refused", Path(name) / "tmp"
        log.touch()
        writable.mkdir()
        settings = {
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "guard"), str(ROOT)]),
            "DAY38_GUARD_LOG": str(log),
            "TMPDIR": str(writable),
            "TORCHINDUCTOR_CACHE_DIR": str(writable),  # torch may have set it for this process
            "JUPYTER_RUNTIME_DIR": str(writable),
            "HOME": "/dev/null/home",
        }
        if str(ROOT).isascii():  # else Python itself cannot read where the package is installed
            settings |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        client = NotebookClient(
            notebook,
            timeout=600,  # a cell that hangs
            coalesce_streams=True,
            resources={"metadata": {"path": str(writable)}},
            config=kernel_settings(),
        )
        client.execute(env={**os.environ, **settings})
        return log.read_text(encoding="utf-8")


def solved(cell: NotebookNode) -> NotebookNode:
    """Return a cell with an exercise's solution as the answer; others stay as they are."""
    found = CHECK.search(cell.source)
    if not found:
        return cell
    lesson, check, name = found.groups()
    solution = printed(getattr(import_module(f"day38.exercises.{lesson}"), name).solution)
    imports = f"from day38.exercises import {lesson} as exercises"
    return NotebookNode(cell, source=f"{imports}\n{solution}\n{check}")


def told(cell: NotebookNode) -> str:
    """Return what a cell printed, without bars."""
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_cell_twice_exercises_solved_then_back_to_the_start(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    code = [solved(cell) if is_exercise(cell) else cell for cell in code]
    again = [cell for cell in code if is_main_road(cell)]
    twice = [cell for cell in code for _ in range(2)]
    notebook = new_notebook()  # which would give other ids to cells that come twice
    notebook.cells = [copy.deepcopy(cell) for cell in twice + again]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{cell.id}-{number}"
    assert run_confined(notebook) == ""
    assert check_quiet(notebook) == []
    runs = notebook.cells[: len(twice)]
    answered = [cell for cell in runs if is_exercise(cell) and ".check(" in cell.source]
    assert answered and all("✅" in told(cell) for cell in answered)
    drifted = [
        (first.id, told(first), told(second))
        for first, second in zip(runs[::2], runs[1::2], strict=True)
        if "measured" not in tags(first) and not is_exercise(first)
        if told(first) != told(second)
    ]
    assert drifted == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_nbconvert_runs_it_to_the_end_and_gives_what_is_saved(path: Path, tmp_path: Path) -> None:
    """As other people's CI does: without our client, and with no time limit for a cell."""
    options = ["--to", "notebook", "--execute", "--output-dir", str(tmp_path)]
    # Not the ports of this machine, of which another program may take one in between.
    options += ["--KernelManager.transport=ipc", f"--KernelManager.ip={tmp_path / 'kernel'}"]
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", *options, str(path)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    notebook = read(tmp_path / path.name)
    clean(notebook)
    assert check_quiet(notebook) + check_outputs(read(path), notebook) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("os.mkdir('/proc/../var/day38/deep')", "os.mkdir /var/day38/deep"),
        ("open('/var/day38/deep', 'w')", "open /var/day38/deep"),
        ("socket.create_connection(('192.0.2.1', 80), 0.1)", "192.0.2.1"),
    ],
)
def test_a_planted_offence_is_noted(source: str, told: str) -> None:
    source = f"import os, socket\ntry:\n    {source}\nexcept OSError:\n    pass"
    assert told in run_confined(new_notebook(cells=[new_code_cell(source)]))
