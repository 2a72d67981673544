"""Run the notebooks: `python -m tools.notebooks write` (for committing) or `run` (for looking)."""

import argparse
import base64
import io
import re
import sys
from pathlib import Path
from time import monotonic

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from PIL import Image

from tools.kernels import kernel_settings, prepare

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
BUILD = ROOT / "build"
WIDGET = "application/vnd.jupyter.widget-view+json"
HEAVY = 1_000_000  # characters of a page: torchvista's graph brings a program of 2.9 MB
FOLDERS = re.compile(rf"[^\s'\"\x1b]*[/\\]site-packages[/\\]|{re.escape(str(ROOT))}/")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def execute(path: Path) -> NotebookNode:
    """Return the notebook in a file, executed where it lies in a fresh kernel, and cleaned.

    A cell that fails ends the program with its name.
    """
    prepare()
    notebook, started, since = nbformat.read(path, as_version=4), [], monotonic()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
        config=kernel_settings(),
        on_cell_start=lambda cell, cell_index: started.append(cell.id),
    )
    print(f"{path.name} ……", end="", flush=True)
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"\n{path.name} 的 {started[-1]} 这一格出错了：\n{error}")
    print(f" {len(notebook.cells)} 格，{monotonic() - since:.0f} 秒", flush=True)
    clean(notebook)
    return notebook


def clean(notebook: NotebookNode) -> None:
    """Bring an executed notebook into the form in which it is committed.

    Without widgets (their text is a bar frozen at 0%), pages of megabytes, paths of this machine in
    tracebacks, and notes of programs' versions in pictures.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        for note in ("execution", "nbmake"):
            cell.metadata.pop(note, None)
        outputs, kept = cell.get("outputs", []), []
        for output in outputs:
            data = output.get("data", {})
            empty = not output.get("text", "a picture").strip()
            if empty or WIDGET in data or len(data.get("text/html", "")) > HEAVY:
                continue
            if output.output_type == "error":
                output.traceback = [FOLDERS.sub("", line) for line in output.traceback]
            if "image/png" in data:
                data["image/png"] = without_notes(data["image/png"])
            kept.append(output)
        outputs[:] = kept


def without_notes(png: str) -> str:
    """Return a base64 PNG with the same pixels and nothing else."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(png))).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def write(paths: list[Path]) -> None:
    """Put new outputs into the notebooks themselves, into all of them or into none."""
    for path, notebook in [(path, execute(path)) for path in paths]:
        nbformat.write(notebook, path)


def run(paths: list[Path]) -> None:
    """Put executed copies into `build/notebooks`, and pages with an index into `build/html`."""
    from tools.pages import write_pages

    folder = BUILD / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        nbformat.write(execute(path), folder / path.name)
    write_pages([folder / path.name for path in paths], BUILD / "html")
    print(f"全部运行通过。请用浏览器打开 {BUILD / 'html' / 'index.html'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="运行笔记本")
    parser.add_argument("what", choices=["run", "write"], help="run 另存并生成网页；write 更新输出")
    parser.add_argument("paths", nargs="*", type=Path, help="默认是 notebooks/ 里的全部")
    options = parser.parse_args()
    chosen = [path.resolve() for path in options.paths] or sorted(FOLDER.glob("*.ipynb"))
    (run if options.what == "run" else write)(chosen)
