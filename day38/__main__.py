"""The command line: ``python -m day38 check`` and ``python -m day38 predict``."""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
import warnings
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import numpy
import torch
from packaging.requirements import Requirement

from day38 import ModelFileError, Predictor, RangeWarning, pick_device

MODEL = Path(__file__).with_name("iris_mlp.safetensors")
INSTALL = '请在项目文件夹里运行：python -m pip install -c constraints.txt -e ".[lesson]"'


def check() -> int:
    """Print a line for each package that the lesson needs and for the device; 1 if one is bad."""
    print(f"Python {platform.python_version()}，{sys.executable}")
    try:
        declared = [Requirement(text) for text in metadata.requires("day38") or []]
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
    """Print the answer for one row or a file of rows; warnings go to stderr."""
    predictor = Predictor.load(model)
    lines, table = read_table(file, predictor) if file else ([1], numpy.array([numbers]))
    with warnings.catch_warnings(action="ignore", category=RangeWarning):  # told line by line
        probabilities = predictor.predict_proba(table).tolist()
    oddities, answers = predictor.check_range(table), []
    for row, (line, own) in enumerate(zip(lines, probabilities, strict=True)):
        by_class = dict(zip(predictor.classes_, own, strict=True))
        label, warning = max(by_class, key=by_class.__getitem__), oddities.get(row)
        answer = {"line": line, "label": label, "probability": by_class[label]}
        answers.append({**answer, "probabilities": by_class, "warning": warning})
        where = f"第 {line} 行：" if file else ""
        if warning:
            print(f"注意：{where}{warning}", file=sys.stderr)
        if not as_json:
            for name, probability in () if file else by_class.items():
                print(f"{name:<12}{probability:6.1%}  {'█' * round(30 * probability)}".rstrip())
            chinese = f"（{predictor.chinese[label]}）" if label in predictor.chinese else ""
            print(f"{where or '预测：'}{label}{chinese}，概率 {by_class[label]:.1%}")
    if as_json:
        print(json.dumps(answers, ensure_ascii=False, indent=2))


def read_table(file: str, predictor: Predictor) -> tuple[list[int], numpy.ndarray]:
    """Return the rows of a CSV file (``-`` for standard input) with the numbers of their lines.

    Columns are found by name if a line has all the names, as the features are called or in
    Chinese. Whatever is wrong is a ValueError.
    """
    import pandas

    options = {"header": None, "dtype": str, "skip_blank_lines": False, "encoding": "utf-8-sig"}
    try:
        cells = pandas.read_csv(sys.stdin.buffer if file == "-" else file, **options).fillna("")
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        reason, advice = str(error).strip(), "在 Excel 里另存为“CSV UTF-8”"
        raise ValueError(f"读不了 {file}（{reason}）。请核对路径，或{advice}。") from error
    names = predictor.feature_names
    titles = [list(names), [predictor.chinese.get(name, name) for name in names]]
    figures = all(re.fullmatch(r"[-+.\d]+", name) for name in names)  # rows may look like them
    known, rows, places = titles, [], list(range(cells.shape[1]))
    lines: list[int] = []
    for line, row in enumerate(cells.to_numpy().tolist(), start=1):
        if title := next((title for title in known if set(title) <= set(row)), None):
            places = [row.index(name) for name in title]
            if figures:
                print(f"注意：列名都是数，第 {line} 行看作列名，不是数据。", file=sys.stderr)
        elif any(row):
            lines.append(line)
            rows.append([row[place] for place in places])
        known = [] if figures and any(row) else known
    try:
        table = numpy.array(rows, dtype=numpy.float64)
        predictor.check_range(table)
    except ValueError:
        for line, row in zip(lines, rows, strict=True):  # say which line it is
            try:
                predictor.check_range(row)
            except ValueError as error:
                lacking = min(([n for n in title if n not in row] for title in titles), key=len)
                if not figures and 2 * len(lacking) <= len(names):
                    told = f"第 {line} 行是列名，还缺这些列：{'、'.join(lacking)}。"
                    raise ValueError(told) from error
                raise ValueError(f"第 {line} 行：{error}") from error
        raise
    return lines, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 fine, 1 a problem, 2 a wrong command."""
    for stream in (sys.stdout, sys.stderr):  # a console that knows no Chinese must not stop us
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(prog="python -m day38")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="检查各个包的版本和计算设备")
    ask = commands.add_parser("predict", help="由测量值预测类别；默认的模型认三种鸢尾花")
    ask.add_argument(
        "numbers",
        nargs="*",
        type=float,
        help="一行的各个数；鸢尾花是花萼长、宽，花瓣长、宽（厘米）",
    )
    ask.add_argument("--file", metavar="CSV", help="一行一个样本，可以有标题行；- 是标准输入")
    ask.add_argument("--model", default=MODEL, metavar="FILE", help="默认是随课程附带的模型")
    ask.add_argument("--json", action="store_true", help="输出 JSON，供程序读取")
    options = parser.parse_args(arguments)
    if options.command == "check":
        return check()
    if bool(options.numbers) == bool(options.file):
        ask.error("请给一行的各个数，或者用 --file 给一个 CSV 文件")
    try:
        predict(options.numbers, options.file, options.model, options.json)
    except (ModelFileError, ValueError) as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
