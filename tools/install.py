"""Create `.venv` and install the pinned packages into it: `python tools/install.py [lesson|dev]`.

Needs the standard library only, and runs on any system. A second call does nothing: a stamp
in `.venv` remembers what was installed. This file keeps to the syntax of Python 3.6, so that an
interpreter that is too old for the lesson can still say so.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
EXTRAS = {"lesson": "lesson", "dev": "lesson,dev"}


def venv_python():
    """Return the path of the interpreter in `.venv`."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint():
    """Return a text that changes with whatever an installed environment depends on.

    The folder is part of it, because a virtual environment holds absolute paths.
    """
    parts = [str(ROOT).encode()]
    parts += [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def read(path):
    """Return the text of a file, or an empty one where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def create_venv():
    """Make an empty `.venv`; return whether that worked."""
    if sys.version_info < OLDEST:
        print(
            "当前的 Python 是 {}.{}，需要 {}.{} 或更新的版本。请先安装，再指明用哪一个，例如：\n"
            "    make lab PYTHON=python3.12".format(*sys.version_info[:2], *OLDEST),
            file=sys.stderr,
        )
        return False
    print("正在创建虚拟环境 .venv ……", flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        print(
            "创建虚拟环境失败。Debian、Ubuntu 上通常是少了一个软件包：\n"
            "    sudo apt install python3-venv",
            file=sys.stderr,
        )
        return False
    return True


def install(kind):
    """Bring `.venv` up to date for "lesson" or "dev"; return the exit status."""
    stamps = {name: VENV / ("." + name) for name in EXTRAS}
    complete = VENV / ".complete"  # absent while an install runs, and after one that was cut short
    wanted = fingerprint()
    if read(stamps[kind]) == wanted:
        return 0

    if read(complete) != str(ROOT) or not venv_python().exists():
        if VENV.exists():
            print("已有的 .venv 不完整，或来自别的文件夹，将重新创建。", flush=True)
        if not create_venv():
            return 1
    for path in [complete, *stamps.values()]:
        if path.exists():
            path.unlink()

    print("正在安装依赖（第一次要下载，可能需要几分钟）……", flush=True)
    command = [str(venv_python()), "-m", "pip", "install", "--no-compile", "--no-input"]
    command += ["--disable-pip-version-check", "-c", "constraints.txt"]
    command += ["-e", f".[{EXTRAS[kind]}]"]
    if not sys.stderr.isatty():
        command.append("--quiet")
    if subprocess.call(command, cwd=str(ROOT)) != 0:
        print(
            "安装没有完成（原因见上面 pip 的英文信息）。若是网络问题，可换用镜像：\n"
            "    export PIP_INDEX_URL=镜像地址\n"
            "然后再运行同一条命令；已经下载的文件不会重新下载。",
            file=sys.stderr,
        )
        return 1
    complete.write_text(str(ROOT), encoding="utf-8")
    stamps[kind].write_text(wanted, encoding="utf-8")
    if kind == "dev":
        stamps["lesson"].write_text(wanted, encoding="utf-8")
    print("安装完成。", flush=True)
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and sys.argv[1] not in EXTRAS):
        sys.exit("用法：python tools/install.py [lesson|dev]")
    try:
        sys.exit(install(sys.argv[1] if len(sys.argv) == 2 else "lesson"))
    except KeyboardInterrupt:
        sys.exit("\n安装被中断；再运行同一条命令就会重来。")
