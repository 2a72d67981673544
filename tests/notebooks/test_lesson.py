"""The notebooks keep the form of the lesson: head and foot, length, links, exercises, guesses."""

import ast
import json
import re
import symtable
import tempfile
from collections import Counter
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from day38.exercises import Exercise
from tests.notebooks.lesson import (
    FOLDER,
    GUESS,
    PATHS,
    ROOT,
    claims_beside,
    headings,
    is_exercise,
    is_guess,
    is_main_road,
    missing_parts,
    prose,
    python_source,
    read,
    sections,
    tags,
)

MAX_BYTES = 1_500_000
MAX_MINUTES, MAX_MAIN_ROAD, MAX_CELLS, MAX_OPTIONAL, MAX_ASSERTS, MAX_WIDTH = 45, 48, 82, 5, 3, 74
SLOWER = 1.15  # than the sum of its parts is a reader: three of them, with a watch
TIMES = re.compile(
    r"^\*\*用时\*\*：主线约 (\d+) 分钟，连同练习约 (\d+) 分钟；全部单元格运行一遍约 (\d+) 秒。",
    re.MULTILINE,
)
EXERCISE = re.compile(r"^### 练习 (\d)\.(\d)　(.+)（(\d+) 分钟，(★{1,3})）$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(")
HERE = "|".join(map(re.escape, {str(ROOT), str(Path.home()), tempfile.gettempdir()} - {"/"}))
TRACE = re.compile(rf"(?:{HERE})(?![\w.+-])|\bat 0x[0-9a-f]{{6,}}")  # of this machine
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')

pytestmark = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def images(cell: NotebookNode) -> list[str]:
    """Return the alt texts, maybe empty, of the pictures that a cell shows."""
    shown = [
        output.metadata.get(kind, {}).get("alt", "")
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
        if kind.startswith("image/")
    ]
    return shown + PICTURE.findall(prose(cell))


def said(cell: NotebookNode) -> str:
    """Return all outputs of a cell but the pictures."""
    data = [output.get("data", {}) for output in cell.outputs]
    texts = [[text for kind, text in each.items() if "image/" not in kind] for each in data]
    return json.dumps([texts, [{**output, "data": ""} for output in cell.outputs]])


def minutes(notebook: NotebookNode) -> float:
    """Return how long the main road takes: reading, code, guesses, pictures."""
    cells = [cell for cell in notebook.cells if is_main_road(cell)]
    text = "".join(cell.source for cell in cells if cell.cell_type == "markdown")
    text = ANCHOR.sub("", re.sub(r"\]\([^)\s]*\)", "]", text))  # where links lead is not read
    lines = [line for cell in cells if cell.cell_type == "code" for line in cell.source.split("\n")]
    return SLOWER * (
        len(re.sub(r"\s", "", text)) / 200
        + sum(bool(line.strip()) for line in lines) / 10
        + sum(map(is_guess, cells)) * 1.5
        + sum(len(images(cell)) for cell in cells)
    )


def test_a_lesson_has_all_its_files(path: Path) -> None:
    missing = missing_parts(path)
    assert not missing, f"{path.stem} 还缺：{'、'.join(missing)}。见 docs/maintaining.md 的“加一课”"
    strange = {file.name for file in FOLDER.glob(f"{path.stem[0]}_*")} - {
        path.name,
        claims_beside(path)[10:],
    }
    assert not strange, f"这些文件不属于任何一课：{'、'.join(strange)}"


def test_it_is_sound_small_and_names_no_machine(path: Path) -> None:
    notebook = read(path)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert [
        name for name in ids if ids.count(name) > 1 or not re.fullmatch("[a-z0-9-]+", name)
    ] == []
    assert path.stat().st_size <= MAX_BYTES
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in notebook.cells if "execution" in cell.metadata] == []
    assert [
        (cell.id, found) for cell in code(notebook) for found in TRACE.findall(said(cell))
    ] == []
    known = {"optional", "measured", "raises-exception", "training"}
    assert {tag for cell in notebook.cells for tag in tags(cell)} <= known


def test_it_is_saved_as_executed_from_first_to_last(path: Path) -> None:
    counts = [cell.execution_count for cell in code(read(path))]
    assert counts == list(range(1, len(counts) + 1)), "请运行 make notebooks"


def test_stopping_a_training_at_once_leaves_no_half_imported_matplotlib(path: Path) -> None:
    trainings = [cell for cell in code(read(path)) if "training" in tags(cell)]
    assert [c.id for c in trainings if re.search("import.*(plot|matplotlib)", c.source)] == []


def test_head_and_foot(path: Path) -> None:
    notebook = read(path)
    head, foot = notebook.cells[0], notebook.cells[-1]
    assert (head.id, foot.id) == ("head", "recap")
    assert head.source.startswith(f"# Day 38 · 第 {path.stem[0]} 课　")
    for part in ("**学完这一课，你能**", "**先修**：", "**用时**：", "**怎么读**："):
        assert part in head.source
    assert foot.source.startswith("## 小结\n")
    goals = head.source.split("**先修**")[0]
    counts = [len(re.findall(r"^- ", text, re.MULTILINE)) for text in (goals, foot.source)]
    assert counts[0] == counts[1] > 0, f"开头有 {counts[0]} 个目标，小结有 {counts[1]} 条"
    line = " · ".join(
        f"[{read(other).cells[0].source.split('· ', 1)[1].splitlines()[0]}]({other.name})"
        for other in PATHS
    ).replace(" 课　", " 课：")
    for cell in (head, foot):
        assert cell.source.rstrip().endswith(line)


def test_the_head_says_honestly_how_long_it_takes(path: Path) -> None:
    notebook = read(path)
    said = TIMES.search(notebook.cells[0].source)
    assert said, f"开头的用时应写成：{TIMES.pattern}"
    main, exercises = minutes(notebook), 0
    for _, _, _, each, _ in EXERCISE.findall("\n".join(map(prose, notebook.cells))):
        exercises += int(each)
    told = f"公式算得主线 {main:.1f} 分钟，连同练习 {main + exercises:.1f} 分钟"
    assert main <= MAX_MINUTES, told
    assert abs(int(said[1]) - main) <= 5, told
    assert abs(int(said[2]) - main - exercises) <= 5, told


def test_it_is_short(path: Path) -> None:
    notebook = read(path)
    assert sum(map(is_main_road, notebook.cells)) <= MAX_MAIN_ROAD
    assert len(notebook.cells) <= MAX_CELLS
    wide = [
        (cell.id, line)
        for cell in code(notebook)
        for line in cell.source.splitlines()
        if len(line) > MAX_WIDTH
    ]
    assert wide == []
    trees = [ast.parse(python_source(cell)) for cell in code(notebook)]
    asserts = sum(isinstance(node, ast.Assert) for tree in trees for node in ast.walk(tree))
    assert asserts <= MAX_ASSERTS


def test_sections_are_numbered_and_what_is_optional_stands_at_their_end(path: Path) -> None:
    notebook = read(path)
    *titles, recap = [title for title, _ in headings(notebook, 2)]
    assert recap == "小结"
    numbers = [re.match(r"(\d\.\d+) ", title)[1] for title in titles]
    assert numbers == [f"{path.stem[0]}.{number}" for number in range(len(titles))]
    parts = 0
    for title, cells in sections(notebook):
        starts = [n for n, cell in enumerate(cells) if re.search("^### 选读：", prose(cell), re.M)]
        optional = [n for n, cell in enumerate(cells) if "optional" in tags(cell)]
        if optional or starts:
            assert len(starts) == 1, f"{title}：选读应收在一个 ### 选读：… 之下"
            assert set(optional) | set(starts) == set(range(starts[0], len(cells))), title
            topics = re.findall("^#### ", "\n".join(map(prose, cells[starts[0] :])), re.MULTILINE)
            parts += max(1, len(topics))
    assert parts <= MAX_OPTIONAL, f"选读有 {parts} 个部分（各带一个 #### 标题）"


def test_every_picture_is_described(path: Path) -> None:
    for cell in read(path).cells:
        for text in images(cell):
            assert len(text) >= 15 and re.search("[\u4e00-\u9fff]", text), (cell.id, text)


def test_links_lead_somewhere(path: Path) -> None:
    def anchors(of: Path) -> set[str]:
        return set(ANCHOR.findall("\n".join(map(prose, read(of).cells))))

    text = "\n".join(map(prose, read(path).cells))
    found = ANCHOR.findall(text)
    assert [anchor for anchor, count in Counter(found).items() if count > 1] == []
    for target in LINK.findall(text):
        if target.startswith(("https://", "attachment:")):
            continue
        name, _, anchor = target.partition("#")
        other = FOLDER / name if name else path
        assert other.exists(), target
        if anchor:
            assert anchor.isascii() and anchor in anchors(other), target


def test_exercises_are_those_of_the_package_and_leave_the_lesson_alone(path: Path) -> None:
    notebook = read(path)
    module = import_module(f"day38.exercises.lesson_{path.stem[0]}")
    bound: dict[bool, set[str]] = {True: set(), False: set()}
    numbers = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            table = symtable.symtable(python_source(cell), cell.id, "exec")
            bound[is_exercise(cell)] |= {
                symbol.get_name()
                for symbol in table.get_symbols()
                if symbol.is_assigned() and not symbol.is_imported()
            }
        elif is_exercise(cell):
            found = EXERCISE.search(cell.source)
            assert found, f"{cell.id}：标题应写成 ### 练习 1.1　名字（2 分钟，★）"
            name = cell.id.removeprefix("exercise-").removesuffix("-text").replace("-", "_")
            assert (found[1], int(found[2])) == (path.stem[0], getattr(module, name).number)
            numbers.append(int(found[2]))
    assert numbers == [one.number for one in vars(module).values() if isinstance(one, Exercise)]
    assert bound[True] & bound[False] == set()


def test_guesses_come_before_their_answers(path: Path) -> None:
    cells = read(path).cells
    for place, cell in enumerate(cells):
        if not is_guess(cell):
            continue
        name = GUESS.match(cell.source)[1]
        run = next(later for later in cells[place + 1 :] if later.cell_type == "code")
        check = re.search(rf"^exercises\.\w+\.check\({name}, (.+)\)$", run.source, re.MULTILINE)
        assert check, f"{run.id}：应以 exercises.….check({name}, 测得的值) 回答 {cell.id}"
        try:
            ast.literal_eval(check[1])
        except ValueError:
            continue
        raise AssertionError(f"{run.id}：答案 {check[1]} 写在了代码里")
