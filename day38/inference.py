"""A trained model put to use: measured rows in, names and probabilities out, kept in one file."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor, nn

from day38.data import Scaling, TabularData
from day38.evaluation import evaluate
from day38.layers import build, check_sizes, describe, layers_of
from day38.model import modes_kept
from day38.modelfile import AGAIN, ModelFileError, read_model_file, write_model_file
from day38.oddities import TrainedRange, place_of
from day38.table import unmasked

SHOWN = 3  # rows that one warning spells out
GOLDEN_TOLERANCE = 1e-4  # of a probability, from one processor to another


class RangeWarning(UserWarning):
    """A value far outside what the model was trained on; the answer is then worth little."""


class Predictor:
    """A trained network with all that its use needs: scaling, names, and where it comes from.

    Parameters
    ----------
    model : nn.Module
        Trained on scaled inputs, of any kind that `layers_of` knows. The predictor keeps a copy of
        its layers on the CPU, in eval mode, that has been compared with the model's own answers.
    data : TabularData
        What `model` was trained on: gives scaling and names, and test rows for the accuracy.
    notes : mapping, optional
        What else the model card should say, for example ``{"seed": 42, "epochs": 20_000}``.

    Attributes
    ----------
    model, scaling, range, feature_names, classes_, chinese, card
        The layers; what scales rows and what it says of odd ones; names, in order; their Chinese
        ones; the model card, a dict.
    """

    def __init__(self, model: nn.Module, data: TabularData, notes: Mapping | None = None) -> None:
        chain = layers_of(model, data.train[0])
        self._set(chain, data.scaling, data.feature_names, data.class_names, data.chinese)
        inputs = torch.from_numpy(data.scaling.scale(self._corners())).to(next(model.parameters()))
        with modes_kept(model), torch.no_grad():
            model.eval()
            self._golden = torch.softmax(model(inputs), dim=1).cpu()
        inputs, targets = data.test
        result = evaluate(chain, [(inputs.to(next(chain.parameters())), targets)])
        self.card = {
            "title": data.title,
            "train_rows": len(data.train[0]),
            "validation_rows": len(data.validation[0]),
            "test_rows": len(data.test[0]),
            "classes": len(data.class_names),
            "split_seed": data.seed,
            "accuracy": f"{result.correct}/{result.total}",
            "interval": list(result.interval()),  # 95%
            "torch": str(torch.__version__),
            "date": date.today().isoformat(),
            **(notes or {}),
        }

    def _set(
        self,
        chain: nn.Sequential,
        scaling: Scaling,
        feature_names: Sequence[str],
        class_names: Sequence[str],
        chinese: Mapping[str, str],
    ) -> None:
        check_sizes(chain, len(feature_names), len(class_names))
        self.model, self.scaling, self.chinese = chain, scaling, dict(chinese)
        self.feature_names, self.classes_ = tuple(feature_names), tuple(class_names)
        self.range = TrainedRange(scaling, self.feature_names, self.chinese)
        # Asked once, and of NumPy, which casts few rows sooner than PyTorch does.
        self._dtype = next(chain.parameters()).detach().numpy().dtype

    def __repr__(self) -> str:
        return f"<Predictor：{'、'.join(self.classes_)}；测试集 {self.card.get('accuracy')}>"

    def predict(self, rows: Any) -> list[str]:
        """Return the most probable class name of each row.

        Parameters
        ----------
        rows : list, NumPy array, PyTorch tensor, pandas DataFrame or Series
            As measured, shape (rows, features), in the order of `feature_names`; in pandas the
            columns are found by name. A single row may be flat.

        Raises
        ------
        ValueError
            If rows are empty, of the wrong width, or hold what is no measurement, such as NaN.
            Values far outside the trained range only give a `RangeWarning`.
        """
        names = numpy.array(self.classes_, dtype=object)
        return names[self._logits(rows).numpy().argmax(axis=1)].tolist()

    def predict_proba(self, rows: Any) -> numpy.ndarray:
        """Return the probability of each class, of shape (rows, classes); see `predict`."""
        return torch.softmax(self._logits(rows), dim=1).numpy()

    def check_range(self, rows: Any) -> dict[int, str]:
        """Say of each row that leaves the trained range what is odd and why that may be.

        Takes and raises what `predict` does. Returns a message for each such row, by its number.
        """
        table = self._as_table(rows)
        return {row: self.range.problem(table[row]) for row in self.range.odd_rows(table)}

    def _logits(self, rows: Any) -> Tensor:
        table = self._as_table(rows)
        if odd := self.range.odd_rows(table):
            lines = [place_of(row, table) + self.range.problem(table[row]) for row in odd[:SHOWN]]
            if len(odd) > SHOWN:
                lines.append(f"……像这样的共 {len(odd)} 行。")
            warnings.warn("\n".join(lines), RangeWarning, stacklevel=3)
        scaled = self.scaling.scale(table).astype(self._dtype)
        with torch.inference_mode():
            return self.model(torch.from_numpy(scaled))

    def _corners(self) -> numpy.ndarray:
        """Return golden rows: each column at one end of its range, all others at the other."""
        corners = numpy.eye(len(self.feature_names))
        return self.scaling.minimum + numpy.vstack([corners, 1 - corners]) * self.range.width

    def _as_table(self, rows: Any) -> numpy.ndarray:
        """Return `rows` as float64 of shape (rows, features), column after column in memory."""
        names, table = self.feature_names, rows
        try:
            if isinstance(rows, Tensor):
                known = rows.double() if rows.dtype == torch.bfloat16 else rows  # NumPy has none
                table = known.numpy(force=True)
            elif hasattr(rows, "to_numpy"):  # pandas, which need not be imported for this
                known = rows.set_axis([*map(str, rows.axes[-1])], axis=rows.ndim - 1)
                table = known[list(names)].to_numpy(numpy.float64, na_value=numpy.nan)
            # Column after column in memory: all that follows is twice as fast so.
            table = numpy.array(unmasked(table), dtype=numpy.float64, order="F", ndmin=2)
            if table.shape[1:] != (len(names),) or table.size == 0:
                raise ValueError(f"形状是 {table.shape}")
        except Exception as error:  # each kind of rows has its own ways to be no table of numbers
            raise ValueError(
                f"收到的 {type(rows).__name__} 不能用（{error}）。"
                f"请给每一行 {len(names)} 个数，依次是 {'、'.join(names)}；表格要有这些列名。"
            ) from None
        return table

    def save(self, path: str | os.PathLike) -> Path:
        """Write everything to one file, in whole or not at all, and return its path.

        A few golden rows and their probabilities go with it: they tell at loading whether the
        network still computes the same.
        """
        numbers = {f"scaling.{name}": array for name, array in self.scaling._asdict().items()}
        tensors = {name: torch.from_numpy(array) for name, array in numbers.items()}
        tensors |= {f"layers.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors["golden"] = self._golden
        texts = {
            "layers": describe(self.model),
            "features": self.feature_names,
            "classes": self.classes_,
            "chinese": self.chinese,
            "card": self.card,
        }
        return write_model_file(Path(path), tensors, texts)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Predictor:
        """Read a file that `save` wrote; whatever is wrong with it, raise a ModelFileError."""
        tensors, texts = read_model_file(Path(path))
        predictor = cls.__new__(cls)
        try:
            chain = build(texts["layers"], tensors)
            scaling = Scaling(*(tensors[f"scaling.{name}"].numpy() for name in Scaling._fields))
            predictor._set(chain, scaling, texts["features"], texts["classes"], texts["chinese"])
            predictor.card, predictor._golden = texts["card"], tensors["golden"]
            answers = predictor.predict_proba(predictor._corners())
            if not numpy.abs(answers - predictor._golden.numpy()).max() <= GOLDEN_TOLERANCE:
                raise ValueError("装得进去，但算出的概率和保存时不一样")
        except Exception as error:  # whole and of this version, and yet not what `save` writes
            reason = str(error).split("\n")[0]
            raise ModelFileError(f"{path} 不适合这一版的网络（{reason}）。{AGAIN}") from error
        return predictor
