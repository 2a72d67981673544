"""The model card: what a model file says about where its model comes from."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import torch

from day38.evaluation import evaluate
from day38.model import IrisMLP

if TYPE_CHECKING:
    from day38.data import IrisData

Card = dict[str, str | int | float]


def make_card(
    model: IrisMLP, data: IrisData, notes: Mapping[str, str | int | float] | None
) -> Card:
    """Say what `model` was trained on, how well it does on the test rows, when and with what.

    Parameters
    ----------
    model : IrisMLP
        On the CPU.
    data : IrisData
        On any device.
    notes : mapping of str to str, int or float, optional
        Added at the end; they win over an entry of the same name.

    Raises
    ------
    TypeError
        If `notes` holds anything but texts and numbers.
    """
    for name, value in (notes or {}).items():
        if not isinstance(name, str) or type(value) not in (str, int, float):
            raise TypeError(
                f"notes 应是“名字 → 文字或数”，收到的有 {name!r}: {value!r}。"
                "例如 {'seed': 42, 'epochs': 20_000}。"
            )
    inputs, targets = data.test
    result = evaluate(model, [(inputs.cpu(), targets.cpu())])
    low, high = result.interval()
    return {
        "data": "Iris (scikit-learn)",
        "train_rows": len(data.train[0]),
        "test_rows": result.total,
        "accuracy": f"{result.correct}/{result.total}",
        "interval_low": low,
        "interval_high": high,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "date": date.today().isoformat(),
        **(notes or {}),
    }
