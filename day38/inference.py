"""A trained model put to use: raw centimetres in, names and probabilities out.

Taught in notebook 3, sections "推理三步" and "保存、加载、使用".
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
import torch

from day38.batches import device_of
from day38.data import IrisData
from day38.files import write_atomically
from day38.model import IrisMLP
from day38.model_file import ModelFileError, read_model_file, write_model_file
from day38.rows import RangeWarning, as_table, in_few_lines, in_range, range_problems, typical_rows

GOLDEN_TOLERANCE = 1e-4  # of a probability, from one processor to another


class Predictor:
    """A model together with all that its use needs: scaling, names, and where it comes from.

    Parameters
    ----------
    model : IrisMLP
        Trained on scaled inputs. The predictor keeps a copy on the CPU, in eval mode.
    data : IrisData
        What `model` was trained on: scaling and names come from it, and the test rows are counted.
    notes : mapping of str to str, int or float, optional
        What else the model card should say, for example ``{"seed": 42, "epochs": 20_000}``.

    Attributes
    ----------
    feature_names, classes_ : tuple of str
        The columns of a row, in order; the class names, in the order of the probabilities.
    card : dict
        The model card: data, split, accuracy with its 95% interval, versions, date, notes.

    Raises
    ------
    TypeError, ValueError
        If `model` is not an `IrisMLP`, its weights are not finite, its sizes do not fit the
        names, or a note is neither text nor number.
    """

    def __init__(
        self,
        model: IrisMLP,
        data: IrisData,
        notes: Mapping[str, str | int | float] | None = None,
    ) -> None:
        if not isinstance(model, IrisMLP):
            raise TypeError(
                f"Predictor 要的是训练好的 IrisMLP 模型，收到的是 {type(model).__name__}。"
                "请传入模型对象；文件请用 Predictor.load(路径) 打开。"
            )
        device_of(model)  # raises for a model that is in pieces or holds no numbers
        if not isinstance(data, IrisData):
            raise TypeError(f"data 应是 IrisData，请用 load_iris()；收到 {type(data).__name__}。")
        self._set(
            model.state_dict(),
            data.scaler.data_min_.astype(numpy.float64),
            # As in scikit-learn, a feature that never changes is not divided by zero.
            numpy.where(data.scaler.data_range_ == 0, 1.0, data.scaler.data_range_),
            data.feature_names,
            data.class_names,
        )
        from day38.model_card import make_card  # what only reads a model file needs none of it

        self.card = make_card(self._model, data, notes)

    def _set(
        self,
        weights: Mapping[str, torch.Tensor],
        minimum: numpy.ndarray,
        span: numpy.ndarray,
        feature_names: Sequence[str],
        class_names: Sequence[str],
    ) -> None:
        (hidden, inputs), classes = weights["hidden.weight"].shape, len(weights["output.bias"])
        if (inputs, classes) != (len(feature_names), len(class_names)):
            raise ValueError(
                f"模型有 {inputs} 个输入、{classes} 个输出，名字却有 {len(feature_names)} 个"
                f"特征、{len(class_names)} 个类别。请用训练这个模型时的数据来建立 Predictor。"
            )
        with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay as they are
            self._model = IrisMLP(inputs, hidden, classes)
        self._model.load_state_dict(weights)
        self._model.eval()
        if not all(torch.isfinite(parameter).all() for parameter in self._model.parameters()):
            raise ValueError("模型的权重里有 NaN 或无穷大，多半是训练时发散了。请重新训练。")
        self._minimum, self._span = minimum, span
        self._column_of_minimum, self._column_of_factors = minimum[:, None], 1 / span[:, None]
        self._names = numpy.array(class_names, dtype=object)
        self.feature_names, self.classes_ = tuple(feature_names), tuple(class_names)

    def predict(self, rows: Any) -> list[str]:
        """Return the most probable class name of each row.

        Parameters
        ----------
        rows : list, tuple, NumPy array, PyTorch tensor, pandas DataFrame or Series
            Raw centimetres, shape (rows, features), columns in the order of `feature_names`
            (pandas columns are found by name); one flower may be flat.

        Returns
        -------
        list of str
            One name a row.

        Raises
        ------
        ValueError
            If the rows are empty, of the wrong width, or hold text, NaN or infinities.

        Warns
        -----
        RangeWarning
            If a value is far outside what the model was trained on.
        """
        return self._names.take(self._logits(rows).numpy().argmax(axis=1), mode="clip").tolist()

    def predict_proba(self, rows: Any) -> numpy.ndarray:
        """Return the probability of each class, float32 of shape (rows, classes).

        Takes, raises and warns what `predict` does.
        """
        return torch.softmax(self._logits(rows), dim=1).numpy()

    def predict_labelled(self, rows: Any) -> list[dict[str, str | float]]:
        """Return ``{"label": name, "probability": its probability}`` for each row.

        Takes, raises and warns what `predict` does.
        """
        probabilities = torch.softmax(self._logits(rows), dim=1)
        best, indices = probabilities.max(dim=1)
        return [
            {"label": self.classes_[index], "probability": probability}
            for index, probability in zip(indices.tolist(), best.tolist(), strict=True)
        ]

    def check_range(self, rows: Any) -> dict[int, str]:
        """Say which rows leave the trained range, what is odd about each, and the likely cause.

        Takes and raises what `predict` does.

        Returns
        -------
        dict of int to str
            Row number to message; empty if all is well.
        """
        table = as_table(rows, self.feature_names)
        return range_problems(table, self._minimum, self._span, self.feature_names)

    def _logits(self, rows: Any) -> torch.Tensor:
        table = as_table(rows, self.feature_names)
        # Features in rows: NumPy then works along thousands of values instead of four at a time.
        scaled = numpy.array(table.T, order="C")
        scaled -= self._column_of_minimum
        scaled *= self._column_of_factors
        if not in_range(scaled):
            self._complain(table)
        with torch.inference_mode():
            return self._model(torch.from_numpy(scaled.astype(numpy.float32).T))

    def _complain(self, table: numpy.ndarray) -> None:
        problems = range_problems(table, self._minimum, self._span, self.feature_names)
        warnings.warn(in_few_lines(problems), RangeWarning, stacklevel=4)

    def __repr__(self) -> str:
        features, classes = len(self.feature_names), "、".join(self.classes_)
        return f"<Predictor：{features} 个特征 → {classes}；测试集 {self.card.get('accuracy')}>"

    def save(self, path: str | os.PathLike) -> Path:
        """Write everything to one file, in whole or not at all, and return its path.

        Raises
        ------
        OSError
            If the folder is missing or cannot be written; an older file stays as it was.
        """
        golden = typical_rows(self._minimum, self._span)
        answers = torch.from_numpy(self.predict_proba(golden))
        checks = {"golden_rows": torch.from_numpy(golden), "golden_probabilities": answers}
        return write_model_file(path, {**self._content(), **checks})

    def to_html(self, path: str | os.PathLike) -> Path:
        """Write one web page that predicts in the browser, without any network.

        Returns and raises what `save` does.
        """
        from day38.html_page import make_page

        return write_atomically(path, make_page(self._content()).encode())

    def _content(self) -> dict[str, Any]:
        return {
            "weights": dict(self._model.state_dict()),
            "minimum": torch.from_numpy(self._minimum),
            "span": torch.from_numpy(self._span),
            "feature_names": list(self.feature_names),
            "class_names": list(self.classes_),
            "card": dict(self.card),
        }

    @classmethod
    def load(cls, path: str | os.PathLike) -> Predictor:
        """Read a file that `save` wrote, on any machine, running no code from it.

        Raises
        ------
        ModelFileError
            If the file is missing, is something else, was changed, or no longer computes what
            it did when it was saved; the message says what to do. Nothing else is raised.
        """
        content = read_model_file(path)
        try:
            predictor = cls._from_content(content)
            answers = predictor.predict_proba(content["golden_rows"])
            expected = content["golden_probabilities"].numpy()
            same = numpy.allclose(answers, expected, rtol=0, atol=GOLDEN_TOLERANCE)
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = str(error).split("\n")[0]
            raise ModelFileError(
                f"{path} 里的内容和这一版 day38 的网络对不上（{reason}）。"
                "请用保存它的那个版本，或者重新训练、重新保存。"
            ) from error
        if not same:
            raise ModelFileError(
                f"{path} 里存着几朵花当时的概率，现在算出来的不一样：权重能装进去，"
                "但网络的计算方式变了。请用保存它的那个版本，或者重新训练、重新保存。"
            )
        return predictor

    @classmethod
    def _from_content(cls, content: dict[str, Any]) -> Predictor:
        predictor = cls.__new__(cls)
        minimum, span = content["minimum"].numpy(), content["span"].numpy()
        names = content["feature_names"], content["class_names"]
        predictor._set(content["weights"], minimum, span, *names)
        predictor.card = dict(content["card"])
        return predictor
