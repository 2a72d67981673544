"""The explorer's page in Chromium: its numbers and its words are those of PyTorch and day38."""

import base64
from itertools import product

import numpy
import pytest
import torch
from scipy.stats import kstest
from torch import nn
from torch.nn import functional

from day38 import Predictor
from tests.explorer.networks import chain, redrawn, trained

pytestmark = pytest.mark.browser

ALL_NUMBERS = """({ epochs, offs, rows }) => epochs.flatMap(epoch => offs.map(off => {
  explorer.set({ epoch, off });
  return { accuracy: explorer.accuracy, loss: explorer.loss, answers: rows.map(row => {
    explorer.set({ row });
    return [...explorer.probabilities, ...explorer.activations.flat()];
  }) };
}))"""
GRADIENTS = """() => {
  const { plan } = state.run, gradient = new Float64Array(plan.count);
  gradients(plan, frameNow().numbers, state.run.inputs.train, kinds.train, state.off,
    makeRoom(plan, kinds.train.length), gradient);
  return [...gradient];
}"""


def with_units_off(layers: nn.Sequential, inputs: torch.Tensor, off: list) -> tuple:
    """Return logits and what all hidden layers pass on, in one row, some units being off."""
    values, passed, hidden = layers[0](inputs), [inputs[:, :0]], iter(off)
    for step in layers[1:]:
        if isinstance(step, nn.Linear):
            values = values.index_fill(1, torch.tensor(next(hidden), dtype=torch.long), 0)
            passed.append(values)
        values = step(values)
    return values, torch.cat(passed, dim=1)


@pytest.mark.parametrize(
    ("name", "model", "offs"),
    [
        ("iris", chain(4, 10, 3), [[[]], [[0]], [[1, 9]]]),
        ("iris", chain(4, 3), [[]]),
        ("iris", chain(4, 1, 3), [[[]], [[0]]]),
        ("iris", chain(4, 32, 32, 32, 3, activation=nn.LeakyReLU), [[[], [0, 31], [5]]]),
        ("iris", chain(4, 10, 8, 3, norm=True), [[[], []], [[2], [7]]]),
        ("wine", chain(13, 16, 16, 3, activation=nn.Tanh), [[[], []], [[0, 3], [15]]]),
        ("wine", chain(13, 9, 3, activation=nn.Sigmoid), [[[4]]]),
    ],
)
@torch.no_grad()
def test_all_numbers_are_those_of_pytorch(name, model, offs, request, open_page) -> None:
    data = request.getfixturevalue(name)
    snapshots = trained(model, data, epochs=100)
    inputs, targets = map(torch.cat, zip(data.train, data.test, strict=True))
    rows = data.scaling.measured(inputs.double().numpy())
    asked = {"epochs": list(snapshots), "offs": offs, "rows": rows.tolist()}
    results = open_page(snapshots, data).evaluate(ALL_NUMBERS, asked)
    count = len(data.train[0])
    for (snapshot, off), result in zip(product(snapshots.values(), offs), results, strict=True):
        logits, passed = with_units_off(snapshot.eval(), inputs, off)
        expected = torch.cat([logits.softmax(dim=1), passed], dim=1).numpy()
        assert numpy.allclose(result["answers"], expected, rtol=0, atol=1e-5)
        loss = functional.cross_entropy(logits[:count], targets[:count]).item()
        assert result["loss"] == pytest.approx(loss, abs=1e-5)
        right = (logits.argmax(dim=1) == targets).double()
        shares = {"train": right[:count].mean().item(), "test": right[count:].mean().item()}
        assert result["accuracy"] == pytest.approx(shares)


@pytest.mark.parametrize(
    ("name", "model", "off", "rate", "stretches", "tolerance"),
    [
        ("iris", chain(4, 10, 3), [[]], 0.01, (1, 99, 1_900, 18_000), 1e-5),
        ("iris", chain(4, 10, 3), [[2, 5]], 0.1, (50,), 1e-6),
        ("wine", chain(13, 16, 16, 3, activation=nn.Tanh), [[], []], 0.05, (1, 499), 1e-5),
    ],
)
def test_training_in_the_page_is_pytorchs(
    name, model, off, rate, stretches, tolerance, request, open_page
) -> None:
    data = request.getfixturevalue(name)
    page = open_page({0: model}, data)
    page.evaluate("off => explorer.set({ off })", off)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)

    def loss() -> torch.Tensor:
        return functional.cross_entropy(with_units_off(model, data.train[0], off)[0], data.train[1])

    loss().backward()
    expected = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    assert numpy.allclose(page.evaluate(GRADIENTS), expected.numpy(), rtol=0, atol=1e-6)
    for steps in stretches:
        for _ in range(steps):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        page.evaluate("asked => explorer.train(asked)", {"steps": steps, "rate": rate})
        assert page.evaluate("explorer.loss") == pytest.approx(loss().item(), abs=tolerance)
    assert page.evaluate("[explorer.state.epoch, explorer.state.off]") == [sum(stretches), off]
    silent = "off => off[0].map(unit => explorer.activations[unit])"
    assert page.evaluate(silent, off) == [0] * len(off[0])
    page.evaluate("explorer.set({ epoch: 0 })")
    assert page.evaluate("explorer.state.numbers === undefined")  # the film again


def test_new_weights_are_drawn_as_nn_linear_draws_them(wine, open_page) -> None:
    page = open_page(chain(13, 16, 3), wine)
    drawn = [
        page.evaluate("seed => { explorer.restart({ seed }); return explorer.state.numbers }", seed)
        for seed in range(20)
    ]
    numbers = numpy.array([numpy.frombuffer(base64.b64decode(text)) for text in drawn])
    for part, inputs in ((numbers[:, : 14 * 16], 13), (numbers[:, 14 * 16 :], 16)):
        assert kstest(part.ravel() * inputs**0.5, "uniform", args=(-1, 2)).pvalue > 1e-3
    page.evaluate("explorer.restart({ seed: 3, width: 5, scaling: 'standard' })")
    assert page.evaluate("explorer.activations.length") == 5
    page.evaluate("explorer.train({ steps: 300, rate: 0.1 })")
    assert page.evaluate("explorer.accuracy.train") > 0.9


def test_a_diverging_training_says_so_and_stops(open_page) -> None:
    page = open_page(chain(4, 10, 3))
    page.evaluate("explorer.train({ steps: 5000, rate: 1e6 })")
    assert "发散" in page.locator("#counters").text_content()
    assert all(abs(share) <= 1 for share in page.evaluate("explorer.probabilities"))
    assert "NaN" not in page.locator("body").inner_text()


SWAPPED = [845, 3.1, 2.56, 15.2, 116, 2.7, 3.03, 0.17, 1.66, 5.1, 0.96, 3.36, 13.64]


@pytest.mark.parametrize(
    ("name", "row", "told"),
    [
        ("iris", [6.2, 2.2, 4.5, 1.5], None),
        ("iris", [62, 22, 45, 15], "毫米"),
        ("iris", [2.44, 0.87, 1.77, 0.59], "英寸"),
        ("iris", [0.062, 0.022, 0.045, 0.015], "像是米"),
        ("iris", [0.5, 0.1, 0.6, 0.6], "已经归一化过"),
        ("iris", [1.5, 4.5, 2.2, 6.2], "“花萼长”和“花瓣宽”两列像是对调了"),
        ("iris", [2.2, 6.2, 4.5, 1.5], "“花萼长”和“花萼宽”两列像是对调了"),
        ("iris", [4.4, 1.2, 3.0, 2.0], "说得通的不止一种"),
        ("iris", [12345.6, 100, 0.00001, 100], "请核对单位"),
        ("iris", [12345, 100, 0.00001, 100], "请核对单位"),
        ("wine", SWAPPED, "“alcohol”和“proline”两列像是对调了"),
        ("narrow", [101_400, 3e-6], "是 1.014e+05，训练时见过的是 1.0131e+05"),
        ("narrow", [101_320, 9e-6], "请核对单位、列的顺序"),
    ],
)
def test_a_row_far_outside_is_told_in_the_words_of_the_predictor(
    name, row, told, request, open_page
) -> None:
    data = request.getfixturevalue(name)
    predictor = Predictor(chain(len(row), 10, len(data.class_names)), data)
    page = open_page(predictor, data)
    page.evaluate("row => explorer.set({ row })", row)
    redrawn(page)
    warning = page.locator("#warning").text_content()
    problem = predictor.check_range(row).get(0)
    if told is None:
        assert (warning, problem) == ("", None)
    else:
        assert warning == f"这个答案不可信：{problem}" and told in problem
