"""The checklist of notebook 4 passes what is right and catches, each by itself, what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas
import pytest
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import MinMaxScaler
from torch import nn

from day38 import Predictor, TabularData, Validation, split_table, train
from day38.chapters.checklist import MODEL, PAGE, checklist
from day38.explorer import explore


@dataclass
class Work:
    """What notebook 4 ends with."""

    csv: Path
    data: TabularData
    model: nn.Module
    validation: Validation
    folder: Path

    def lines(self, capsys: Any) -> list[str]:
        """Return what the checklist prints."""
        checklist(self.csv, "class", self.data, self.model, self.validation, self.folder)
        return capsys.readouterr().out.splitlines()


def trained(csv: Path, table: pandas.DataFrame, part: str = "validation", epochs: int = 40) -> Work:
    """Train on a table and save what is to be handed over."""
    data = split_table(table, "class", validation_size=0.2)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 3))
    validation = Validation([getattr(data, part)], patience=10)
    adam = torch.optim.Adam(model.parameters(), lr=0.03)
    train(
        model, [data.train], epochs=epochs, optimizer=adam, on_record=validation, progress=False
    )
    validation.restore(model)
    folder = csv.parent / "out"
    folder.mkdir(exist_ok=True)
    Predictor(model, data).save(folder / MODEL)
    explore(model, data).save(folder / PAGE)
    return Work(csv, data, model, validation, folder)


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, pandas.DataFrame]:
    """Return a CSV file and the table in it."""
    wine = load_wine(as_frame=True)
    csv = tmp_path / "wine.csv"
    wine.data.assign(**{"class": wine.target_names[wine.target]}).to_csv(csv, index=False)
    return csv, pandas.read_csv(csv)


def of_all_rows(work: Work) -> Work:
    """Fit the scaler on all rows, by hand."""
    rows = pandas.read_csv(work.csv).drop(columns="class").to_numpy()
    low, high = rows.min(axis=0), rows.max(axis=0)
    scaling = work.data.scaling._replace(offset=low, span=high - low, minimum=low, maximum=high)
    work.data = replace(work.data, scaler=MinMaxScaler().fit(rows), scaling=scaling)
    return work


def trained_on(work: Work) -> Work:
    """Go on after saving."""
    train(work.model, [work.data.train], epochs=60, learning_rate=0.5, progress=False)
    return work


def without_page(work: Work) -> Work:
    """Forget the page."""
    (work.folder / PAGE).unlink()
    return work


def half_a_page(work: Work) -> Work:
    """Cut it off."""
    text = (work.folder / PAGE).read_text(encoding="utf-8")
    (work.folder / PAGE).write_text(text[:2_000], encoding="utf-8")
    return work


def other_table(work: Work) -> Work:
    """Point to a file that has lost a few rows."""
    pandas.read_csv(work.csv).iloc[5:].to_csv(work.csv, index=False)
    return work


@pytest.mark.parametrize(
    ("change", "point", "told"),
    [
        (of_all_rows, 1, "可能见过测试集"),
        (other_table, 1, "可能见过测试集"),
        (trained_on, 5, "保存以后又训练过"),
        (without_page, 6, "不在文件夹里"),
        (half_a_page, 6, "不完整"),
    ],
)
def test_what_is_right_passes_and_what_is_wrong_is_caught(
    table: tuple, change: Callable, point: int, told: str, capsys: Any
) -> None:
    work = trained(*table)
    if change is of_all_rows:
        lines = work.lines(capsys)
        assert [line[0] for line in lines[:6]] == ["✅"] * 6
        assert lines[6] == "全部通过，可以交出去了。"
    lines = change(work).lines(capsys)
    assert lines[point - 1].startswith("❌") and told in lines[point - 1]
    assert lines[-1].startswith("还有 ")


def test_a_table_scaled_before_the_split_is_caught(table: tuple, capsys: Any) -> None:
    csv, rows = table
    columns = list(rows.columns[:-1])
    scaled = rows.assign(**dict(zip(columns, MinMaxScaler().fit_transform(rows[columns]).T)))
    lines = trained(csv, scaled).lines(capsys)
    assert lines[0].startswith("❌ 归一化只用了训练集的行")


def test_stopping_by_the_test_part_is_caught(table: tuple, capsys: Any) -> None:
    lines = trained(*table, part="test").lines(capsys)
    assert [line[0] for line in lines[:6]] == ["✅", "❌", "✅", "✅", "✅", "✅"]
    assert "有测试集的行" in lines[1]
    work = trained(*table)
    work.validation = Validation([work.data.validation])  # a new one, that judged nothing
    assert work.lines(capsys)[1].startswith("❌") and len(work.validation.epochs) == 0


def test_a_model_no_better_than_the_most_frequent_class_is_caught(
    table: tuple, capsys: Any
) -> None:
    work = trained(*table)
    with torch.no_grad():
        for parameter in work.model.parameters():
            parameter.zero_()
        work.model[2].bias[int(work.data.train[1].bincount().argmax())] = 1.0
    Predictor(work.model, work.data).save(work.folder / MODEL)
    lines = work.lines(capsys)
    assert [line[0] for line in lines[:6]] == ["✅", "✅", "❌", "✅", "✅", "✅"]
    assert "14 行" in lines[2]


def test_a_file_of_another_kind_is_told_in_its_own_words(table: tuple, capsys: Any) -> None:
    work = trained(*table)
    (work.folder / MODEL).write_bytes(b"not a model")
    lines = work.lines(capsys)
    assert lines[3].startswith("❌") and lines[4].startswith("❌")
