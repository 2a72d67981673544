"""Handed-in notebooks are marked, whatever their cells do to the one who marks."""

import json
import sys
from pathlib import Path

import pandas
import pytest

from tests.exercises.student import printed
from tools import marks

FIRST = "from day38.exercises import lesson_1 as exercises\n"


def hand_in(folder: Path, name: str, *cells: str) -> None:
    code = [{"cell_type": "code", "source": source.splitlines(keepends=True)} for source in cells]
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps({"cells": code}), encoding="utf-8")


def answered(name: str, before: str = "", answer: str = "...") -> str:
    return f"{FIRST}%time\n{before}\nexercises.{name}.check({answer})\n# exercises.{name}.hint()"


def test_a_class_is_marked_and_no_notebook_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercises = marks.exercises_of("1")
    first, second, *others = exercises
    right = f"{printed(exercises[first].solution)}\nprint('x' * 10**7)"
    hand_in(tmp_path, "李雷/1.ipynb", *map(answered, others))
    forged = f"print('✅ 正确。')\nexercises.{second}._expected = 9"
    hand_in(
        tmp_path,
        "mixed.ipynb",
        "import os as system",
        "broken (",
        answered(first, right, first),
        answered(second, forged, "9"),
        answered(others[0], "system._exit(0)"),
        answered(others[1], "while True: pass"),
        *map(answered, others[2:]),
    )
    (tmp_path / "cut.ipynb").write_text('{"cells": [', encoding="utf-8")
    output = tmp_path / "marks.csv"
    arguments = [str(tmp_path), "--output", str(output), "--seconds", "5"]
    monkeypatch.setattr(sys, "argv", ["marks", *arguments])
    marks.main()
    table = pandas.read_csv(output, dtype=str).set_index("文件")
    assert "读不出" in table.loc["./cut.ipynb", "说明"]
    mixed = table.loc["./mixed.ipynb"]
    assert list(mixed["练习"]) == [f"1.{one.number}" for one in exercises.values()]
    assert list(mixed["结果"][:4]) == ["✅", "❌", "❌", "超时"]
    assert set(mixed["结果"][4:]) <= {"没有作答"}
    assert "os._exit" in mixed["说明"].iloc[2]
    assert set(table.loc["./李雷/1.ipynb", "结果"]) == {"没有作答"}


def test_the_answer_sheet_has_every_exercise() -> None:
    sheet = printed(marks.print_answers)
    for path in (marks.ROOT / "notebooks").glob("*.ipynb"):
        for one in marks.exercises_of(path.name[0]).values():
            assert f"## 练习 {path.name[0]}.{one.number}　" in sheet
            assert printed(one.solution) in sheet
