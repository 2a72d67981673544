"""The explorer's page in Chromium: its numbers and its words are those of PyTorch and day38."""

import base64
from itertools import pairwise

import numpy
import pytest
import torch
from scipy.stats import kstest
from torch import nn
from torch.nn import functional

from day38 import Predictor, TabularData, train
from day38.layers import layers_of
from tests.explorer.networks import chain, redrawn, trained, until

pytestmark = pytest.mark.browser

EXAMPLE = [6.2, 2.2, 4.5, 1.5]  # row 8 of the test set
ALL_NUMBERS = """({ epochs, offs, rows }) => epochs.map(epoch => offs.map(off => {
  explorer.set({ epoch, off });
  return { accuracy: explorer.accuracy, loss: explorer.loss, answers: rows.map(row => {
    explorer.set({ row });
    return [explorer.probabilities, explorer.activations.flat()];
  }) };
}))"""
GRADIENTS = """() => {
  const { plan } = state.run, gradient = new Float64Array(plan.count);
  gradients(plan, frameNow().numbers, state.run.inputs.train, kinds.train, state.off,
    makeRoom(plan, kinds.train.length), gradient);
  return [...gradient];
}"""


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
def test_all_numbers_are_those_of_pytorch(name, model, offs, request, open_page) -> None:
    data = request.getfixturevalue(name)
    snapshots = trained(model, data, epochs=100)
    page = open_page(snapshots, data)
    inputs = torch.cat([data.train[0], data.test[0]])
    targets = torch.cat([data.train[1], data.test[1]])
    rows = data.scaling.measured(inputs.double().numpy())
    asked = {"epochs": list(snapshots), "offs": offs, "rows": rows.tolist()}
    for snapshot, results in zip(
        snapshots.values(), page.evaluate(ALL_NUMBERS, asked), strict=True
    ):
        for off, result in zip(offs, results, strict=True):
            logits, passed = with_units_off(layers_of(snapshot, data.train[0]), inputs, off)
            probabilities = logits.softmax(dim=1)
            shown, shown_passed = zip(*result["answers"], strict=True)
            assert numpy.abs(numpy.array(shown) - probabilities.numpy()).max() <= 1e-5
            assert numpy.allclose(numpy.array(shown_passed), passed.numpy(), rtol=0, atol=1e-5)
            count = len(data.train[0])
            expected = functional.cross_entropy(logits[:count], targets[:count]).item()
            assert result["loss"] == pytest.approx(expected, abs=1e-5)
            right = (logits.argmax(dim=1) == targets).double()
            shares = {"train": right[:count].mean().item(), "test": right[count:].mean().item()}
            assert result["accuracy"] == pytest.approx(shares)


def with_units_off(layers: nn.Sequential, inputs: torch.Tensor, off: list) -> tuple:
    """Return logits and what all hidden layers pass on, in one row, some units being off."""
    linear = [place for place, step in enumerate(layers) if isinstance(step, nn.Linear)]
    passed, values = [torch.zeros(len(inputs), 0)], inputs
    for layer, (start, end) in enumerate(pairwise([0, *linear[1:], len(layers)])):
        values = layers[start:end](values)
        if layer < len(off):
            values[:, off[layer]] = 0
            passed.append(values)
    return values, torch.cat(passed, dim=1)


@pytest.mark.parametrize(
    ("name", "model", "rate", "lengths"),
    [
        ("iris", chain(4, 10, 3), 0.01, (1, 100, 2_000, 20_000)),
        ("wine", chain(13, 16, 16, 3, activation=nn.Tanh), 0.05, (1, 500)),
    ],
)
def test_training_in_the_page_is_pytorchs(name, model, rate, lengths, request, open_page) -> None:
    data = request.getfixturevalue(name)
    page = open_page({0: model}, data)
    loss = functional.cross_entropy(model(data.train[0]), data.train[1])
    loss.backward()
    expected = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    assert numpy.abs(numpy.array(page.evaluate(GRADIENTS)) - expected.numpy()).max() <= 1e-6
    done = 0
    for length in lengths:
        steps = {"steps": length - done, "rate": rate}
        train(model, [data.train], epochs=length - done, learning_rate=rate, progress=False)
        page.evaluate("steps => explorer.train(steps)", steps)
        with torch.no_grad():
            loss = functional.cross_entropy(model(data.train[0]), data.train[1]).item()
        assert page.evaluate("explorer.loss") == pytest.approx(loss, abs=1e-4)
        done = length
    assert page.evaluate("explorer.state.epoch") == done
    page.evaluate("explorer.set({ epoch: 0 })")
    assert page.evaluate("explorer.state.numbers === undefined")  # the film again


def test_a_unit_that_is_off_stays_off_while_it_trains(iris, open_page) -> None:
    model = chain(4, 10, 3)
    page = open_page({0: model})
    page.evaluate("explorer.set({ off: [2, 5] }); explorer.train({ steps: 50, rate: 0.1 })")
    until(page, "explorer.state.epoch == 50")
    mask = torch.ones(10).index_fill(0, torch.tensor([2, 5]), 0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(51):
        passed = model[1](model[0](iris.train[0])) * mask
        loss = functional.cross_entropy(model[2](passed), iris.train[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert page.evaluate("explorer.loss") == pytest.approx(loss.item(), abs=1e-6)
    assert page.evaluate("[2, 5].map(unit => explorer.activations[unit])") == [0, 0]


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
    until(page, "explorer.state.epoch == 300")
    assert page.evaluate("explorer.accuracy.train") > 0.9


def test_a_diverging_training_says_so_and_stops(iris, open_page) -> None:
    page = open_page(chain(4, 10, 3))
    page.evaluate("explorer.train({ steps: 5000, rate: 1e6 })")
    until(page, "find('counters').textContent.includes('发散')")
    assert all(abs(share) <= 1 for share in page.evaluate("explorer.probabilities"))
    assert "NaN" not in page.locator("body").inner_text()


@pytest.mark.parametrize(
    "row",
    [
        EXAMPLE,
        [62, 22, 45, 15],
        [2.44, 0.87, 1.77, 0.59],
        [0.062, 0.022, 0.045, 0.015],
        [0.5, 0.1, 0.6, 0.6],
        [1.5, 4.5, 2.2, 6.2],
        [2.2, 6.2, 4.5, 1.5],
        [4.4, 1.2, 3.0, 2.0],
        [12345.6, 100, 0.00001, 100],
    ],
)
def test_a_row_far_outside_is_told_in_the_words_of_the_predictor(row, iris, open_page) -> None:
    compare_words(row, Predictor(chain(4, 10, 3), iris), iris, open_page)


def test_two_swapped_columns_of_many_are_told_in_the_same_words(wine, open_page) -> None:
    row = wine.scaling.measured(wine.test[0][:1].double().numpy())[0]
    row[[0, 12]] = row[[12, 0]]
    predictor = Predictor(chain(13, 16, 3), wine)
    assert "“alcohol”和“proline”两列像是对调了" in predictor.check_range(row)[0]
    compare_words(row.tolist(), predictor, wine, open_page)


def compare_words(row: list, predictor: Predictor, data: TabularData, open_page) -> None:
    page = open_page(predictor, data)
    page.evaluate("row => explorer.set({ row })", row)
    redrawn(page)
    problem = predictor.check_range(row).get(0)
    expected = f"这个答案不可信：{problem}" if problem else ""
    assert page.locator("#warning").text_content() == expected
