"""The package is what its folder listing says: who knows whom, what an import costs, file sizes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "day38"
WINGS = ("plotting", "explorer", "exercises", "chapters")
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 300


def imported(path: Path) -> set[str]:
    """Return the modules of day38 that a file imports anywhere, functions included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = [*path.relative_to(ROOT).parent.parts][: -node.level + 1 or None]
            base = ".".join([*(package if node.level else []), *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "day38"}


def wing_of(module: str) -> str | None:
    """Return the wing that a module, or a file in it, belongs to; the core is none."""
    part = [*module.split("."), ""][1]
    return part if part in WINGS else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_imports_no_wing_and_a_wing_no_other(path: Path) -> None:
    own = wing_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert {name for name in imported(path) if wing_of(name) not in (None, own)} == set()


def test_importing_day38_costs_no_matplotlib_and_no_scikit_learn() -> None:
    source = "import day38, sys; print(*{'matplotlib', 'sklearn', 'pandas'} & set(sys.modules))"
    command = [sys.executable, "-c", source]
    assert subprocess.check_output(command, cwd=ROOT, text=True).strip() == ""


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name != "__init__.py"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_every_module_has_its_tests(path: Path) -> None:
    name = f"test_{path.stem.strip('_')}.py"
    assert (ROOT / "tests" / path.relative_to(PACKAGE)).with_name(name).exists()


def test_every_file_can_be_read_in_one_sitting() -> None:
    files = [
        path
        for folder in ("day38", "tests", "tools", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    ]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > MOST_LINES} == {}
