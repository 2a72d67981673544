"""The Iris data of the lesson, split and scaled, as tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from sklearn.preprocessing import MinMaxScaler


@dataclass(frozen=True)
class IrisData:
    """Iris, ready for training.

    Attributes
    ----------
    train, test : tuple of (Tensor, Tensor)
        Scaled inputs, float32 of shape (rows, 4), and targets, int64 of shape (rows,).
    scaler : MinMaxScaler
        Fitted on the training rows only; turns centimetres into the model's scale.
    feature_names : tuple of str
        The four columns, with their unit.
    class_names : tuple of str
        The species; a target is an index into it.
    """

    train: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]
    scaler: MinMaxScaler
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]

    def to(self, device: torch.device | str) -> IrisData:
        """Return the same data with its tensors on `device`."""
        (inputs, targets), (test_inputs, test_targets) = self.train, self.test
        return replace(
            self,
            train=(inputs.to(device), targets.to(device)),
            test=(test_inputs.to(device), test_targets.to(device)),
        )


def load_iris(seed: int = 42) -> IrisData:
    """Load Iris from scikit-learn (no download), split it and scale it, on the CPU.

    The split is scikit-learn's ``train_test_split(test_size=0.2, random_state=seed)``,
    unstratified: 120 rows to train, 30 to test.
    """
    from sklearn import datasets  # here, so that `import day38` costs no scikit-learn
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import MinMaxScaler

    flowers = datasets.load_iris()
    train_rows, test_rows, train_targets, test_targets = train_test_split(
        flowers.data, flowers.target, test_size=0.2, random_state=seed
    )
    scaler = MinMaxScaler().fit(train_rows)

    def tensors(rows, targets) -> tuple[Tensor, Tensor]:
        inputs = torch.tensor(scaler.transform(rows), dtype=torch.float32)
        return inputs, torch.tensor(targets, dtype=torch.int64)

    return IrisData(
        train=tensors(train_rows, train_targets),
        test=tensors(test_rows, test_targets),
        scaler=scaler,
        feature_names=tuple(flowers.feature_names),
        class_names=tuple(str(name) for name in flowers.target_names),
    )
