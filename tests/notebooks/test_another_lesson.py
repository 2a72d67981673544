"""Another lesson, added to a copy: its name is enough for it to be found, held and tested."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.lesson import PATHS, ROOT, missing_parts
from tools.notebooks import METADATA

NUMBER = len(PATHS) + 1
STEM, TITLE = f"{NUMBER}_another", f"第 {NUMBER} 课　又一课"
LINK = f"[{TITLE.replace('　', '：')}]({STEM}.ipynb)"
COPIED = ["notebooks", "day38", "tests", "tools", "conftest.py", "pyproject.toml"]
READMES = ["README.md", "README.en.md"]
HEAD = f"""# Day 38 · {TITLE}

**学完这一课，你能**

- 数出三层里的参数。

**先修**：前面几课。

**用时**：主线约 2 分钟，连同练习约 4 分钟；全部单元格运行一遍约 5 秒。

**怎么读**：先猜再看。

"""
EXERCISE = f"""from day38.exercises import lesson_{NUMBER} as exercises

parameters = ...
exercises.parameters.check(parameters)
# exercises.parameters.hint()"""
LESSON = '''"""Guesses and exercises of another lesson."""

from day38.exercises.exercise import Exercise, ordered

parameters = Exercise(
    expected=99,
    why="(5×11 + 11) + (11×3) = 99。",
    mistakes={88: "偏置也要数。"},
    hints="""
一层一层地数。
第一层有偏置。""",
    solution="parameters = 5 * 11 + 11 + 11 * 3",
)

ordered(parameters)
'''
FILES = {
    f"notebooks/{STEM}.claims.py": "# %% setup\nassert width == 11\n",
    f"day38/exercises/lesson_{NUMBER}.py": LESSON,
    f"tests/exercises/test_lesson_{NUMBER}.py": '"""Nothing more."""\n',
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project to which a lesson was added as docs/maintaining.md says."""
    root = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in [*filter(lambda name: (ROOT / name).is_file(), COPIED), *READMES]:
        shutil.copy(ROOT / name, root / name)
    last = nbformat.read(PATHS[-1], as_version=4).cells[0].source.rstrip().splitlines()[-1]
    old = last.split(" · ")[-1]
    for path in (root / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8").replace(old, f"{old} · {LINK}")
        path.write_text(text, encoding="utf-8")
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    for name in READMES:
        (root / name).write_text(f"[{TITLE}](notebooks/{STEM}.ipynb)", encoding="utf-8")
    told = "还没有作答。把 ... 换成你的答案，再运行这一格。\n"
    outputs = [new_output("stream", text=told)]
    cells = [
        new_markdown_cell(f"{HEAD}{last} · {LINK}", id="head"),
        new_markdown_cell(f"## {NUMBER}.0 宽度\n\n隐藏层有 11 个单元。", id="width"),
        new_code_cell("width = 11", id="setup", execution_count=1),
        new_markdown_cell(
            f"### 练习 {NUMBER}.1　数参数（2 分钟，★）\n\n5-11-3，输出层没有偏置：多少个参数？",
            id="exercise-parameters-text",
        ),
        new_code_cell(EXERCISE, id="exercise-parameters", execution_count=2, outputs=outputs),
        new_markdown_cell(f"## 小结\n\n- 参数要一层一层地数。\n\n{last} · {LINK}", id="recap"),
    ]
    notebook = new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(notebook, root / "notebooks" / f"{STEM}.ipynb")
    return root


def test_it_is_found_by_its_name_and_few_files_are_touched(copy: Path) -> None:
    tests = ["tests/exercises/test_lessons.py", "tests/notebooks", "--nbmake", "notebooks"]
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [*command, "-k", f"{STEM} or lesson_{NUMBER} or head_and_foot"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    passed = [line.split(" PASSED")[0] for line in run.stdout.splitlines() if " PASSED" in line]
    for part in (
        f"{STEM}.ipynb",
        f"test_every_figure_of_the_prose_is_held[{STEM}]",
        f"its_solution_is_right[lesson_{NUMBER}-parameters]",
        f"has_its_own_message[lesson_{NUMBER}-parameters]",
    ):
        assert any(part in name for name in passed), run.stdout
    files = [path for path in copy.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    touched = [
        path
        for path in files
        if not (old := ROOT / path.relative_to(copy)).exists()
        or old.read_bytes() != path.read_bytes()
    ]
    assert len(touched) <= 6 + len(PATHS), touched  # 9 for a fourth lesson


def test_what_it_lacks_is_named(copy: Path) -> None:
    path = copy / "notebooks" / f"{STEM}.ipynb"
    assert missing_parts(path) == []
    for name in FILES:
        (copy / name).unlink()
    (copy / "README.md").write_text("", encoding="utf-8")
    assert missing_parts(path) == [*FILES, "README.md 里的一行"]
