"""The package is what its folder listing says: who knows whom, what an import costs, file sizes."""

import ast
import subprocess
import sys
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "day38"
WINGS = ("plotting", "explorer", "exercises", "chapters")
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 300


def imported_wings(path: Path) -> set[str]:
    """Return the wings that a file imports from anywhere, functions included."""
    package = ".".join(path.parent.relative_to(ROOT).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    starts = [name.split(".")[:2] for name in found]
    return {wing for wing in WINGS if ["day38", wing] in starts}


def test_the_core_imports_no_wing_and_a_wing_no_other() -> None:
    wings = {path.relative_to(PACKAGE): imported_wings(path) for path in MODULES}
    assert {path: found for path, found in wings.items() if not found <= {path.parts[0]}} == {}


@pytest.mark.parametrize(("before", "costly"), [("sys", ""), ("IPython", "torch._dynamo")])
def test_importing_day38_costs_little_but_in_a_kernel_all_of_pytorch(before, costly) -> None:
    names = {"matplotlib", "sklearn", "pandas", "torch._dynamo"}
    source = f"import {before}, day38, sys; print(*{names} & set(sys.modules))"
    command = [sys.executable, "-c", source]
    assert subprocess.check_output(command, cwd=ROOT, text=True).strip() == costly


def test_every_module_has_its_tests() -> None:
    tests = [
        (ROOT / "tests" / path.relative_to(PACKAGE)).with_name(f"test_{path.stem.strip('_')}.py")
        for path in MODULES
        if path.name != "__init__.py"
    ]
    assert [str(path.relative_to(ROOT)) for path in tests if not path.exists()] == []


def test_every_file_can_be_read_in_one_sitting() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("day38", "tests", "tools", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
