"""What all benchmarks share: the command line, the table, the figures file."""

import argparse
import datetime
import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

Row = dict[str, Any]


def command_line(description: str) -> argparse.ArgumentParser:
    """Return a parser with what every benchmark takes: --json and --quick."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="把数据写进这个文件")
    parser.add_argument("--quick", action="store_true", help="少跑几遍，只看能不能跑通")
    return parser


def machine() -> dict[str, Any]:
    """Return what a reader must know about this machine, and nothing that names it."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def show(title: str, rows: Sequence[Row], columns: Iterable[str]) -> None:
    """Print rows as a table, numbers to three digits, in the order of `columns`."""
    columns = list(columns)
    table = [columns, *([_text(row.get(column, "")) for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(columns))]
    print(f"\n{title}")
    for line in table:
        cells = zip(line, widths, strict=True)
        print("  ".join(cell.rjust(width) for cell, width in cells), flush=True)


def _text(value: Any) -> str:
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


def save(path: Path | None, figures: dict[str, Any]) -> None:
    """Write the figures, with the machine they belong to, if a file was asked for."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"machine": machine(), **figures}, ensure_ascii=False, indent=2)
        path.write_text(text + "\n", encoding="utf-8")
        print(f"\n数据写在 {path}")
