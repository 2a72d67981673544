"""``python -m day38 predict``: answers, exit codes 0, 1 and 2, and what a start imports."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from sklearn import datasets

from day38 import Predictor
from day38.__main__ import main
from day38.predict_command import MODEL, DataError, read_rows
from tests.helpers import chinese_error

FLOWER = ["6.2", "2.2", "4.5", "1.5"]
NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
FLOWERS = datasets.load_iris()

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs ``predict`` and returns exit status, output and errors."""

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main(["predict", *arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_one_flower(run: Run) -> None:
    status, out, err = run(*FLOWER)
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[:3]] == list(FLOWERS.target_names)
    expected = Predictor.load(MODEL).predict_labelled([float(text) for text in FLOWER])[0]
    assert out.splitlines()[-1] == f"预测：{expected['label']}（{expected['probability']:.1%}）"


def test_json(run: Run) -> None:
    status, out, err = run(*FLOWER, "--json")
    (answer,) = json.loads(out)
    assert (status, err, answer["warning"], answer["line"]) == (0, "", None, 1)
    assert list(answer["probabilities"]) == list(FLOWERS.target_names)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert answer["probability"] == answer["probabilities"][answer["label"]]


def test_a_flower_out_of_range_gets_an_answer_and_a_warning(run: Run) -> None:
    status, out, err = run("62", "22", "45", "15")
    assert status == 0 and "预测：" in out and "毫米" in err
    status, out, err = run("62", "22", "45", "15", "--json")
    assert status == 0 and "毫米" in json.loads(out)[0]["warning"] and err == ""
    status, out, err = run("-6.2", "2.2", "4.5", "1.5")
    assert status == 0 and "sepal length (cm) 是 -6.2" in err


def test_all_flowers_from_a_file_as_the_predictor_says(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "花.csv"
    text = "\n".join(",".join(map(str, row)) for row in FLOWERS.data)
    path.write_text(f"{','.join(NAMES)}\n{text}\n", encoding="utf-8")
    status, out, err = run("--file", str(path), "--json")
    answers = json.loads(out)
    assert (status, err, len(answers)) == (0, "", 150)
    assert [answer["label"] for answer in answers] == Predictor.load(MODEL).predict(FLOWERS.data)
    assert [answer["line"] for answer in answers] == list(range(2, 152))
    probabilities = [list(answer["probabilities"].values()) for answer in answers]
    expected = Predictor.load(MODEL).predict_proba(FLOWERS.data)
    numpy.testing.assert_allclose(probabilities, expected, atol=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "6.2,2.2,4.5,1.5",
        "6.2, 2.2, 4.5, 1.5\r\n",
        "\n\n6.2;2.2;4.5;1.5\n\n",
        "6.2\t2.2\t4.5\t1.5\n",
        '"6.2","2.2","4.5","1.5"\n',
        "\ufeffSepal Length (cm),sepal_width,petal length,PETAL_WIDTH\n6.2,2.2,4.5,1.5\n",
        "id,petal width,petal length,sepal width,sepal length,species\n1,1.5,4.5,2.2,6.2,x\n",
    ],
    ids=repr,
)
def test_forms_of_csv(run: Run, text: str) -> None:
    status, out, _ = run("--file", "-", stdin=text.encode())
    assert status == 0
    assert "virginica" in out and out.startswith("第 ")
    assert read_rows(text.lstrip("\ufeff"), NAMES)[1] == [[6.2, 2.2, 4.5, 1.5]]


# What is wrong with the data → a file's bytes, what the message holds.
BAD_FILES: dict[str, tuple[bytes, list[str]]] = {
    "empty": (b"", ["没有读到"]),
    "blank lines": (b"\n\n,,,\n", ["没有读到"]),
    "only a header": (",".join(NAMES).encode(), ["没有读到"]),
    "a missing column": (
        b"sepal length,sepal width,petal length\n1,2,3\n",
        ["petal width (cm)", "sepal length、"],
    ),
    "another header": (b"a,b,c,d\n1,2,3,4\n", ["a、b、c、d"]),
    "a text": (b"6.2,2.2,4.5,1.5\n6.2,wide,4.5,1.5\n", ["第 2 行", "sepal width", "'wide'"]),
    "an empty cell": (b"6.2,,4.5,1.5\n", ["第 1 行", "空的"]),
    "NaN": (b"\n6.2,2.2,nan,1.5\n", ["第 2 行", "petal length", "nan"]),
    "infinity": (b"6.2,2.2,4.5,inf\n", ["petal width", "inf"]),
    "two headers": (b"%b\n%b\n1,2,3,4\n" % ((",".join(NAMES).encode(),) * 2), ["第 2 行"]),
    "three columns": (b"6.2,2.2,4.5\n", ["第 1 行有 3 列", "应是 4 列"]),
    "a row that is longer": (b"6.2,2.2,4.5,1.5\n6.2,2.2,4.5,1.5,1\n", ["第 2 行有 5 列"]),
    "decimal commas": (b"6,2,2,2,4,5,1,5\n", ["有 8 列", "小数点"]),
    "blanks between": (b"6.2 2.2 4.5 1.5\n", ["sepal length"]),
    "Latin-1": ("länge,6.2".encode("latin-1"), ["UTF-8", "Excel"]),
    "a model": (b"PK\x03\x04\xff\xfe", ["UTF-8"]),
    "a huge number": (b"1e300,2.2,4.5,1.5\n", ["1e+300"]),
    "a cell without end": (b'"' + b"6" * 200_000, ["不是 CSV"]),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_bad_data_ends_with_1(run: Run, what: str, tmp_path: Path) -> None:
    data, parts = BAD_FILES[what]
    path = tmp_path / "flowers.csv"
    path.write_bytes(data)
    for arguments, stdin in ((["--file", str(path)], b""), (["--file", "-"], data)):
        status, out, err = run(*arguments, "--json", stdin=stdin)
        assert (status, out) == (1, "")
        assert err.startswith("出错了：") and "请" in err and "Traceback" not in err
        for part in parts:
            assert part in err


def test_places_without_data_end_with_1(run: Run, tmp_path: Path) -> None:
    for arguments, part in (
        (["--file", str(tmp_path / "missing.csv")], "missing.csv"),
        (["--file", str(tmp_path)], "读不了文件"),
        ([*FLOWER, "--model", str(tmp_path / "missing.pt")], "没有文件"),
        ([*FLOWER, "--model", __file__], "不是 Predictor"),
        (["nan", "1", "1", "1"], "nan"),
        (["1", "inf", "1", "1"], "sepal width (cm) 是 inf"),
        (["1", "1e300", "1", "1"], "1e+300"),
    ):
        status, out, err = run(*arguments)
        assert (status, out) == (1, "")
        assert part in err and "请" in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "什么也没有收到"),
        ([*FLOWER, "--file", "x.csv"], "两样都给了"),
        (FLOWER[:3], "收到 3 个"),
        ([*FLOWER, "1"], "收到 5 个"),
        (["6,2", "2", "4", "1"], "小数点"),
        (["setosa"], "应是数，收到的是 'setosa'"),
        ([*FLOWER, "--jason"], "不认识的参数"),
        (["--file"], "后面要有一个值"),
    ],
)
def test_a_wrong_command_ends_with_2(run: Run, arguments: list[str], part: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert part in err and "--help" in err


def test_errors_of_a_text_are_data_errors() -> None:
    with chinese_error(DataError, "没有读到"):
        read_rows("", NAMES)


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (["predict", "--help"], {"torch", "numpy"}),
        (["predict", "setosa"], {"torch", "numpy"}),
        (["predict", *FLOWER], {"sklearn", "matplotlib", "scipy", "pandas", "captum"}),
    ],
)
def test_a_start_imports_only_what_it_needs(arguments: list[str], never: set[str]) -> None:
    code = (
        "import sys; from day38.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-X", "utf8", "-c", code, *arguments]
    finished = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert not never & set(finished.stdout.split())
