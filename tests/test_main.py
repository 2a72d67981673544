"""The command line: answers, warnings, and one Chinese sentence for whatever is wrong."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy
import pandas
import pytest
import torch
from torch import nn

from day38 import Predictor, load_iris, split_table
from day38.__main__ import MODEL, main

FLOWER = ["6.2", "2.2", "4.5", "1.5"]
LINE = ",".join(FLOWER)
NAMES = "petal length (cm),petal width (cm),sepal length (cm),sepal width (cm)"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command and returns exit status, output and errors."""

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = int(ended.code or 0)
        return status, *capsys.readouterr()

    return run


def test_one_flower(run: Run) -> None:
    status, out, err = run("predict", *FLOWER)
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[:3]] == list(load_iris().class_names)
    assert out.splitlines()[-1].startswith("预测：virginica（维吉尼亚鸢尾），概率 5")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_flower_out_of_range_gets_an_answer_and_a_warning(run: Run, options: list) -> None:
    status, out, err = run("predict", "62", "22", "45", "15", *options)
    assert status == 0 and "virginica" in out
    assert err.startswith("注意：“花萼长”是 62") and "毫米" in err
    if options:
        assert "毫米" in json.loads(out)[0]["warning"]


def test_a_file_of_flowers_is_answered_as_the_predictor_does(run: Run, tmp_path: Path) -> None:
    iris, path = load_iris(), tmp_path / "花.csv"
    rows = iris.scaler.inverse_transform(iris.test[0].double())
    frame = pandas.DataFrame(rows, columns=iris.feature_names).iloc[:, ::-1].assign(species="?")
    frame.to_csv(path, index=False)
    status, out, err = run("predict", "--file", str(path), "--json")
    answers = json.loads(out)
    assert (status, err) == (0, "")
    assert [answer["label"] for answer in answers] == Predictor.load(MODEL).predict(rows)
    assert [answer["line"] for answer in answers] == list(range(2, 32))
    for answer in answers:
        assert answer["probability"] == answer["probabilities"][answer["label"]]
        assert answer["warning"] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LINE, {1: "virginica"}),
        (f"\ufeff{NAMES},x\r\n\r\n1.4,.2,5,3,a\r\n4.5,1.5,6.2,2.2,", {3: "setosa", 4: "virginica"}),
        ("花瓣长,花瓣宽,花萼长,花萼宽\n1.4,.2,5,3", {2: "setosa"}),
        ('"6.2", 2.2, 4.5, 1.5\n\n\n5.1,3.5,1.4,.2\n', {1: "virginica", 4: "setosa"}),
    ],
)
def test_tables_with_and_without_a_header(run: Run, text: str, expected: dict) -> None:
    status, out, err = run("predict", "--file", "-", stdin=text.encode())
    assert (status, err) == (0, "")
    for printed, (line, label) in zip(out.splitlines(), expected.items(), strict=True):
        assert printed.startswith(f"第 {line} 行：{label}（")


@pytest.mark.parametrize(
    ("stdin", "parts"),
    [
        (f"{LINE}\n\n5,3,x,1", ["第 3 行：", "'x'"]),
        (f"{LINE}\n5,3,1", ["第 2 行：", "''"]),
        (f"{NAMES}\n1,1,5,inf", ["第 2 行：“花萼宽”是 inf"]),
        ("5,3,1e99,1", ["第 1 行：“花瓣长”", "不是测量值"]),
        (f"{LINE}\n5,3,1,1,1", ["读不了 -", "line 2"]),
        ("5,3,1\n5,3,1", ["第 1 行：", "4 个数"]),
        ("6.2;2.2;4.5;1.5", ["第 1 行：", "'6.2;2.2;4.5;1.5'"]),
        ("a,b,c,d\n1,2,3,4", ["第 1 行：", "列名", "sepal length (cm)"]),
        (NAMES, ["4 个数"]),
        (f"{NAMES.rpartition(',')[0]}\n5,3,1", ["第 1 行是列名", "缺这些列：sepal width (cm)。"]),
        ("", ["读不了 -"]),
        ("\udcff", ["UTF-8"]),
    ],
)
def test_a_bad_table_is_told_in_one_sentence(run: Run, stdin: str, parts: list[str]) -> None:
    data = stdin.encode(errors="surrogateescape")
    status, out, err = run("predict", "--file", "-", stdin=data)
    assert (status, out) == (1, "")
    assert err.startswith("出错了：") and err.count("\n") == 1
    assert [part for part in parts if part not in err] == []


@pytest.mark.parametrize(
    ("arguments", "status", "part"),
    [
        (["--file", "missing.csv"], 1, "读不了 missing.csv"),
        ([*FLOWER, "--model", "missing"], 1, "出错了：missing 不存在"),
        (FLOWER[:3], 1, "4 个数"),
        ([*FLOWER, "--file", "-"], 2, "各个数，或者"),
        ([], 2, "各个数，或者"),
        (["6.2", "x"], 2, "x"),
    ],
)
def test_other_mistakes(run: Run, arguments: list[str], status: int, part: str) -> None:
    ended, out, err = run("predict", *arguments)
    assert (ended, out) == (status, "") and part in err


def test_a_model_file_of_another_table_speaks_of_that_table(run: Run, tmp_path: Path) -> None:
    rows = numpy.random.normal((0, 50), size=(60, 2))
    data = split_table(rows, ["甲", "乙", "丙"] * 20, feature_names=["温度（℃）", "气压"])
    path = str(Predictor(nn.Linear(2, 3), data).save(tmp_path / "天气.safetensors"))
    status, out, err = run("predict", "-0.5", "500", "--model", path)
    last = out.splitlines()[-1]
    assert status == 0 and last.startswith(tuple(f"预测：{name}，" for name in "甲乙丙"))
    assert "“气压”是 500" in err and "厘米" not in err
    status, _, err = run("predict", "1", "--model", path)
    assert status == 1 and "2 个数，依次是 温度（℃）、气压" in err


def test_names_that_are_numbers_are_not_taken_for_values(run: Run, tmp_path: Path) -> None:
    rows = numpy.random.default_rng(0).normal(size=(60, 2))
    data = split_table(rows, rows[:, 0] > 0, feature_names=["0", "1"])
    path = str(Predictor(nn.Linear(2, 2), data).save(tmp_path / "m.safetensors"))
    status, out, _ = run("predict", "--file", "-", "--model", path, stdin=b"1,0.5\n0,1\n0.5,1\n")
    three = ["第 1 行", "第 2 行", "第 3 行"]
    assert status == 0 and [line[:5] for line in out.splitlines()] == three
    status, out, told = run("predict", "--file", "-", "--model", path, stdin=b"1,0\n0,1\n1,0\n")
    assert "第 1 行看作列名" in told
    assert status == 0 and [line[:5] for line in out.splitlines()] == ["第 2 行", "第 3 行"]
    status, _, told = run("predict", "--file", "-", "--model", path, stdin=b"0.3,0.5\n0,\n")
    assert status == 1 and "第 2 行：" in told and "列名，" not in told


def test_check_of_a_good_environment(run: Run) -> None:
    status, out, _ = run("check")
    assert status == 0 and "全部正常" in out and "❌" not in out
    assert "✅ torch " in out and "✅ jupyterlab " in out
    assert "pytest" not in out  # what only the tests need


def test_check_names_what_is_missing_or_too_old_or_broken(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = ["torch>=99", "no-such-package>=1", "numpy", 'tqdm>=99; extra == "dev"']
    monkeypatch.setattr(metadata, "requires", lambda name: declared)
    monkeypatch.setattr("day38.__main__.pick_device", lambda: torch.device("meta"))
    status, out, _ = run("check")
    assert status == 1 and "全部正常" not in out and "tqdm" not in out
    installed = metadata.version("torch")  # torch.__version__ may add a build: 2.13.0+cu130
    assert f"❌ torch          {installed}（要求 >=99）" in out and "✅ numpy" in out
    assert "❌ no-such-package 没有安装（要求 >=1）" in out and "pip install" in out
    assert "❌ 设备 meta 不能计算" in out


def test_a_console_without_chinese_does_not_stop_it() -> None:
    command = [sys.executable, "-m", "day38", "predict", "62", "22", "45", "15"]
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(MODEL.parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert b"virginica" in done.stdout and b"62" in done.stderr
