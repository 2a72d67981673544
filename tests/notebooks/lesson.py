"""The notebooks and the claims beside them, as the tests read them."""

import ast
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
GUESS = re.compile(r"^(\w+) = \.\.\.  # \S.*$")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def is_exercise(cell: NotebookNode) -> bool:
    return cell.id.startswith("exercise")


def is_main_road(cell: NotebookNode) -> bool:
    """Tell whether a cell is neither optional nor an exercise."""
    return "optional" not in tags(cell) and not is_exercise(cell)


def guess_name(cell: NotebookNode) -> str | None:
    """Return the name of the guess if a cell is `name = ...  # what to write`."""
    found = GUESS.fullmatch(cell.source.strip())
    return found[1] if found and cell.cell_type == "code" and not is_exercise(cell) else None


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


def sections(cells: list[NotebookNode]) -> list[tuple[str, list[NotebookNode]]]:
    """Return the title and the cells of each ``##`` section; what stands before has no title."""
    parts: list[tuple[str, list[NotebookNode]]] = [("", [])]
    for cell in cells:
        titles = re.findall(r"^## (.+)$", prose(cell), re.MULTILINE)
        parts += [(title.strip(), []) for title in titles]
        parts[-1][1].append(cell)
    return parts


def claims_beside(path: Path) -> str:
    """Return which file holds the claims of a notebook, to be told: folder and name."""
    return f"{path.parent.name}/{path.stem}.claims.py"


def missing_parts(path: Path) -> list[str]:
    """Return what a notebook's lesson lacks: its other files, or a link in the two READMEs."""
    number, link = path.stem[0], f"({path.parent.name}/{path.name})"
    needed = {
        claims_beside(path): "",
        f"day38/exercises/lesson_{number}.py": "",
        f"tests/exercises/test_lesson_{number}.py": "",
        "README.md": link,
        "README.en.md": link,
    }
    root = path.parents[1]
    return [
        name
        for name, part in needed.items()
        if not (root / name).exists() or part not in (root / name).read_text(encoding="utf-8")
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
    before = head.count("\n") + 1
    for part in parts:
        title, _, source = part.partition("\n")
        name = title.strip()
        if name in blocks:
            raise ValueError(f"{file.name}：# %% {name} 出现了两次，请合成一块。")
        blocks[name] = "\n" * before + source
        before += part.count("\n")
    return blocks
