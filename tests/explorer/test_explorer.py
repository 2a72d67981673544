"""What Python hands to the explorer's page: all of it, safely, and only what can be shown."""

import base64
import hashlib
import html
import json
import re

import numpy
import pytest
import torch
from torch import nn

from day38 import IrisMLP, Predictor, TabularData, load_iris
from day38.explorer import explore

HOSTILE = ("</script><script>window.hacked = 1</script>", "quotes ' \" & <b>", "two\nlines")


@pytest.fixture(scope="module")
def iris() -> TabularData:
    return load_iris()


def data_of(page: str) -> dict:
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def with_nan() -> IrisMLP:
    model = IrisMLP()
    model.output.bias.data[1] = float("nan")
    return model


same = IrisMLP()


@pytest.mark.parametrize(
    ("snapshots", "error", "text"),
    [
        ({}, ValueError, "一个快照也没有"),
        (nn.Linear(4, 3), TypeError, "Linear"),
        ({0: IrisMLP().state_dict()}, TypeError, "OrderedDict"),
        ({0: IrisMLP(), 100: IrisMLP(hidden=5)}, ValueError, "宽度不一样：5、10"),
        (type("Other", (IrisMLP,), {})(), TypeError, "Other"),
        (IrisMLP(hidden=33), ValueError, "33 个单元"),
        (IrisMLP(inputs=5, classes=2), ValueError, "5 个输入、2 个输出"),
        ({0: IrisMLP(), 200: with_nan()}, ValueError, "第 200 轮"),
        ({0: same, 200: same}, ValueError, "copy.deepcopy"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(snapshots, error, text, iris) -> None:
    with pytest.raises(error, match=re.escape(text)):
        explore(snapshots, iris)


def test_the_page_loads_nothing_and_runs_only_its_own_script(iris) -> None:
    page = explore(IrisMLP(), iris).page
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page, re.DOTALL)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for tag, text in re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?:|\bsrc=|@import|url\(|fetch\(|XMLHttp|\sstyle=|\son\w+=", page)


def test_the_page_is_small(iris) -> None:
    snapshots = {200 * time: IrisMLP() for time in range(101)}
    page = explore(snapshots, iris).page
    assert len(page.encode()) <= 150_000
    assert len(page.encode()) - len(data_of(page)["weights"]) < 40_000


def test_weights_and_flowers_arrive_exactly(iris) -> None:
    models = {0: IrisMLP(hidden=2), 50: IrisMLP(hidden=2)}
    data = data_of(explore(models, iris).page)
    numbers = numpy.frombuffer(base64.b64decode(data["weights"]), "<f4").reshape(2, -1)
    for own, model in zip(numbers, models.values(), strict=True):
        hidden, output = own[:10].reshape(2, 5), own[10:].reshape(3, 3)
        assert (hidden[:, :4] == model.hidden.weight.detach().numpy()).all()
        assert (output[:, 2] == model.output.bias.detach().numpy()).all()
    assert data["epochs"] == [0, 50] and len(data["train"]) == 120
    assert data["test"][8] == [6.2, 2.2, 4.5, 1.5, 1]
    assert data["typical"] == [5.75, 3.0, 4.25, 1.3]


def test_snapshots_are_played_in_the_order_of_their_epochs(iris) -> None:
    models = {200: IrisMLP(), 0: IrisMLP()}
    assert data_of(explore(models, iris).page)["epochs"] == [0, 200]


def test_a_predictor_brings_its_own_scaling_and_names(iris) -> None:
    other = load_iris(seed=7)
    data = data_of(explore(Predictor(IrisMLP(), other), iris).page)
    assert data["minimum"] == other.scaler.data_min_.tolist()
    assert data["span"] == pytest.approx(other.scaler.data_range_.tolist())
    assert [kind["english"] for kind in data["classes"]] == list(other.class_names)


def test_names_stay_text(iris) -> None:
    predictor = Predictor(IrisMLP(), iris)
    predictor.classes_ = HOSTILE
    page = explore(predictor, iris).page
    assert page.count("</script>") == 2
    assert [kind["name"] for kind in data_of(page)["classes"]] == list(HOSTILE)


def test_a_notebook_shows_the_page_in_a_sandboxed_frame(iris) -> None:
    explorer = explore(IrisMLP(), iris)
    frame = explorer._repr_html_()
    assert html.unescape(re.search(r"srcdoc='([^']*)'", frame)[1]) == explorer.page
    assert 'sandbox="allow-scripts"' in frame and 'title="可以动手的神经网络' in frame
    assert repr(explorer) == "可以动手的神经网络：1 个快照，10 个隐藏单元"


def test_saving_writes_the_page_and_says_where(iris, tmp_path) -> None:
    explorer, path = explore(IrisMLP(), iris), tmp_path / "花.html"
    assert explorer.save(path) == path
    assert path.read_bytes() == explorer.page.encode()


def test_the_callers_model_and_random_numbers_stay_as_they_are(iris) -> None:
    model = IrisMLP().train()
    before = torch.get_rng_state()
    explore(model, iris)
    assert model.training and torch.equal(before, torch.get_rng_state())
