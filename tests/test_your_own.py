"""Tables and networks of one's own, by the public doors: shown and kept as they are, or refused."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pandas
import pytest
import torch
from sklearn import datasets
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from day38 import IrisMLP, Predictor, TabularData, load_iris, split_table
from day38.explorer import explore
from day38.plotting import (
    plot_activations,
    plot_decision_regions,
    plot_network,
    plot_weight_heatmaps,
    plot_weight_histograms,
)
from tests.explorer.networks import chain

PICTURES: dict[str, Callable] = {
    "network": plot_network,
    "heat map": lambda model, data: plot_weight_heatmaps({"own": model}, data),
    "activations": plot_activations,
    "regions": lambda model, data: plot_decision_regions({"own": model}, data),
    "page": explore,
}
LOADED = """import json, sys
from day38 import Predictor
rows = json.load(sys.stdin)
json.dump(Predictor.load(sys.argv[1]).predict_proba(rows).tolist(), sys.stdout)"""


def chinese_table() -> TabularData:
    """Return 7 Chinese columns and 5 text classes, with negative values and a median of 0."""
    chance = numpy.random.default_rng(0)
    names = ["温度（℃）", "湿度（%）", "气压", "风速", "日照", "海拔（m）", "降水"]
    frame = pandas.DataFrame(chance.normal(size=(200, 7)).round(1), columns=names)
    frame["降水"] = frame["降水"].clip(lower=0)
    kinds = numpy.array(["晴", "多云", "阴", "小雨", "大雨"])
    frame["天气"] = kinds[numpy.digitize(frame["温度（℃）"], [-0.8, -0.2, 0.3, 0.9])]
    return split_table(frame, "天气", title="天气", validation_size=0.1)


def wine(**options: object) -> TabularData:
    return split_table(datasets.load_wine(as_frame=True).frame, "target", title="Wine", **options)


class Written(nn.Module):
    """A network whose activation is a function in `forward`."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(13, 8), nn.Linear(8, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.last(torch.relu(self.first(inputs)))


def normed() -> nn.Sequential:
    """Return a network with BatchNorm, which has seen rows, and Dropout."""
    layers = [nn.Linear(13, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(), nn.Linear(6, 3)]
    model = nn.Sequential(*layers)
    model(wine().train[0])
    return model


TRIALS: dict[str, tuple[Callable[[], TabularData], Callable[[], nn.Module]]] = {
    "wine": (wine, lambda: chain(13, 20, 3)),
    "breast cancer": (
        lambda: split_table(datasets.load_breast_cancer(as_frame=True).frame, "target"),
        lambda: chain(30, 16, 2),
    ),
    "Chinese names": (chinese_table, lambda: chain(7, 9, 5)),
    "three hidden layers": (wine, lambda: chain(13, 9, 8, 7, 3, activation=nn.Tanh)),
    "a function": (lambda: wine(scaler=StandardScaler()), Written),
    "norm and dropout": (wine, normed),
    "float64": (wine, lambda: chain(13, 9, 3).double()),
    "compiled": (load_iris, lambda: torch.compile(IrisMLP(), backend="eager")),
}


def rows_and_answers(model: nn.Module, data: TabularData) -> tuple[numpy.ndarray, Tensor]:
    """Return all rows as they were measured, and what the network itself answers."""
    inputs = torch.cat([data.train[0], data.validation[0], data.test[0]])
    rows = data.scaling.measured(inputs.double().numpy())
    plain = getattr(model, "_orig_mod", model)  # not compiled
    scaled = torch.tensor(data.scaling.scale(rows), dtype=next(plain.parameters()).dtype)
    return rows, plain.eval()(scaled).softmax(dim=1).detach()


@pytest.mark.parametrize(("table", "network"), TRIALS.values(), ids=TRIALS)
def test_every_tool_takes_it_as_it_is(table, network, tmp_path: Path) -> None:
    data, model = table(), network()
    for draw in PICTURES.values():
        drawn = draw(model, data)
        assert drawn.description and (drawn.page if draw is explore else drawn.png())
    path = Predictor(model, data).save(tmp_path / "own.safetensors")
    rows, answers = rows_and_answers(model, data)
    command = [sys.executable, "-W", "ignore", "-c", LOADED, str(path)]
    told = subprocess.check_output(command, input=json.dumps(rows.tolist()), text=True)
    numpy.testing.assert_allclose(json.loads(told), answers, atol=1e-6)


@pytest.mark.filterwarnings("ignore::day38.RangeWarning")  # a few test rows are odd
def test_what_no_picture_holds_is_refused_and_the_rest_works(tmp_path: Path) -> None:
    data = split_table(*datasets.load_digits(return_X_y=True), title="Digits")
    model = chain(64, 32, 10)
    for name in ("network", "heat map", "regions", "page"):
        with pytest.raises(ValueError, match=r"64|10"):
            PICTURES[name](model, data)
    assert plot_weight_histograms(model).png() and plot_activations(model, data).png()
    loaded = Predictor.load(Predictor(model, data).save(tmp_path / "digits"))
    rows, answers = rows_and_answers(model, data)
    numpy.testing.assert_allclose(loaded.predict_proba(rows), answers, atol=1e-6)


class Shortcut(Written):
    """The same layers with what was given added to what comes out."""

    def forward(self, inputs: Tensor) -> Tensor:
        return super().forward(inputs) + inputs[:, :3]


class Twice(Written):
    """A layer used twice."""

    def forward(self, inputs: Tensor) -> Tensor:
        return self.last(self.first(self.first(inputs) @ self.first.weight))


def broken() -> nn.Module:
    model = chain(13, 3)
    nn.init.constant_(model[0].bias, float("nan"))
    return model


REFUSED: dict[str, Callable[[], nn.Module]] = {
    "shortcut": Shortcut,
    "a layer twice": Twice,
    "softmax": lambda: nn.Sequential(chain(13, 5, 3), nn.Softmax(dim=1)),
    "convolution": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 13)), nn.Conv1d(1, 1, 3), nn.Flatten(), nn.Linear(11, 3)
    ),
    "NaN": broken,
    "of another table": lambda: chain(4, 3),
    "too few classes": lambda: chain(13, 2),
}


@pytest.mark.parametrize("network", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("tool", sorted({*PICTURES, "Predictor"} - {"regions"}))
def test_what_cannot_be_shown_or_kept_truly_is_refused_by_every_tool(tool, network) -> None:
    use = {**PICTURES, "Predictor": Predictor}[tool]
    with pytest.raises((ValueError, RuntimeError)):
        use(network(), wine())
