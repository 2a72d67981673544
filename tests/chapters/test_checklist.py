"""The checklist of notebook 4 passes what is right and catches, each by its line, what is wrong."""

from dataclasses import replace
from pathlib import Path

import pandas
import pytest
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import MinMaxScaler
from torch import nn

from day38 import Predictor, Validation, split_table, train
from day38.chapters.checklist import MODEL, NOTE, PAGE, checklist
from day38.explorer import explore

WINE = load_wine(as_frame=True)
TABLE = WINE.data.assign(kind=WINE.target_names[WINE.target])


class Work:
    """What notebook 4 ends with, in a folder to hand over."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture) -> None:
        self.folder, self.capsys = folder, capsys
        self.do(TABLE, "validation")

    def do(self, table: pandas.DataFrame, judged_by: str) -> None:
        """Train on a table, judged by one of its parts, and save what is to be handed over."""
        self.data = split_table(table, "kind", validation_size=0.2)
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 3))
        self.validation = Validation([getattr(self.data, judged_by)], patience=10)
        adam = torch.optim.Adam(self.model.parameters(), lr=0.03)
        self.train(epochs=40, optimizer=adam, on_record=self.validation)
        self.validation.restore(self.model)
        self.save_model()
        explore(self.model, self.data).save(self.folder / PAGE)
        (self.folder / NOTE).write_text("由 13 个数判断品种。", encoding="utf-8")

    def train(self, **options) -> None:
        train(self.model, [self.data.train], progress=False, **options)

    def save_model(self) -> None:
        Predictor(self.model, self.data).save(self.folder / MODEL)

    def judged(self) -> tuple[str, list[str]]:
        """Return the marks of the six points, and all lines."""
        csv = self.folder / "wine.csv"
        TABLE.to_csv(csv, index=False)
        checklist(csv, "kind", self.data, self.model, self.validation, self.folder)
        lines = self.capsys.readouterr().out.splitlines()
        return "".join(line[0] for line in lines[:6]), lines


@pytest.fixture
def work(tmp_path: Path, capsys: pytest.CaptureFixture) -> Work:
    return Work(tmp_path, capsys)


def test_what_is_right_passes(work) -> None:
    marks, lines = work.judged()
    assert marks == "✅✅✅✅✅✅" and lines[6:] == ["六项都通过了。清单查不到的，要靠你自己。"]


def test_a_table_scaled_before_the_split_and_a_missing_page(work) -> None:
    columns = list(WINE.feature_names)
    scaled = pandas.DataFrame(MinMaxScaler().fit_transform(TABLE[columns]), columns=columns)
    work.do(scaled.assign(kind=TABLE.kind), "validation")
    (work.folder / PAGE).unlink()
    marks, lines = work.judged()
    assert marks == "❌✅✅✅✅❌" and "可能见过测试集" in lines[0] and "不在文件夹里" in lines[5]
    assert lines[6].startswith("还有 2 项")


def test_a_scaler_of_all_rows_in_a_right_split_and_half_a_page(work) -> None:
    rows = TABLE[WINE.feature_names].to_numpy()
    low, high = rows.min(axis=0), rows.max(axis=0)
    scaling = work.data.scaling._replace(offset=low, span=high - low, minimum=low, maximum=high)
    work.data = replace(work.data, scaler=MinMaxScaler().fit(rows), scaling=scaling)
    text = (work.folder / PAGE).read_text(encoding="utf-8")
    (work.folder / PAGE).write_text(text[:2_000], encoding="utf-8")
    marks, lines = work.judged()
    assert marks[0] == marks[5] == "❌" and "不完整" in lines[5]


def test_stopping_by_the_test_part_and_training_on_after_saving(work) -> None:
    work.do(TABLE, "test")
    work.train(epochs=60, learning_rate=0.5)
    marks, lines = work.judged()
    assert marks[:3] == "✅❌✅" and "有测试集的行" in lines[1]
    assert marks[4:] == "❌✅" and "保存以后又训练过" in lines[4]


def test_an_epoch_that_is_not_the_best_and_a_missing_note(work) -> None:
    work.train(epochs=1, learning_rate=0.5)
    work.save_model()
    (work.folder / NOTE).unlink()
    marks, lines = work.judged()
    assert marks == "✅❌✅✅✅❌" and "restore(model)" in lines[1] and NOTE in lines[5]


def test_a_model_no_better_than_the_most_frequent_class(work) -> None:
    most = work.data.train[1].bincount().argmax()
    for parameter in work.model.parameters():
        parameter.data.zero_()
    work.model[2].bias.data[most] = 1
    work.save_model()
    marks, lines = work.judged()
    assert marks == "✅❌❌✅✅✅" and "总答最多的一类答对 14 行" in lines[2]


def test_a_broken_file_and_a_validation_that_judged_nothing(work) -> None:
    (work.folder / MODEL).write_bytes(b"not a model")
    work.validation = Validation([work.data.validation])
    assert work.judged()[0] == "✅❌✅❌❌✅"
    work.validation(1, nn.Linear(work.model[0].in_features, len(work.data.class_names)))
    marks, lines = work.judged()
    assert marks == "✅❌✅❌❌✅" and "另一个网络" in lines[1]
