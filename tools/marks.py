"""Mark handed-in notebooks: `python -m tools.marks FOLDER`; the answer sheet: `--answers`.

Only cells that check an exercise run, in a process of their own for each notebook. They hold
arbitrary code all the same: docs/teaching.md says where to run it.
"""

import argparse
import ast
import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

from tqdm import tqdm

import day38.exercises
from day38.exercises import Exercise

ROOT = Path(__file__).resolve().parent.parent
LESSON = re.compile(r"^from day38\.exercises import lesson_(\d+) as exercises", re.MULTILINE)
MAGIC = re.compile(r"^[%!].*", re.MULTILINE)  # what only IPython can read
KILLED = "❌", "运行到一半，整个程序结束了（例如调用了 os._exit，或者内存不够）。"
SETTINGS = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}


def exercises_of(lesson: str) -> dict[str, Exercise]:
    """Return the exercises of a lesson, in order."""
    names = vars(import_module(f"day38.exercises.lesson_{lesson}"))
    return {name: one for name, one in names.items() if isinstance(one, Exercise)}


def cells_in(path: str | Path, kind: str) -> list[str]:
    """Return the sources of a notebook's cells of one kind."""
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def mark(path: Path, seconds: float) -> list[tuple]:
    """Return lesson, number, result and words for each exercise in a handed-in notebook."""
    try:
        lesson = LESSON.findall("\n".join(cells_in(path, "code")))[-1]
        exercises = exercises_of(lesson)
    except Exception as error:  # whatever was handed in
        return [("", "", "❌", f"读不出这是哪一课的笔记本（{type(error).__name__}）。")]
    verdicts: list[tuple] = []
    while left := list(exercises)[len(verdicts) :]:  # a cell that ends its process ends no other
        verdicts += run([str(path.resolve()), lesson, *left], seconds)[: len(left)]
    numbers = [f"{lesson}.{one.number}" for one in exercises.values()]
    return [(lesson, number, *told) for number, told in zip(numbers, verdicts, strict=True)]


def run(job: list[str], seconds: float) -> list[tuple]:
    """Judge in a new process; return the verdicts it gave, and one on what ended it."""
    with (
        tempfile.TemporaryDirectory(prefix="day38-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as told,  # a pipe may be kept open
    ):
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.marks", "--judge", *job],
            cwd=folder,
            env=os.environ | SETTINGS,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        size, since = 0, monotonic() + 120  # a slow machine has to import torch first
        while process.poll() is None and monotonic() - since < seconds:
            sleep(0.1)
            if size < (size := os.fstat(told.fileno()).st_size):
                since = monotonic()  # for the next exercise
        end = ("超时", f"{seconds:g} 秒里没有运行完。") if process.poll() is None else KILLED
        with suppress(ProcessLookupError):  # and all that it has started
            process.kill() if os.name == "nt" else os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        told.seek(0)
        return [*(json.loads(line) for line in told.read().split(b"\n")[1:-1]), end]


def judge(path: str, lesson: str, *names: str) -> None:
    """Print a verdict a line; what a student's code prints goes nowhere."""
    with suppress(ImportError, ValueError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))  # bytes; torch maps a lot
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    exercises, sources = exercises_of(lesson), cells_in(path, "code")
    delattr(day38.exercises, f"lesson_{lesson}")  # students import another copy than the judge's
    del sys.modules[f"day38.exercises.lesson_{lesson}"]
    print("ready", file=told, flush=True)
    for name in names:
        print(json.dumps(verdict(name, exercises[name], sources)), file=told, flush=True)
    os._exit(0)  # whatever threads a cell has started


def verdict(name: str, exercise: Exercise, sources: list[str]) -> tuple[str, str]:
    """Run the last cell that checks an exercise; return the result and the words."""
    check, feedback = f"exercises.{name}.check", exercise.feedback
    if not (found := [source for source in sources if f"\n{check}(" in source]):
        return "没有作答", f"没有一格写着 {check}(…)。"
    source, file, names = MAGIC.sub("pass", found[-1]), Path(f"{name}.py"), {"__name__": "__main__"}
    file.write_text(source, encoding="utf-8")  # the feedback quotes the line that failed
    try:
        nodes = list(ast.walk(ast.parse(source)))
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        for node in imports_in(sources):
            if used & {(alias.asname or alias.name).split(".")[0] for alias in node.names}:
                exec(ast.unparse(node), names)
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        answer = [call.args[0] for call in calls if ast.unparse(call.func) == check][-1]
        exec(compile(source, file, "exec"), names)
        words = feedback(eval(ast.unparse(answer), names))
    except BaseException as error:  # SystemExit as well
        words = f"❌ 这一格出错了：{traceback.format_exception_only(error)[-1]}"
    result = "没有作答" if words.startswith(("还没有", "先改一改")) else words[:1]
    return result, " ".join(words.removeprefix(result).split())[:300]


def imports_in(sources: list[str]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield what the cells of a notebook import, of those that are Python."""
    for source in sources:
        with suppress(SyntaxError, ValueError):
            for node in ast.parse(MAGIC.sub("pass", source)).body:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node


def print_answers() -> None:
    """Print the solution of each exercise of each lesson, and why it is right."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        head, *texts = cells_in(path, "markdown")
        titles = re.findall(r"^### (练习 .+)$", "\n".join(texts), re.MULTILINE)
        print(head.splitlines()[0])
        for title, exercise in zip(titles, exercises_of(path.name[0]).values(), strict=True):
            print(f"\n## {title}\n\n{exercise.why}\n")
            exercise.solution()
        print()


def main() -> None:
    """Mark a folder, or print the answers."""
    parser = argparse.ArgumentParser(description="批改交上来的笔记本里的练习，写成一张 CSV 表")
    parser.add_argument("folder", nargs="?", type=Path, help="批改其中的 .ipynb，子文件夹也算")
    parser.add_argument("--output", type=Path, default="marks.csv", help="默认写到 marks.csv")
    parser.add_argument("--seconds", type=float, default=60, help="一道练习最多几秒，默认 60")
    parser.add_argument("--answers", action="store_true", help="打印各课练习的参考答案")
    options = parser.parse_args()
    if options.answers:
        return print_answers()
    found = sorted(options.folder.rglob("*.ipynb")) if options.folder else []
    files = [path for path in found if path.is_file() and ".ipynb_checkpoints" not in path.parts]
    if not files:
        parser.error("请给出一个文件夹，里面要有交上来的 .ipynb 文件。")
    # utf-8-sig: Excel takes UTF-8 for something else
    with open(options.output, "w", encoding="utf-8-sig", errors="replace", newline="") as file:
        table = csv.writer(file)
        table.writerow(["文件", "课", "练习", "结果", "说明"])
        for path in tqdm(files, desc="批改", unit="本"):
            name = f"./{path.relative_to(options.folder)}"
            table.writerows([name, *row] for row in mark(path, options.seconds))
    print(f"{len(files)} 本的结果写在 {options.output} 里。")


if __name__ == "__main__":
    judge(*sys.argv[2:]) if sys.argv[1:2] == ["--judge"] else main()
