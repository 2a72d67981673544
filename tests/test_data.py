"""Iris as the lesson uses it."""

import numpy
import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split

from day38 import load_iris


def test_the_split_and_the_scaling_are_scikit_learns() -> None:
    flowers = datasets.load_iris()
    split = train_test_split(flowers.data, flowers.target, test_size=0.2, random_state=42)
    iris = load_iris()
    for (inputs, targets), rows, labels in zip(
        (iris.train, iris.test), split[:2], split[2:], strict=True
    ):
        assert inputs.dtype == torch.float32 and targets.dtype == torch.int64
        assert numpy.allclose(iris.scaler.inverse_transform(inputs.numpy()), rows, atol=1e-5)
        assert targets.tolist() == labels.tolist()
    assert iris.train[0].shape == (120, 4) and iris.test[0].shape == (30, 4)
    assert iris.class_names == ("setosa", "versicolor", "virginica")
    assert all(name.endswith("(cm)") for name in iris.feature_names)


def test_the_scaler_has_seen_the_training_rows_only() -> None:
    iris = load_iris()
    assert torch.allclose(iris.train[0].amin(dim=0), torch.zeros(4), atol=1e-6)
    assert torch.allclose(iris.train[0].amax(dim=0), torch.ones(4), atol=1e-6)
    assert iris.test[0].max() > 1


def test_a_seed_is_a_split() -> None:
    assert torch.equal(load_iris(3).train[0], load_iris(3).train[0])
    assert not torch.equal(load_iris(3).train[1], load_iris(4).train[1])


def test_it_moves_as_a_whole() -> None:
    moved = load_iris().to("meta")
    assert {tensor.device.type for pair in (moved.train, moved.test) for tensor in pair} == {"meta"}
