"""Snapshots and the validation part: what is kept of a training, and when it ends."""

import pytest
import torch
from sklearn import datasets
from torch import nn

from day38 import IrisMLP, Snapshots, Validation, load_iris, split_table, train

IRIS = load_iris()


def test_snapshots_are_copies_under_their_epochs_with_the_beginning() -> None:
    model = IrisMLP()
    first = model.hidden.weight.detach().clone()
    snapshots = Snapshots(model)
    train(model, [IRIS.train], epochs=6, record_every=4, on_record=snapshots, progress=False)
    assert list(snapshots) == [0, 4, 6] and len(snapshots) == 3
    assert torch.equal(snapshots[0].hidden.weight, first)
    assert torch.equal(snapshots[6].hidden.weight, model.hidden.weight)
    assert not torch.equal(snapshots[4].hidden.weight, snapshots[6].hidden.weight)
    assert list(Snapshots()) == []
    with pytest.raises(ValueError, match=r"第 6 轮，又收到第 1 轮.*新建一个 Snapshots"):
        train(model, [IRIS.train], epochs=6, on_record=snapshots, progress=False)


def test_validation_stops_after_its_patience_and_gives_the_best_weights_back() -> None:
    wine = split_table(datasets.load_wine(as_frame=True).frame, "target", validation_size=0.2)
    model = nn.Sequential(nn.Linear(13, 50), nn.ReLU(), nn.Linear(50, 3))
    validation, snapshots = Validation([wine.validation], patience=3), Snapshots(model)
    options = {"learning_rate": 3.0, "record_every": 5, "progress": False}
    history = train(model, [wine.train], epochs=3_000, on_record=[snapshots, validation], **options)
    assert history.epochs == validation.epochs and history.epochs[-1] < 3_000
    best = len(validation.epochs) - 4
    assert validation.epochs[best] == validation.best_epoch
    assert validation.losses[best] == min(validation.losses)
    assert all(0 <= share <= 1 for share in validation.accuracies)
    validation.restore(model)
    kept = snapshots[validation.best_epoch]
    assert all(map(torch.equal, model.parameters(), kept.parameters()))


def test_nothing_to_restore_and_two_trainings_in_one_are_refused() -> None:
    validation, model = Validation([IRIS.test]), IrisMLP()
    with pytest.raises(ValueError, match="还没有记录"):
        validation.restore(model)
    train(model, [IRIS.train], epochs=3, on_record=validation, progress=False)
    with pytest.raises(ValueError, match="新建一个 Validation"):
        train(model, [IRIS.train], epochs=3, on_record=validation, progress=False)


def test_a_compiled_model_is_judged_and_gets_its_weights_back() -> None:
    validation, model = Validation([IRIS.test]), IrisMLP()
    before = model.hidden.weight.detach().clone()
    validation(1, torch.compile(model, backend="eager"))
    model.hidden.weight.data.zero_()
    validation.restore(model)
    assert torch.equal(model.hidden.weight, before)


def test_rows_that_can_be_gone_through_only_once_are_refused() -> None:
    with pytest.raises(TypeError, match="只能遍历一次"):
        Validation(iter([IRIS.test]))
