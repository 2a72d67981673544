"""The package as a whole: its public names, what it imports, and which module knows which."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import day38
from day38 import environment

FOLDER = Path(day38.__file__).parent
TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")}
MODULES = sorted(TREES.keys() - {"__init__"})

# Which module must not know which, not even by way of a third one.
MUST_NOT_KNOW = {
    "checks": set(MODULES),
    "model": {"data", "training", "plotting", "inference"},
    "data": {"model", "training", "plotting", "inference"},
    "training": {"data", "model", "plotting", "inference"},
    "evaluation": {"data", "model", "training", "plotting", "inference"},
    "inference": {"training", "plotting"},
    "plotting": {"data", "inference"},
    "environment": {"plotting", "inference"},
}


# Public names


def test_what_editors_read_is_what_is_exported() -> None:
    (block,) = (
        node
        for node in TREES["__init__"].body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    read = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name  # "as" marks a re-export
            read[alias.name] = f"{node.module}"
    assert read == {name: f"day38.{module}" for name, module in day38._MODULES.items()}
    assert day38.__all__ == list(day38._MODULES)


@pytest.mark.parametrize("name", day38.__all__)
def test_a_public_name_is_there_with_docstring_and_types(name: str) -> None:
    value = getattr(day38, name)
    assert value.__module__ == f"day38.{day38._MODULES[name]}"
    assert name in dir(day38)
    for where, function in public_functions(name, value):
        assert inspect.getdoc(function), where
        signature = inspect.signature(function)
        assert signature.return_annotation is not signature.empty, where
        for parameter in signature.parameters.values():
            if parameter.name not in ("self", "cls"):
                assert parameter.annotation is not parameter.empty, f"{where}: {parameter}"


def public_functions(name: str, value: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield a public function, or the public methods that a class itself defines."""
    if not inspect.isclass(value):
        yield name, value
        return
    assert value.__doc__
    assert not re.match(rf"{name}\(", value.__doc__), f"{name} has only the dataclass docstring"
    for key, member in vars(value).items():
        function = member.fget if isinstance(member, property) else inspect.unwrap(member)
        function = getattr(function, "__func__", function)
        if inspect.isfunction(function) and not key.startswith("_"):
            yield f"{name}.{key}", function


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'no_such_name'"):
        _ = day38.no_such_name
    with pytest.raises(ImportError):
        exec("from day38 import no_such_name")


def test_the_version_is_that_of_the_installed_package() -> None:
    assert day38.__version__ == metadata.version("day38")


# What is imported when


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import day38; dir(day38)", {"torch", "numpy", "sklearn", "matplotlib", "tqdm"}),
        (
            "from day38.__main__ import build_parser; build_parser().format_help()",
            {"torch", "numpy", "sklearn", "matplotlib", "tqdm"},
        ),
        (
            "from day38 import train, evaluate, IrisMLP, load_iris, Predictor, pick_device",
            {"sklearn", "matplotlib", "scipy", "pandas"},
        ),
    ],
    ids=["import day38", "--help", "training and inference"],
)
def test_what_is_heavy_waits_until_it_is_needed(code: str, absent: set[str]) -> None:
    show = f"import sys; {code}; print(*sorted(sys.modules))"
    printed = subprocess.run(
        [sys.executable, "-c", show], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    assert "day38" in printed.split()
    assert not absent & set(printed.split())


# Who knows whom


def imports(module: str) -> Iterator[str]:
    """Yield the full names that a module imports, wherever in it that happens."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def neighbours(module: str) -> set[str]:
    """Return the modules of the package that a module imports, public names resolved."""
    found = set()
    for name in imports(module):
        if name.startswith("day38."):
            first = name.split(".")[1]
            found.add(day38._MODULES.get(first, first))
    return found & TREES.keys()


GRAPH = {module: neighbours(module) for module in MODULES}


def everything_below(module: str) -> set[str]:
    below: set[str] = set()
    waiting = [module]
    while waiting:
        for other in GRAPH[waiting.pop()] - below:
            below.add(other)
            waiting.append(other)
    return below


def test_imports_only_go_down() -> None:
    TopologicalSorter(GRAPH).prepare()  # raises where they go round
    assert not any("__main__" in known for known in GRAPH.values())


@pytest.mark.parametrize("module", MUST_NOT_KNOW)
def test_a_module_does_not_know_what_is_none_of_its_business(module: str) -> None:
    assert not everything_below(module) & MUST_NOT_KNOW[module]


def test_every_import_is_declared() -> None:
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))
    names = [Requirement(line).name for line in project["project"]["dependencies"]]
    declared = {environment.IMPORT_NAMES.get(name, name) for name in names}
    for module in MODULES:
        top = {name.split(".")[0] for name in imports(module)}
        foreign = top - sys.stdlib_module_names - {"day38"}
        assert foreign <= declared, f"{module} imports {foreign - declared}"


@pytest.mark.parametrize("module", TREES)
def test_a_module_is_short_and_says_what_it_is_for(module: str) -> None:
    text = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert ast.get_docstring(TREES[module])
