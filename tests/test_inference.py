"""Predictor: what rows it takes, and what it says of odd ones."""

import dataclasses

import numpy
import pandas
import pytest
import torch
from torch import nn

from day38 import IrisMLP, Predictor, RangeWarning, TabularData
from day38.oddities import MARGIN

NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
FLOWER = [6.2, 2.2, 4.5, 1.5]
FRAME = pandas.DataFrame([FLOWER, [5, 3, 2, 1]], columns=NAMES).assign(species="setosa")


def test_the_shipped_model_answers_as_the_lesson_says(
    predictor: Predictor, iris: TabularData
) -> None:
    centimetres = iris.scaler.inverse_transform(iris.test[0].double())
    expected = [iris.class_names[target] for target in iris.test[1]]
    answers = predictor.predict(centimetres)
    assert [i for i in range(30) if answers[i] != expected[i]] == [8]
    own = predictor.model(iris.test[0]).softmax(dim=1).detach()
    numpy.testing.assert_allclose(predictor.predict_proba(centimetres), own, atol=1e-5)
    assert predictor.card["accuracy"] == "29/30" and "29/30" in repr(predictor)
    assert predictor.card["interval"] == pytest.approx([0.833, 0.994], abs=1e-3)


GOOD_ROWS = {
    "flat": FLOWER,
    "float32": numpy.array([FLOWER], dtype=numpy.float32),
    "texts": ["6.2", "2.2", "4.5", "1.5"],
    "bfloat16 with gradient": torch.tensor(FLOWER, dtype=torch.bfloat16, requires_grad=True),
    "columns in another order": FRAME[FRAME.columns[::-1]],
    "nullable numbers": FRAME.convert_dtypes(),
    "Series": FRAME.iloc[0],
}


@pytest.mark.parametrize("rows", GOOD_ROWS.values(), ids=GOOD_ROWS)
def test_rows_of_any_kind_get_the_same_answer(predictor: Predictor, rows) -> None:
    expected = predictor.predict_proba([FLOWER])[0]
    numpy.testing.assert_allclose(predictor.predict_proba(rows)[0], expected, atol=0.02)


BAD_ROWS = {
    "nothing": ([], "形状是"),
    "no rows": (FRAME[:0], r"\(0, 4\)"),
    "three numbers": ([6.2, 2.2, 4.5], r"\(1, 3\).*4 个数"),
    "uneven": ([FLOWER, FLOWER[:3]], "list 不能用"),
    "a text": (["6.2", "2.2", "x", "1.5"], "'x'"),
    "a column is missing": (FRAME[NAMES[:3]], "petal width"),
    "NaN": ([6.2, 2.2, numpy.nan, 1.5], "^“花瓣长”是 nan，不是测量值"),
    "None": ([6.2, None, 4.5, 1.5], "^“花萼宽”是 nan，"),
    "infinity": ([FLOWER, [6.2, 2.2, 4.5, -numpy.inf]], "^第 1 行（从 0 数起）的“花瓣宽”是 -inf"),
    "masked": (numpy.ma.array([FLOWER], mask=[[0, 0, 0, 1]]), "^“花瓣宽”是 nan"),
    "a gap": (FRAME[NAMES].astype("Float64").mask(FRAME[NAMES] > 6), "^第 0 行.*“花萼长”是 nan"),
    "no measurement": ([6.2, 2.2, 1e300, 1.5], r"^“花瓣长”是 1e\+300，不是测量值"),
}


@pytest.mark.parametrize(("rows", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_rows_that_would_give_a_silent_wrong_answer_are_refused(
    predictor: Predictor, rows, message: str
) -> None:
    for ask in (predictor.predict, predictor.predict_proba, predictor.check_range):
        with pytest.raises(ValueError, match=message):
            ask(rows)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([62, 22, 45, 15], "^“花萼长”是 62，训练时见过的是 4.3 到 7.7。单位像是毫米：都乘以 0.1"),
        ([2.44, 0.87, 1.77, 0.59], "单位像是英寸"),
        ([2.2, 6.2, 4.5, 1.5], "“花萼长”和“花萼宽”两列像是对调了。"),
        ([1.4, 0.2, 5.1, 3.5], "列的顺序像是“花瓣长、花瓣宽、花萼长、花萼宽”"),
        ([4.4, 1.2, 3.0, 2.0], "列的顺序像是不对，说得通的不止一种"),
        ([0.56, 0.08, 0.6, 0.58], "已经归一化过"),
        ([100, 100, 100, 100], "^“花瓣宽”是 100，.*请核对单位"),
    ],
)
def test_an_odd_flower_is_answered_with_value_range_and_likely_cause(
    predictor: Predictor, row: list[float], message: str
) -> None:
    with pytest.warns(RangeWarning, match=message) as caught:
        predictor.predict(row)
    assert caught[0].filename == __file__  # the warning points at the caller's line
    with pytest.warns(RangeWarning, match="^第 1 行（从 0 数起）的“花"):
        predictor.predict_proba([FLOWER, row])
    assert list(predictor.check_range([FLOWER, row])) == [1]


def test_many_odd_flowers_are_told_in_few_lines(predictor: Predictor) -> None:
    with pytest.warns(RangeWarning, match="……像这样的共 10 行。$") as caught:
        predictor.predict([[62, 22, 45, 15]] * 10)
    assert len(str(caught[0].message).splitlines()) == 4


def test_the_limits_are_where_they_are_said_to_be(predictor: Predictor) -> None:
    places = numpy.array([0.001 - MARGIN, 0.999 + MARGIN, -0.001 - MARGIN, 1.001 + MARGIN])
    low, high = predictor.scaling.minimum, predictor.scaling.maximum
    rows = low + places[:, None] * (high - low)
    assert list(predictor.check_range(rows)) == [2, 3]


def test_models_that_would_answer_nonsense_are_refused(iris: TabularData) -> None:
    broken = IrisMLP()
    broken.hidden.bias.data[0] = numpy.nan
    names = dataclasses.replace(iris, class_names=("a", "b"))
    for model, data, message in [
        (nn.Sequential(IrisMLP(), nn.Softmax(dim=1)), iris, "Softmax"),
        (broken, iris, "NaN"),
        (IrisMLP(), names, "3 个输出，数据有 4 个特征、2 个类别"),
    ]:
        with pytest.raises(ValueError, match=message):
            Predictor(model, data)


def test_a_layer_that_was_replaced_is_kept_as_it_is(iris: TabularData) -> None:
    model = IrisMLP()
    model.relu = nn.Tanh()
    predictor, rows = Predictor(model, iris), iris.scaler.inverse_transform(iris.test[0].double())
    expected = model(iris.test[0]).softmax(dim=1).detach()
    numpy.testing.assert_allclose(predictor.predict_proba(rows), expected, atol=1e-6)


def test_the_callers_model_and_random_numbers_stay_as_they_are(iris: TabularData) -> None:
    model, state = IrisMLP(hidden=7), torch.get_rng_state()
    predictor = Predictor(model, iris, notes={"seed": 1})
    before = predictor.predict_proba(FLOWER)
    assert model.training and torch.equal(torch.get_rng_state(), state)
    nn.init.zeros_(model.output.weight)
    assert (predictor.predict_proba(FLOWER) == before).all() and predictor.card["seed"] == 1
