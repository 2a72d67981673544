"""A trained model put to use: raw centimetres in, names and probabilities out, kept in one file.

The file is safetensors: tensors and texts, nothing that could be executed. Its SHA-256 over all of
them finds accidents, such as a broken download. It is no signature: who changes the file on
purpose can write a new checksum as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy
import safetensors.torch
import torch
from torch import Tensor

from day38.data import IrisData
from day38.evaluation import evaluate
from day38.model import IrisMLP

# Training rows scale to [0, 1]; of other good rows less than one in 200 leaves these limits.
LOWEST, HIGHEST = -0.1, 1.1
ABSURD = 1e6  # a scaled value beyond it is no measurement, and float32 would soon overflow
SHOWN = 3  # rows that one warning spells out
UNITS = {"毫米": 0.1, "英寸": 2.54, "米": 100.0}
# Features in few words, and species; anything else is shown by its own name.
CHINESE = {
    "sepal length (cm)": "花萼长",
    "sepal width (cm)": "花萼宽",
    "petal length (cm)": "花瓣长",
    "petal width (cm)": "花瓣宽",
    "setosa": "山鸢尾",
    "versicolor": "变色鸢尾",
    "virginica": "维吉尼亚鸢尾",
}

FORMAT, VERSION = "day38-iris-mlp", "3"  # versions 1 and 2 were written by torch.save
GOLDEN_TOLERANCE = 1e-4  # of a probability, from one processor to another
AGAIN = "请用 Predictor(model, iris).save(路径) 重新保存。"
# First bytes of what people have in the place of a model file, and what to say of it.
STARTS = {
    b"{": "已经损坏：内容不完整，或有字节被改动。请重新下载或复制。",
    b"<": "是一个网页，不是模型文件：下载到的可能是登录页或报错页。请重新下载。",
    b"\x80": f"是 pickle 文件，打开可能会执行别人的代码，所以不打开。{AGAIN}",
    b"PK": f"是 torch.save 的文件，里面有 pickle，打开可能会执行别人的代码，所以不打开。{AGAIN}",
    b"": f"不是 Predictor 保存的模型文件。{AGAIN}",
}


class RangeWarning(UserWarning):
    """A value far outside what the model was trained on; the answer is then worth little."""


class ModelFileError(Exception):
    """A model file that cannot be used; the message says what is wrong and what to do."""


class Predictor:
    """A model together with all that its use needs: scaling, names, and where it comes from.

    Parameters
    ----------
    model : IrisMLP
        Trained on scaled inputs. The predictor keeps a copy on the CPU, in eval mode.
    iris : IrisData
        What `model` was trained on: gives scaling and names, and test rows for the accuracy.
    notes : mapping, optional
        What else the model card should say, for example ``{"seed": 42, "epochs": 20_000}``.

    Attributes
    ----------
    model, minimum, span, feature_names, classes_, card
        The copy; what scales centimetres; the names, in order; the model card as a dict.
    """

    def __init__(self, model: IrisMLP, iris: IrisData, notes: Mapping | None = None) -> None:
        if type(model) is not IrisMLP:  # another module may compute otherwise with the same weights
            raise TypeError(f"要 IrisMLP，收到 {type(model).__name__}；文件请用 Predictor.load。")
        scaling = iris.scaler.data_min_, 1 / iris.scaler.scale_  # minimum and span
        self._set(model.state_dict(), *scaling, iris.feature_names, iris.class_names)
        result = evaluate(self.model, [iris.test])
        self.card = {
            "data": "Iris (scikit-learn)",
            "train_rows": len(iris.train[0]),
            "accuracy": f"{result.correct}/{result.total}",
            "interval": list(result.interval()),  # 95%
            "torch": str(torch.__version__),
            "date": date.today().isoformat(),
            **(notes or {}),
        }

    def _set(self, weights, minimum, span, feature_names, class_names) -> None:
        sizes = len(feature_names), len(weights["hidden.bias"]), len(class_names)
        with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay as they are
            self.model = IrisMLP(*sizes).eval()
        self.model.load_state_dict(weights)  # raises where names and sizes do not fit
        if not all(torch.isfinite(parameter).all() for parameter in self.model.parameters()):
            raise ValueError("权重里有 NaN 或无穷大，多半是训练发散了，请重新训练。")
        self.minimum, self.span = minimum, span
        self.feature_names, self.classes_ = tuple(feature_names), tuple(class_names)

    def __repr__(self) -> str:
        return f"<Predictor：{'、'.join(self.classes_)}；测试集 {self.card.get('accuracy')}>"

    def predict(self, rows: Any) -> list[str]:
        """Return the most probable class name of each row.

        Parameters
        ----------
        rows : list, NumPy array, PyTorch tensor, pandas DataFrame or Series
            Raw centimetres, shape (rows, features), in the order of `feature_names`; in pandas
            the columns are found by name. A single flower may be flat.

        Raises
        ------
        ValueError
            If rows are empty, of the wrong width, or hold what is no measurement, such as NaN.
            Values far outside the trained range only give a `RangeWarning`.
        """
        names = numpy.array(self.classes_, dtype=object)
        return names[self._logits(rows).numpy().argmax(axis=1)].tolist()

    def predict_proba(self, rows: Any) -> numpy.ndarray:
        """Return the probability of each class, float32 of shape (rows, classes); see `predict`."""
        return torch.softmax(self._logits(rows), dim=1).numpy()

    def check_range(self, rows: Any) -> dict[int, str]:
        """Say of each row that leaves the trained range what is odd and why that may be.

        Takes and raises what `predict` does. Returns row numbers and messages.
        """
        table = _as_table(rows, self.feature_names)
        scaled = self._scale(table)
        problems = {}
        for row in numpy.flatnonzero(~_in_range(scaled)).tolist():
            column = int(numpy.abs(scaled[row] - 0.5).argmax())  # the worst; for NumPy that is NaN
            name, value = self.feature_names[column], table[row, column]
            where = f"第 {row} 行（从 0 数起）的" if len(table) > 1 else ""
            text = f"{where}{CHINESE.get(name, name)}是 {value:.4g}，"
            if not abs(scaled[row, column]) <= ABSURD:
                raise ValueError(f"{text}不是测量值。请补上真实的测量值，或去掉这朵花。")
            low, high = self.minimum[column], self.minimum[column] + self.span[column]
            text += f"训练时见过的是 {low:.4g} 到 {high:.4g}。"
            problems[row] = text + self._likely_cause(table[row])
        return problems

    def _likely_cause(self, row: numpy.ndarray) -> str:
        for unit, factor in UNITS.items():
            if _in_range(self._scale(row * factor)):
                return f"单位像是{unit}：都乘以 {factor:g} 就在范围里。请换算成厘米。"
        if _in_range(row):
            return "各个数都在 0 到 1 附近，像是已经归一化过。请给原始的厘米数。"
        orders = numpy.array([*permutations(range(len(row)))])
        fitting = orders[_in_range(self._scale(row[orders]))]
        if len(fitting):
            moved = (fitting != orders[0]).sum(axis=1)
            names = numpy.array([CHINESE.get(name, name) for name in self.feature_names])
            given = "、".join(names[fitting[moved.argmin()].argsort()])
            return f"列的顺序像是“{given}”。请按“{'、'.join(names)}”的顺序给。"
        return "请核对单位（厘米）、列的顺序和这次测量；若没有错，这朵花和训练用的花很不一样。"

    def _scale(self, table: numpy.ndarray) -> numpy.ndarray:
        return (table - self.minimum) / self.span

    def _logits(self, rows: Any) -> Tensor:
        table = _as_table(rows, self.feature_names)
        scaled = self._scale(numpy.asfortranarray(table))  # column by column is twice as fast
        if not (scaled.min() >= LOWEST and scaled.max() <= HIGHEST):  # so written, NaN is outside
            lines = list(self.check_range(table).values())
            if len(lines) > SHOWN:
                lines[SHOWN:] = [f"……像这样的共 {len(lines)} 行。"]
            warnings.warn("\n".join(lines), RangeWarning, stacklevel=3)
        with torch.inference_mode():
            return self.model(torch.from_numpy(scaled.astype(numpy.float32)))

    def save(self, path: str | os.PathLike) -> Path:
        """Write everything to one file, in whole or not at all, and return its path.

        A few golden rows and their probabilities go with it: they tell at loading whether the
        network still computes the same.
        """
        corners = numpy.eye(len(self.feature_names))
        golden = self.minimum + numpy.vstack([corners, 1 - corners]) * self.span
        tensors = {
            **self.model.state_dict(),
            "scaler.minimum": torch.from_numpy(self.minimum),
            "scaler.span": torch.from_numpy(self.span),
            "golden.rows": torch.from_numpy(golden),
            "golden.probabilities": torch.from_numpy(self.predict_proba(golden)),
        }
        texts = {"features": self.feature_names, "classes": self.classes_, "card": self.card}
        metadata = {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}
        metadata |= {"format": FORMAT, "version": VERSION}
        metadata["sha256"] = _digest(tensors, metadata)
        return _write_atomically(Path(path), safetensors.torch.save(tensors, metadata))

    @classmethod
    def load(cls, path: str | os.PathLike) -> Predictor:
        """Read a file that `save` wrote; whatever is wrong with it, raise a ModelFileError."""
        tensors, metadata = _read(Path(path))
        predictor = cls.__new__(cls)
        try:
            rows, expected = tensors.pop("golden.rows"), tensors.pop("golden.probabilities")
            minimum, span = (tensors.pop(f"scaler.{name}").numpy() for name in ("minimum", "span"))
            texts = [json.loads(metadata[name]) for name in ("features", "classes", "card")]
            predictor._set(tensors, minimum, span, *texts[:2])
            predictor.card = texts[2]
            difference = numpy.abs(predictor.predict_proba(rows) - expected.numpy()).max()
            if not difference <= GOLDEN_TOLERANCE:
                raise ValueError("装得进去，但算出的概率和保存时不一样")
        except Exception as error:  # whole and of this version, and yet not what `save` writes
            reason = str(error).split("\n")[0]
            raise ModelFileError(f"{path} 不适合这一版的网络（{reason}）。{AGAIN}") from error
        return predictor


def _in_range(scaled: numpy.ndarray) -> numpy.ndarray:
    """Say of each row whether all its values are near [0, 1]; NaN is not."""
    return ((scaled >= LOWEST) & (scaled <= HIGHEST)).all(axis=-1)


def _as_table(rows: Any, feature_names: tuple[str, ...]) -> numpy.ndarray:
    """Return `rows` as float64 of shape (rows, features)."""
    table = rows
    try:
        if isinstance(rows, Tensor):
            table = rows.detach().cpu().double().numpy()
        elif hasattr(rows, "to_numpy"):  # pandas, which need not be imported for this
            table = rows[list(feature_names)].to_numpy(numpy.float64, na_value=numpy.nan)
        elif isinstance(rows, numpy.ma.MaskedArray):  # NumPy would bring back what was masked
            table = rows.astype(numpy.float64).filled(numpy.nan)
        table = numpy.atleast_2d(numpy.asarray(table, dtype=numpy.float64))
        if table.shape[1:] != (len(feature_names),) or table.size == 0:
            raise ValueError(f"形状是 {table.shape}")
    except Exception as error:  # each kind of rows has its own ways to be no table of numbers
        raise ValueError(
            f"收到的 {type(rows).__name__} 不能用（{error}）。"
            f"请给每朵花 {len(feature_names)} 个数（厘米），依次是 {'、'.join(feature_names)}，"
            "例如 [6.2, 2.2, 4.5, 1.5]；表格要有这些列名。"
        ) from None
    return table


def _digest(tensors: dict[str, Tensor], metadata: dict[str, str]) -> str:
    """Return a SHA-256 over name, dtype, shape and bytes of each tensor, and over all texts."""
    content: list = sorted(item for item in metadata.items() if item[0] != "sha256")
    for name, tensor in sorted(tensors.items()):
        data = tensor.flatten().view(torch.uint8).numpy().tobytes()
        content.append([name, str(tensor.dtype), list(tensor.shape), data.hex()])
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return tensors and texts of an undamaged file of ours; else raise ModelFileError."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        missing = "不存在" if not os.path.exists(path) else f"读不了（{error}）"
        what = "是一个文件夹，不是模型文件" if os.path.isdir(path) else missing
        raise ModelFileError(f"{path} {what}。请核对路径，相对的从 {Path.cwd()} 算起。") from error
    if not data:
        raise ModelFileError(f"{path} 是空文件，保存或下载可能中断了。请重新下载或复制。")
    try:
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        metadata = header.get("__metadata__", {})
        tensors = safetensors.torch.load(data)
        digest = _digest(tensors, metadata)
    except Exception as error:  # parsers raise a dozen types for damaged data; none may pass
        # The header of a safetensors file begins at its ninth byte.
        beginning = b"{" if data[8:9] == b"{" else data[:512].lstrip()
        what = next(text for start, text in STARTS.items() if beginning.startswith(start))
        raise ModelFileError(f"{path} {what}") from error
    if metadata.get("format") != FORMAT:
        raise ModelFileError(f"{path} 是别的程序写的 safetensors 文件，没有归一化和名字。{AGAIN}")
    if (version := metadata.get("version")) != VERSION:
        raise ModelFileError(f"{path} 的版本是 {version}，这里只能读 {VERSION}。请升级 day38。")
    if metadata.get("sha256") != digest:
        raise ModelFileError(f"{path} 和保存时不一样（SHA-256 对不上）。请重新下载或复制。")
    return tensors, metadata


def _write_atomically(path: Path, data: bytes) -> Path:
    """Give the file at `path` new bytes; whoever reads it sees the old ones or all of the new."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")  # in one folder, a rename is one step
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else the rename may reach the disk before the bytes
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path
