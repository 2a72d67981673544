"""Notebook 4 on two tables that it has never seen: only its three marked lines are changed."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy
import pandas
import pytest
from nbclient import NotebookClient
from sklearn.datasets import load_breast_cancer

from day38 import Predictor
from tests.notebooks.lesson import FOLDER, read
from tests.notebooks.saved_outputs import check_quiet
from tools.kernels import kernel_settings

pytestmark = pytest.mark.browser  # no browser, but too long for make test
CHOICES = re.compile("^CSV = .*①.*\nLABEL = .*②.*\nOUTPUT = .*③.*$", re.MULTILINE)


def cancer() -> tuple[pandas.DataFrame, str]:
    """Return 569 rows of 30 features, two classes."""
    found = load_breast_cancer(as_frame=True)
    return found.data.assign(diagnosis=found.target_names[found.target]), "diagnosis"


def animals() -> tuple[pandas.DataFrame, str]:
    """Return 180 rows with Chinese names of columns and classes."""
    random, kinds = numpy.random.default_rng(0), ["猫", "狗", "兔"]
    middle = numpy.array([[25.0, 4.5, 7.0], [50.0, 20.0, 11.0], [18.0, 2.0, 10.0]])
    which = random.permutation(180) % 3
    rows = middle[which] * random.normal(1, 0.15, (180, 3))
    columns = ["肩高（厘米）", "体重（千克）", "耳长（厘米）"]
    table = pandas.DataFrame(rows.round(2), columns=columns)
    table.insert(1, "动物", [kinds[kind] for kind in which])
    return table, "动物"


@pytest.mark.filterwarnings("ignore::day38.RangeWarning")  # of a few rows that were not trained on
@pytest.mark.parametrize("make", [cancer, animals])
def test_with_three_lines_changed_it_ends_with_a_folder(make: Callable, tmp_path: Path) -> None:
    table, label = make()
    csv, folder = tmp_path / "我的表.csv", tmp_path / "交付"
    table.to_csv(csv, index=False)
    notebook = read(FOLDER / "4_your_data.ipynb")
    cells = {cell.id: cell for cell in notebook.cells}
    choose = cells["choose"]
    (old,) = CHOICES.findall(choose.source)
    new = f"CSV = Path({str(csv)!r})\nLABEL = {label!r}\nOUTPUT = Path({str(folder)!r})"
    choose.source = choose.source.replace(old, new)
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, resources=where, config=kernel_settings()).execute()
    assert check_quiet(notebook) == []
    told = "".join(output.get("text", "") for output in cells["yours-run"].outputs)
    assert told.count("✅") == 6 and "六项都通过" in told, told
    files = ["README.txt", "model.safetensors", "page.html"]
    assert sorted(path.name for path in folder.iterdir()) == files
    predictor = Predictor.load(folder / "model.safetensors")
    assert (table[label] == predictor.predict(table)).mean() > 0.9
    assert set(predictor.classes_) == set(table[label])
