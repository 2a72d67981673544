"""What a notebook's run must not let pass is planted, and named with its cell."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbmake import pytest_items

from tools.notebooks import METADATA

GLYPH = """import matplotlib.pyplot as plt
plt.rcParams["font.family"] = "DejaVu Sans"
plt.title("轮次")
plt.show()"""

# Neither imports nor chance of a claim reach the notebook.
LAST = """assert not {"math", "_y", "n"} & set(globals())
if "torch" in globals():
    assert torch.get_rng_state().equal(torch.Generator().manual_seed(0).get_state())"""


@pytest.mark.parametrize(
    ("source", "tags", "claims", "told"),
    [
        ("x = 70", [], "assert x == 70\nassert x < 83", []),
        (
            "x = 70",
            [],
            "assert x == 83\nassert abs(x - 5) < 1",
            ["fault.claims.py:2 · assert x == 83", "70 == 83", "fault.claims.py:3", "65 < 1"],
        ),
        ("x = 70", [], "for n in (7, x):\n    assert n < 9", ["fault.claims.py:3", "70 < 9"]),
        ("x = 70", [], "assert y == 1", ["fault.claims.py:2", "NameError: name 'y'"]),
        ("x = 70", [], "_y = z", ["fault.claims.py:2", "NameError", "z"]),
        ("import torch; torch.manual_seed(0)", [], "assert torch.rand(1) < 0", ["tensor(["]),
        ("x = 70", [], "assert True\n# %% gone\nassert True", ["gone"]),
        ("1 / 0", [], "", ["ZeroDivisionError"]),
        ("1 / 1", ["raises-exception"], "", ["planted", "没有出错"]),
        ("import os; os._exit(1)", [], "", ["planted", "Dead"]),
        ("import warnings; warnings.warn('few')", [], "", ["planted", "few"]),
        (GLYPH, [], "", ["planted", "Glyph"]),
    ],
)
def test_faults_are_named(
    source: str, tags: list[str], claims: str, told: list[str], tmp_path: Path
) -> None:
    cell = new_code_cell(source, id="planted", metadata={"tags": tags})
    last = new_code_cell(LAST, id="last")
    nbformat.write(new_notebook(cells=[cell, last], metadata=METADATA), tmp_path / "fault.ipynb")
    (tmp_path / "fault.claims.py").write_text(f"# %% planted\n{claims}\nimport math\n", "utf-8")
    error = pytest_items.NotebookRun(tmp_path / "fault.ipynb", 300).execute().error
    assert bool(error) == bool(told), error
    for part in told:
        assert part in error.trace
