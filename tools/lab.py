"""Open JupyterLab on copies of the notebooks: `python tools/lab.py [--fresh] [--work FOLDER]`.

The copies lie in `work/`, or in another folder where the course itself is shared or read-only,
without outputs, because the saved ones answer every guess. A copy that a learner has touched is
never overwritten; one that is untouched is renewed with the lesson.
It serves this machine only (127.0.0.1, with a new token), prints one address, ends on Ctrl-C.
"""

import argparse
import hashlib
import json
import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
WORK = ROOT / "work"


def without_outputs(path: Path) -> str:
    """Return the text of a notebook's copy to work in."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def prepare_copies(work: Path, fresh: bool = False) -> None:
    """Bring the copies in a folder up to date; what a learner has written stays.

    With `fresh`, copies that were touched move into a new folder `old-1`, `old-2`, … inside.
    """
    work.mkdir(parents=True, exist_ok=True)
    if fresh:
        (work / ".solved.json").unlink(missing_ok=True)  # which exercises are solved
    notes = work / ".copies.json"  # the checksum of each copy when it was made
    made = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else {}
    old = next(place for n in range(1, 10**6) if not (place := work / f"old-{n}").exists())
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        copy, text = work / path.name, without_outputs(path)
        new = hashlib.sha256(text.encode()).hexdigest()
        now = copy.read_text(encoding="utf-8") if copy.exists() else text
        if hashlib.sha256(now.encode()).hexdigest() not in (made.get(path.name), new):
            if not fresh:
                if made.get(path.name) != new:
                    print(f"{path.name} 有新版，你的那一份没有动。换成新的：make lab FRESH=1")
                continue
            old.mkdir(exist_ok=True)
            copy.rename(old / path.name)
            print(f"原来的 {path.name} 放在 {work.name}/{old.name}/ 里。")
        copy.write_text(text, encoding="utf-8", newline="\n")
        made[path.name] = new
    notes.write_text(json.dumps(made), encoding="utf-8")


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="在课程的副本上打开 JupyterLab")
    parser.add_argument("--fresh", action="store_true", help="从头开始；原来的副本另存")
    parser.add_argument("--work", type=Path, default=WORK, help="副本放在哪里，默认是课程里的 work")
    options, others = parser.parse_known_args()  # what is left is for JupyterLab: --no-browser
    work = options.work.expanduser().absolute()
    # Read by Jupyter while it is imported: settings (no news, no update pop-ups), and the kernel
    # of this environment before any that the user has.
    os.environ["JUPYTER_CONFIG_PATH"] = str(ROOT / "tools" / "jupyter")
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix) / "share" / "jupyter")
    # Its terminal finds torchrun and tensorboard.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        sys.exit(
            "这个 Python 里没有 JupyterLab。请先按 README 安装依赖，再用 .venv 里的 Python 运行。"
        )
    try:
        prepare_copies(work, options.fresh)
        tempfile.TemporaryFile(dir=work).close()
    except OSError as error:
        sys.exit(
            f"不能在 {work} 里写文件（{error.strerror}）。请换成一个你自己的文件夹，例如：\n"
            f"{sys.executable} {Path(__file__).resolve()} --work ~/day38"
        )
    print("正在启动 JupyterLab ……", flush=True)
    token = secrets.token_hex(16)
    first = min(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    settings = [
        f"--ServerApp.root_dir={work}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_root=True",  # in a container
        "--ServerApp.use_redirect_file=False",  # some browsers may not read it
        f"--IdentityProvider.token={token}",
        f"--LabApp.default_url=/lab/tree/{first}",
        # Its own memory of open tabs: another project's would ask for files that are not here.
        f"--LabApp.workspaces_dir={work / '.lab'}",
        "--Application.log_level=ERROR",  # a learner can do nothing about its warnings
    ]
    if sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        settings.append("--ServerApp.open_browser=False")  # else one for the terminal may open
    server = LabApp.initialize_server(argv=[*settings, *others])
    address = f"http://127.0.0.1:{server.port}/lab/tree/{first}?token={token}"
    what = "把这个地址复制到浏览器里打开"
    if server.open_browser:
        what = "浏览器会自己打开；没有打开，就把这个地址复制到浏览器里"
    said = f"JupyterLab 已就绪。{what}：\n{address}\n按 Ctrl-C 结束。"
    server.io_loop.add_callback(print, said, flush=True)
    for name in (signal.SIGINT, signal.SIGTERM):  # its own answer to Ctrl-C is a question
        signal.signal(name, lambda *_: server.stop(from_signal=True))
    server.start()
    print("\nJupyterLab 已关闭。")


if __name__ == "__main__":
    main()
