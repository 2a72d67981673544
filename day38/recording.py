"""What to keep of a training while it runs: copies of the model, and how well it does elsewhere."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor, nn

from day38.evaluation import evaluate
from day38.model import not_compiled
from day38.training import Batches, History, count_batches


class Snapshots(Mapping[int, nn.Module]):
    """Copies of a model under their epochs, on the CPU; give it to `train` as ``on_record``.

    Parameters
    ----------
    model : nn.Module, optional
        Kept as epoch 0: the model before its training.
    """

    def __init__(self, model: nn.Module | None = None) -> None:
        self._models: dict[int, nn.Module] = {}
        if model is not None:
            self(0, model)

    def __call__(self, epoch: int, model: nn.Module, history: History | None = None) -> None:
        """Keep a copy; `train` calls this at every record."""
        _check_goes_on("Snapshots", list(self._models), epoch)
        self._models[epoch] = copy.deepcopy(not_compiled(model)).cpu()

    def __getitem__(self, epoch: int) -> nn.Module:
        return self._models[epoch]

    def __iter__(self) -> Iterator[int]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)


class Validation:
    """Judges a model on rows that it is not trained on; give it to `train` as ``on_record``.

    Parameters
    ----------
    batches : re-iterable of (inputs, targets)
        The validation part, such as ``[data.validation]``; never the test part, which is there to
        be used once, in the end.
    patience : int, optional
        After so many records without a lower loss the training ends.

    Attributes
    ----------
    epochs, losses, accuracies : list
        One entry a record: the epoch, mean cross-entropy, and share of right answers.
    best_epoch : int or None
        The epoch of the lowest loss.

    Raises
    ------
    TypeError, ValueError
        If `batches` can be gone through only once, is a single batch, or is empty.
    """

    def __init__(self, batches: Batches, patience: int | None = None) -> None:
        count_batches(batches)
        self.batches, self.patience = batches, patience
        self.epochs: list[int] = []
        self.losses: list[float] = []
        self.accuracies: list[float] = []
        self.best_epoch: int | None = None
        self._best: dict[str, Tensor] = {}

    def __call__(self, epoch: int, model: nn.Module, history: History | None = None) -> bool:
        """Judge the model and tell whether it is time to stop; `train` calls this."""
        _check_goes_on("Validation", self.epochs, epoch)
        result = evaluate(model, self.batches)
        if result.loss < min(self.losses, default=math.inf):
            self.best_epoch, self._best = epoch, copy.deepcopy(not_compiled(model).state_dict())
        self.epochs.append(epoch)
        self.losses.append(result.loss)
        self.accuracies.append(result.accuracy)
        since_best = len(self.losses) - 1 - self.losses.index(min(self.losses))
        return self.patience is not None and since_best >= self.patience

    def restore(self, model: nn.Module) -> None:
        """Give `model` the weights of the best epoch back."""
        if self.best_epoch is None:
            raise ValueError(
                "还没有记录，没有可以恢复的权重。请先 train(…, on_record=validation)。"
            )
        not_compiled(model).load_state_dict(self._best)


def _check_goes_on(name: str, epochs: Sequence[int], epoch: int) -> None:
    """Refuse to mix two trainings: the second would overwrite the records of the first."""
    if epochs and epoch <= epochs[-1]:
        raise ValueError(
            f"{name} 里已经有第 {epochs[-1]:,} 轮，又收到第 {epoch:,} 轮：这是另一次训练。"
            f"请为它新建一个 {name}。"
        )
