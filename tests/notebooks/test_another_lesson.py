"""Another lesson, added to a copy: its name is enough for it to be found, held and tested."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.lesson import PATHS, ROOT, missing_parts, read
from tools.notebooks import METADATA

N = len(PATHS) + 1
STEM, TITLE = f"{N}_another", f"第 {N} 课　又一课"
HEAD = f"""# Day 38 · {TITLE}\n
**学完这一课，你能**\n\n- 数出三层里的参数。\n
**先修**：前面几课。\n
**用时**：主线约 2 分钟，连同练习约 4 分钟；全部单元格运行一遍约 5 秒。\n
**怎么读**：先猜再看。\n\n"""
TASK = f"### 练习 {N}.1　数参数（2 分钟，★）\n\n5-11-3，输出层没有偏置：多少个参数？"
ANSWER = f"""from day38.exercises import lesson_{N} as exercises\n
parameters = ...
exercises.parameters.check(parameters)"""
LESSON = """from day38.exercises import Exercise, ordered\n
sums = {"solution": "parameters = 5 * 11 + 11 + 11 * 3", "why": "55 + 11 + 33 = 99。"}
parameters = Exercise(expected=99, mistakes={88: "少了偏置。"}, hints="一层一层数。\\n加。", **sums)
ordered(parameters)
"""
OTHERS = {
    f"notebooks/{STEM}.claims.py": "# %% setup\nassert width == 11\n",
    f"day38/exercises/lesson_{N}.py": LESSON,
    f"tests/exercises/test_lesson_{N}.py": "",
    "README.md": f"[{TITLE}](notebooks/{STEM}.ipynb)",
    "README.en.md": f"[{TITLE}](notebooks/{STEM}.ipynb)",
}
LEFT_OUT = shutil.ignore_patterns(".*", "build", "work", "assets", "__pycache__", "lab")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the project to which a lesson was added as docs/maintaining.md says."""
    root = shutil.copytree(ROOT, tmp_path / "copy", ignore=LEFT_OUT)
    links = read(PATHS[-1]).cells[0].source.splitlines()[-1]
    more = f"{links} · [{TITLE.replace('　', '：')}]({STEM}.ipynb)"
    for path in PATHS:
        text = path.read_text(encoding="utf-8").replace(links, more)
        (root / "notebooks" / path.name).write_text(text, encoding="utf-8")
    for name, text in OTHERS.items():
        (root / name).write_text(text, encoding="utf-8")
    said = [new_output("stream", text="还没有作答。把 ... 换成你的答案，再运行这一格。\n")]
    cells = [
        new_markdown_cell(HEAD + more, id="head"),
        new_markdown_cell(f"## {N}.0 宽度\n\n隐藏层有 11 个单元。", id="width"),
        new_code_cell("width = 11", id="setup", execution_count=1),
        new_markdown_cell(TASK, id="exercise-parameters-text"),
        new_code_cell(ANSWER, id="exercise-parameters", execution_count=2, outputs=said),
        new_markdown_cell(f"## 小结\n\n- 一层一层地数。\n\n{more}", id="recap"),
    ]
    notebook = new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(notebook, root / "notebooks" / f"{STEM}.ipynb")
    return root


def test_it_is_found_by_its_name_and_touches_nine_files_if_it_is_the_fourth(copy: Path) -> None:
    assert len(PATHS) + len(OTHERS) + 1 == N + 5  # what `copy` wrote
    command = "-m pytest -v -p no:cacheprovider tests/exercises tests/notebooks --nbmake notebooks"
    run = subprocess.run(
        [sys.executable, *command.split(), "-k", f"{STEM} or lesson_{N} or head_and_foot"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    for part in (
        f"{STEM}.ipynb PASSED",
        f"test_every_figure_of_the_prose_is_held[{STEM}] PASSED",
        f"its_solution_is_right[lesson_{N}-parameters] PASSED",
        f"has_its_own_message[lesson_{N}-parameters] PASSED",
    ):
        assert part in run.stdout


def test_what_it_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no link")
    assert missing_parts(tmp_path / "notebooks" / f"{STEM}.ipynb") == list(OTHERS)
