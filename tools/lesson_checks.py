"""What every notebook of the lesson has in common, each promise as a function that lists breaks.

Head and foot, guesses, optional sections, cross-references, pictures. `tests/test_lesson.py`
applies them to the notebooks and, planted faults in hand, to themselves.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from tools.notebook_checks import code_cells, python_source, tags

OPTIONAL_TITLE = "选读 · "
OPTIONAL_TAG = "optional"
FOLDED = "jp-MarkdownHeadingCollapsed"  # how JupyterLab remembers a folded section
MAX_MAIN_ROAD = 60
MIN_GUESSES = 3
MAX_PARAGRAPH = 225  # characters: five lines of JupyterLab's column
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(")
GUESS = re.compile(r"^(\w+) = \.\.\.  # \S.*$")
TIMES = re.compile(r"主线约 (\d+) 分钟；全部单元格运行一遍约 \*\*(\d+) 秒\*\*")


class Heading(NamedTuple):
    """A heading: how deep it is, what it says, the index of its cell."""

    level: int
    title: str
    index: int

    @property
    def anchor(self) -> str:
        """What a link to it says after the #, in JupyterLab and on the HTML page."""
        return self.title.replace("`", "").replace(" ", "-")


def prose(cell: NotebookNode) -> str:
    """Return the text of a markdown cell without fenced code."""
    return re.sub(r"^```.*?^```", "", cell.source, flags=re.DOTALL | re.MULTILINE)


def headings(notebook: NotebookNode) -> list[Heading]:
    """Return all headings in order."""
    return [
        Heading(len(marks), title.strip(), index)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown"
        for marks, title in re.findall(r"^(#+) (.+)$", prose(cell), re.MULTILINE)
    ]


def sections(notebook: NotebookNode) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Yield the title and the cells of each ``##`` section; what stands before has no title."""
    starts = {heading.index: heading.title for heading in headings(notebook) if heading.level == 2}
    title, cells = "", []
    for index, cell in enumerate(notebook.cells):
        if index in starts:
            yield title, cells
            title, cells = starts[index], []
        cells.append(cell)
    yield title, cells


def is_optional(cell: NotebookNode) -> bool:
    """Tell whether a cell may be skipped."""
    return OPTIONAL_TAG in tags(cell)


def is_exercise(cell: NotebookNode) -> bool:
    """Tell whether a cell belongs to the exercises."""
    return cell.id.startswith("exercise")


def where(index: int, cell: NotebookNode) -> str:
    """Name a cell in a message."""
    return f"第 {index + 1} 格（id={cell.id}）"


def bullets(text: str) -> list[str]:
    """Return the items of the lists in a text."""
    return re.findall(r"^[-*] (.+)$", text, re.MULTILINE)


def check_head(notebook: NotebookNode, name: str) -> list[str]:
    """Title, goals, prerequisites, measured times, what may be skipped."""
    text = notebook.cells[0].source
    wanted = [f"# Day 38 · 第 {name[0]} 课　", "**学完这一课，你能**", "**先修**：", "**用时**："]
    problems = [f"开头缺 {part}" for part in [*wanted, "**可以跳过**："] if part not in text]
    times = TIMES.search(text)
    if not times:
        return [*problems, f"开头的用时不是这样写的：{TIMES.pattern}"]
    minutes, seconds = int(times[1]), int(times[2])
    if not 20 <= minutes <= 30:
        problems.append(f"主线 {minutes} 分钟，应在 20 到 30 之间。")
    measured = notebook.metadata.get("day38", {}).get("seconds", 0)
    if not 0.6 <= seconds / max(measured, 1) <= 1.4:
        problems.append(f"开头说运行一遍约 {seconds} 秒，make notebooks 量到 {measured} 秒。")
    return problems


def check_foot(notebook: NotebookNode) -> list[str]:
    """A recap of one line a goal, and the exercises."""
    head, foot = notebook.cells[0].source, notebook.cells[-1].source
    problems = [] if foot.startswith("## 小结\n") else ["最后一格不是 ## 小结"]
    if "练习" not in foot:
        problems.append("小结没有提到练习")
    goals = bullets(head.split("**先修**")[0])
    if not goals or len(goals) != len(bullets(foot)):
        problems.append(f"开头有 {len(goals)} 个目标，小结有 {len(bullets(foot))} 条")
    return problems


def check_neighbours(notebook: NotebookNode, name: str, names: list[str]) -> list[str]:
    """Head and foot link to the lessons before and after."""
    place = names.index(name)
    neighbours = names[max(place - 1, 0) : place] + names[place + 1 : place + 2]
    return [
        f"{part}没有到 {neighbour} 的链接"
        for part, cell in (("开头", notebook.cells[0]), ("小结", notebook.cells[-1]))
        for neighbour in neighbours
        if f"]({neighbour}.ipynb)" not in cell.source
    ]


def check_references(notebook: NotebookNode, folder: Path) -> list[str]:
    """Links to files, to headings, and to numbered or quoted sections lead somewhere."""
    problems = []
    found = headings(notebook)
    anchors = {heading.anchor for heading in found}
    titles = [heading.title.removeprefix(OPTIONAL_TITLE) for heading in found]
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        text = prose(cell)
        for target in LINK.findall(text):
            if target.startswith("#"):
                known = target[1:] in anchors
            else:
                known = target.startswith("https://") or (folder / target).exists()
            if not known:
                problems.append(f"{where(index, cell)}的链接没有着落：{target}")
        numbered = re.findall(r"(?<![\d.])(\d\.\d) ?(?:节|里|中)", text)
        quoted = re.findall(r"“([^”]+)”(?:这)?一节", text)
        problems += [
            f"{where(index, cell)}提到没有的一节：{name}"
            for name in [*numbered, *quoted]
            if not any(title.startswith(name) or name == title for title in titles)
        ]
    return problems


def check_alt_text(notebook: NotebookNode) -> list[str]:
    """Every picture, in an output or in the prose, says in words what there is to see."""
    problems = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            texts = PICTURE.findall(cell.source)
        else:
            texts = [
                output.metadata.get(kind, {}).get("alt", "")
                for output in cell.get("outputs", [])
                for kind in output.get("data", {})
                if kind.startswith("image/")
            ]
        problems += [
            f"{where(index, cell)}的图没有说明，或太短：{text!r}"
            for text in texts
            if len(text) < 15
        ]
    return problems


def check_optional(notebook: NotebookNode) -> list[str]:
    """Optional sections are marked in one way: title, tag, folded."""
    problems = []
    by_cell: dict[int, list[Heading]] = {}
    for heading in headings(notebook):
        by_cell.setdefault(heading.index, []).append(heading)
    level = None  # of the optional section that the cell is in
    for index, cell in enumerate(notebook.cells):
        heading = by_cell.get(index, [None])[0]
        if heading and not (len(by_cell[index]) == 1 and cell.source.startswith("#")):
            problems.append(f"{where(index, cell)}：一格最多一个标题，放在开头。")
        if heading and level is not None and heading.level <= level:
            level = None
        opens = heading is not None and heading.title.startswith(OPTIONAL_TITLE)
        if opens and level is None:
            level = heading.level
        if is_optional(cell) != (level is not None):
            needs = "应有" if level is not None else "不该有"
            problems.append(f"{where(index, cell)}{needs}标签 {OPTIONAL_TAG}。")
        if bool(cell.metadata.get(FOLDED)) != opens:
            needs = "应" if opens else "不该"
            problems.append(f"{where(index, cell)}{needs}折叠（{FOLDED}）。")
    return problems


def check_main_road(notebook: NotebookNode) -> list[str]:
    """The main road, without what is optional and without exercises, is short."""
    count = sum(not is_optional(cell) and not is_exercise(cell) for cell in notebook.cells)
    return [f"主线有 {count} 格，最多 {MAX_MAIN_ROAD} 格。"] if count > MAX_MAIN_ROAD else []


def check_guesses(notebook: NotebookNode) -> list[str]:
    """Guess, then run: a question, a guess not yet made, a cell that computes and compares."""
    problems, good = [], 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.id.startswith("guess-"):
            continue
        guess = GUESS.match(cell.source)
        if not guess:
            problems.append(f"{where(index, cell)}不是这样的一行：guess = ...  # comment")
            continue
        if notebook.cells[index - 1].cell_type != "markdown":
            problems.append(f"{where(index, cell)}前面没有提问。")
        foreseen = foreseen_guesses(notebook.cells[index + 1], guess[1])
        if foreseen < MIN_GUESSES:
            problems.append(f"{where(index, cell)}之后只回答了 {foreseen} 种预料中的错误。")
        good += not is_optional(cell)
    if good < MIN_GUESSES:
        problems.append(f"主线上“先猜一猜”有 {good} 处，至少 {MIN_GUESSES} 处。")
    return problems


def foreseen_guesses(cell: NotebookNode, name: str) -> int:
    """Return how many wrong guesses the cell answers that compares the guess called `name`."""
    for node in ast.walk(ast.parse(python_source(cell))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "compare_guess":
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            dictionaries = [value for value in given if isinstance(value, ast.Dict)]
            if dictionaries and ast.unparse(given[0]) == name:
                return len(dictionaries[0].keys)
    return 0


def check_paragraphs(notebook: NotebookNode) -> list[str]:
    """No paragraph and no list item is longer than five lines."""
    problems = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        for part in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", prose(cell)):
            text = LINK.sub("", part)
            if not part.startswith("|") and len(text) > MAX_PARAGRAPH:
                problems.append(f"{where(index, cell)}有一段 {len(text)} 字：{text.strip()[:30]}…")
    return problems


def check_setup(notebook: NotebookNode) -> list[str]:
    """Set-up cells are on the main road, and there are some."""
    setup = [(name, cell) for name, cell in code_cells(notebook) if "setup" in tags(cell)]
    hidden = [f"{name}有标签 setup，却在选读里。" for name, cell in setup if is_optional(cell)]
    return hidden if setup else ["没有标着 setup 的格。"]
