"""The command line: what it answers to right and wrong commands, and on an odd console."""

import io
import subprocess
import sys

import pytest

from day38 import __version__, environment
from day38.__main__ import main


@pytest.mark.parametrize("status", [0, 1])
def test_check_ends_with_the_status_of_the_check(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(environment, "check", lambda: status)
    assert main(["check"]) == status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "缺少参数 命令"),
        (["chekc"], "没有这一项：'chekc'"),
        (["check", "--fast"], "不认识的参数 --fast"),
    ],
)
def test_a_wrong_command_ends_with_2_and_says_why_in_chinese(
    capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert "python -m day38 --help" in printed.err
    assert not printed.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--help"], ["用法：python -m day38", "命令", "check", "显示这份说明"]),
        (["check", "--help"], ["用法：python -m day38 check", "有问题就说明怎么办"]),
        (["--version"], [f"day38 {__version__}"]),
    ],
)
def test_help_and_version(
    capsys: pytest.CaptureFixture, arguments: list[str], expected: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    for text in expected:
        assert text in printed
    for english in ("usage", "options", "positional", "show this"):
        assert english not in printed


def test_ctrl_c_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "check", interrupt)
    assert main(["check"]) == 130
    assert "已中断" in capsys.readouterr().err


def test_a_console_without_chinese_does_not_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    console.flush()
    assert rb"\u7528\u6cd5" in console.buffer.getvalue()  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another error there")
def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    code = (
        "import sys, day38.environment, day38.__main__ as program\n"
        "day38.environment.check = lambda: print('x' * 100_000) or 0\n"
        "sys.exit(program.main(['check']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
