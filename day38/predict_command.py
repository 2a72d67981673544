"""``python -m day38 predict``: species from measurements, on the command line.

Nothing heavy is imported before there is something to predict.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from day38.inference import Predictor

MODEL = Path(__file__).with_name("iris_mlp.pt")
EXAMPLE = "python -m day38 predict 6.2 2.2 4.5 1.5"
BAR = 30  # characters for a probability of 1


class DataError(Exception):
    """Rows that cannot be used; the message says where and what to do."""


def add_parser(commands: Any) -> None:
    """Add ``predict`` to the commands of the command line."""
    parser = commands.add_parser(
        "predict",
        help="根据四个测量值（厘米）预测鸢尾花的种类",
        description=(
            "根据测量值预测鸢尾花的种类，给出三个种类各自的概率。\n"
            "四个数依次是：花萼长、花萼宽、花瓣长、花瓣宽，单位厘米。"
        ),
        epilog=f"例子：\n  {EXAMPLE}\n  python -m day38 predict --file flowers.csv --json",
    )
    parser.add_argument("numbers", nargs="*", type=_number, metavar="数", help="一朵花的四个测量值")
    parser.add_argument(
        "--file", metavar="CSV", help="从 CSV 文件读，一行一朵花；- 表示标准输入；可以有标题行"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON，供其他程序读取")
    parser.add_argument(
        "--model", type=Path, default=MODEL, metavar="文件", help="模型文件，默认用随课程安装的那个"
    )
    parser.set_defaults(run=lambda options: run(options, parser))


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Predict and print; return 0, or 1 if the data or the model file cannot be used."""
    if bool(options.numbers) == bool(options.file):
        given = "两样都给了" if options.file else "什么也没有收到"
        parser.error(f"请给一朵花的四个数，或者用 --file 给一个 CSV 文件；{given}。例如：{EXAMPLE}")

    from day38.inference import Predictor
    from day38.model_file import ModelFileError

    try:
        predictor = Predictor.load(options.model)
        names = predictor.feature_names
        if options.file:
            lines, rows = read_rows(_text_of(options.file), names)
        else:
            lines, rows = [1], [options.numbers]
            if len(options.numbers) != len(names):
                parser.error(
                    f"应是 {len(names)} 个数，依次是 {'、'.join(names)}；"
                    f"收到 {len(options.numbers)} 个。例如：{EXAMPLE}"
                )
        answers = answer(predictor, lines, rows)
    except (DataError, ModelFileError, ValueError) as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(answers, ensure_ascii=False, indent=2))
        return 0
    for flower in answers:
        where = f"第 {flower['line']} 行：" if options.file else ""
        if flower["warning"]:
            print(f"注意：{where}{flower['warning']}", file=sys.stderr)
        print(_one_line(flower) if options.file else _bars(flower))
    return 0


def answer(
    predictor: Predictor, lines: Sequence[int], rows: Sequence[Sequence[float]]
) -> list[dict[str, Any]]:
    """Return for each row its line, label, probability, all probabilities and range warning."""
    from day38.rows import RangeWarning

    problems = predictor.check_range(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RangeWarning)  # each row tells its own
        table = predictor.predict_proba(rows)
    answers = []
    for index, (line, probabilities) in enumerate(zip(lines, table.tolist(), strict=True)):
        best = max(range(len(probabilities)), key=probabilities.__getitem__)
        answers.append(
            {
                "line": line,
                "label": predictor.classes_[best],
                "probability": probabilities[best],
                "probabilities": dict(zip(predictor.classes_, probabilities, strict=True)),
                "warning": problems.get(index),
            }
        )
    return answers


def read_rows(text: str, feature_names: Sequence[str]) -> tuple[list[int], list[list[float]]]:
    """Return line numbers and rows of a CSV text.

    Parameters
    ----------
    text : str
        Separated by comma, semicolon or tab. A first line without any number is a header; its
        columns are then found by name, and others are left out.
    feature_names : sequence of str
        The columns wanted, in order.

    Raises
    ------
    DataError
        If there is no row, a column is missing, or a cell is not a finite number.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    lines, rows = [], []
    columns, width = list(range(len(feature_names))), len(feature_names)
    may_be_header = True
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if may_be_header and not any(map(_is_number, cells)):
                columns, width = _columns(cells, feature_names), len(cells)
                may_be_header = False
                continue
            may_be_header = False
            if len(cells) != width:
                raise DataError(
                    f"第 {reader.line_num} 行有 {len(cells)} 列，应是 {width} 列："
                    f"{'、'.join(feature_names)}。请核对分隔符和小数点（小数点用 .）。"
                )
            lines.append(reader.line_num)
            rows.append(
                [_cell(cells[column], reader.line_num, feature_names[place])
                 for place, column in enumerate(columns)]
            )  # fmt: skip
    except csv.Error as error:
        raise DataError(f"第 {reader.line_num} 行不是 CSV：{error}。请核对这个文件。") from error
    if not rows:
        raise DataError("没有读到任何一朵花。请给至少一行数据，每行一朵花。")
    return lines, rows


def _columns(header: Sequence[str], feature_names: Sequence[str]) -> list[int]:
    def plain(name: str) -> str:
        return " ".join(name.lower().replace("(cm)", "").replace("_", " ").split())

    given = [plain(name) for name in header]
    missing = [name for name in feature_names if plain(name) not in given]
    if missing:
        raise DataError(
            f"标题行里没有这些列：{'、'.join(missing)}；有的是 {'、'.join(header)}。"
            "请改成同样的列名，或者删掉标题行、按顺序给四列。"
        )
    return [given.index(plain(name)) for name in feature_names]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cell(text: str, line: int, name: str) -> float:
    if not _is_number(text) or not math.isfinite(float(text)):
        shown = repr(text.strip()) if text.strip() else "空的"
        raise DataError(
            f"第 {line} 行的 {name} 是{shown}，应是一个有限的数（厘米，小数点用 .）。"
            "请补上测量值，或去掉这一行。"
        )
    return float(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        hint = "小数点请用 .，例如 6.2。" if "," in text else f"例如：{EXAMPLE}"
        raise argparse.ArgumentTypeError(f"应是数，收到的是 {text!r}。{hint}") from None


def _text_of(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"读不了文件 {name}：{error.strerror}。请核对路径和权限。") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} 不是 UTF-8 编码的文本。在 Excel 里请另存为“CSV UTF-8（逗号分隔）”。"
        ) from error


def _bars(flower: dict[str, Any]) -> str:
    width = max(map(len, flower["probabilities"]))
    lines = [
        f"{name:<{width}}  {probability:6.1%}  {'█' * round(BAR * probability)}".rstrip()
        for name, probability in flower["probabilities"].items()
    ]
    return "\n".join([*lines, f"预测：{flower['label']}（{flower['probability']:.1%}）"])


def _one_line(flower: dict[str, Any]) -> str:
    all_of_them = "  ".join(f"{name} {p:.1%}" for name, p in flower["probabilities"].items())
    return f"第 {flower['line']} 行：{flower['label']}（{all_of_them}）"
