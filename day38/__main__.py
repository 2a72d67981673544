"""The command line: ``python -m day38 check · train · predict``.

Each command lives in a module of its own; what is heavy is imported only when a command is called:
``--help`` needs no PyTorch.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from day38 import __version__, predict_command, train_command

# What argparse says in English, in the order in which it is replaced.
CHINESE = {
    "argument ": "参数 ",
    "the following arguments are required: ": "缺少参数 ",
    "unrecognized arguments: ": "不认识的参数 ",
    "invalid choice: ": "没有这一项：",
    "choose from ": "可选的有 ",
    "expected one argument": "后面要有一个值",
    "expected at least one argument": "后面至少要有一个值",
    "invalid int value: ": "应是整数，收到的是 ",
    "invalid float value: ": "应是数，收到的是 ",
}


class ChineseFormatter(argparse.RawDescriptionHelpFormatter):
    """Argparse's help with its headings in Chinese."""

    def add_usage(self, usage, actions, groups, prefix=None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)

    def start_section(self, heading) -> None:
        titles = {"positional arguments": "参数", "options": "选项"}
        super().start_section(titles.get(heading, heading))


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks Chinese; the parsers of the commands are of this class too."""

    def __init__(self, **options) -> None:
        super().__init__(**options, formatter_class=ChineseFormatter, add_help=False)
        self.add_argument("-h", "--help", action="help", help="显示这份说明")

    def error(self, message: str) -> NoReturn:
        for english, chinese in CHINESE.items():
            message = message.replace(english, chinese)
        self.exit(2, f"命令有误：{message}\n完整的说明：{self.prog} --help\n")


def build_parser() -> Parser:
    """Return the parser of the whole command line; each command sets `run`, its function."""
    parser = Parser(prog="python -m day38", description="第 38 天：模型可视化、训练进度与推理实践")
    parser.add_argument(
        "--version", action="version", version=f"day38 {__version__}", help="显示版本"
    )
    commands = parser.add_subparsers(title="命令", metavar="命令", required=True)

    check = commands.add_parser(
        "check",
        help="检查这台机器能否上课：各个包的版本、设备",
        description="检查 Python、各个包的版本和计算设备；有问题就说明怎么办，并以 1 结束。",
    )
    check.set_defaults(run=run_check)
    train_command.add_parser(commands)
    predict_command.add_parser(commands)
    return parser


def run_check(options: argparse.Namespace) -> int:
    """Run ``check``; see `day38.environment.check`."""
    from day38.environment import check

    return check()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 fine, 1 a problem, 2 a wrong command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console that knows no Chinese must not stop us
            stream.reconfigure(errors="backslashreplace")
    options = build_parser().parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("\n已中断。", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has left, as in `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
