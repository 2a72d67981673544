"""Run the notebooks: `python -m tools.notebooks run` (for looking) or `write` (for committing)."""

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.kernels import kernel_settings, prepare
from tools.notebook_checks import check_errors
from tools.outputs import ROOT, clean, find_traces
from tools.pages import html_page

FOLDER = ROOT / "notebooks"
BUILD = ROOT / "build"
CELL_TIMEOUT = 300  # seconds
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class NotebookFailure(Exception):
    """A notebook that did not run through, with a message for the terminal."""


def read(path: Path) -> NotebookNode:
    """Return the notebook in a file."""
    return nbformat.read(path, as_version=4)


def save(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook at once or not at all: a temporary file takes the place of the old one."""
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    save_text(text, path)


def save_text(text: str, path: Path) -> None:
    """Write a file at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def progress(name: str) -> Callable[[int, int], None]:
    """Return a function that shows where a notebook is; it takes "cell" and "of how many".

    A terminal gets one line that changes, a log file a line now and then.
    """
    started = last = monotonic()
    terminal = sys.stdout.isatty()

    def show(number: int, count: int) -> None:
        nonlocal last
        now = monotonic()
        line = f"{name}：第 {number}/{count} 格，{now - started:.0f} 秒"
        if terminal:
            print(f"\r{line}\x1b[K", end="", flush=True)
        elif number == 1 or now - last > 5:
            last = now
            print(line, flush=True)

    return show


def execute(
    notebook: NotebookNode,
    name: str,
    folder: Path = FOLDER,
    timeout: int = CELL_TIMEOUT,
    show: Callable[[int, int], None] | None = None,
) -> float:
    """Execute a notebook in place, in a fresh kernel of this interpreter.

    Parameters
    ----------
    notebook
        What to execute; its outputs are replaced, and cleaned for committing.
    name
        What to call it in messages.
    folder
        The working directory of the kernel.
    timeout
        Seconds allowed for one cell.
    show
        Called with "cell" and "of how many" before each cell.

    Returns
    -------
    float
        The seconds it took, the start of the kernel included.

    Raises
    ------
    NotebookFailure
        A cell failed, ran too long or killed its kernel, or did not fail although it is tagged
        `raises-exception`.
    """
    prepare()
    started = monotonic()
    index = 0

    def start_cell(cell: NotebookNode, cell_index: int) -> None:
        nonlocal index
        index = cell_index
        if show:
            show(cell_index + 1, len(notebook.cells))

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=timeout,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=start_cell,
        config=kernel_settings(),
    )
    try:
        client.execute(env={**os.environ, "PYTHONHASHSEED": "0"})
    except CellExecutionError as error:
        trace = ANSI.sub("", error.traceback).strip()
        reason = f"{error.ename}: {error.evalue}"
        raise failure(name, notebook, index, reason, trace) from None
    except CellTimeoutError:
        raise failure(name, notebook, index, f"运行超过 {timeout} 秒") from None
    except DeadKernelError:
        raise failure(name, notebook, index, "内核意外退出（可能是内存不足）") from None

    clean(notebook)
    if problems := check_errors(notebook):
        raise NotebookFailure("\n  ".join([f"{name} 运行失败：", *problems]))
    return monotonic() - started


def failure(
    name: str, notebook: NotebookNode, index: int, reason: str, trace: str = ""
) -> NotebookFailure:
    """Return the error for a cell that failed: where it is, how it begins, what happened."""
    cell = notebook.cells[index]
    first_line = (cell.source.strip().splitlines() or [""])[0]
    lines = [
        f"{name} 运行失败：第 {index + 1} 格（id={cell.id}）",
        f"  这一格的第一行：{first_line}",
        f"  错误：{reason}",
    ]
    return NotebookFailure("\n".join([*lines, trace]).rstrip())


def execute_with_progress(notebook: NotebookNode, path: Path) -> float:
    """Execute a notebook where its file lies, and tell how far it is; return the seconds."""
    seconds = execute(notebook, path.name, path.parent, show=progress(path.name))
    line = f"{path.name}：完成，{len(notebook.cells)} 格，{seconds:.0f} 秒"
    print(f"\r{line}\x1b[K" if sys.stdout.isatty() else line, flush=True)
    return seconds


def run(paths: list[Path]) -> None:
    """Execute notebooks; put copies in `build/notebooks` and pages in `build/html`."""
    for path in paths:
        notebook = read(path)
        copy = BUILD / "notebooks" / path.name
        try:
            execute_with_progress(notebook, path)
        finally:
            save(notebook, copy)  # after a failure too: it shows how far it came
        page = html_page(notebook, path.stem, path.parent)
        save_text(page, BUILD / "html" / f"{path.stem}.html")
    print("全部运行通过。结果在：")
    for path in paths:
        print(f"  {BUILD / 'html' / path.stem}.html")
    print(f"  {BUILD / 'notebooks'}（运行后的笔记本）")


def write(paths: list[Path]) -> None:
    """Execute notebooks and put their outputs into the files themselves, all of them or none."""
    done = []
    for path in paths:
        notebook = read(path)
        seconds = execute_with_progress(notebook, path)
        notebook.metadata["day38"] = {"seconds": round(seconds)}
        problems = find_traces(notebook)
        if problems:
            raise NotebookFailure("\n  ".join([f"{path.name} 的输出不能提交：", *problems]))
        done.append((notebook, path))
    for notebook, path in done:
        save(notebook, path)
        print(f"已更新 {path}")


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description="运行笔记本")
    parser.add_argument(
        "command", choices=["run", "write"], help="run 只运行；write 更新保存的输出"
    )
    parser.add_argument("paths", nargs="*", type=Path, help="默认是 notebooks/ 里的全部")
    options = parser.parse_args(arguments)
    paths = [path.resolve() for path in options.paths] or sorted(FOLDER.glob("*.ipynb"))
    if not paths:
        print(f"{FOLDER} 里没有笔记本。", file=sys.stderr)
        return 1
    try:
        (run if options.command == "run" else write)(paths)
    except NotebookFailure as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n已中断。", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
