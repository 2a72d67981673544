"""Renew `constraints.txt`, the exact version of every package: `make lock`.

uv resolves for all systems and Python versions at once, which pip cannot; it is installed into a
virtual environment of its own under `build/`. Installing needs pip and the result only.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# The exact versions everything is tested with, for Linux, macOS and Windows and every
# supported Python. Renewed by `make lock` from pyproject.toml; do not edit by hand.
"""


def main() -> int:
    """Write the file; return the exit status."""
    place = ROOT / "build" / "uv"
    scripts = place / ("Scripts" if os.name == "nt" else "bin")
    target = ROOT / "constraints.txt"
    if not any(scripts.glob("uv*")):
        print("正在安装 uv ……", flush=True)
        venv.create(place, with_pip=True)
        pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "uv>=0.5"]
        subprocess.run(pip, check=True)

    print("正在求解依赖的版本……", flush=True)
    command = [str(scripts / "uv"), "pip", "compile", "pyproject.toml", "--upgrade", "--quiet"]
    command += ["--universal", "--python-version", "3.11", "--all-extras"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    pins = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    if not pins:
        print("uv 没有给出任何版本，constraints.txt 保持原样。", file=sys.stderr)
        return 1
    temporary = target.with_name("constraints.txt.new")
    temporary.write_text(HEADER + pins, encoding="utf-8", newline="\n")
    os.replace(temporary, target)
    print(f"已更新 constraints.txt：{len(pins.splitlines())} 行。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
