"""What all tests share: the flowers, the shipped model, and the same random numbers every day."""

import random
from pathlib import Path

import numpy
import pytest
import torch

from day38 import Predictor, TabularData, load_iris

SHIPPED = Path(__file__).parents[1] / "day38" / "iris_mlp.safetensors"


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """Seed whatever draws: no test passes today and fails tomorrow by chance."""
    random.seed(38)
    numpy.random.seed(38)
    torch.manual_seed(38)


@pytest.fixture(scope="session")
def iris() -> TabularData:
    return load_iris()


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return Predictor.load(SHIPPED)
