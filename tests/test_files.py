"""Writing a file in whole or not at all; killed writers are tried in test_model_file.py."""

import os
import sys
from pathlib import Path

import pytest

from day38.files import write_atomically
from tests.helpers import chinese_error


def test_new_and_old_files_hold_the_bytes_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "花.pt"
    for data in (b"one", b"", bytes(10**6)):
        assert write_atomically(path, data) == path
        assert path.read_bytes() == data
        assert os.listdir(tmp_path) == ["花.pt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    path = write_atomically(tmp_path / "iris.pt", b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["iris.pt"]


def test_the_place_must_be_a_file_in_a_folder(tmp_path: Path) -> None:
    with chinese_error(FileNotFoundError, "没有文件夹", "missing"):
        write_atomically(tmp_path / "missing" / "iris.pt", b"")
    with chinese_error(IsADirectoryError, "文件夹"):
        write_atomically(tmp_path, b"")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs rights that users lack there")
def test_links_and_permissions_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "v1.pt", tmp_path / "latest.pt"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o600
    assert write_atomically(tmp_path / "new.pt", b"").stat().st_mode & 0o777 == 0o644
