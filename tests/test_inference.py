"""Predictor: what rows it takes, what it says of odd ones, and a file that is whole or refused."""

import dataclasses
import io
import json
import multiprocessing
import os
import pickle
import random
import time
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
import safetensors.torch
import torch
from torch import nn

from day38 import TabularData, IrisMLP, ModelFileError, Predictor, RangeWarning, load_iris
from day38.inference import HIGHEST, LOWEST, _digest, _write_atomically

NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
FLOWER = [6.2, 2.2, 4.5, 1.5]
FRAME = pandas.DataFrame([FLOWER, [5, 3, 2, 1]], columns=NAMES).assign(species="setosa")
SHIPPED = Path(__file__).parents[1] / "day38" / "iris_mlp.safetensors"


@pytest.fixture(scope="module")
def iris() -> TabularData:
    return load_iris()


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(SHIPPED)


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


GOOD_ROWS: dict[str, Any] = {
    "flat": FLOWER,
    "float32": numpy.array([FLOWER], dtype=numpy.float32),
    "texts": ["6.2", "2.2", "4.5", "1.5"],
    "bfloat16 with gradient": torch.tensor(FLOWER, dtype=torch.bfloat16, requires_grad=True),
    "columns in another order": FRAME[FRAME.columns[::-1]],
    "nullable numbers": FRAME.convert_dtypes(),
    "Series": FRAME.iloc[0],
}


@pytest.mark.parametrize("rows", GOOD_ROWS.values(), ids=GOOD_ROWS)
def test_rows_of_any_kind_get_the_same_answer(predictor: Predictor, rows: Any) -> None:
    expected = predictor.predict_proba([FLOWER])[0]
    numpy.testing.assert_allclose(predictor.predict_proba(rows)[0], expected, atol=0.02)


NAN = float("nan")
BAD_ROWS: dict[str, tuple[Any, str]] = {
    "nothing": ([], "形状是"),
    "no rows": (FRAME[:0], r"\(0, 4\)"),
    "three numbers": ([6.2, 2.2, 4.5], r"\(1, 3\).*4 个数（厘米）"),
    "uneven": ([FLOWER, FLOWER[:3]], "list 不能用"),
    "a text": (["6.2", "2.2", "x", "1.5"], "'x'"),
    "a column is missing": (FRAME[NAMES[:3]], "petal width"),
    "NaN": ([6.2, 2.2, NAN, 1.5], "^花瓣长是 nan，不是测量值"),
    "None": ([6.2, None, 4.5, 1.5], "^花萼宽是 nan，"),
    "infinity": ([FLOWER, [6.2, 2.2, 4.5, -numpy.inf]], "^第 1 行（从 0 数起）的花瓣宽是 -inf"),
    "masked": (numpy.ma.array([FLOWER], mask=[[0, 0, 0, 1]]), "^花瓣宽是 nan"),
    "a gap": (FRAME[NAMES].astype("Float64").mask(FRAME[NAMES] > 6), "^第 0 行.*花萼长是 nan"),
    "no measurement": ([6.2, 2.2, 1e300, 1.5], r"^花瓣长是 1e\+300，不是测量值"),
}


@pytest.mark.parametrize("what", BAD_ROWS)
def test_rows_that_would_give_a_silent_wrong_answer_are_refused(
    predictor: Predictor, what: str
) -> None:
    rows, message = BAD_ROWS[what]
    for ask in (predictor.predict, predictor.predict_proba, predictor.check_range):
        with pytest.raises(ValueError, match=message):
            ask(rows)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([62, 22, 45, 15], "^花萼长是 62，训练时见过的是 4.3 到 7.7。单位像是毫米：都乘以 0.1"),
        ([2.44, 0.87, 1.77, 0.59], "单位像是英寸"),
        ([2.2, 6.2, 4.5, 1.5], "列的顺序像是“花萼宽、花萼长、花瓣长、花瓣宽”"),
        ([1.4, 0.2, 5.1, 3.5], "列的顺序像是“花瓣长、花瓣宽、花萼长、花萼宽”"),
        ([0.56, 0.08, 0.6, 0.58], "已经归一化过"),
        ([100, 100, 100, 100], "^花瓣宽是 100，.*请核对单位"),
    ],
)
def test_an_odd_flower_is_answered_with_value_range_and_likely_cause(
    predictor: Predictor, row: list[float], message: str
) -> None:
    with pytest.warns(RangeWarning, match=message) as caught:
        predictor.predict(row)
    assert caught[0].filename == __file__  # the warning points at the caller's line
    with pytest.warns(RangeWarning, match="^第 1 行（从 0 数起）的花"):
        predictor.predict_proba([FLOWER, row])
    assert list(predictor.check_range([FLOWER, row])) == [1]


def test_many_odd_flowers_are_told_in_few_lines(predictor: Predictor) -> None:
    with pytest.warns(RangeWarning, match="……像这样的共 10 行。$") as caught:
        predictor.predict([[62, 22, 45, 15]] * 10)
    assert len(str(caught[0].message).splitlines()) == 4


def test_the_limits_are_where_they_are_said_to_be(predictor: Predictor) -> None:
    places = numpy.array([LOWEST + 0.001, HIGHEST - 0.001, LOWEST - 0.001, HIGHEST + 0.001])
    rows = predictor.minimum + places[:, None] * predictor.span
    assert list(predictor.check_range(rows)) == [2, 3]


def test_models_that_would_answer_nonsense_are_refused(iris: TabularData) -> None:
    broken = IrisMLP()
    broken.hidden.bias.data[0] = NAN
    names = dataclasses.replace(iris, class_names=("a", "b"))
    for model, data, error, message in [
        (nn.Linear(4, 3), iris, TypeError, "Linear"),  # it might have weights of the same names
        (broken, iris, ValueError, "NaN"),
        (IrisMLP(), names, RuntimeError, "size mismatch"),
    ]:
        with pytest.raises(error, match=message):
            Predictor(model, data)


def test_the_callers_model_and_random_numbers_stay_as_they_are(iris: TabularData) -> None:
    torch.manual_seed(1)
    model, state = IrisMLP(hidden=7), torch.get_rng_state()
    predictor = Predictor(model, iris, notes={"seed": 1})
    before = predictor.predict_proba(FLOWER)
    assert model.training and torch.equal(torch.get_rng_state(), state)
    nn.init.zeros_(model.output.weight)
    assert (predictor.predict_proba(FLOWER) == before).all() and predictor.card["seed"] == 1


def content(predictor: Predictor) -> list:
    """Return all that a predictor knows, comparable."""
    parts = [*predictor.model.state_dict().values(), predictor.minimum, predictor.span]
    names = [predictor.feature_names, predictor.classes_, predictor.card]
    return [*(numpy.asarray(part).tolist() for part in parts), *names]


def test_a_saved_predictor_comes_back_the_same(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "花.safetensors"
    path.write_bytes(b"old")
    assert predictor.save(path) == path
    assert content(Predictor.load(path)) == content(predictor)
    assert list(tmp_path.iterdir()) == [path]  # nothing temporary stays
    with pytest.raises(OSError):
        predictor.save(tmp_path / "missing" / "iris.safetensors")


GOOD = SHIPPED.read_bytes()
HEADER = 8 + int.from_bytes(GOOD[:8], "little")


def rewritten(signed: bool = True, tensors: dict | None = None, **texts: str) -> bytes:
    """Return the shipped file with other content, with a fitting checksum if `signed`."""
    metadata = json.loads(GOOD[8:HEADER])["__metadata__"] | texts
    parts = safetensors.torch.load(GOOD) | (tensors or {})
    if signed:
        metadata["sha256"] = _digest(parts, metadata)
    return safetensors.torch.save(parts, metadata)


class Attack:
    """Pickled, it makes its reader call a function: here one that fails the test."""

    def __reduce__(self) -> tuple:
        return pytest.fail, ("the pickle was run",)


ATTACK, ZIP = pickle.dumps(Attack()), io.BytesIO()
torch.save(Attack(), ZIP)
FOREIGN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "空文件"),
    "a web page": (b"\n <!DOCTYPE html><title>Sign in</title>", "网页"),
    "a pickle": (ATTACK, "pickle"),
    "torch.save": (ZIP.getvalue(), r"torch\.save"),
    "text": ("我的模型".encode(), "不是 Predictor 保存的"),
    "half": (GOOD[: len(GOOD) // 2], "已经损坏"),
    "one bit": (GOOD[:-1] + bytes([GOOD[-1] ^ 1]), "SHA-256"),
    "other safetensors": (safetensors.torch.save({"x": torch.ones(2).bfloat16()}), "别的程序"),
    "newer": (rewritten(version="4"), "版本是 4.*升级"),
    "other names": (rewritten(False, classes='["b", "a", "c"]'), "SHA-256"),
    "other scaling": (rewritten(False, {"scaler.span": torch.ones(4)}), "SHA-256"),
    "signed layer": (rewritten(tensors={"x": torch.ones(1)}), "不适合"),
    "signed names": (rewritten(classes='["a"]'), "不适合"),
    "signed weights": (rewritten(tensors={"output.bias": torch.ones(3)}), "概率和保存时不一样"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_model_file_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    data, message = FOREIGN[what]
    path = tmp_path / "iris.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=f"^{path} .*{message}.*。$"):
        Predictor.load(path)


def test_the_pickle_that_is_never_run_would_do_harm() -> None:
    with pytest.raises(pytest.fail.Exception, match="was run"):
        pickle.loads(ATTACK)


@pytest.mark.parametrize(("name", "message"), [("", "文件夹"), ("x", "不存在"), ("a\0b", "不存在")])
def test_no_file_there_is_said_in_one_sentence(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=message):
        Predictor.load(tmp_path / name)


def mutated(chance: random.Random) -> bytes:
    """Return a damaged file: flipped, cut, zeroed, longer, swapped, or with an edited header."""
    data, one = bytearray(GOOD), chance.randrange(len(GOOD) - 64)
    end = one + chance.randrange(1, 64)
    header = bytes([chance.choice(b'0123456789{}[]",: abcF\\')])
    changes: list[tuple[slice, bytes]] = [
        (slice(one, one + 1), bytes([GOOD[one] ^ 1 << chance.randrange(8)])),
        (slice(chance.randrange(len(GOOD)), None), b""),
        (slice(one, end), b""),
        (slice(one, end), bytes(end - one)),
        (slice(one, one), chance.randbytes(end - one)),
        (slice(one, one + 16), GOOD[one + 8 : one + 16] + GOOD[one : one + 8]),
        (slice(8 + one * (HEADER - 8) // len(GOOD), 9 + one * (HEADER - 8) // len(GOOD)), header),
    ]
    place, new = chance.choice(changes)
    data[place] = new
    return bytes(data)


def fuzz(count: int, seed: int, path: Path) -> int:
    """Load damaged files; return how many loaded, all as they were (by a flipped blank, say)."""
    chance, expected, loaded = random.Random(seed), content(Predictor.load(SHIPPED)), 0
    for _ in range(count):
        path.write_bytes(mutated(chance))
        try:
            predictor = Predictor.load(path)
        except ModelFileError:
            continue
        assert content(predictor) == expected
        loaded += 1
    return loaded


def test_no_damaged_file_loads_with_other_content(tmp_path: Path) -> None:
    assert fuzz(300, seed=38, path=tmp_path / "iris.safetensors") < 30


def save_forever(path: Path, data: bytes) -> None:
    while True:
        _write_atomically(path, data)


@pytest.mark.skipif(os.name == "nt", reason="no fork")
def test_a_killed_saver_leaves_a_file_that_loads(iris: TabularData, tmp_path: Path) -> None:
    """The file is large, so that a save takes a while; the moments are random."""
    predictor = Predictor(IrisMLP(hidden=50_000), iris)
    path, chance = predictor.save(tmp_path / "iris.safetensors"), random.Random(38)
    expected, data = content(predictor), path.read_bytes()
    for _ in range(10):
        saver = multiprocessing.get_context("fork").Process(target=save_forever, args=(path, data))
        saver.start()
        time.sleep(chance.uniform(0.02, 0.1))
        assert saver.is_alive()
        saver.kill()
        saver.join()
        assert content(Predictor.load(path)) == expected
