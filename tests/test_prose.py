"""No number in the prose without its run: asserted in a cell, or listed with a reason.

The lists are in `tests/plain_numbers/`, one file a notebook, one table a cell.
"""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.helpers import report
from tools.notebooks import FOLDER, read
from tools.prose_numbers import check_numbers, numbers_in, read_plain_numbers

LISTS = Path(__file__).parent / "plain_numbers"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_number_in_the_prose_is_asserted_or_listed(path: Path) -> None:
    report(path, check_numbers(read(path), read_plain_numbers(LISTS / f"{path.stem}.toml")))


def notebook_saying(text: str, *code: str) -> NotebookNode:
    """Return a notebook with a head, one section of prose and code, and a recap."""
    cells = [new_markdown_cell(text, id="prose"), *map(new_code_cell, code)]
    ends = new_markdown_cell("# 标题", id="head"), new_markdown_cell("## 小结", id="foot")
    return new_notebook(cells=[ends[0], new_markdown_cell("## 一节", id="title"), *cells, ends[1]])


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("共 83 个，准确率 96.67%，训练 20,000 轮。", ["83", "96.67%", "20,000"]),
        ("从 1.1066 降到 0.0809，误差 1e-5。", ["1.1066", "0.0809", "1e-5"]),
        ("(4×10 + 10)，3–5 倍，-1", ["4", "10", "10", "3", "5", "1"]),
        ("单元 h3、float32、SHA-256，`range(100)`", []),
        ("见 [第 2 课](2_progress_bars.ipynb)、3.5 里的 29 朵，练习 4", ["29"]),
        ("### 选读 · 3.4 热图\n\n1. 先做 7\n2. 再做", ["7"]),
        ("10, 20，30", ["10", "20", "30"]),
    ],
)
def test_what_counts_as_a_number_of_the_prose(text: str, numbers: list[str]) -> None:
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    ("code", "held"),
    [
        ("assert total == 83", True),
        ("assert abs(total - 83.0) < 1", True),
        ("total = 83", False),
        ("assert total == 84", False),
        ("assert total, 83", False),
        ("# assert total == 83", False),
    ],
)
def test_only_an_assert_holds_a_number(code: str, held: bool) -> None:
    assert (check_numbers(notebook_saying("共 83 个。", code), {}) == []) is held


def test_percentages_and_thousands_are_the_numbers_they_mean() -> None:
    code = "assert abs(accuracy - 0.9667) < 0.04 and epochs == 20_000"
    assert check_numbers(notebook_saying("96.67%，20,000 轮", code), {}) == []


def test_an_assert_in_another_section_holds_the_recap_but_not_the_prose() -> None:
    notebook = notebook_saying("共 83 个。")
    other = [new_markdown_cell("## 另一节"), new_code_cell("assert total == 83")]
    notebook.cells[-1:-1] = other
    notebook.cells[-1].source += "\n\n- 83 个参数"
    assert [problem.split("：")[0] for problem in check_numbers(notebook, {})] == ["prose"]
    other[1].metadata["tags"] = ["setup"]
    assert check_numbers(notebook, {}) == []


def test_listed_facts_need_a_reason_and_go_when_the_number_goes() -> None:
    notebook = notebook_saying("用了 13.47 秒。")
    reason = "published figure of a run on a GPU"
    assert check_numbers(notebook, {"prose": {"13.47": reason}}) == []
    assert "太短" in check_numbers(notebook, {"prose": {"13.47": "published"}})[0]
    assert "不在正文" in check_numbers(notebook, {"prose": {"13.47": reason, "5": reason}})[0]
    assert len(check_numbers(notebook, {"other": {"13.47": reason}})) == 2


def test_exercises_are_left_to_their_own_tests() -> None:
    notebook = notebook_saying("共 83 个。")
    notebook.cells[2].id = "exercise-count"
    assert check_numbers(notebook, {}) == []
