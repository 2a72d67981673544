"""`python -m day38 check`: it names what is missing, too old or broken, and what to do."""

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import packaging
import pytest
import torch
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from day38 import environment

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ["torch>=2.6", 'captum>=0.8; extra == "lesson"', 'pytest>=8.3 ; extra == "dev"']
VERSIONS = {"torch": "2.13.0+cpu", "captum": "0.9.0"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Stand in for an environment; the test edits the versions it holds."""
    versions = dict(VERSIONS)

    def version(name: str) -> str:
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "requires", lambda name: NEEDED)
    monkeypatch.setattr(metadata, "metadata", lambda name: {"Requires-Python": ">=3.11"})
    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(environment, "import_module", lambda name: None)
    return versions


def run_check(capsys: pytest.CaptureFixture) -> tuple[int, str]:
    status = environment.check()
    return status, capsys.readouterr().out


def test_all_is_well(machine: dict[str, str], capsys: pytest.CaptureFixture) -> None:
    status, printed = run_check(capsys)
    assert status == 0
    lines = printed.splitlines()
    assert any(line.split() == ["torch", "2.13.0+cpu", ">=2.6", "正常"] for line in lines)
    assert any(line.split() == ["captum", "0.9.0", ">=0.8", "正常"] for line in lines)
    assert "pytest" not in printed  # learners need no test tools
    assert f"线程    {torch.get_num_threads()}" in printed
    assert f"设备    {environment_device()}" in printed
    assert printed.index("程序需要的包") < printed.index("笔记本需要的包")


def environment_device() -> str:
    import day38

    return str(day38.pick_device())


@pytest.mark.parametrize("name", ["torch", "captum"])
def test_a_missing_package_is_named(
    machine: dict[str, str], capsys: pytest.CaptureFixture, name: str
) -> None:
    del machine[name]
    status, printed = run_check(capsys)
    assert status == 1
    assert "发现 1 个问题" in printed
    assert f"{name} 没有安装" in printed
    assert '-m pip install -c constraints.txt -e ".[lesson]"' in printed


@pytest.mark.parametrize("version", ["2.5.1", "1.13", "not-a-version"])
def test_a_version_out_of_range_is_named(
    machine: dict[str, str], capsys: pytest.CaptureFixture, version: str
) -> None:
    machine["torch"] = version
    status, printed = run_check(capsys)
    assert status == 1
    assert f"torch 的版本是 {version}，不符合要求 >=2.6" in printed
    assert "pip install -c constraints.txt" in printed


@pytest.mark.parametrize("version", ["2.6", "2.14.0.dev20270101+cu130", "3.0rc1"])
def test_a_version_in_range_passes(
    machine: dict[str, str], capsys: pytest.CaptureFixture, version: str
) -> None:
    machine["torch"] = version
    assert run_check(capsys)[0] == 0


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ImportError("no library"), "--force-reinstall --no-deps -c constraints.txt captum"),
        (OSError("no library\nmore"), "--force-reinstall"),
        (SystemExit("no library"), "--force-reinstall"),
        (ModuleNotFoundError("no library", name="captum.attr"), "--force-reinstall"),
        (ModuleNotFoundError("no library", name="torch"), '-e ".[lesson]"'),
    ],
)
def test_a_package_that_cannot_be_imported_is_named(
    machine: dict[str, str],
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    advice: str,
) -> None:
    def import_module(name: str) -> None:
        if name == "captum":
            raise error

    monkeypatch.setattr(environment, "import_module", import_module)
    status, printed = run_check(capsys)
    assert status == 1
    assert f"captum 装了却不能导入：{type(error).__name__}: no library\n" in printed
    assert advice in printed
    assert printed.count("pip install") == 1


def test_every_problem_is_listed(machine: dict[str, str], capsys: pytest.CaptureFixture) -> None:
    machine.clear()
    status, printed = run_check(capsys)
    assert status == 1
    assert "发现 2 个问题" in printed
    assert "- torch 没有安装" in printed
    assert "- captum 没有安装" in printed
    assert printed.count("pip install") == 1  # one command cures both


def test_an_old_python_is_named(
    machine: dict[str, str], capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment.platform, "python_version", lambda: "3.10.2")
    status, printed = run_check(capsys)
    assert status == 1
    assert "Python 的版本是 3.10.2，不符合要求 >=3.11" in printed


def test_an_uninstalled_day38_is_named(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", missing)
    status, printed = run_check(capsys)
    assert status == 1
    assert "day38 还没有安装" in printed
    assert '-e ".[lesson]"' in printed


def test_a_device_that_cannot_compute_is_named(
    machine: dict[str, str], capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no kernel image is available\nmore")

    monkeypatch.setattr(torch, "ones", fail)
    status, printed = run_check(capsys)
    assert status == 1
    assert "却不能计算：RuntimeError: no kernel image is available\n" in printed
    assert "驱动" in printed


@pytest.mark.parametrize(
    ("found", "executable", "typed"),
    [
        ("/a/python", "/a/python", "python"),
        ("/b/python", "/a/python", "/a/python"),
        (None, "/a b/python", '"/a b/python"'),
    ],
)
def test_the_advice_names_the_interpreter_that_runs(
    monkeypatch: pytest.MonkeyPatch, found: str | None, executable: str, typed: str
) -> None:
    monkeypatch.setattr(environment.shutil, "which", lambda name: found)
    monkeypatch.setattr(environment.sys, "executable", executable)
    assert environment.python() == typed


def test_our_own_requirements_are_all_understood() -> None:
    requirements = metadata.requires("day38") or []
    understood = {
        extra: dict(environment.packages(requirements, extra)) for extra in ("", "lesson", "dev")
    }
    assert sum(map(len, understood.values())) == len(requirements)
    for requirement in map(Requirement, requirements):
        extra = next(
            extra
            for extra in understood
            if not requirement.marker or requirement.marker.evaluate({"extra": extra})
        )
        assert SpecifierSet(understood[extra][requirement.name]) == requirement.specifier


@pytest.fixture
def bare_environment(tmp_path: Path) -> Path:
    """Make a folder of packages: day38's own metadata, an old tqdm, a broken torchinfo, no more."""

    def add(name: str, version: str, text: str = "") -> None:
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (folder / "METADATA").write_text(text or head, encoding="utf-8")

    add("day38", "0.1.0", metadata.distribution("day38").read_text("METADATA") or "")
    add("tqdm", "4.1")
    (tmp_path / "tqdm.py").touch()
    add("torchinfo", "1.8.0")
    (tmp_path / "torchinfo.py").write_text("raise ImportError('half of it is gone')\n")
    return tmp_path


@pytest.mark.parametrize("with_packaging", [True, False])
def test_in_a_bare_environment(bare_environment: Path, with_packaging: bool) -> None:
    if with_packaging:
        shutil.copytree(Path(packaging.__file__).parent, bare_environment / "packaging")
    finished = subprocess.run(
        [sys.executable, "-S", "-m", "day38", "check"],  # -S: without this interpreter's packages
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(bare_environment)},
        capture_output=True,
        encoding="utf-8",
    )
    assert finished.returncode == 1
    assert not finished.stderr
    assert "torch 没有安装" in finished.stdout
    assert "torchvista 没有安装" in finished.stdout
    assert "torchinfo 装了却不能导入：ImportError: half of it is gone" in finished.stdout
    assert ("tqdm 的版本是 4.1，不符合要求" in finished.stdout) == with_packaging
    assert "设备    未检查" in finished.stdout


@pytest.mark.slow
def test_this_environment_is_well(capsys: pytest.CaptureFixture) -> None:
    status, printed = run_check(capsys)
    assert status == 0, printed
