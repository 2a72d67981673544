"""A trained model put to use: raw centimetres in, names and probabilities out.

Taught in notebook 3, sections "推理三步" and "保存、加载、使用".
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

import numpy
import torch
from numpy.typing import ArrayLike

from day38.model import IrisMLP

if TYPE_CHECKING:
    from day38.data import IrisData

FORMAT = "day38-iris-mlp"
VERSION = 1


class ModelFileError(Exception):
    """A model file that cannot be used; the message says what is wrong and what to do."""


class Predictor:
    """A model together with all that its use needs: scaling, feature and class names.

    Parameters
    ----------
    model : IrisMLP
        Trained on scaled inputs. The predictor keeps a copy on the CPU, in eval mode.
    data : IrisData
        Where the scaling and the names come from.

    Attributes
    ----------
    feature_names, classes_ : tuple of str
        The columns of a row, in order; the class names, in the order of the probabilities.

    Raises
    ------
    TypeError, ValueError
        If `model` is not an `IrisMLP` or its sizes do not fit the names.
    """

    def __init__(self, model: IrisMLP, data: IrisData) -> None:
        self._set(
            model,
            minimum=torch.from_numpy(data.scaler.data_min_.copy()),
            span=torch.from_numpy(data.scaler.data_range_.copy()),
            feature_names=data.feature_names,
            class_names=data.class_names,
        )

    def _set(
        self,
        model: IrisMLP,
        minimum: torch.Tensor,
        span: torch.Tensor,
        feature_names: Sequence[str],
        class_names: Sequence[str],
    ) -> None:
        if not isinstance(model, IrisMLP):
            raise TypeError(f"Predictor 要的是 IrisMLP 模型，收到的是 {type(model).__name__}。")
        sizes = (model.hidden.in_features, model.output.out_features)
        if sizes != (len(feature_names), len(class_names)):
            raise ValueError(
                f"模型有 {sizes[0]} 个输入、{sizes[1]} 个输出，名字却有 {len(feature_names)} 个"
                f"特征、{len(class_names)} 个类别。请用训练这个模型时的数据来建立 Predictor。"
            )
        self._model = IrisMLP(sizes[0], model.hidden.out_features, sizes[1])
        self._model.load_state_dict(model.state_dict())
        self._model.eval()
        self._minimum, self._span = minimum, span
        self.feature_names, self.classes_ = tuple(feature_names), tuple(class_names)

    def predict_proba(self, rows: ArrayLike) -> numpy.ndarray:
        """Return the probability of each class, float32 of shape (rows, classes).

        Parameters
        ----------
        rows : array-like of shape (rows, features) or (features,)
            Raw centimetres, columns in the order of `feature_names`; one flower may be flat.

        Raises
        ------
        ValueError
            If the rows are empty, not numbers, of the wrong width, NaN or infinite.
        """
        flowers = self._checked(rows)
        scaled = (torch.from_numpy(flowers) - self._minimum) / self._span
        with torch.no_grad():
            logits = self._model(scaled.to(torch.float32))
        return torch.softmax(logits, dim=1).numpy()

    def predict(self, rows: ArrayLike) -> list[str]:
        """Return the most probable class name of each row; see `predict_proba` for `rows`."""
        return [self.classes_[index] for index in self.predict_proba(rows).argmax(axis=1)]

    def _checked(self, rows: ArrayLike) -> numpy.ndarray:
        wanted = (
            f"请给每朵花 {len(self.feature_names)} 个数（厘米），依次是 "
            f"{'、'.join(self.feature_names)}，例如 [6.2, 2.2, 4.5, 1.5]。"
        )
        try:
            flowers = numpy.array(rows, dtype=numpy.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"这些数据不能整理成一张数字表：{rows!r}。{wanted}") from error
        if flowers.size == 0:
            raise ValueError(f"没有收到任何数据（形状 {flowers.shape}）。{wanted}")
        if flowers.ndim == 1:
            flowers = flowers[None, :]
        if flowers.ndim != 2 or flowers.shape[1] != len(self.feature_names):
            raise ValueError(f"数据的形状不对：收到 {numpy.shape(rows)}。{wanted}")
        if not numpy.isfinite(flowers).all():
            row, column = numpy.argwhere(~numpy.isfinite(flowers))[0]
            raise ValueError(
                f"第 {row} 行（从 0 数起）的 {self.feature_names[column]} 是 "
                f"{flowers[row, column]}，不是有限的数。请补上真实的测量值，或去掉这一行。"
            )
        return flowers

    def save(self, path: str | os.PathLike) -> Path:
        """Write everything to one file, in whole or not at all, and return its path.

        Raises
        ------
        OSError
            If the folder does not exist or cannot be written; an older file stays as it was.
        """
        path = Path(path)
        content = {
            "format": FORMAT,
            "version": VERSION,
            "weights": self._model.state_dict(),
            "minimum": self._minimum,
            "span": self._span,
            "feature_names": list(self.feature_names),
            "class_names": list(self.classes_),
        }
        # Written beside the target and renamed, so that a failure never leaves half a file.
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            try:
                torch.save(content, temporary)
            except BaseException:
                temporary.close()
                os.unlink(temporary.name)
                raise
        os.replace(temporary.name, path)
        return path

    @classmethod
    def load(cls, path: str | os.PathLike) -> Predictor:
        """Read a file that `save` wrote, on any machine, running no code from it.

        Raises
        ------
        ModelFileError
            If the file is missing or is not such a file.
        """
        path = Path(path)
        again = "请用 Predictor(...).save(路径) 重新保存，再加载新的文件。"
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except OSError as error:
            raise ModelFileError(f"读不了文件 {path}：{error}。请核对路径。") from error
        except (EOFError, RuntimeError, UnpicklingError, ValueError, KeyError) as error:
            raise ModelFileError(f"{path} 不是能安全加载的模型文件：{error}。{again}") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ModelFileError(f"{path} 不是 Predictor 保存的文件。{again}")
        if content["version"] != VERSION:
            raise ModelFileError(
                f"{path} 的格式版本是 {content['version']}，这里能读的是 {VERSION}。"
                "请升级 day38，或者重新保存。"
            )
        weights = content["weights"]
        hidden, inputs = weights["hidden.weight"].shape
        model = IrisMLP(inputs, hidden, len(content["class_names"]))
        model.load_state_dict(weights)
        predictor = cls.__new__(cls)
        names = content["feature_names"], content["class_names"]
        predictor._set(model, content["minimum"], content["span"], *names)
        return predictor
