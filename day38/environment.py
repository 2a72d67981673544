"""Is this machine ready for the lesson? The answer of ``python -m day38 check``.

It needs nothing but the standard library, so that it can say what is missing. Each name is
printed before the package is imported: should that end Python itself, as a build for another
processor does, the last line says which one it was.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import warnings
from importlib import import_module, metadata
from typing import NamedTuple

GROUPS = {"": "程序需要的包", "lesson": "笔记本需要的包"}  # by extra of pyproject.toml
IMPORT_NAMES = {"pillow": "PIL", "scikit-learn": "sklearn"}  # all others are the package's name
# Our own requirements are a name, a range and at most an extra; a test holds them to that.
REQUIREMENT = re.compile(r'([\w.-]+)\s*([^;]*?)\s*(?:;\s*extra\s*==\s*["\']([\w-]+)["\'])?')


class Problem(NamedTuple):
    """What is wrong, and what to do about it; several problems may share one advice."""

    what: str
    advice: str


def check() -> int:
    """Print a line for Python, each package, the device and the threads; then what to do.

    Returns
    -------
    int
        0 if all is well, 1 if anything is missing, too old or broken.
    """
    problems: list[Problem] = []
    print(f"Python  {platform.python_version()}  {sys.executable}")
    print(f"系统    {platform.platform()}，{os.cpu_count()} 个处理器核心")
    try:
        python_range = metadata.metadata("day38")["Requires-Python"]
        needed = metadata.requires("day38") or []
    except metadata.PackageNotFoundError:
        python_range, needed = None, []
        problems.append(Problem("day38 还没有安装，不知道它需要哪些包", how_to_install()))
    if python_range and not fits(platform.python_version(), python_range):
        what = f"Python 的版本是 {platform.python_version()}，不符合要求 {python_range}"
        problems.append(Problem(what, "请安装合适的 Python，再用它重新建立环境。"))
    for extra, title in GROUPS.items():
        group = packages(needed, extra)
        if group:
            print(f"\n{title}")
        for name, wanted in group:
            print(f"  {name:<14}", end="", flush=True)
            version, problem = examine(name, wanted)
            verdict = "有问题" if problem else "正常"
            print(f"{version or '-':<14}{wanted:<10}{verdict}", flush=True)
            if problem:
                problems.append(problem)
    print()
    problem = examine_device()
    if problem:
        problems.append(problem)
    if not problems:
        print("\n全部正常，可以开始上课了。")
        return 0
    print(f"\n发现 {len(problems)} 个问题：")
    for problem in problems:
        print(f"- {problem.what}")
    print("\n怎么办：")
    for advice in dict.fromkeys(problem.advice for problem in problems):
        print(f"- {advice}")
    return 1


def packages(requirements: list[str], extra: str) -> list[tuple[str, str]]:
    """Return name and version range of the requirements that `extra` brings ("" is the core)."""
    matches = [REQUIREMENT.fullmatch(requirement) for requirement in requirements]
    return [(match[1], match[2]) for match in matches if match and (match[3] or "") == extra]


def examine(name: str, wanted: str) -> tuple[str | None, Problem | None]:
    """Look at one package: is it there, in the range `wanted`, and can it be imported?

    Returns
    -------
    version : str or None
        The installed version.
    problem : Problem or None
        None if all is well.
    """
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return None, Problem(f"{name} 没有安装（要求 {wanted}）", how_to_install())
    if version is not None and not fits(version, wanted):
        what = f"{name} 的版本是 {version}，不符合要求 {wanted}"
        return version, Problem(what, how_to_install())
    module = IMPORT_NAMES.get(name, name)
    try:
        with warnings.catch_warnings(action="ignore"):
            import_module(module)
    except (Exception, SystemExit) as error:  # a broken package may raise anything
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        another_is_missing = missing is not None and missing.split(".")[0] != module
        advice = how_to_install() if another_is_missing else how_to_repair(name)
        return version, Problem(f"{name} 装了却不能导入：{in_short(error)}", advice)
    return version, None


def fits(version: str, wanted: str) -> bool:
    """Say whether `version` lies in the range `wanted`; yes if there is no way to tell."""
    try:
        from packaging.specifiers import SpecifierSet
        from packaging.version import InvalidVersion
    except ImportError:  # it is one of our requirements and gets its own line
        return True
    try:
        return SpecifierSet(wanted).contains(version, prereleases=True)
    except InvalidVersion:
        return False


def examine_device() -> Problem | None:
    """Print where training would run, with how many threads; return the problem, if any."""
    try:
        import torch

        from day38 import pick_device
    except Exception:  # whatever it is, the packages' own lines have said it
        print("设备    未检查：要先解决 torch 等包的问题")
        return None
    device = pick_device()
    print(f"设备    {device}", flush=True)
    print(f"线程    {torch.get_num_threads()}")
    try:
        torch.ones(2, device=device).sum().item()
    except Exception as error:  # drivers fail in their own ways
        return Problem(
            f"设备 {device} 在，却不能计算：{in_short(error)}",
            "请更新显卡驱动，或换用与它相配的 torch；在此之前请用 pick_device('cpu')。",
        )
    return None


def in_short(error: BaseException) -> str:
    """Return the type and the first line of an error."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def how_to_install() -> str:
    """Say how to bring in all that the lesson needs."""
    return f'请在项目文件夹里运行：\n  {python()} -m pip install -c constraints.txt -e ".[lesson]"'


def how_to_repair(name: str) -> str:
    """Say how to replace the files of one package; a plain install would leave them alone."""
    options = "--force-reinstall --no-deps -c constraints.txt"
    return f"请在项目文件夹里运行：\n  {python()} -m pip install {options} {name}"


def python() -> str:
    """Return what to type for this interpreter: ``python``, or its path if that is another one."""
    found = shutil.which("python")
    if found and os.path.abspath(found) == os.path.abspath(sys.executable):
        return "python"
    return f'"{sys.executable}"' if " " in sys.executable else sys.executable
