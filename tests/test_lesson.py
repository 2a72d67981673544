"""What the notebooks have in common: head, foot, guesses, optional sections, links, pictures.

Every check of `tools.lesson_checks` is applied to the notebooks, and to a planted fault.
"""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.helpers import report
from tools import lesson_checks as checks
from tools.notebooks import FOLDER, read

PATHS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [path.stem for path in PATHS]
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
CHECKS = [
    checks.check_alt_text,
    checks.check_guesses,
    checks.check_main_road,
    checks.check_optional,
    checks.check_paragraphs,
    checks.check_setup,
]

HEAD = """# Day 38 · 第 2 课　标题

**学完这一课，你能**

- 做第一件事；
- 做第二件事。

**先修**：没有。

**用时**：主线约 25 分钟；全部单元格运行一遍约 **10 秒**（实测）。

**可以跳过**：选读。

[上一课](1_a.ipynb) · [下一课](3_c.ipynb)
"""
FOOT = (
    "## 小结\n\n- 第一件事\n- 第二件事\n\n做做练习。\n\n[上一课](1_a.ipynb) · [下一课](3_c.ipynb)"
)
COMPARE = "compare_guess(guess, 83, '因为', {70: '一。', 50: '二。', (1, 9): '三。'})"


@each_notebook
@pytest.mark.parametrize("check", CHECKS)
def test_notebook(path: Path, check: Callable[[NotebookNode], list[str]]) -> None:
    report(path, check(read(path)))


@each_notebook
def test_head_and_foot(path: Path) -> None:
    notebook = read(path)
    report(path, checks.check_head(notebook, path.stem))
    report(path, checks.check_foot(notebook))
    report(path, checks.check_neighbours(notebook, path.stem, NAMES))


@each_notebook
def test_references_lead_somewhere(path: Path) -> None:
    report(path, checks.check_references(read(path), path.parent))


@each_notebook
@pytest.mark.parametrize(("readme", "unit"), [("README.md", "分钟"), ("README.en.md", "minutes")])
def test_the_index_in_readme_tells_the_time_of_the_head(path: Path, readme: str, unit: str) -> None:
    minutes = checks.TIMES.search(read(path).cells[0].source)[1]
    lines = (path.parents[1] / readme).read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if f"](notebooks/{path.name})" in line and "|" in line]
    assert f"| {minutes} {unit} |" in row


# The tests of the tests: a notebook without fault passes, each planted fault is found.


def markdown(text: str, name: str = "text") -> NotebookNode:
    return new_markdown_cell(text, id=name)


def optional(text: str, name: str = "optional", folded: bool = True) -> NotebookNode:
    cell = new_markdown_cell(text, id=name, metadata={"tags": ["optional"]})
    if folded:
        cell.metadata[checks.FOLDED] = True
    return cell


def lesson(*cells: NotebookNode, head: str = HEAD, foot: str = FOOT) -> NotebookNode:
    """Return a notebook with head, copies of the cells under ids of their own, and foot."""
    cells = [markdown(head, "head"), *map(copy.deepcopy, cells), markdown(foot, "foot")]
    for index, cell in enumerate(cells):
        cell.id = f"{cell.id}-{index}"
    return new_notebook(cells=cells, metadata={"day38": {"seconds": 10}})


def guess(source: str = "guess = ...  # a number", compare: str = COMPARE) -> list[NotebookNode]:
    question = markdown("猜一猜：多少？", "question")
    return [question, new_code_cell(source, id="guess-number"), new_code_cell(compare, id="run")]


def test_a_lesson_without_fault_passes() -> None:
    setup = new_code_cell("import day38", id="setup", metadata={"tags": ["setup"]})
    sections = [markdown("## 一节", "one"), setup, *guess() * 3, optional("### 选读 · 细节")]
    good = lesson(*sections)
    assert checks.check_head(good, "2_b") == []
    assert checks.check_foot(good) == []
    assert checks.check_neighbours(good, "2_b", ["1_a", "2_b", "3_c"]) == []
    for check in CHECKS:
        assert check(good) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("第 2 课", "第 3 课", "第 2 课"),
        ("**先修**：", "先修：", "先修"),
        ("**可以跳过**", "可以跳过", "可以跳过"),
        ("25 分钟", "50 分钟", "20 到 30"),
        ("10 秒", "20 秒", "make notebooks"),
        ("约 **10 秒**", "很快", "用时"),
    ],
)
def test_faults_in_the_head_are_found(old: str, new: str, told: str) -> None:
    assert told in "\n".join(checks.check_head(lesson(head=HEAD.replace(old, new)), "2_b"))


@pytest.mark.parametrize(
    ("old", "new"), [("## 小结", "小结"), ("练习", "作业"), ("- 第二件事\n", "")]
)
def test_faults_in_the_foot_are_found(old: str, new: str) -> None:
    assert checks.check_foot(lesson(foot=FOOT.replace(old, new)))


def test_missing_neighbours_are_found() -> None:
    names = ["1_a", "2_b", "3_c"]
    one_way = lesson(foot=FOOT.replace("(1_a.ipynb)", "(3_c.ipynb)"))
    assert checks.check_neighbours(one_way, "2_b", names) == ["小结没有到 1_a 的链接"]
    assert checks.check_neighbours(lesson(), "1_a", ["1_a", "3_c"]) == []


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("见 [一节](#2.1-一节)。", True),
        ("见 [一节](#一节)。", False),
        ("见 [tqdm](#2.2-用-tqdm)。", True),
        ("见 [一节](#2.1 一节)。", True),  # no link for Markdown: nothing to check
        ("见 [课](other.ipynb)。", True),
        ("见 [课](missing.ipynb)。", False),
        ("见 [PyTorch](https://pytorch.org)。", True),
        ("2.1 里说过。", True),
        ("2.7 节说过。", False),
        ("上面“一节”这一节。", False),
        ("上面“2.1 一节”一节。", True),
        ("上面“细节”一节。", True),
        ("约 1.1，不是引用。", True),
    ],
)
def test_dangling_references_are_found(text: str, fine: bool, tmp_path: Path) -> None:
    (tmp_path / "other.ipynb").touch()
    links = [
        markdown("## 2.1 一节"),
        markdown("## 2.2 用 `tqdm`"),
        markdown(text),
        optional("### 选读 · 细节"),
    ]
    notebook = lesson(*links, head="# 标题", foot="## 小结")
    assert (checks.check_references(notebook, tmp_path) == []) is fine


def test_pictures_without_alt_text_are_found() -> None:
    def drawn(alt: str) -> NotebookNode:
        output = new_output("display_data", {"image/png": ""}, metadata={"image/png": {"alt": alt}})
        return new_code_cell("draw()", outputs=[output])

    words = "损失曲线：横轴是轮次，纵轴是损失，一路下降。"
    assert checks.check_alt_text(lesson(drawn(words), markdown(f"![{words}](a.png)"))) == []
    for cell in (drawn(""), drawn("图"), markdown("![](a.png)"), markdown("![图](a.png)")):
        assert "没有说明" in checks.check_alt_text(lesson(cell))[0]


def test_a_long_main_road_is_found() -> None:
    ways = [markdown("路")] * (checks.MAX_MAIN_ROAD - 2)
    aside = [optional("### 选读 · 细节")] * 9 + [markdown("题", "exercise-one")] * 9
    assert checks.check_main_road(lesson(*ways, *aside)) == []
    assert "61" in checks.check_main_road(lesson(*ways, markdown("再一步")))[0]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([optional("### 细节")], "不该有标签"),
        ([markdown("### 选读 · 细节")], "应有标签"),
        ([optional("### 选读 · 细节", folded=False)], "应折叠"),
        ([optional("### 选读 · 细节"), markdown("还在选读里")], "应有标签"),
        ([optional("### 选读 · 细节"), optional("正文", folded=True)], "不该折叠"),
        ([optional("### 选读 · 细节"), markdown("#### 更深一层")], "应有标签"),
        ([optional("### 选读 · 细节"), optional("## 下一节", folded=False)], "不该有标签"),
        ([markdown("一段话\n\n### 标题在中间")], "一格最多一个标题"),
        ([markdown("### 标题\n\n### 又一个")], "一格最多一个标题"),
    ],
)
def test_optional_sections_marked_in_another_way_are_found(
    cells: list[NotebookNode], told: str
) -> None:
    assert told in "\n".join(checks.check_optional(lesson(*cells)))


def test_an_optional_section_ends_at_the_next_heading_of_its_level() -> None:
    inside = optional("正文", folded=False)
    deeper = optional("#### 更深一层", folded=False)
    cells = [optional("### 选读 · 细节"), inside, deeper, markdown("### 主线"), markdown("正文")]
    assert checks.check_optional(lesson(*cells)) == []


@pytest.mark.parametrize(
    ("source", "compare", "told"),
    [
        ("guess = 83  # a number", COMPARE, "不是这样的一行"),
        ("guess = ...", COMPARE, "不是这样的一行"),
        ("guess = ...  # a number", COMPARE.replace("guess,", "other,"), "0 种"),
        ("guess = ...  # a number", "compare_guess(guess, 83, '因为', {70: '一。'})", "1 种"),
        ("guess = ...  # a number", "print(83)", "0 种"),
    ],
)
def test_faults_in_guesses_are_found(source: str, compare: str, told: str) -> None:
    assert told in "\n".join(checks.check_guesses(lesson(*guess(source, compare) * 3)))


def test_too_few_guesses_and_guesses_without_question_are_found() -> None:
    assert "有 2 处" in checks.check_guesses(lesson(*guess() * 2))[0]
    unasked = [new_code_cell("1"), *guess()[1:], *guess() * 2]
    assert "没有提问" in checks.check_guesses(lesson(*unasked))[0]


def test_long_paragraphs_are_found() -> None:
    assert checks.check_paragraphs(lesson(markdown("字" * 225))) == []
    assert "226 字" in checks.check_paragraphs(lesson(markdown("字" * 226)))[0]
    items = "\n".join(f"- {'字' * 100}" for _ in range(5))
    code = f"```\n{'x' * 300}\n```"
    assert checks.check_paragraphs(lesson(markdown(items), markdown(code))) == []


def test_missing_and_hidden_setup_is_found() -> None:
    assert checks.check_setup(lesson()) == ["没有标着 setup 的格。"]
    cell = new_code_cell("import day38", metadata={"tags": ["setup", "optional"]})
    assert "却在选读里" in checks.check_setup(lesson(cell))[0]
