"""The checklist of notebook 4 passes what is right and catches, each by its line, what is wrong."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import MinMaxScaler
from torch import nn

from day38 import Predictor, TabularData, Validation, split_table, train
from day38.chapters.checklist import MODEL, NOTE, PAGE, checklist
from day38.explorer import explore

WINE = load_wine(as_frame=True)
TABLE = WINE.data.assign(kind=WINE.target_names[WINE.target])


@dataclass
class Work:
    """What notebook 4 ends with."""

    folder: Path
    data: TabularData
    model: nn.Module
    validation: Validation

    def marks(self, capsys: Any) -> tuple[str, list[str]]:
        """Return the marks of the six points, and all lines."""
        TABLE.to_csv(self.folder.parent / "wine.csv", index=False)
        csv = self.folder.parent / "wine.csv"
        checklist(csv, "kind", self.data, self.model, self.validation, self.folder)
        lines = capsys.readouterr().out.splitlines()
        return "".join(line[0] for line in lines[:6]), lines


def trained(folder: Path, table: pandas.DataFrame = TABLE, part: str = "validation") -> Work:
    """Train on a table and save what is to be handed over."""
    data = split_table(table, "kind", validation_size=0.2)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 3))
    validation = Validation([getattr(data, part)], patience=10)
    adam = torch.optim.Adam(model.parameters(), lr=0.03)
    options = {"epochs": 40, "optimizer": adam, "on_record": validation, "progress": False}
    train(model, [data.train], **options)  # type: ignore[arg-type]
    validation.restore(model)
    (folder / "out").mkdir()
    Predictor(model, data).save(folder / "out" / MODEL)
    explore(model, data).save(folder / "out" / PAGE)
    (folder / "out" / NOTE).write_text("由 13 个数判断品种。", encoding="utf-8")
    return Work(folder / "out", data, model, validation)


def test_what_is_right_passes(tmp_path: Path, capsys: Any) -> None:
    marks, lines = trained(tmp_path).marks(capsys)
    assert marks == "✅✅✅✅✅✅" and lines[6:] == ["六项都通过了。清单查不到的，要靠你自己。"]


def test_a_table_scaled_before_the_split_and_a_missing_page(tmp_path: Path, capsys: Any) -> None:
    columns = list(WINE.feature_names)
    scaled = pandas.DataFrame(MinMaxScaler().fit_transform(TABLE[columns]), columns=columns)
    work = trained(tmp_path, scaled.assign(kind=TABLE.kind))
    (work.folder / PAGE).unlink()
    marks, lines = work.marks(capsys)
    assert marks == "❌✅✅✅✅❌" and "可能见过测试集" in lines[0] and "不在文件夹里" in lines[5]
    assert lines[6].startswith("还有 2 项")


def test_a_scaler_of_all_rows_in_a_right_split_and_half_a_page(tmp_path: Path, capsys: Any) -> None:
    work = trained(tmp_path)
    rows = TABLE[WINE.feature_names].to_numpy()
    low, high = rows.min(axis=0), rows.max(axis=0)
    scaling = work.data.scaling._replace(offset=low, span=high - low, minimum=low, maximum=high)
    work.data = replace(work.data, scaler=MinMaxScaler().fit(rows), scaling=scaling)
    text = (work.folder / PAGE).read_text(encoding="utf-8")
    (work.folder / PAGE).write_text(text[:2_000], encoding="utf-8")
    marks, lines = work.marks(capsys)
    assert marks[0] == marks[5] == "❌" and "不完整" in lines[5]


def test_stopping_by_the_test_part_and_training_on_after_saving(
    tmp_path: Path, capsys: Any
) -> None:
    work = trained(tmp_path, part="test")
    train(work.model, [work.data.train], epochs=60, learning_rate=0.5, progress=False)
    marks, lines = work.marks(capsys)
    assert marks[:3] == "✅❌✅" and "有测试集的行" in lines[1]
    assert marks[4:] == "❌✅" and "保存以后又训练过" in lines[4]


def test_an_epoch_that_is_not_the_best_and_a_missing_note(tmp_path: Path, capsys: Any) -> None:
    work = trained(tmp_path)
    train(work.model, [work.data.train], epochs=1, learning_rate=0.5, progress=False)
    Predictor(work.model, work.data).save(work.folder / MODEL)
    (work.folder / NOTE).unlink()
    marks, lines = work.marks(capsys)
    assert marks == "✅❌✅✅✅❌" and "restore(model)" in lines[1] and NOTE in lines[5]


def test_a_model_no_better_than_the_most_frequent_class(tmp_path: Path, capsys: Any) -> None:
    work = trained(tmp_path)
    with torch.no_grad():
        for parameter in work.model.parameters():
            parameter.zero_()
        most = int(work.data.train[1].bincount().argmax())
        work.model[2].bias[most] = 1.0  # type: ignore[index, union-attr]
    Predictor(work.model, work.data).save(work.folder / MODEL)
    marks, lines = work.marks(capsys)
    assert marks == "✅❌❌✅✅✅" and "总答最多的一类答对 14 行" in lines[2]


def test_a_broken_file_and_a_validation_that_judged_nothing(tmp_path: Path, capsys: Any) -> None:
    work = trained(tmp_path)
    (work.folder / MODEL).write_bytes(b"not a model")
    work.validation = Validation([work.data.validation])
    assert work.marks(capsys)[0] == "✅❌✅❌❌✅"
