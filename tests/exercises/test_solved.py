"""What was solved is known to the next kernel, in the folder of `make lab` alone."""

from pathlib import Path

import pytest

from day38.exercises import Exercise, ordered
from tests.exercises.student import said


def test_what_is_solved_outlives_the_kernel_in_the_work_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kernel() -> list[Exercise]:
        ones = [Exercise(why="理由。", solution=f"x = {n}", expected=n) for n in (1, 2)]
        ordered(*ones)
        return ones

    monkeypatch.chdir(tmp_path)
    for number, one in enumerate(kernel(), start=1):
        assert said(one, number).endswith(f"完成 {number} 题）")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".copies.json").touch()
    assert said(kernel()[0], 1).endswith("完成 1 题）")
    assert said(kernel()[1], 2).endswith("完成 2 题）")
    assert {file.name for file in tmp_path.iterdir()} == {".copies.json", ".solved.json"}
    for broken in ("", "7", "[[]]", "["):
        (tmp_path / ".solved.json").write_text(broken)
        assert said(kernel()[0], 1).endswith("完成 1 题）")
    (tmp_path / ".solved.json").unlink()
    (tmp_path / ".solved.json").mkdir()  # nothing can be written
    assert said(kernel()[0], 1).endswith("完成 1 题）")
