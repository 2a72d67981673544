"""The predictor: raw centimetres in, names and probabilities out.

Damaged and foreign files are in test_model_file.py.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from sklearn import datasets
from torch import nn

from day38 import IrisData, IrisMLP, Predictor, train
from tests.helpers import chinese_error, new_model, state_unchanged

FLOWERS = datasets.load_iris().data
FLOWER = [6.2, 2.2, 4.5, 1.5]


@pytest.fixture(scope="module")
def predictor(trained: IrisMLP, iris: IrisData) -> Predictor:
    return Predictor(trained, iris)


def test_it_agrees_with_model_and_scaler_on_every_flower(
    predictor: Predictor, trained: IrisMLP, iris: IrisData
) -> None:
    scaled = torch.tensor(iris.scaler.transform(FLOWERS), dtype=torch.float32)
    with torch.no_grad():
        expected = torch.softmax(trained(scaled), dim=1)
    probabilities = predictor.predict_proba(FLOWERS)
    assert probabilities.shape == (150, 3)
    assert probabilities.dtype == numpy.float32
    numpy.testing.assert_allclose(probabilities, expected.numpy(), atol=1e-6)
    numpy.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    names = [iris.class_names[index] for index in expected.argmax(dim=1)]
    assert predictor.predict(FLOWERS) == names


def test_one_row_at_a_time_gives_the_same_as_all_at_once(predictor: Predictor) -> None:
    probabilities = predictor.predict_proba(FLOWERS)
    for row, expected in zip(FLOWERS[::10], probabilities[::10], strict=True):
        numpy.testing.assert_allclose(predictor.predict_proba(row), expected[None], atol=1e-6)


@pytest.mark.parametrize(
    "rows",
    [
        FLOWER,
        tuple(FLOWER),
        [FLOWER],
        numpy.array(FLOWER, dtype=numpy.float32),
        torch.tensor([FLOWER], dtype=torch.float64, requires_grad=True),
    ],
    ids=["flat list", "tuple", "nested list", "float32 array", "tensor with gradients"],
)
def test_a_flower_may_come_in_many_forms(predictor: Predictor, rows: Any) -> None:
    expected = predictor.predict_proba([FLOWER])
    numpy.testing.assert_allclose(predictor.predict_proba(rows), expected, atol=1e-5)
    assert predictor.predict(rows) == predictor.predict([FLOWER])


def test_integers_are_numbers_too(predictor: Predictor) -> None:
    assert predictor.predict([6, 3, 4, 1]) == predictor.predict([6.0, 3.0, 4.0, 1.0])


def test_it_keeps_the_model_as_it_was(iris: IrisData) -> None:
    model = new_model().double()
    model.hidden.eval()
    with state_unchanged(model):
        predictor = Predictor(model, iris)
        before = predictor.predict_proba(FLOWERS)
    assert model.hidden.weight.dtype == torch.float64
    train(model.float(), [iris.train], epochs=5, learning_rate=1.0, progress=False)
    assert (predictor.predict_proba(FLOWERS) == before).all()
    assert (Predictor(model, iris).predict_proba(FLOWERS) != before).any()


def test_rows_stay_as_they_were(predictor: Predictor) -> None:
    rows = FLOWERS.copy()
    predictor.predict_proba(rows)[:] = 0
    assert (rows == FLOWERS).all()


def test_names(predictor: Predictor, iris: IrisData) -> None:
    assert predictor.classes_ == iris.class_names
    assert predictor.feature_names == iris.feature_names


def test_a_saved_predictor_works_in_a_fresh_process(predictor: Predictor, tmp_path: Path) -> None:
    path = predictor.save(tmp_path / "鸢尾花.pt")
    code = (
        "import json, sys; from day38 import Predictor; "
        "rows = json.loads(sys.stdin.read()); "
        "print(json.dumps(Predictor.load(sys.argv[1]).predict_proba(rows).tolist())); "
        "assert not {'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        input=json.dumps(FLOWERS.tolist()),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    answers = numpy.array(json.loads(finished.stdout), dtype=numpy.float32)
    numpy.testing.assert_allclose(answers, predictor.predict_proba(FLOWERS), atol=1e-6)


def test_a_failed_save_leaves_the_old_file(
    predictor: Predictor, iris: IrisData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_halfway(content: object, file: Any) -> None:
        file.write(b"half of it")
        raise OSError("disk full")

    path = predictor.save(tmp_path / "iris.pt")
    monkeypatch.setattr(torch, "save", fail_halfway)
    with pytest.raises(OSError, match="disk full"):
        Predictor(new_model(), iris).save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["iris.pt"]
    loaded = Predictor.load(path)
    assert (loaded.predict_proba(FLOWERS) == predictor.predict_proba(FLOWERS)).all()


@pytest.mark.parametrize("call", ["predict", "predict_proba"])
@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([], ["没有收到任何数据", "(0,)"]),
        (numpy.zeros((0, 4)), ["没有收到任何数据", "(0, 4)"]),
        ([6.2, 2.2, 4.5], ["3", "petal width (cm)"]),
        ([[6.2, 2.2, 4.5, 1.5, 0.1]], ["5"]),
        (5.1, ["()"]),
        (numpy.zeros((2, 2, 4)), ["(2, 2, 4)"]),
        ([FLOWER, FLOWER[:2]], ["长度"]),
        ([6.2, 2.2, float("nan"), 1.5], ["第 0 行", "petal length (cm)", "nan"]),
        ([FLOWER, [6.2, float("inf"), 4.5, 1.5]], ["第 1 行", "sepal width (cm)", "inf"]),
        ([6.2, 2.2, 4.5, None], ["None"]),
        (["6.2", "2.2", "4.5", "1.5"], ["'6.2'"]),
        (["大", "小", "长", "短"], ["大"]),
        ([True, False, True, True], ["True"]),
        ([6.2, 2.2, 4.5, 1.5j], ["j"]),
        (None, ["None"]),
        ({"sepal length (cm)": 6.2}, ["6.2"]),
        ([1e300] * 4, ["1e+300"]),
    ],
    ids=repr,
)
def test_bad_rows_get_one_clear_error(
    predictor: Predictor, call: str, rows: Any, parts: list[str]
) -> None:
    with chinese_error(ValueError, *parts):
        getattr(predictor, call)(rows)


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        (nn.Linear(4, 3), ["Linear", "IrisMLP"]),
        (IrisMLP, ["IrisMLP", "type"]),
        ("iris.pt", ["str", "IrisMLP"]),
    ],
)
def test_anything_but_the_lessons_model_is_refused(
    iris: IrisData, model: Any, parts: list[str]
) -> None:
    with chinese_error(TypeError, *parts):
        Predictor(model, iris)


@pytest.mark.parametrize("data", [None, "iris", (1, 2)])
def test_anything_but_the_lessons_data_is_refused(data: Any) -> None:
    with chinese_error(TypeError, type(data).__name__, "load_iris()"):
        Predictor(new_model(), data)


@pytest.mark.parametrize(
    ("sizes", "parts"), [({"inputs": 5}, ["5 个输入"]), ({"classes": 2}, ["2 个输出"])]
)
def test_a_model_of_other_sizes_is_refused(
    iris: IrisData, sizes: dict[str, int], parts: list[str]
) -> None:
    with chinese_error(ValueError, *parts, "4", "3"):
        Predictor(IrisMLP(**sizes), iris)


def test_a_model_without_numbers_is_refused(iris: IrisData) -> None:
    with chinese_error(ValueError, "meta"):
        Predictor(new_model().to("meta"), iris)


def test_a_model_that_has_diverged_is_refused(iris: IrisData) -> None:
    model = new_model()
    nn.init.constant_(model.output.bias, float("nan"))
    with chinese_error(ValueError, "NaN"):
        Predictor(model, iris)
