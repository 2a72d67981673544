"""``python -m day38 train``: what it prints, writes and refuses."""

import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from day38 import Evaluation, History, IrisData, Predictor, train_command
from day38.__main__ import main
from day38.train_command import NewOrderEachEpoch, share_of, summary


def test_it_trains_reports_and_saves(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    output = tmp_path / "iris.pt"
    options = ["--epochs", "300", "--learning-rate", "0.1", "--hidden", "6", "--seed", "1"]
    assert main(["train", *options, "--device", "cpu", "--output", str(output)]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("轮　损失") == 10
    assert "训练完成：300 轮" in printed.out
    assert "测试准确率" in printed.out
    assert f"模型已存为 {output}" in printed.out
    assert not printed.err  # no bar where there is no terminal
    predictor = Predictor.load(output)
    assert predictor.card["seed"] == 1
    assert predictor.predict([[5.1, 3.5, 1.4, 0.2]]) == ["setosa"]


def test_in_a_terminal_it_shows_a_bar_and_no_lines(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["train", "--epochs", "100"]) == 0
    printed = capsys.readouterr()
    assert "轮　损失" not in printed.out
    assert "训练: 100%" in printed.err


def test_the_same_seed_gives_the_same_run(capsys: pytest.CaptureFixture) -> None:
    runs = []
    for seed in ("1", "1", "2"):
        assert main(["train", "--epochs", "20", "--batch-size", "40", "--seed", seed]) == 0
        runs.append([line for line in capsys.readouterr().out.splitlines() if "秒" not in line])
    assert runs[0] == runs[1] != runs[2]


def test_ctrl_c_keeps_what_was_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def print_and_press(text: str, **options: bool) -> None:
        print(text, **options)
        if "轮　损失" in text:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(train_command, "print", print_and_press, raising=False)
    output = tmp_path / "iris.pt"
    assert main(["train", "--epochs", "10000", "--output", str(output)]) == 130
    printed = capsys.readouterr()
    assert "提前结束：1,000 轮" in printed.out
    assert Predictor.load(output).card["epochs"] == 1000


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--epochs", "0"], ["epochs"]),
        (["--learning-rate", "-1"], ["learning_rate"]),
        (["--learning-rate", "nan"], ["learning_rate"]),
        (["--learning-rate", "1e4", "--epochs", "100"], ["发散"]),
        (["--batch-size", "0"], ["batch_size"]),
        (["--hidden", "0"], ["hidden"]),
        (["--device", "tpu9"], ["tpu9"]),
        (["--output", "no/such/folder/iris.pt"], ["没有文件夹"]),
        (["--output", "."], ["文件夹"]),
    ],
)
def test_what_cannot_be_done_ends_with_1_and_a_reason(
    capsys: pytest.CaptureFixture, arguments: list[str], parts: list[str]
) -> None:
    assert main(["train", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("出错了：")
    for part in parts:
        assert part in printed.err


@pytest.mark.parametrize("arguments", [["--epochs", "many"], ["--epochs"], ["--size", "3"], ["x"]])
def test_wrong_commands_end_with_2(capsys: pytest.CaptureFixture, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", *arguments])
    assert ended.value.code == 2
    assert "命令有误" in capsys.readouterr().err


# Shares


@pytest.mark.parametrize("batch_size", [None, 30])
def test_shares_of_all_processes_are_the_rows_of_one(
    iris: IrisData, monkeypatch: pytest.MonkeyPatch, batch_size: int | None
) -> None:
    def steps(processes: int, rank: int) -> list[list[tuple]]:
        monkeypatch.setattr("day38.processes.count", lambda: processes)
        monkeypatch.setattr("day38.processes.rank", lambda: rank)
        batches = share_of(iris, batch_size, seed=3)
        return [
            [(*row, label) for row, label in zip(x.tolist(), y.tolist(), strict=True)]
            for x, y in [*batches, *batches]
        ]

    alone = steps(1, 0)
    shares = [steps(2, rank) for rank in range(2)]
    assert len(alone) == len(shares[0]) == len(shares[1])
    for whole, *parts in zip(alone, *shares, strict=True):
        assert sorted(whole) == sorted(parts[0] + parts[1])
        assert len(parts[0]) == len(parts[1])


def test_every_epoch_has_an_order_of_its_own(iris: IrisData) -> None:
    batches = share_of(iris, 40, seed=0)
    assert isinstance(batches, NewOrderEachEpoch)
    first, second = ([y.tolist() for _, y in batches] for _ in range(2))
    assert first != second
    assert first == [y.tolist() for _, y in share_of(iris, 40, seed=0)]


# Summary


def test_summary() -> None:
    history = History([100, 200], [1.0, 0.5], seconds=1.25)
    text = summary(history, Evaluation(29, 30, 0.1), processes=2)
    assert "训练完成：200 轮，1.2 秒，2 个进程" in text
    assert "0.5000" in text
    assert "96.67%" in text
    assert "83% 到 99%" in text
    history.interrupted = True
    assert "提前结束" in summary(history, Evaluation(29, 30, 0.1), 1)
    assert "还没有" in summary(SimpleNamespace(epochs=[]), Evaluation(1, 1, 0.1), 1)
