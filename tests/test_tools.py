"""The commands: running and rewriting notebooks, opening JupyterLab, installing."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import nbformat
import psutil
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import install, notebooks, outputs
from tools.notebooks import execute, main, read
from tools.pages import html_page

ROOT = Path(__file__).resolve().parent.parent
FIGURE = """
%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
"""


def write_notebook(path: Path, *sources: str, tagged: str | None = None) -> Path:
    """Write a notebook of code cells; the last one gets the tag, if any."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    if tagged:
        notebook.cells[-1].metadata["tags"] = [tagged]
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Send what `run` writes to a temporary folder."""
    monkeypatch.setattr(notebooks, "BUILD", tmp_path / "build")
    return tmp_path / "build"


def test_a_failing_cell_is_named(
    tmp_path: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_notebook(tmp_path / "planted.ipynb", "x = 1", "y = x\n1 / 0", "z = 2")
    name = read(path).cells[1].id
    assert main(["run", str(path)]) == 1
    told = capsys.readouterr().err
    assert f"planted.ipynb 运行失败：第 2 格（id={name}）" in told
    assert "第一行：y = x" in told
    assert "错误：ZeroDivisionError: division by zero" in told
    assert "\x1b" not in told
    assert (build / "notebooks" / "planted.ipynb").exists()


@pytest.mark.parametrize(
    ("source", "reason"), [("import time\ntime.sleep(60)", "超过 2 秒"), ("exit(1)", "内核")]
)
def test_a_cell_that_hangs_or_kills_its_kernel_is_named(
    tmp_path: Path, source: str, reason: str
) -> None:
    if reason == "内核":
        source = "import os\nos._exit(1)"
    path = write_notebook(tmp_path / "planted.ipynb", source)
    with pytest.raises(notebooks.NotebookFailure, match=reason):
        execute(read(path), path.name, folder=tmp_path, timeout=2)


def test_run_writes_copies_and_says_where(
    tmp_path: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_notebook(tmp_path / "planted.ipynb", "print('hello')", FIGURE)
    before = path.read_bytes()
    assert main(["run", str(path)]) == 0
    told = capsys.readouterr().out
    assert "planted.ipynb：完成，2 格" in told
    page = build / "html" / "planted.html"
    assert str(page) in told
    assert str(build / "notebooks") in told
    assert read(build / "notebooks" / "planted.ipynb").cells[0].execution_count == 1
    assert path.read_bytes() == before
    html = page.read_text(encoding="utf-8")
    assert "hello" in html
    assert "data:image/png;base64," in html


def test_pages_load_nothing() -> None:
    cells = [new_markdown_cell("[next](2_next.ipynb#part) [out](https://example.org)")]
    html = html_page(new_notebook(cells=cells), "1_this", ROOT)
    assert 'href="2_next.html#part"' in html
    assert "<title>1_this</title>" in html
    loaded = re.findall(r"""(?:src|import\()\s*=?\s*["'](?!data:)([^"']+)""", html)
    loaded += re.findall(r"""<link[^>]*href=["']([^"']+)""", html)
    assert loaded == []
    assert "cdnjs" not in html


def test_write_is_deterministic_and_puts_outputs_in_place(tmp_path: Path) -> None:
    bar = "from tqdm import tqdm\nfor _ in tqdm(range(3), bar_format='{n_fmt}/{total_fmt}'): pass"
    widget = "import ipywidgets\nipywidgets.interact(lambda x: None, x=3);"
    path = write_notebook(tmp_path / "a.ipynb", "print({'a', 'b', 'c'})", FIGURE, bar, widget)
    assert main(["write", str(path)]) == 0
    first = read(path)
    assert main(["write", str(path)]) == 0
    second = read(path)
    assert first.cells == second.cells
    assert first.cells[2].outputs == [new_output("stream", name="stderr", text="3/3\n")]
    assert first.cells[3].outputs == []
    assert first.metadata.kernelspec == {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    assert "version" not in first.metadata.language_info
    assert "widgets" not in first.metadata
    assert isinstance(first.metadata.day38.seconds, int)
    assert all("execution" not in cell.metadata for cell in first.cells)


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (["import os\nprint(os.getcwd())"], "本机路径"),
        (["object()"], "内存地址"),
        (["print(1)", "1 / 0"], "ZeroDivisionError"),
    ],
)
def test_write_changes_nothing_when_one_notebook_is_unfit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sources: list[str], told: str
) -> None:
    good = write_notebook(tmp_path / "good.ipynb", "print(1)")
    bad = write_notebook(tmp_path / "bad.ipynb", *sources)
    before = good.read_bytes(), bad.read_bytes()
    assert main(["write", str(good), str(bad)]) == 1
    assert told in capsys.readouterr().err
    assert (good.read_bytes(), bad.read_bytes()) == before


def test_an_interrupted_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "print(1)")
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        notebooks.save(read(path), path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.ipynb"]


def test_the_kernel_is_this_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"argv": ["/bin/false"], "display_name": "mine", "language": "python"}
    planted = tmp_path / "share" / "kernels" / "python3"
    planted.mkdir(parents=True)
    (planted / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "share"))
    notebook = new_notebook(cells=[new_code_cell("import sys\nprint(sys.executable)")])
    execute(notebook, "planted.ipynb", folder=tmp_path)
    assert notebook.cells[0].outputs[0].text.strip() == sys.executable


def test_a_reply_is_not_slept_over(tmp_path: Path) -> None:
    """Without the cure in `tools.kernels` most runs of this last a whole cell timeout or more."""
    source = "import ipywidgets\ndef f(x):\n    for _ in range(40): print(x, flush=True)\n"
    cells = [new_code_cell(source)]
    cells += [new_code_cell("ipywidgets.interact(f, x=3);") for _ in range(5)]
    started = monotonic()
    execute(new_notebook(cells=cells), "planted.ipynb", folder=tmp_path, timeout=60)
    assert monotonic() - started < 45


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain\n\n  text \n", "plain\n\n  text \n"),
        ("\r 0/2\r 1/2\r 2/2\n", " 2/2\n"),
        ("\rlong line\rab", "abng line"),
        ("\rbar\r   \r", ""),
        ("before\n\r1\r2\nafter\n", "before\n2\nafter\n"),
        ("\router 0\n\rinner 0\x1b[A\n\rinner 1\x1b[A\router 1\n\r       \n", "outer 1\n"),
        ("\r\x1b[32m1/2\x1b[0m\r\x1b[32m2/2\x1b[0m\n", "\x1b[32m2/2\x1b[0m\n"),
    ],
)
def test_carriage_returns_collapse_as_in_a_terminal(raw: str, shown: str) -> None:
    assert outputs.collapse(raw) == shown


def test_streams_are_merged_in_one_order() -> None:
    def stream(name: str, text: str) -> NotebookNode:
        return new_output("stream", name=name, text=text)

    mixed = [stream("stderr", "\r1"), stream("stdout", "a\n"), stream("stderr", "\r2\n")]
    assert outputs.merge_streams(mixed) == [stream("stdout", "a\n"), stream("stderr", "2\n")]


def test_pictures_lose_their_notes_only() -> None:
    raw = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
    )
    note = b"\x00\x00\x00\x05tEXta\x00b c" + b"\x00\x00\x00\x00"
    annotated = raw[:33] + note + raw[33:]  # after the header chunk
    cleaned = outputs.strip_png(base64.b64encode(annotated).decode())
    assert base64.b64decode(cleaned) == raw


def test_tracebacks_name_files_as_in_the_repository() -> None:
    trace = [f"File \x1b[39m{ROOT}/day38/training.py:7", "File /a/b/site-packages/torch/x.py:1"]
    error = new_output("error", ename="E", evalue="", traceback=trace)
    outputs.clean_output(error)
    assert error.traceback == ["File \x1b[39mday38/training.py:7", "File torch/x.py:1"]


# JupyterLab


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Give a port on which something else already listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def ask(address: str, method: str = "GET") -> tuple[int, str]:
    """Return the status and the body that an address answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(urllib.request.Request(address, method=method), timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_lab_starts_beside_a_taken_port_and_ends_on_ctrl_c(taken_port: int) -> None:
    command = [sys.executable, "tools/lab.py", "--no-browser", "--port", str(taken_port)]
    lab = subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/lab\?token=(\w+)", said)):
            line = lab.stdout.readline()
            assert line, f"没有给出地址：\n{said}"
            said += line
        port, token = found.groups()
        assert int(port) != taken_port

        server = f"http://127.0.0.1:{port}"
        status, page = ask(found[0])
        assert status == 200
        assert "@jupyterlab/apputils-extension:announcements" in page  # disabled
        assert ask(f"{server}/api/contents")[0] == 403
        listed = json.loads(ask(f"{server}/api/contents?token={token}")[1])["content"]
        names = {item["name"] for item in listed if item["type"] == "notebook"}
        assert names == {path.name for path in notebooks.FOLDER.glob("*.ipynb")}

        assert ask(f"{server}/api/kernels?token={token}", "POST")[0] == 201
        kernels = psutil.Process(lab.pid).children(recursive=True)
        assert kernels

        lab.send_signal(signal.SIGINT)
        rest, _ = lab.communicate(timeout=30)
        assert lab.returncode == 0
        assert "正在关闭" in rest
        assert "lab.py" not in said + rest  # no traceback of ours
        _, alive = psutil.wait_procs(kernels, timeout=5)
        assert alive == []
    finally:
        lab.kill()
        lab.wait()


# Installing


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project folder of its own to `install`, in which commands are noted, not run."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("one")
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    return tmp_path


@pytest.fixture
def commands(place: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note "venv" or the extras of each command that `install` calls."""
    noted = []

    def call(command: list[str], **_: object) -> int:
        noted.append("venv" if "venv" in command else command[command.index("-e") + 1])
        python = install.venv_python()
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    return noted


def test_install_runs_once_and_again_after_a_change(place: Path, commands: list[str]) -> None:
    for _ in range(2):
        assert install.install("lesson") == 0
    assert commands == ["venv", ".[lesson]"]
    assert install.install("dev") == 0
    assert install.install("lesson") == 0  # dev has it all
    assert commands == ["venv", ".[lesson]", ".[lesson,dev]"]
    (place / "constraints.txt").write_text("two")
    assert install.install("lesson") == 0
    assert commands[3:] == [".[lesson]"]


def test_install_starts_again_after_one_that_was_cut_short(
    place: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    noting = subprocess.call

    def fail(command: list[str], **options: object) -> int:
        noting(command, **options)
        return 0 if "venv" in command else 1

    monkeypatch.setattr(subprocess, "call", fail)
    assert install.install("lesson") == 1
    monkeypatch.setattr(subprocess, "call", noting)
    assert install.install("lesson") == 0
    assert commands == ["venv", ".[lesson]"] * 2


def test_install_refuses_an_old_python(
    place: Path,
    commands: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    assert install.install("lesson") == 1
    assert "当前的 Python 是 3.10，需要 3.11 或更新的版本" in capsys.readouterr().err
    assert commands == []
