"""The command line: ``python -m day38 check`` and ``python -m day38 predict``."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import warnings
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import torch
from packaging.requirements import Requirement

from day38 import ModelFileError, Predictor, RangeWarning, pick_device

CHINESE = {}

MODEL = Path(__file__).with_name("iris_mlp.safetensors")
INSTALL = '请在项目文件夹里运行：python -m pip install -c constraints.txt -e ".[lesson]"'


def check() -> int:
    """Print a line for each package that the lesson needs and for the device; 1 if one is bad."""
    print(f"Python {platform.python_version()}，{sys.executable}")
    try:
        declared = [Requirement(text) for text in metadata.requires("day38")]
    except metadata.PackageNotFoundError:
        print(f"❌ day38 还没有安装。{INSTALL}")
        return 1
    problems = 0
    for needed in declared:
        # The lesson and the core; what only the tests need is left out.
        if needed.marker and not any(needed.marker.evaluate({"extra": e}) for e in ("", "lesson")):
            continue
        try:
            version = metadata.version(needed.name)
            fine = needed.specifier.contains(version, prereleases=True)
        except metadata.PackageNotFoundError:
            version, fine = "没有安装", False
        print(f"{'✅' if fine else '❌'} {needed.name:<14} {version}（要求 {needed.specifier}）")
        problems += not fine
    if problems:
        print(INSTALL)
    device = pick_device()
    try:
        torch.ones(2, device=device).sum().item()
        print(f"✅ 设备 {device}")
    except RuntimeError as error:  # a driver too old for this build of PyTorch, for example
        reason = str(error).split("\n")[0]
        print(f"❌ 设备 {device} 不能计算（{reason}）。请更新驱动，或用 pick_device('cpu')。")
        problems += 1
    print("有问题，请照上面说的做。" if problems else "全部正常，可以开始上课了。")
    return 1 if problems else 0


def predict(numbers: Sequence[float], file: str | None, model: str, as_json: bool) -> None:
    """Print the answer for one flower or a file of flowers; warnings go to stderr."""
    predictor = Predictor.load(model)
    rows = read_table(file, predictor) if file else {1: numbers}
    with warnings.catch_warnings(action="ignore", category=RangeWarning):  # told line by line
        table = predictor.predict_proba(list(rows.values())).tolist()
    answers = []
    for (line, row), probabilities in zip(rows.items(), table, strict=True):
        by_class = dict(zip(predictor.classes_, probabilities, strict=True))
        label, warning = max(by_class, key=by_class.__getitem__), predictor.check_range(row).get(0)
        answer = {"line": line, "label": label, "probability": by_class[label]}
        answers.append({**answer, "probabilities": by_class, "warning": warning})
        where = f"第 {line} 行：" if file else ""
        if warning:
            print(f"注意：{where}{warning}", file=sys.stderr)
        if not as_json:
            for name, probability in () if file else by_class.items():
                print(f"{name:<12}{probability:6.1%}  {'█' * round(30 * probability)}".rstrip())
            species = CHINESE.get(label, label)
            print(f"{where or '预测：'}{label}（{species}），概率 {by_class[label]:.1%}")
    if as_json:
        print(json.dumps(answers, ensure_ascii=False, indent=2))


def read_table(file: str, predictor: Predictor) -> dict[int, list[str]]:
    """Return the flowers of a CSV file (``-`` for standard input) by the number of their line.

    Columns are found by name if a line has all the names. Whatever is wrong is a ValueError.
    """
    import pandas

    options = {"header": None, "dtype": str, "skip_blank_lines": False, "encoding": "utf-8-sig"}
    try:
        table = pandas.read_csv(sys.stdin.buffer if file == "-" else file, **options).fillna("")
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        reason, advice = str(error).strip(), "在 Excel 里另存为“CSV UTF-8”"
        raise ValueError(f"读不了 {file}（{reason}）。请核对路径，或{advice}。") from error
    rows, places = {}, range(table.shape[1])
    for line, cells in enumerate(table.to_numpy().tolist(), start=1):
        if set(predictor.feature_names) <= set(cells):
            places = [cells.index(name) for name in predictor.feature_names]
        elif any(cells):
            rows[line] = [cells[place] for place in places]
            try:
                predictor.check_range(rows[line])
            except ValueError as error:
                raise ValueError(f"第 {line} 行：{error}") from error
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 fine, 1 a problem, 2 a wrong command."""
    for stream in (sys.stdout, sys.stderr):  # a console that knows no Chinese must not stop us
        stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="python -m day38")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="检查各个包的版本和计算设备")
    ask = commands.add_parser("predict", help="由测量值（厘米）预测鸢尾花的种类")
    ask.add_argument("numbers", nargs="*", type=float, help="花萼长、花萼宽、花瓣长、花瓣宽")
    ask.add_argument("--file", metavar="CSV", help="一行一朵花，可以有标题行；- 是标准输入")
    ask.add_argument("--model", default=MODEL, metavar="FILE", help="默认是随课程附带的模型")
    ask.add_argument("--json", action="store_true", help="输出 JSON，供程序读取")
    options = parser.parse_args(arguments)
    if options.command == "check":
        return check()
    if bool(options.numbers) == bool(options.file):
        ask.error("请给一朵花的四个数，或者用 --file 给一个 CSV 文件")
    try:
        predict(options.numbers, options.file, options.model, options.json)
    except (ModelFileError, ValueError) as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
