"""The other ways into the lesson: what the dev container and the page for teachers name is there.

Binder's environment file has its test in `tests/test_tools.py`.
"""

import json
import re
import shlex

import pytest

from tools.outputs import ROOT

TEACHING = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")


def test_the_dev_container_installs_with_the_lessons_own_script() -> None:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    container = json.loads(text)
    python, script = shlex.split(container["postCreateCommand"])
    assert python == "python" and (ROOT / script).is_file()
    interpreter = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter.startswith(".venv/")  # where that script installs


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake (\w+)", TEACHING))))
def test_the_page_for_teachers_names_real_commands(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_page_for_teachers_names_real_files() -> None:
    made = {"build/html/", "wheels/"}
    named = set(re.findall(r"`([\w\\/.-]+(?:/|\.py|\.yml|\.txt))`", TEACHING)) - made
    assert len(named) >= 3
    for name in named:
        assert (ROOT / name.replace("\\", "/")).exists(), name


def test_every_door_says_whether_it_was_tried() -> None:
    rows = [line for line in TEACHING.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 7
    assert all("试过" in row or "检查过" in row for row in rows)
