"""What several test modules share: the form of our errors, and the state that must not change."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import numpy
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook
from torch import Tensor, nn
from torch.nn import functional

from day38 import IrisMLP


@contextmanager
def chinese_error(kind: type[Exception], *parts: str) -> Iterator[None]:
    """Expect an error of exactly this type, in Chinese, that holds `parts` and says what to do."""
    with pytest.raises(kind) as caught:
        yield
    message = str(caught.value)
    assert caught.type is kind, message
    assert re.search("[\u4e00-\u9fff]", message)
    assert "请" in message
    for part in parts:
        assert part in message


@contextmanager
def state_unchanged(model: nn.Module) -> Iterator[None]:
    """Expect modes, random numbers, threads and gradient mode to be the same afterwards."""

    def state() -> dict[str, Any]:
        return {
            "modes": [module.training for module in model.modules()],
            "torch": torch.get_rng_state().tolist(),
            "numpy": [
                part.tolist() if hasattr(part, "tolist") else part
                for part in numpy.random.get_state()
            ],
            "random": random.getstate(),
            "threads": torch.get_num_threads(),
            "gradients": torch.is_grad_enabled(),
            "dtype": torch.get_default_dtype(),
        }

    before = state()
    yield
    assert state() == before


def report(path: Path, problems: list[str]) -> None:
    """Fail with all problems of a notebook at once."""
    assert not problems, "\n".join([path.name, *problems])


MISSING_GLYPH = """import matplotlib.pyplot as plt
plt.rcParams["font.family"] = "DejaVu Sans"
plt.title("轮次")
plt.show()"""


def planted(folder: Path, source: str, *tags: str) -> Path:
    """Write a notebook with this one cell, called "planted"; return its path."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cell = new_code_cell(source, id="planted", metadata={"tags": list(tags)})
    notebook = new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "planted.ipynb")
    return folder / "planted.ipynb"


def new_model(seed: int = 0) -> IrisMLP:
    """Return an untrained network; the same seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return IrisMLP()


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    """Say whether two models agree in every bit of every parameter."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(first, second) for first, second in pairs)


Pair = tuple[Tensor, Tensor]
BatchCase = tuple[Callable[[Tensor, Tensor], Any], type[Exception], list[str]]


def _with_value(inputs: Tensor, value: float) -> Tensor:
    changed = inputs.clone()
    changed[7, 2] = value
    return changed


class OneShot:
    """Looks re-iterable, but is empty the second time."""

    def __init__(self, batches: list[Pair]) -> None:
        self.rest = iter(batches)

    def __iter__(self) -> Iterator[Pair]:
        return self.rest


# What is wrong with a caller's batches → how to make them, the error, what its message holds.
BAD_BATCHES: dict[str, BatchCase] = {
    "a number": (lambda x, y: 3, TypeError, ["int", "DataLoader"]),
    "a tensor": (lambda x, y: x, TypeError, ["Tensor"]),
    "a text": (lambda x, y: "iris", TypeError, ["str"]),
    "a pair without brackets": (lambda x, y: (x, y), TypeError, ["[iris.train]"]),
    "an iterator": (lambda x, y: iter([(x, y)]), TypeError, ["list_iterator", "list(...)"]),
    "a generator": (lambda x, y: (pair for pair in [(x, y)]), TypeError, ["generator"]),
    "no batch": (lambda x, y: [], ValueError, ["空的"]),
    "an empty batch": (lambda x, y: [(x[:0], y[:0])], ValueError, ["0 个样本"]),
    "a batch of three": (lambda x, y: [(x, y, y)], TypeError, ["3 个元素的 tuple"]),
    "NumPy arrays": (lambda x, y: [(x.numpy(), y.numpy())], TypeError, ["torch.from_numpy"]),
    "unequal lengths": (lambda x, y: [(x, y[:5])], ValueError, ["(120, 4)", "(5,)"]),
    "a target without rows": (lambda x, y: [(x, y[0])], ValueError, ["(120, 4)", "()"]),
    "NaN": (lambda x, y: [(_with_value(x, float("nan")), y)], ValueError, ["NaN", "第 7 行"]),
    "infinity": (lambda x, y: [(_with_value(x, float("inf")), y)], ValueError, ["第 7 行"]),
    "NaN in flat inputs": (
        lambda x, y: [(_with_value(x, float("nan"))[:, 2], y)],
        ValueError,
        ["第 7 行"],
    ),
    "the second batch is bad": (
        lambda x, y: [(x, y), (_with_value(x, float("nan")), y)],
        ValueError,
        ["第 7 行"],
    ),
    "too few features": (lambda x, y: [(x[:, :3], y)], ValueError, ["(120, 3)", "宽度"]),
    "float64 inputs": (lambda x, y: [(x.double(), y)], ValueError, ["float64", "torch.float32"]),
    "integer inputs": (lambda x, y: [(x.long(), y)], ValueError, ["int64", "inputs.to"]),
    "targets (120, 1)": (lambda x, y: [(x, y[:, None])], ValueError, ["(120, 1)", "squeeze"]),
    "float targets": (lambda x, y: [(x, y.float())], ValueError, ["float32", "targets.long()"]),
    "int32 targets": (lambda x, y: [(x, y.int())], ValueError, ["int32", "targets.long()"]),
    "label out of range": (lambda x, y: [(x, y + 1)], ValueError, ["编号", "Target 3"]),
    "negative label": (lambda x, y: [(x, y - 1)], ValueError, ["编号", "Target -1"]),
    "batch on meta": (lambda x, y: [(x.to("meta"), y)], ValueError, ["meta"]),
}


def not_reduced(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the losses of the samples, where their mean is wanted."""
    return functional.cross_entropy(outputs, targets, reduction="none")


BAD_LOSS_FUNCTIONS: dict[str, tuple[Any, type[Exception], list[str]]] = {
    "a number": (0.5, TypeError, ["loss_function", "0.5"]),
    "a class": (nn.CrossEntropyLoss, TypeError, ["CrossEntropyLoss()"]),
    "not a mean": (not_reduced, ValueError, ["标量", "loss.mean()"]),
    "returns a float": (lambda outputs, targets: 1.0, ValueError, ["float", "标量"]),
}


def bad_models() -> dict[str, tuple[Any, type[Exception], list[str]]]:
    """Return what is wrong with a model → the model, the error, what its message holds."""
    mixed = new_model()
    mixed.output.to("meta")
    return {
        "a class": (IrisMLP, TypeError, ["type", "IrisMLP()"]),
        "a path": ("iris.pt", TypeError, ["str"]),
        "no parameters": (nn.ReLU(), ValueError, ["ReLU"]),
        "on meta": (new_model().to("meta"), ValueError, ["meta", "to_empty"]),
        "on two devices": (mixed, ValueError, ["cpu、meta", "model.to(device)"]),
        "returns a tuple": (nn.LSTM(4, 3), ValueError, ["2 个元素的 tuple", "forward"]),
    }
