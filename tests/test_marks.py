"""Handed-in notebooks are marked, whatever their cells do to the one who marks."""

import ast
import csv
import json
import sys
from pathlib import Path

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
    solution = printed(exercises[first].solution)
    bound = ast.parse(solution).body[-1]
    name = bound.name if isinstance(bound, ast.FunctionDef) else bound.targets[0].id
    right = f"{solution}\nprint('x' * 10**7)"
    hand_in(tmp_path, "李雷/1.ipynb", *map(answered, others))
    forged = f"print('✅ 正确。')\nexercises.{second}._expected = 9"
    hand_in(
        tmp_path,
        "mixed.ipynb",
        "import os as system",
        "broken (",
        answered(first, right, name),
        answered(second, forged, "9"),
        answered(others[0], "system._exit(0)"),
        answered(others[1], "while True: pass"),
        *map(answered, others[2:]),
    )
    (tmp_path / "cut.ipynb").write_text('{"cells": [', encoding="utf-8")
    output = tmp_path / "marks.csv"
    monkeypatch.setattr(
        sys, "argv", ["marks", str(tmp_path), "--output", str(output), "--seconds", "5"]
    )
    marks.main()
    with open(output, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    by_file = {row["文件"]: [r for r in rows if r["文件"] == row["文件"]] for row in rows}
    assert "读不出" in by_file["./cut.ipynb"][0]["说明"]
    assert [row["练习"] for row in by_file["./mixed.ipynb"]] == [
        f"1.{one.number}" for one in exercises.values()
    ]
    results = [row["结果"] for row in by_file["./mixed.ipynb"]]
    assert results[:4] == ["✅", "❌", "❌", "超时"] and set(results[4:]) <= {"没有作答"}
    assert "os._exit" in by_file["./mixed.ipynb"][2]["说明"]
    assert {row["结果"] for row in by_file["./李雷/1.ipynb"]} == {"没有作答"}


def test_the_answer_sheet_has_every_exercise() -> None:
    sheet = printed(marks.print_answers)
    for path in (marks.ROOT / "notebooks").glob("*.ipynb"):
        for one in marks.exercises_of(path.name[0]).values():
            assert f"## 练习 {path.name[0]}.{one.number}　" in sheet
            assert printed(one.solution) in sheet
