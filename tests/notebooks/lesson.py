"""The notebooks and the claims beside them, as the tests read them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
FACT = re.compile(r"^# fact (\S+): (\S.*)$", re.MULTILINE)
GUESS = re.compile(r"^(\w+) = \.\.\.  # \S.*$")


def read(path: Path) -> NotebookNode:
    """Return the notebook in a file."""
    return nbformat.read(path, as_version=4)


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def is_exercise(cell: NotebookNode) -> bool:
    """Tell whether a cell belongs to an exercise."""
    return cell.id.startswith("exercise")


def is_main_road(cell: NotebookNode) -> bool:
    """Tell whether a cell is neither optional nor an exercise."""
    return "optional" not in tags(cell) and not is_exercise(cell)


def is_guess(cell: NotebookNode) -> bool:
    """Tell whether a cell is `guess = ...  # what to write`."""
    return (
        cell.cell_type == "code"
        and not is_exercise(cell)
        and bool(GUESS.fullmatch(cell.source.strip()))
    )


def python_source(cell: NotebookNode) -> str:
    """Return a code cell without its magics and shell lines, which only IPython can read."""
    if cell.source.startswith("%%"):
        return ""
    return re.sub(r"^[%!].*", "pass", cell.source, flags=re.MULTILINE)


def prose(cell: NotebookNode) -> str:
    """Return the text of a markdown cell without fenced code; of a code cell nothing."""
    if cell.cell_type != "markdown":
        return ""
    return re.sub(r"^```.*?^```", "", cell.source, flags=re.DOTALL | re.MULTILINE)


def headings(notebook: NotebookNode, level: int) -> list[tuple[str, NotebookNode]]:
    """Return the headings of one level, each with its cell."""
    pattern = re.compile(rf"^{'#' * level} (.+)$", re.MULTILINE)
    return [
        (title.strip(), cell) for cell in notebook.cells for title in pattern.findall(prose(cell))
    ]


def sections(notebook: NotebookNode) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Yield the title and the cells of each ``##`` section; what stands before has no title."""
    starts = {cell.id: title for title, cell in headings(notebook, 2)}
    title, cells = "", []
    for cell in notebook.cells:
        if cell.id in starts:
            yield title, cells
            title, cells = starts[cell.id], []
        cells.append(cell)
    yield title, cells


def claims_beside(path: Path) -> str:
    """Return which file holds the claims of a notebook, to be told: folder and name."""
    return f"{path.parent.name}/{path.stem}.claims.py"


def missing_parts(path: Path) -> list[str]:
    """Return what a notebook's lesson lacks: its other files, or a link in the two READMEs."""
    number, link = path.stem[0], f"({path.parent.name}/{path.name})"
    parts = {
        claims_beside(path): "",
        f"day38/exercises/lesson_{number}.py": "",
        f"tests/exercises/test_lesson_{number}.py": "",
        "README.md": link,
        "README.en.md": link,
    }
    files = {name: path.parents[1] / name for name in parts}
    return [
        name
        for name, part in parts.items()
        if not files[name].exists() or part not in files[name].read_text(encoding="utf-8")
    ]


def claim_blocks(path: Path) -> dict[str, str]:
    """Return the blocks ``# %% cell-id`` of the claims beside a notebook, by cell id.

    Line numbers are kept: each block begins with as many empty lines as stand before it.

    Raises
    ------
    ValueError
        A cell has two blocks, or code stands before the first.
    """
    file = path.with_suffix(".claims.py")
    if not file.exists():
        return {}
    head, *parts = re.split(r"^# %% ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if any(not isinstance(node, ast.Expr) for node in ast.parse(head).body):
        raise ValueError(f"{file.name}：第一个 # %% 之前只能有说明，不能有代码。")
    blocks: dict[str, str] = {}
    before = head.count("\n")
    for part in parts:
        name, _, source = part.partition("\n")
        if name.strip() in blocks:
            raise ValueError(f"{file.name}：# %% {name.strip()} 出现了两次，请合成一块。")
        blocks[name.strip()] = "\n" * (before + 1) + source
        before += part.count("\n")
    return blocks
