"""The three descriptions of the environment agree: pyproject, constraints and environment.yml."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PINS = [
    Requirement(line)
    for line in CONSTRAINTS.splitlines()
    if line.strip() and not line.startswith("#")
]


def dash(name: str) -> str:
    """Return the normalised form of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> list[Requirement]:
    """Return what pyproject asks for, extras included."""
    lines = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("wanted", declared(), ids=lambda wanted: wanted.name)
def test_every_dependency_is_pinned_within_its_range(wanted: Requirement) -> None:
    pins = [pin for pin in PINS if dash(pin.name) == dash(wanted.name)]
    assert pins, f"constraints.txt 里没有 {wanted.name}，请运行 make lock。"
    for pin in pins:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert wanted.specifier.contains(specifier.version)


def test_constraints_hold_exact_versions_and_nothing_else() -> None:
    assert "://" not in CONSTRAINTS
    assert not re.search(r"^\s*-", CONSTRAINTS, flags=re.MULTILINE)
    for pin in PINS:
        assert str(pin.specifier).startswith("=="), pin
        assert "+" not in str(pin.specifier), f"{pin} 只在一种机器上有"
    names = {dash(pin.name) for pin in PINS}
    assert "torchvision" not in names  # it would bring another torch


def test_conda_environment_agrees_with_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PROJECT["name"]
    python, pip, from_pip = environment["dependencies"]
    version = re.fullmatch(r"python=(3\.\d+)", python)
    assert version and SpecifierSet(PROJECT["requires-python"]).contains(version[1])
    assert pip == "pip"
    assert from_pip == {"pip": ["-c constraints.txt", "-e .[lesson]"]}
    assert "lesson" in EXTRAS


def test_repo2docker_accepts_the_environment(tmp_path: Path) -> None:
    for name in ("environment.yml", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "environment.yml" in done.stdout + done.stderr
