"""The Iris data: the lesson's split, the scaling, the move to a device."""

from typing import Any

import numpy
import pytest
import torch
from sklearn import datasets

from day38 import IrisData, load_iris
from tests.helpers import chinese_error


def test_shapes_and_types(iris: IrisData) -> None:
    for (inputs, targets), rows in ((iris.train, 120), (iris.test, 30)):
        assert inputs.shape == (rows, 4)
        assert targets.shape == (rows,)
        assert inputs.dtype == torch.float32
        assert targets.dtype == torch.int64
        assert inputs.device.type == "cpu"
    assert iris.class_names == ("setosa", "versicolor", "virginica")
    assert len(iris.feature_names) == 4
    assert all(name.endswith("(cm)") for name in iris.feature_names)


def test_the_scaler_has_seen_the_training_rows_only(iris: IrisData) -> None:
    inputs, _ = iris.train
    torch.testing.assert_close(inputs.amin(dim=0), torch.zeros(4))
    torch.testing.assert_close(inputs.amax(dim=0), torch.ones(4))
    assert iris.scaler.n_samples_seen_ == 120


def test_the_split_is_the_lessons(iris: IrisData) -> None:
    # The flower that every network of the lesson gets wrong is row 8 of the test set.
    row = iris.scaler.inverse_transform(iris.test[0][8:9].numpy())
    numpy.testing.assert_allclose(row, [[6.2, 2.2, 4.5, 1.5]], atol=1e-5)
    assert torch.bincount(iris.test[1]).tolist() == [10, 9, 11]  # unstratified


def test_every_flower_is_in_one_part_with_its_own_name(iris: IrisData) -> None:
    flowers = datasets.load_iris()
    expected = numpy.column_stack([iris.scaler.transform(flowers.data), flowers.target])
    inputs, targets = (torch.cat(parts) for parts in zip(iris.train, iris.test, strict=True))
    found = numpy.column_stack([inputs.numpy(), targets.numpy()])

    def ordered(rows: numpy.ndarray) -> numpy.ndarray:
        return rows[numpy.lexsort(rows.round(4).T)]

    numpy.testing.assert_allclose(ordered(found), ordered(expected), atol=1e-6)


def test_the_seed_decides_the_split(iris: IrisData) -> None:
    assert torch.equal(load_iris(seed=42).train[0], iris.train[0])
    assert not torch.equal(load_iris(seed=2**32 - 1).train[1], iris.train[1])


def test_loading_leaves_random_numbers_alone() -> None:
    before, torch_before = numpy.random.get_state()[1].tolist(), torch.get_rng_state()
    load_iris()
    assert numpy.random.get_state()[1].tolist() == before
    assert torch.equal(torch.get_rng_state(), torch_before)


def test_to_moves_every_tensor_and_leaves_the_original(iris: IrisData) -> None:
    moved = iris.to("meta")
    assert {tensor.device.type for tensor in (*moved.train, *moved.test)} == {"meta"}
    assert {tensor.device.type for tensor in (*iris.train, *iris.test)} == {"cpu"}
    assert moved.scaler is iris.scaler
    assert moved.class_names == iris.class_names


@pytest.mark.parametrize(
    ("seed", "kind"),
    [(-1, ValueError), (2**32, ValueError), (True, TypeError), ("42", TypeError), (1.5, TypeError)],
)
def test_a_bad_seed_is_refused(seed: Any, kind: type[Exception]) -> None:
    with chinese_error(kind, "seed", str(seed)):
        load_iris(seed)


@pytest.mark.parametrize("device", ["gpu", "cpu:x"])
def test_a_device_that_is_not_here_is_refused(iris: IrisData, device: Any) -> None:
    with chinese_error(ValueError, repr(device), "pick_device()"):
        iris.to(device)
