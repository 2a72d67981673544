"""The notebooks keep the form of the lesson: head and foot, length, links, exercises, guesses."""

import ast
import json
import re
import symtable
import tempfile
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from day38.exercises import Exercise
from tests.notebooks.lesson import (
    FOLDER,
    PATHS,
    ROOT,
    guess_name,
    is_exercise,
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

Cells = list[NotebookNode]


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def cells(path: Path) -> Cells:
    return read(path).cells


@pytest.fixture
def code(cells: Cells) -> Cells:
    return [cell for cell in cells if cell.cell_type == "code"]


def text_of(cells: Cells) -> str:
    return "\n".join(map(prose, cells))


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
    return re.sub(r'"image/[^"]+": "[^"]*"', "", json.dumps(cell.outputs))


def minutes(cells: Cells) -> float:
    """Return how long the main road takes: reading, code, guesses, pictures."""
    road = [cell for cell in cells if is_main_road(cell)]
    text = "".join(cell.source for cell in road if cell.cell_type == "markdown")
    text = ANCHOR.sub("", re.sub(r"\]\([^)\s]*\)", "]", text))  # where links lead is not read
    lines = [line for cell in road if cell.cell_type == "code" for line in cell.source.split("\n")]
    return SLOWER * (
        len(re.sub(r"\s", "", text)) / 200
        + sum(bool(line.strip()) for line in lines) / 10
        + sum(guess_name(cell) is not None for cell in road) * 1.5
        + sum(len(images(cell)) for cell in road)
    )


def test_a_lesson_has_all_its_files(path: Path) -> None:
    missing = missing_parts(path)
    assert not missing, f"{path.stem} 还缺：{'、'.join(missing)}。见 docs/maintaining.md 的“加一课”"
    own = {path.name, f"{path.stem}.claims.py"}
    strange = {file.name for file in FOLDER.glob(f"{path.stem[0]}_*")} - own
    assert not strange, f"这些文件不属于任何一课：{'、'.join(strange)}"


@pytest.mark.filterwarnings("error::nbformat.warnings.DuplicateCellId")  # else it is repaired
def test_it_is_sound_small_and_names_no_machine(path: Path, code: Cells) -> None:
    notebook = read(path)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert [name for name in ids if not re.fullmatch("[a-z0-9-]+", name)] == []
    assert path.stat().st_size <= MAX_BYTES
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in notebook.cells if "execution" in cell.metadata] == []
    assert [(cell.id, found) for cell in code for found in TRACE.findall(said(cell))] == []
    known = {"optional", "measured", "raises-exception", "training"}
    assert {tag for cell in notebook.cells for tag in tags(cell)} <= known


def test_it_is_saved_as_executed_from_first_to_last(code: Cells) -> None:
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(counts) + 1)), "请运行 make notebooks"


def test_stopping_a_training_at_once_leaves_no_half_imported_matplotlib(code: Cells) -> None:
    sources = {cell.id: cell.source for cell in code if "training" in tags(cell)}
    plotting = re.compile("import.*(plot|matplotlib)")
    assert [name for name, source in sources.items() if plotting.search(source)] == []


def test_head_and_foot(path: Path, cells: Cells) -> None:
    head, foot = cells[0], cells[-1]
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


def test_the_head_says_honestly_how_long_it_takes(cells: Cells) -> None:
    said = TIMES.search(cells[0].source)
    assert said, f"开头的用时应写成：{TIMES.pattern}"
    main = minutes(cells)
    total = main + sum(int(found[3]) for found in EXERCISE.findall(text_of(cells)))
    told = f"公式算得主线 {main:.1f} 分钟，连同练习 {total:.1f} 分钟"
    assert main <= MAX_MINUTES, told
    assert abs(int(said[1]) - main) <= 5, told
    assert abs(int(said[2]) - total) <= 5, told


def test_it_is_short(cells: Cells, code: Cells) -> None:
    assert sum(map(is_main_road, cells)) <= MAX_MAIN_ROAD
    assert len(cells) <= MAX_CELLS
    lines = [(cell.id, line) for cell in code for line in cell.source.splitlines()]
    assert [(name, line) for name, line in lines if len(line) > MAX_WIDTH] == []
    nodes = [node for cell in code for node in ast.walk(ast.parse(python_source(cell)))]
    assert sum(isinstance(node, ast.Assert) for node in nodes) <= MAX_ASSERTS


def test_sections_are_numbered_and_what_is_optional_stands_at_their_end(
    path: Path, cells: Cells
) -> None:
    parts = sections(cells)
    *titles, recap = [title for title, _ in parts[1:]]
    assert recap == "小结"
    numbers = [re.match(r"(\d\.\d+) ", title)[1] for title in titles]
    assert numbers == [f"{path.stem[0]}.{number}" for number in range(len(titles))]
    optional_parts = 0
    for title, own in parts:
        starts = [n for n, cell in enumerate(own) if re.search("^### 选读：", prose(cell), re.M)]
        optional = [n for n, cell in enumerate(own) if "optional" in tags(cell)]
        if optional or starts:
            assert len(starts) == 1, f"{title}：选读应收在一个 ### 选读：… 之下"
            assert {*optional, *starts} == set(range(starts[0], len(own))), title
            topics = re.findall("^#### ", text_of(own[starts[0] :]), re.MULTILINE)
            optional_parts += max(1, len(topics))
    told = f"选读有 {optional_parts} 个部分（各带一个 #### 标题）"
    assert optional_parts <= MAX_OPTIONAL, told


def test_every_picture_is_described(cells: Cells) -> None:
    for cell in cells:
        for text in images(cell):
            assert len(text) >= 15 and re.search("[\u4e00-\u9fff]", text), (cell.id, text)


def test_links_lead_somewhere(path: Path, cells: Cells) -> None:
    anchors = ANCHOR.findall(text_of(cells))
    assert sorted(anchors) == sorted(set(anchors))
    for target in LINK.findall(text_of(cells)):
        if target.startswith(("https://", "attachment:")):
            continue
        name, _, anchor = target.partition("#")
        other = FOLDER / name if name else path
        assert other.exists(), target
        if anchor:
            there = ANCHOR.findall(text_of(read(other).cells))
            assert anchor.isascii() and anchor in there, target


def test_exercises_are_those_of_the_package(path: Path, cells: Cells) -> None:
    number, module = path.stem[0], import_module(f"day38.exercises.lesson_{path.stem[0]}")
    told = []
    for cell in cells:
        if is_exercise(cell) and cell.cell_type == "markdown":
            found = EXERCISE.search(cell.source)
            assert found, f"{cell.id}：标题应写成 ### 练习 1.1　名字（2 分钟，★）"
            name = cell.id.removeprefix("exercise-").removesuffix("-text").replace("-", "_")
            told.append((name, found[1], int(found[2])))
    assert told == [
        (name, number, one.number)
        for name, one in vars(module).items()
        if isinstance(one, Exercise)
    ]


def test_exercises_leave_the_names_of_the_lesson_alone(code: Cells) -> None:
    bound: dict[bool, set[str]] = {True: set(), False: set()}
    for cell in code:
        for symbol in symtable.symtable(python_source(cell), cell.id, "exec").get_symbols():
            if symbol.is_assigned() and not symbol.is_imported():
                bound[is_exercise(cell)].add(symbol.get_name())
    assert bound[True] & bound[False] == set()


def test_guesses_come_before_their_answers(code: Cells) -> None:
    for place, cell in enumerate(code):
        name = guess_name(cell)
        if name is None:
            continue
        run = code[place + 1]
        check = re.search(rf"^exercises\.\w+\.check\({name}, (.+)\)$", run.source, re.MULTILINE)
        assert check, f"{run.id}：应以 exercises.….check({name}, 测得的值) 回答 {cell.id}"
        names = [node for node in ast.walk(ast.parse(check[1])) if isinstance(node, ast.Name)]
        assert names, f"{run.id}：答案 {check[1]} 写在了代码里"
