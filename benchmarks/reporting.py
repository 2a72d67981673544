"""What all benchmarks share: the command line, the table, the figures file."""

import argparse
import datetime
import json
import os
import platform
from pathlib import Path
from typing import Any

import pandas
import torch

Row = dict[str, Any]


def command_line(description: str) -> argparse.Namespace:
    """Return what every benchmark is told: ``json``, a path or None, and ``quick``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="把数据写进这个文件")
    parser.add_argument("--quick", action="store_true", help="少跑几遍，只看能不能跑通")
    return parser.parse_args()


def show(title: str, rows: list[Row]) -> None:
    """Print rows as a table, numbers to three digits."""
    table = pandas.DataFrame(rows).to_string(index=False, float_format="{:,.3f}".format)
    print(f"\n{title}\n{table}", flush=True)


def save(path: Path | None, figures: dict[str, Any]) -> None:
    """Write the figures, if a file was asked for, with what a reader must know of the machine."""
    if path is None:
        return
    machine = {  # nothing that names it
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine, **figures}, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"\n数据写在 {path}")
