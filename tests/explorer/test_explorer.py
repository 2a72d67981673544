"""What Python hands to the explorer's page: all of it, safely, and only what can be shown."""

import base64
import hashlib
import html
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
import torch
from torch import nn

from day38 import IrisMLP, Predictor, TabularData, load_iris, split_table
from day38.explorer import ROWS, explore
from tests.explorer.networks import chain

HOSTILE = ("</script><script>window.hacked = 1</script>", "quotes ' \" & <b>", "two\nlines")


def table(features: int = 3, classes: int = 2, rows: int = 60, **options) -> TabularData:
    """Return a small table of random numbers."""
    numbers = numpy.random.default_rng(0).normal(size=(rows, features))
    return split_table(numbers, [f"k{row % classes}" for row in range(rows)], **options)


def data_of(page: str) -> dict:
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def numbers_of(text: str) -> numpy.ndarray:
    return numpy.frombuffer(base64.b64decode(text), "<f4")


def program_of(page: str) -> tuple[str, str]:
    """Return the program as the page holds it, and as it is read."""
    packed = re.search(r'id="program">(.*?)<', page)[1]
    return packed, zlib.decompress(base64.b64decode(packed), -15).decode()


def unpacked(page: str) -> str:
    """Return a page with its program as it is read, and without numbers."""
    page = page.replace(*program_of(page))
    page = re.sub(r"'sha256-[^']*'", "", page)
    return re.sub(r'("(rows|weights|page|offset|span)":)("[^"]*"|\[[^]]*\])', r"\1", page)


def biased(model: nn.Sequential, *bias: float) -> nn.Sequential:
    """Return a network whose first layer has this bias."""
    model[0].bias.data.copy_(torch.tensor(bias, dtype=torch.float64))
    return model


@pytest.mark.parametrize(
    ("snapshots", "data", "error", "text"),
    [
        ({}, {}, ValueError, "一个快照也没有"),
        ({0: chain(3, 2).state_dict()}, {}, TypeError, "OrderedDict"),
        ({0: (one := chain(3, 2)), 200: one}, {}, ValueError, "同一个模型对象"),
        ({0: chain(3, 4, 2), 100: chain(3, 5, 2)}, {}, ValueError, "各个快照的层不一样"),
        ({0: chain(3, 2), 200: biased(chain(3, 2), float("nan"), 0)}, {}, ValueError, "第 200 轮"),
        (Predictor(IrisMLP(), load_iris()), {}, ValueError, "Predictor 的特征、类别"),
        (nn.LSTM(3, 2), {}, ValueError, "LSTM"),
        (nn.Sequential(nn.Linear(3, 2), nn.Softmax(1)), {}, ValueError, "Softmax"),
        (chain(3, 33, 2), {}, ValueError, "单元有 33 个"),
        (chain(3, 4, 4, 4, 4, 2), {}, ValueError, "隐藏层有 4 个"),
        (chain(3, 4), {}, ValueError, "3 个输入、4 个输出"),
        (chain(1, 2), {"features": 1}, ValueError, "特征有 1 个"),
        (chain(41, 2), {"features": 41}, ValueError, "特征有 41 个"),
        (chain(3, 9), {"classes": 9, "rows": 200}, ValueError, "类别有 9 个"),
        (chain(3, 2), {"rows": ROWS[1] + 1}, ValueError, "行有 5001 个"),
        (biased(chain(3, 2).double(), 1e9 + 0.5, 1e9), {}, ValueError, "float64"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(snapshots, data, error, text) -> None:
    with pytest.raises(error, match=re.escape(text)) as raised:
        explore(snapshots, table(**data))
    assert "\n" not in str(raised.value)


@pytest.fixture(scope="module")
def film(iris: TabularData) -> str:
    """Return a page of as many snapshots as the lesson's training has."""
    return explore({200 * time: IrisMLP() for time in range(101)}, iris).page


def test_the_page_loads_nothing_and_runs_only_its_own_program(film) -> None:
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', film, re.DOTALL)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    parts = re.findall(r"<(style|script)>(.*?)</", film, re.DOTALL)
    for tag, text in [*parts, ("script", program_of(film)[1])]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in re.search(f"{tag}-src ([^;]*)", policy)[1]
    shown = unpacked(film).replace("http://www.w3.org/2000/svg", "")  # a name
    assert not re.search(r"https?:|\bsrc=|@import|url\(|fetch\(|XMLHttp|\sstyle=|\son\w+=", shown)


def test_the_page_is_small(film) -> None:
    data = data_of(film)
    carried = sum(map(len, (data["weights"], data["train"]["rows"], data["test"]["rows"])))
    assert len(film.encode()) <= 120 * 1024
    assert len(film.encode()) - carried <= 64 * 1024


def test_the_playground_in_assets_is_current(film) -> None:
    made = (Path(__file__).parents[2] / "assets/playground.html").read_text(encoding="utf-8")
    assert unpacked(made) == unpacked(film)  # else: make assets


def test_weights_and_rows_arrive_exactly(iris) -> None:
    models = {50: IrisMLP(hidden=2), 0: IrisMLP(hidden=2)}
    data = data_of(explore(models, iris).page)
    assert data["epochs"] == [0, 50]  # in the order of their epochs
    numbers = numbers_of(data["weights"]).reshape(2, -1)
    for own, epoch in zip(numbers, (0, 50), strict=True):
        expected = nn.utils.parameters_to_vector(models[epoch].parameters())
        assert (own == expected.detach().numpy()).all()
    for name, (inputs, targets) in {"train": iris.train, "test": iris.test}.items():
        assert (numbers_of(data[name]["rows"]) == inputs.numpy().ravel()).all()
        assert list(base64.b64decode(data[name]["kinds"])) == targets.tolist()


def test_a_predictor_brings_its_own_scaling(iris) -> None:
    other = load_iris(seed=7)
    data = data_of(explore(Predictor(IrisMLP(), other), iris).page)
    assert data["minimum"] == other.scaling.minimum.tolist()
    rows = numbers_of(data["test"]["rows"]).reshape(-1, 4)
    measured = iris.scaling.measured(iris.test[0].double().numpy())
    assert numpy.abs(other.scaling.measured(rows) - measured).max() < 1e-5


@pytest.mark.parametrize(
    ("layer", "text"),
    [(nn.BatchNorm1d(4), "BatchNorm1d"), (nn.Dropout(), "Dropout"), (nn.Identity(), "")],
)
def test_it_says_what_the_page_cannot_train(layer, text) -> None:
    model = nn.Sequential(nn.Linear(3, 4), layer, nn.ReLU(), nn.Linear(4, 2))
    assert data_of(explore(model, table()).page)["frozen"] == text


def test_words_follow_the_data(iris) -> None:
    other = explore(chain(3, 2), table(title="天气")).page
    assert not re.search("花|flower|iris|sepal|petal", unpacked(other), re.IGNORECASE)
    assert data_of(other)["title"] == "天气" and data_of(other)["unit"] is None
    data = data_of(explore(IrisMLP(), iris).page)
    assert data["words"]["this"] == "这朵花" and data["unit"][0] == "厘米"
    assert data["features"][0] == {"name": "花萼长", "english": "sepal length (cm)"}


def test_names_stay_text() -> None:
    data = table(feature_names=HOSTILE, title=HOSTILE[0])
    page = explore(chain(3, 3), replace(data, class_names=HOSTILE)).page
    assert page.count("</script>") == 3  # data, program, start
    assert {kind["name"] for kind in data_of(page)["classes"]} == set(HOSTILE)


def test_a_notebook_shows_the_page_in_a_sandboxed_frame(iris) -> None:
    explorer = explore(IrisMLP(), iris)
    frame = explorer._repr_html_()
    assert html.unescape(re.search(r"srcdoc='([^']*)'", frame)[1]) == explorer.page
    assert 'sandbox="allow-scripts"' in frame and 'title="可交互的神经网络' in frame
    assert repr(explorer) == "可交互的神经网络：Iris (scikit-learn)，4 → 10 → 3，1 个快照"


def test_saving_writes_the_page_and_says_where(iris, tmp_path) -> None:
    explorer, path = explore(IrisMLP(), iris), tmp_path / "网.html"
    assert explorer.save(path) == path
    assert path.read_bytes() == explorer.page.encode()


def test_the_callers_model_and_random_numbers_stay_as_they_are(iris) -> None:
    model = IrisMLP().train()
    before = torch.get_rng_state()
    explore(model, iris)
    assert model.training and torch.equal(before, torch.get_rng_state())
