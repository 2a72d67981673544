"""What of a table cannot be used is said with its place, and what to do."""

import numpy
import pandas
import pytest
import torch
from sklearn import datasets

from day38 import Predictor, split_table

WINE = datasets.load_wine(as_frame=True).frame
ROWS, LABELS = WINE.drop(columns="target"), WINE["target"]


def changed(column: str, row: int, value: object) -> pandas.DataFrame:
    """Return the wine with one cell that is something else."""
    frame = WINE.astype({column: object})
    frame.loc[row, column] = value
    return frame


UNNAMED = WINE.assign(**{"Unnamed: 0": range(178)})
MISSING = LABELS.astype("Int64").mask(LABELS.index == 3)
ZONE = pandas.Timestamp("2026-01-01", tz="Asia/Shanghai")
NUMBERED = UNNAMED.set_axis(range(15), axis=1)
MASKED = numpy.ma.masked_equal(LABELS.to_numpy(), 2)
TWICE = pandas.concat([WINE, WINE["hue"]], axis=1)
REFUSED = {
    "a gap": (changed("ash", 5, numpy.nan), "target", "第 5 行（从 0 数起）的“ash”是 nan"),
    "an empty text": (changed("ash", 5, ""), "target", "第 5 行（从 0 数起）的“ash”.*缺了数"),
    "infinite": (changed("ash", 0, numpy.inf), "target", "第 0 行.*“ash”是 inf"),
    "a text": (changed("hue", 7, "红"), "target", "第 7 行.*“hue”是文字“红”.*get_dummies"),
    "row numbers": (WINE.assign(编号=range(1, 179)), "target", "“编号”只是行号（1、2、3.*drop"),
    "row numbers in a column called 14": (NUMBERED, 13, r"“14”只是行号.*columns=14\)"),
    "row numbers with gaps": (UNNAMED.drop(index=[3, 9]), "target", "“Unnamed: 0”只是行号"),
    "dates with a zone": (WINE.assign(day=ZONE), "target", "第 0 行.*“day”是 Timestamp 2026"),
    "bins": (WINE.assign(hue=pandas.cut(WINE["hue"], 3)), "target", "“hue”是 Interval .*只能是数"),
    "masked": (numpy.ma.masked_less(ROWS.to_numpy(), 0.5), LABELS, "“x7”是 nan，缺了数"),
    "too narrow": (WINE.assign(hue=WINE["hue"] + 1e12), "target", "“hue”的数最多只相差 1.23.*减去"),
    "too small": (
        WINE.assign(hue=WINE["hue"] * 1e-19),
        "target",
        "最多只相差 1.23e-19.*换一个单位",
    ),
    "a blank label": (ROWS, ["是", " "] * 89, "第 1 行.*没有标签"),
    "a label with a blank": (ROWS, ["是", "是 "] * 89, "都是“是”，只差前后的空格"),
    "one-hot": (ROWS, numpy.eye(3)[LABELS], r"形状是 \(178, 3\).*argmax"),
    "one-hot rows": (ROWS, numpy.eye(3)[LABELS].tolist(), "标签里有 .*argmax"),
    "a table of labels": (ROWS, WINE[["target"]], r"形状是 \(178, 1\).*squeeze"),
    "labels twice": (TWICE, "hue", "有 2 个叫“hue”的列"),
    "dates": (WINE.assign(day=pandas.Timestamp("2026-01-01")), "target", "“day”是 datetime64"),
    "no label": (changed("target", 3, None), "target", "第 3 行.*没有标签"),
    "a masked label": (ROWS, MASKED, "第 130 行.*没有标签"),
    "labels in another order": (ROWS[::-1], LABELS, r"行号（index）不一样.*labels\.loc"),
    "a missing label": (WINE.assign(target=MISSING), "target", "第 3 行.*没有标签"),
    "one class": (ROWS, [1] * 178, "只有一个类别：1"),
    "a class of one row": (changed("target", 9, 7), "target", "类别“7”一共只有 1 行，.*seed"),
    "too few rows": (WINE.iloc[::60], "target", "一行也没有"),
    "nothing": (numpy.zeros((0, 2)), [], "一行也没有"),
    "numbers to predict": (ROWS, ROWS["hue"], "第 0 行.*小数 1.04.*回归"),
    "mixed labels": (ROWS, [1, "a"] * 89, "int、str"),
    "no such column": (WINE, "kind", "没有叫“kind”的列.*proline"),
    "a name for an array": (ROWS.to_numpy(), "target", "没有列名"),
    "another length": (ROWS, [0, 1], "178 行，却有 2 个标签"),
    "one dimension": ([1.0, 2.0], [0, 1], r"形状是 \(2,\)"),
    "one name twice": (ROWS.set_axis(["a"] * 13, axis=1), LABELS, "13 列特征，名字有 1 个"),
}


@pytest.mark.parametrize(("rows", "labels", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_said_with_its_place(rows, labels, told) -> None:
    with pytest.raises(ValueError, match=told):
        split_table(rows, labels)


def test_columns_may_be_called_by_numbers_and_labels_may_be_a_tensor() -> None:
    numbered = WINE.set_axis(range(14), axis=1)
    levels = WINE.set_axis(pandas.MultiIndex.from_product([WINE.columns, [""]]), axis=1)
    wine = split_table(WINE, "target")
    for rows, labels in (
        (numbered, 13),
        (numbered, "13"),
        (ROWS, torch.tensor(LABELS.array)),
        (levels, "target"),
        (ROWS.assign(hue=ROWS["hue"] * 1e-13), LABELS.to_list()),
    ):
        data = split_table(rows, labels)
        assert data.class_names == wine.class_names and torch.equal(data.train[1], wine.train[1])
    predictor = Predictor(torch.nn.Linear(13, 3), split_table(numbered, 13))
    for part in (slice(0, 9), 5):
        assert predictor.predict(numbered.iloc[part]) == predictor.predict(ROWS.to_numpy()[part])
