"""The flowers and the shipped model, read once for all modules that need them."""

from pathlib import Path

import pytest

from day38 import Predictor, TabularData, load_iris

SHIPPED = Path(__file__).parents[1] / "day38" / "iris_mlp.safetensors"


@pytest.fixture(scope="session")
def iris() -> TabularData:
    return load_iris()


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return Predictor.load(SHIPPED)
