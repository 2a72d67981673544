"""The trained model that comes with the package: what the present code and recipe give."""

from pathlib import Path

import numpy
import pytest

from day38 import IrisData, IrisMLP, Predictor
from tools import model_asset


@pytest.fixture
def shipped() -> Predictor:
    return Predictor.load(model_asset.PATH)


def test_it_is_the_lessons_model(shipped: Predictor, trained: IrisMLP, iris: IrisData) -> None:
    rows = iris.scaler.inverse_transform(iris.test[0].numpy())
    expected = Predictor(trained, iris).predict_proba(rows)
    numpy.testing.assert_allclose(shipped.predict_proba(rows), expected, atol=0.01)


def test_its_card_says_where_it_comes_from(shipped: Predictor) -> None:
    assert shipped.card["accuracy"] in ("29/30", "30/30")
    assert 0.8 < shipped.card["interval_low"] < 0.97 < shipped.card["interval_high"] <= 1
    assert (shipped.card["train_rows"], shipped.card["test_rows"]) == (120, 30)
    assert "random_state=42" in shipped.card["split"]
    assert {"data", "seed", "epochs", "learning_rate", "torch", "python", "date"} <= set(
        shipped.card
    )


def test_making_it_again_changes_nothing_but_a_new_model_is_written(
    shipped: Predictor,
    trained: IrisMLP,
    iris: IrisData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "iris_mlp.pt"
    monkeypatch.setattr(model_asset, "PATH", path)
    monkeypatch.setattr(model_asset, "make", lambda: shipped)
    assert model_asset.main() == 0
    first = path.read_bytes()
    shipped.card["date"] = "2020-01-01"
    assert model_asset.main() == 0
    assert path.read_bytes() == first
    monkeypatch.setattr(model_asset, "make", lambda: Predictor(trained, iris, {"seed": 7}))
    assert model_asset.main() == 0
    assert Predictor.load(path).card["seed"] == 7
