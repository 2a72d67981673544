"""Any table and Iris: the split, the scaling, the names and the axes."""

import numpy
import pytest
import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, Normalizer, QuantileTransformer, StandardScaler

from day38 import load_iris, split_table

WINE = datasets.load_wine(as_frame=True).frame


def test_the_split_and_the_scaling_by_training_rows_only_are_scikit_learns() -> None:
    flowers = datasets.load_iris()
    split = train_test_split(flowers.data, flowers.target, test_size=0.2, random_state=42)
    iris = load_iris()
    scaler = MinMaxScaler().fit(split[0])
    for place, (inputs, targets) in enumerate((iris.train, iris.test)):
        assert inputs.dtype == torch.float32 and targets.dtype == torch.int64
        scaled = scaler.transform(split[place])
        assert torch.equal(inputs, torch.tensor(scaled, dtype=torch.float32))
        assert targets.tolist() == split[2 + place].tolist()
    assert iris.train[0].shape == (120, 4) and iris.test[0].shape == (30, 4)
    assert iris.class_names == ("setosa", "versicolor", "virginica")
    assert all(name.endswith("(cm)") for name in iris.feature_names)


def test_a_seed_is_a_split() -> None:
    assert torch.equal(load_iris(3).train[0], load_iris(3).train[0])
    assert not torch.equal(load_iris(3).train[1], load_iris(4).train[1])


def test_it_moves_as_a_whole() -> None:
    moved = load_iris().to("meta")
    assert {tensor.device.type for pair in (moved.train, moved.test) for tensor in pair} == {"meta"}


def test_a_table_with_chinese_names_and_text_labels() -> None:
    columns = dict(zip(WINE.columns[:2], ["酒精（%）", "苹果酸"], strict=True))
    frame = WINE.rename(columns=columns).replace({"target": {0: "甲", 1: "乙", 2: "丙"}})
    data = split_table(frame, "target", title="葡萄酒", validation_size=0.2)
    assert data.feature_names[:2] == ("酒精（%）", "苹果酸") and len(data.feature_names) == 13
    assert data.class_names == ("丙", "乙", "甲")  # as texts are sorted
    assert repr(data).endswith("13 个特征，3 个类别，训练 / 验证 / 测试 106 / 36 / 36 行>")
    plain = split_table(WINE.drop(columns="target").to_numpy(), WINE["target"].to_numpy())
    assert plain.class_names == ("0", "1", "2") and plain.feature_names[12] == "x13"
    assert torch.equal(plain.test[1], 2 - data.test[1])  # with or without a validation part


@pytest.mark.parametrize(
    "shares", [(0.8, 0.2), (0.3, 0.7), (30, 0.2), (-0.1, 0.2), (0, 0), (0, 1.0)]
)
def test_shares_of_the_rows_that_leave_none_are_refused(shares: tuple) -> None:
    with pytest.raises(ValueError, match="占全部行的份额"):
        split_table(
            numpy.eye(2).repeat(50, axis=0),
            [0, 1] * 50,
            validation_size=shares[0],
            test_size=shares[1],
        )


def test_the_axes_are_those_asked_for_or_those_that_tell_most() -> None:
    flowers = datasets.load_iris(as_frame=True).frame
    assert split_table(flowers, "target").axes == load_iris().axes == (2, 3)
    assert split_table(flowers, "target", axes=("petal width (cm)", 0)).axes == (3, 0)
    for wrong in (("petal width (cm)", 3), ("width", 0), (0,)):
        with pytest.raises(ValueError, match="axes 收到"):
            split_table(flowers, "target", axes=wrong)


UNSCALED = StandardScaler(with_mean=False, with_std=False)


@pytest.mark.parametrize("scaler", [None, StandardScaler(), MinMaxScaler((-1, 1)), UNSCALED])
def test_scaling_is_kept_as_numbers_with_the_range_of_the_training_rows(scaler) -> None:
    data = split_table(WINE.assign(constant=3.0), "target", scaler=scaler)
    rows = data.scaler.inverse_transform(data.train[0].double())
    numpy.testing.assert_allclose(data.scaling.scale(rows), data.train[0], atol=1e-6)
    numpy.testing.assert_allclose(data.scaling.measured(data.train[0].numpy()), rows, atol=1e-4)
    numpy.testing.assert_allclose(data.scaling.minimum, rows.min(axis=0), atol=1e-4)
    numpy.testing.assert_allclose(data.scaling.maximum, rows.max(axis=0), atol=1e-4)
    assert scaler is None or not hasattr(scaler, "n_features_in_")  # the caller's stays unfitted


@pytest.mark.parametrize(
    "scaler", [Normalizer(), MinMaxScaler(clip=True), QuantileTransformer(n_quantiles=50)]
)
def test_a_scaler_that_is_no_shift_and_stretch_of_columns_is_refused(scaler) -> None:
    with pytest.raises(ValueError, match=f"{type(scaler).__name__} 不是"):
        split_table(WINE, "target", scaler=scaler)
