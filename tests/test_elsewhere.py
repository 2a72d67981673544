"""The notebooks on other people's machines: read-only, offline, without widgets, odd settings.

Each notebook runs in two such places. In the first nothing but a temporary folder can be written,
the home folder least of all, no other machine can be reached and the locale is not UTF-8; each
cell runs twice in a row there and has to give what the committed notebook shows. In the second
all notebooks run at once, solved; the package is installed as on a hub or on Colab, without the
rest of the repository; the path holds Chinese and a space, ipywidgets is missing and the bars are
switched off from outside.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
import torch

from tests.exercise_checks import solved
from tests.helpers import MISSING_GLYPH, planted, report
from tools import notebook_checks as checks
from tools.notebooks import FOLDER, execute, read
from tools.outputs import ROOT

pytestmark = pytest.mark.slow
POSIX = os.name != "nt"
guards = pytest.mark.skipif(not POSIX, reason="the guard knows POSIX paths")
(PINNED_TORCH,) = re.findall(
    r"^torch==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
)
PATHS = sorted(FOLDER.glob("*.ipynb"))
GUARD = Path(__file__).parent / "guard"
NOT_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def place() -> Iterator[Path]:
    """Give an empty folder; its path is short, as those of a kernel's sockets must be."""
    with tempfile.TemporaryDirectory(prefix="day38-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def guarded(folder: Path, **settings: str) -> dict[str, str]:
    """Return an environment in which every Python process is guarded, the present one excepted."""
    temporary = folder / "temporary"
    (temporary / "runtime").mkdir(parents=True)
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(GUARD), str(ROOT)]),
        "DAY38_GUARD_LOG": str(folder / "refused"),
        "TMPDIR": str(temporary),
        "TORCHINDUCTOR_CACHE_DIR": str(temporary),  # torch sets it in a process that asks for it
        "HOME": str(temporary),  # Matplotlib keeps its settings and its list of fonts there
        "JUPYTER_RUNTIME_DIR": str(temporary / "runtime"),
        **settings,
    }


def run_all(paths: list[Path], environment: dict[str, str]) -> dict[str, str]:
    """Run notebooks at the same time; return what nbmake says of those that fail."""
    command = [sys.executable, "-m", "pytest", "--nbmake", "-q", "-p", "conftest"]
    command += ["-p", "no:cacheprovider", "-p", "no:xdist"]
    started = {
        path.stem: subprocess.Popen(
            [*command, str(path)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for path in paths
    }
    told = {name: process.communicate()[0].decode() for name, process in started.items()}
    return {name: told[name][-4000:] for name, process in started.items() if process.returncode}


def refused(folder: Path) -> str:
    """Return what the guard has refused, a line each."""
    log = folder / "refused"
    return log.read_text(encoding="utf-8") if log.exists() else ""


def installed_copy(folder: Path) -> Path:
    """Install the package into a folder, nothing but what its wheel holds; return the folder."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--target", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def solved_copies(folder: Path) -> list[Path]:
    """Write copies of the notebooks with the printed solutions as answers into a new folder."""
    folder.mkdir()
    for path in PATHS:
        exercises = import_module(f"day38.exercises_{path.name[0]}")
        notebook = read(path)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = solved(cell.source, exercises)
        nbformat.write(notebook, folder / path.name)
    return sorted(folder.iterdir())


@pytest.fixture
def without_a_home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a guarded place to the kernels that this process starts; on Windows without a guard."""
    if POSIX:
        for name, value in guarded(place, HOME="/dev/null/home", **NOT_UTF8).items():
            monkeypatch.setenv(name, value)
    return place


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_cell_twice_gives_what_is_shown_read_only_offline_and_without_a_home(
    path: Path, without_a_home: Path
) -> None:
    committed = read(path)
    twice = checks.doubled(committed)
    execute(twice, path.name, folder=without_a_home)  # not in the notebook's own folder
    assert refused(without_a_home) == ""
    report(path, checks.check_quiet(twice))
    report(path, checks.check_drift(twice))
    if torch.__version__.startswith(PINNED_TORCH):  # other releases draw other random numbers
        report(path, checks.check_outputs(committed, checks.second_runs(twice)))


@guards
def test_solved_and_all_at_once_on_an_installed_copy_without_ipywidgets_or_bars(
    place: Path,
) -> None:
    copy = installed_copy(place / "installed")
    path = os.pathsep.join([str(GUARD), str(copy)])
    environment = guarded(place, PYTHONPATH=path, DAY38_WITHOUT="ipywidgets", TQDM_DISABLE="1")
    where = [sys.executable, "-c", "import day38; print(day38.__file__)"]
    printed = subprocess.check_output(where, cwd=place, env=environment, text=True)
    assert Path(printed.strip()).parent == copy / "day38"
    assert run_all(solved_copies(place / "temporary" / "第 38 天"), environment) == {}
    assert refused(place) == ""


@guards
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("open('here', 'w')", "open "),
        ("import os; os.mkdir('here')", "os.mkdir "),
        ("import urllib.request as u; u.urlopen('http://example.org')", "example.org"),
        ("import socket; socket.create_connection(('192.0.2.1', 80))", "192.0.2.1"),
        ("import ipywidgets", ""),
        ("open('notes', 'rb').read().decode('ascii')", ""),
    ],
    ids=["write", "folder", "name", "address", "ipywidgets", "missing file"],
)
def test_a_planted_fault_is_refused(source: str, told: str, place: Path) -> None:
    environment = guarded(place, DAY38_WITHOUT="ipywidgets")
    failures = run_all([planted(place, source)], environment)
    assert failures.keys() == {"planted"}
    assert told in refused(place)
    assert bool(told) == bool(refused(place))


@guards
def test_a_fault_that_is_swallowed_is_noted(without_a_home: Path) -> None:
    source = "import contextlib, os\nwith contextlib.suppress(OSError): os.mkdir('here')"
    execute(read(planted(without_a_home, source)), "planted", folder=without_a_home)
    assert "os.mkdir" in refused(without_a_home)


@guards
@pytest.mark.parametrize(
    ("source", "tags", "told"),
    [
        ("import warnings; warnings.warn('too few flowers')", [], "too few flowers"),
        (MISSING_GLYPH, [], "Glyph"),
        ("1 + 1", ["raises-exception"], "却没有出错"),
    ],
    ids=["warning", "glyph", "does not raise"],
)
def test_what_nbmake_lets_pass_fails_here(
    source: str, tags: list[str], told: str, place: Path
) -> None:
    failures = run_all([planted(place, source, *tags)], guarded(place))
    assert told in failures["planted"]
