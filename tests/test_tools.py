"""The maintainers' tools: copies to work in are safe, saved outputs are clean."""

import base64
import io
import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image, PngImagePlugin

from tools import lab, notebooks


def test_copies_have_no_outputs_and_a_touched_one_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lessons, work = tmp_path / "lessons", tmp_path / "work"
    lessons.mkdir()
    monkeypatch.setattr(lab, "NOTEBOOKS", lessons)

    def publish(text: str) -> None:
        outputs = [new_output("stream", text="83")]
        notebook = new_notebook(cells=[new_code_cell(text, execution_count=1, outputs=outputs)])
        for name in ("1.ipynb", "2.ipynb"):
            nbformat.write(notebook, lessons / name)

    def source(name: str) -> str:
        return nbformat.read(work / name, as_version=4).cells[0].source

    publish("first")
    lab.prepare_copies(work)
    (copied,) = nbformat.read(work / "1.ipynb", as_version=4).cells
    assert (copied.outputs, copied.execution_count) == ([], None)
    mine = (work / "1.ipynb").read_text(encoding="utf-8").replace("first", "mine")
    (work / "1.ipynb").write_text(mine, encoding="utf-8")
    lab.prepare_copies(work)
    assert capsys.readouterr().out == ""
    publish("second")
    lab.prepare_copies(work)
    assert (source("1.ipynb"), source("2.ipynb")) == ("mine", "second")
    assert "FRESH=1" in capsys.readouterr().out
    (work / ".solved.json").touch()
    lab.prepare_copies(work, fresh=True)
    assert not (work / ".solved.json").exists()
    assert source("1.ipynb") == source("2.ipynb") == "second"
    assert [path.name for path in work.glob("old-1/*")] == ["1.ipynb"]
    assert source("old-1/1.ipynb") == "mine"


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "argv", ["lab.py", "--work", str(tmp_path / "file" / "work")])
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(SystemExit, match=r"不能在 .+work 里写文件.+\n.+--work ~/day38"):
        lab.main()


def test_saved_outputs_hold_no_widgets_heavy_pages_paths_or_notes() -> None:
    note, picture = PngImagePlugin.PngInfo(), io.BytesIO()
    note.add_text("Software", "Matplotlib")
    Image.new("L", (1, 1), 7).save(picture, "PNG", pnginfo=note)
    encoded = base64.b64encode(picture.getvalue()).decode()
    trace = [f"File {notebooks.ROOT}/day38/training.py:7", "File /a/b/site-packages/torch/x.py:1"]
    outputs = [
        new_output("display_data", data={"image/png": encoded}),
        new_output("display_data", data={notebooks.WIDGET: {}, "text/plain": "0%"}),
        new_output("display_data", data={"text/html": "x" * (notebooks.HEAVY + 1)}),
        new_output("display_data", data={"text/html": "light"}),
        new_output("stream", name="stderr", text="\n"),
        new_output("error", ename="E", evalue="", traceback=trace),
    ]
    notebook = new_notebook(cells=[new_code_cell("x", outputs=outputs)], metadata={"widgets": {}})
    notebooks.clean(notebook)
    kept, light, error = notebook.cells[0].outputs
    shown = Image.open(io.BytesIO(base64.b64decode(kept.data["image/png"])))
    assert (shown.getpixel((0, 0)), shown.info) == (7, {})
    assert light.data == {"text/html": "light"}
    assert error.traceback == ["File day38/training.py:7", "File torch/x.py:1"]
    assert notebook.metadata == notebooks.METADATA
