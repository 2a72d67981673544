"""The committed notebooks keep to the house style.

Every check of `tools.notebook_checks` is applied to a planted fault, and to the notebooks: here,
or, where they have to run, in `tests/test_elsewhere.py`.
"""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.helpers import report
from tools import notebook_checks as checks
from tools.notebooks import FOLDER, NotebookFailure, execute, read

PATHS = sorted(FOLDER.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_the_three_notebooks_are_there() -> None:
    assert [path.name.split("_")[0] for path in PATHS] == ["1", "2", "3"]


@each_notebook
@pytest.mark.parametrize(
    "check",
    [
        checks.check_format,
        checks.check_executed,
        checks.check_quiet,
        checks.check_length,
        checks.check_imports,
    ],
)
def test_structure(path: Path, check: Callable[[NotebookNode], list[str]]) -> None:
    report(path, check(read(path)))


@pytest.mark.parametrize(
    ("first", "second"), list(combinations(PATHS, 2)), ids=lambda path: path.stem.split("_")[0]
)
def test_no_code_is_in_two_notebooks(first: Path, second: Path) -> None:
    report(first, checks.check_copies(read(first), read(second)))


# The tests of the tests: a notebook without fault passes, each planted fault is found.


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def shown(**data: str) -> NotebookNode:
    return new_output("display_data", data={kind.replace("_", "/"): data[kind] for kind in data})


def error() -> NotebookNode:
    return new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])


def notebook_of(*outputs: list[NotebookNode], source: str = "print(1)") -> NotebookNode:
    """Return a notebook with a title and one executed code cell for each list of outputs."""
    cells = [
        new_code_cell(source, execution_count=count, outputs=list(given))
        for count, given in enumerate(outputs, start=1)
    ]
    return new_notebook(cells=[new_markdown_cell("# 标题"), *cells])


def test_a_notebook_without_fault_passes() -> None:
    good = notebook_of([stream("loss 0.06\n")], [shown(text_plain="x", image_png="")])
    for check in (
        checks.check_format,
        checks.check_executed,
        checks.check_length,
        checks.check_imports,
    ):
        assert check(good) == []
    assert checks.check_outputs(good, good) == []


def plant_old_format(notebook: NotebookNode) -> None:
    notebook.nbformat_minor = 4


def plant_same_id(notebook: NotebookNode) -> None:
    notebook.cells[0].id = notebook.cells[1].id


def plant_unknown_type(notebook: NotebookNode) -> None:
    notebook.cells[0].cell_type = "text"


def plant_size(notebook: NotebookNode) -> None:
    notebook.cells[1].outputs = [stream("x" * checks.MAX_BYTES)]


def plant_times(notebook: NotebookNode) -> None:
    notebook.cells[1].metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}


def plant_widget(notebook: NotebookNode) -> None:
    data = {checks.WIDGET_VIEW: {"model_id": "a"}}
    notebook.cells[1].outputs = [new_output("display_data", data=data)]


def plant_widget_state(notebook: NotebookNode) -> None:
    notebook.metadata["widgets"] = {}


def plant_path(notebook: NotebookNode) -> None:
    notebook.cells[1].outputs = [stream(f"saved in {FOLDER}\n")]


def plant_address(notebook: NotebookNode) -> None:
    notebook.cells[1].outputs = [stream("<object object at 0x7f0011223344>")]


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (plant_old_format, "4.5"),
        (plant_same_id, "出现了 2 次"),
        (plant_unknown_type, "不是有效的笔记本"),
        (plant_size, "大小"),
        (plant_times, "执行时间"),
        (plant_widget, "只有控件"),
        (plant_widget_state, "控件的状态"),
        (plant_path, "本机路径"),
        (plant_address, "内存地址"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.filterwarnings("ignore:Non-unique cell id")
def test_format_faults_are_found(plant: Callable[[NotebookNode], None], told: str) -> None:
    notebook = notebook_of([])
    plant(notebook)
    assert told in "\n".join(checks.check_format(notebook))


def test_execution_faults_are_found() -> None:
    notebook = notebook_of([], [])
    notebook.cells[2].execution_count = 5
    assert "应为 2" in checks.check_executed(notebook)[0]
    notebook.cells[2].execution_count = None
    assert "应为 2" in checks.check_executed(notebook)[0]

    assert "没有标签" in checks.check_executed(notebook_of([error()]))[0]
    tagged = notebook_of([error()])
    tagged.cells[1].metadata["tags"] = ["raises-exception"]
    assert checks.check_executed(tagged) == []
    tagged.cells[1].outputs = []
    assert "没有出错" in checks.check_executed(tagged)[0]


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("a.py:3: UserWarning: too few\n", False),
        ("Glyph 36718 (\\N{CJK UNIFIED IDEOGRAPH-8F6E}) missing from font", False),
        ("tqdm/std.py:3: TqdmWarning: clamping frac to range [0, 1]\n", False),
        ("tqdm/auto.py:21: TqdmWarning: IProgress not found. Please update\n", True),
        ("训练: 100%|█████| 20/20\n", True),
    ],
)
def test_warnings_are_found(text: str, quiet: bool) -> None:
    assert (checks.check_quiet(notebook_of([stream(text, "stderr")])) == []) is quiet
    assert checks.check_quiet(notebook_of([stream(text)])) == []  # printed on purpose


def test_long_cells_are_found() -> None:
    long = notebook_of([], [], [], source="\n\n".join(["x = 1"] * 21))
    problems = "\n".join(checks.check_length(long))
    assert "21 行" in problems
    assert "中位数" in problems
    assert checks.check_length(notebook_of([], source="x = 1\n\n" * 6)) == []


@pytest.mark.parametrize(
    ("source", "public"),
    [
        ("from day38 import train", True),
        ("%matplotlib inline\nimport day38", True),
        ("import torch", True),
        ("from day38 import _MODULES", False),
        ("from day38 import tarin", False),
        ("from day38.training import _missing", False),
        ("import day38._hidden", False),
        ("import day38.nothing", False),
        ("from benchmarks import ladder", False),
        ("import tools.notebooks", False),
    ],
)
def test_imports_that_are_private_or_not_installed_are_found(source: str, public: bool) -> None:
    assert (checks.check_imports(notebook_of([], source=source)) == []) is public


def test_copied_code_is_found() -> None:
    first = notebook_of([], source="a = 1\nb = 2  # two\n\nc = 3\nd = 4")
    copied = notebook_of([], source="z = 0\na = 1\nb  =  2\nc = 3\nd = 4")
    shorter = notebook_of([], source="a = 1\nb = 2\nc = 3\ne = 5")
    imports = notebook_of([], source="import a\nimport b\nimport c\nimport d")
    assert "a = 1" in checks.check_copies(first, copied)[0]
    assert checks.check_copies(first, shorter) == []
    assert checks.check_copies(imports, imports) == []


@pytest.mark.parametrize(
    ("committed", "fresh", "same"),
    [
        ("loss 0.0615", "loss 0.0630", True),
        ("loss 1.10", "loss 1.30", False),
        ("tensor([ 0.01, 2.])", "tensor([-0.01, 2.])", True),
        ("29 / 30", "30 / 30", True),
        ("83 个参数", "80 个参数", False),
        ("1e-05", "1e-04", True),
        ("a  1.0\nb 10.0", "a 1.01\nb 9.99", True),
        ("setosa", "virginica", False),
        ("1 2", "1", False),
        ("layer1 3", "layer2 3", False),
    ],
)
def test_texts_are_compared_with_tolerance(committed: str, fresh: str, same: bool) -> None:
    assert checks.same_text(committed, fresh) is same


def test_stale_outputs_are_found() -> None:
    picture = notebook_of([shown(image_png="aaaa", text_plain="<Figure>")])
    assert checks.check_outputs(picture, picture) == []
    assert "make notebooks" in checks.check_outputs(picture, notebook_of([]))[0]

    old, new = notebook_of([stream("step 100\n")]), notebook_of([stream("step 900\n")])
    assert "make notebooks" in checks.check_outputs(old, new)[0]
    old.cells[1].metadata["tags"] = ["measured"]
    assert checks.check_outputs(old, new) == []
    assert checks.check_outputs(old, notebook_of([stream("step 100\n", "stderr")])) != []


def test_cells_that_cannot_run_twice_are_found(tmp_path: Path) -> None:
    source = "count = globals().get('count', 0) + 1\nassert count == 1\nprint('x' * count)"
    notebook = notebook_of([stream("x\n")], source=source)
    with pytest.raises(NotebookFailure, match="AssertionError"):
        execute(checks.doubled(notebook), "planted.ipynb", folder=tmp_path)

    changing = notebook_of([stream("x\n")], source=source.replace("assert count == 1\n", ""))
    twice = checks.doubled(changing)
    execute(twice, "planted.ipynb", folder=tmp_path)
    assert checks.check_outputs(changing, checks.second_runs(twice)) != []


TRAINS_ON = """import torch
torch.manual_seed(42)
model = globals().get("model") or torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(9):
    loss = (model(torch.ones(1)) - 3).square().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"损失：{loss.item():.4f}")"""


@pytest.mark.parametrize("tags", [[], ["measured"]])
def test_a_cell_that_trains_on_from_old_weights_is_found(tags: list[str], tmp_path: Path) -> None:
    for source, drifts in ((TRAINS_ON, True), (TRAINS_ON.replace("globals", "dict"), False)):
        notebook = notebook_of([], source=source)
        notebook.cells[1].metadata["tags"] = tags
        twice = checks.doubled(notebook)
        execute(twice, "planted.ipynb", folder=tmp_path)
        assert bool(checks.check_drift(twice)) is drifts


def test_a_cell_that_should_fail_and_does_not_is_found(tmp_path: Path) -> None:
    notebook = notebook_of([], source="1 + 1")
    notebook.cells[1].metadata["tags"] = ["raises-exception"]
    with pytest.raises(NotebookFailure, match="却没有出错"):
        execute(notebook, "planted.ipynb", folder=tmp_path)
