"""What notebook 1 says about torchsummary and torchinfo is what these versions do.

The notebook's own cells are run here, so that its table cannot differ from what is tested. When
a new version of a tool changes a row, the notebook's prose must change with it.
"""

from typing import Any

import nbformat
import pytest
import torch
from nbformat import NotebookNode

from tools.outputs import ROOT

BARE = "AttributeError: 'int' object has no attribute 'numpy'"
TUPLE = "AttributeError: 'tuple' object has no attribute 'size'"
EXPECTED = {  # torchsummary, torchinfo, the truth
    "我们的 MLP": (83, 83, 83),
    "共享权重": (128, 128, 64),
    "同一层用三次": (243, 99, 99),
    "裸参数": (15, 59, 59),
    "没用到的层": (83, 2633, 2633),
    "模型里的 RNN": (27, 147, 147),
    "模型里的 GRU": (27, 387, 387),
    "模型里的 LSTM": (TUPLE, 507, 507),
    "单独的 RNN 层": (BARE, 120, 120),
}
MODELS = ("disagree-tied", "disagree-reused", "disagree-bare", "disagree-unused")


@pytest.fixture(scope="module")
def cells() -> dict[str, NotebookNode]:
    path = ROOT / "notebooks" / "1_visualization.ipynb"
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


@pytest.fixture(scope="module")
def names(cells: dict[str, NotebookNode]) -> dict[str, Any]:
    """Return what the notebook's cells define, without its training."""
    names: dict[str, Any] = {}
    run(cells, names, "setup", "setup-package")
    with torch.random.fork_rng():
        names["model_on_cpu"] = names["IrisMLP"]()
        run(cells, names, "torchsummary-total", "input-sizes-models", *MODELS, "disagree-run")
    return names


def run(cells: dict[str, NotebookNode], names: dict[str, Any], *ids: str) -> None:
    for cell_id in ids:
        exec(compile(cells[cell_id].source, cell_id, "exec"), names)


@pytest.mark.parametrize("row", EXPECTED)
def test_the_tools_answer_what_the_prose_says(names: dict[str, Any], row: str) -> None:
    assert names["table"][row] == EXPECTED[row]


def test_there_is_no_other_row(names: dict[str, Any]) -> None:
    assert list(names["table"]) == list(EXPECTED)


def test_the_truth_is_counted_by_hand() -> None:
    truths = {name: truth for name, (*_, truth) in EXPECTED.items()}
    output = 8 * 3 + 3  # of every model with a recurrent layer
    assert truths == {
        "我们的 MLP": 4 * 10 + 10 + 10 * 3 + 3,
        "共享权重": 8 * 8,
        "同一层用三次": 8 * 8 + 8 + 8 * 3 + 3,
        "裸参数": 11 * 4 + 4 * 3 + 3,
        "没用到的层": 83 + 50 * 50 + 50,
        "模型里的 RNN": 5 * 8 + 8 * 8 + 2 * 8 + output,
        "模型里的 GRU": 3 * (5 * 8 + 8 * 8 + 2 * 8) + output,
        "模型里的 LSTM": 4 * (5 * 8 + 8 * 8 + 2 * 8) + output,
        "单独的 RNN 层": 5 * 8 + 8 * 8 + 2 * 8,
    }


def test_the_committed_table_is_what_the_tools_print(cells: dict[str, NotebookNode]) -> None:
    (output,) = cells["disagree-table"].outputs
    lines = output.data["text/markdown"].splitlines()[2:]
    shown = {}
    for line in lines:
        name, *answers = (part.strip() for part in line.strip("|").split("|"))
        shown[name] = tuple(answers)
    wanted = {
        name: tuple(str(a) if a == answers[-1] else f"**{a}** ✗" for a in answers)
        for name, answers in EXPECTED.items()
    }
    assert shown == wanted


def test_torchsummary_sees_only_weight_and_bias(names: dict[str, Any]) -> None:
    recurrent = names["models"]["模型里的 RNN"][0].recurrent
    assert not {name for name, _ in recurrent.named_parameters()} & {"weight", "bias"}


def test_torchinfo_has_no_row_for_the_unused_layer(names: dict[str, Any]) -> None:
    summary = names["torchinfo"].summary(
        names["UnusedLayer"](), (1, 4), device="cpu", verbose=0, row_settings=["var_names"]
    )
    assert "spare" not in str(summary)
    assert summary.total_params == 2633


@pytest.mark.parametrize(
    "cell_id",
    ["rnn-row-cases", "torchinfo-wrong", "work-count", "work-lstm"],
)
def test_claims_about_single_calls_hold(
    cells: dict[str, NotebookNode], names: dict[str, Any], cell_id: str
) -> None:
    names["right"] = names["torchinfo"].summary(
        names["model_on_cpu"], input_size=(1, 4), device="cpu", verbose=0
    )
    run(cells, names, cell_id)  # its asserts


@pytest.mark.parametrize("changed", ["rng", "batchnorm", "modes", "hooks", "cure"])
def test_claims_about_side_effects_hold(
    cells: dict[str, NotebookNode], names: dict[str, Any], changed: str
) -> None:
    order = ["rng", "batchnorm", "modes", "hooks", "cure"]
    with torch.random.fork_rng():
        run(cells, names, *(f"behind-{step}" for step in order[: order.index(changed) + 1]))
