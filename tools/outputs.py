"""Making a notebook's outputs fit to be committed: short, the same on every run, free of paths."""

import base64
import re
import struct
import tempfile
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_NOTES = {b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"}  # chunks that carry no pixels
CURSOR_UP = "\x1b[A"
TERMINAL_TOKEN = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|.", re.DOTALL)
MEMORY_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
SITE_PACKAGES = re.compile(r"[^\s'\"\x1b]*[/\\]site-packages[/\\]")


def collapse(text: str) -> str:
    r"""Return what a terminal shows in the end: `\r` and "cursor up" overwrite what was there."""
    if "\r" not in text and CURSOR_UP not in text:
        return text
    rows: list[list[str]] = [[]]
    row = column = 0
    colour = ""
    for token in TERMINAL_TOKEN.findall(text):
        if token == "\n":
            row, column = row + 1, 0
            if row == len(rows):
                rows.append([])
        elif token == "\r":
            column = 0
        elif token == CURSOR_UP:
            row = max(0, row - 1)
        elif len(token) > 1 and column > 0:
            rows[row][column - 1] += token
        elif len(token) > 1:
            colour += token
        else:
            rows[row] += [" "] * (column + 1 - len(rows[row]))
            rows[row][column] = colour + token
            column, colour = column + 1, ""
    lines = ["".join(cells).rstrip() for cells in rows]
    shown = "\n".join(lines).rstrip("\n")
    return shown + "\n" if shown and len(lines) > 1 else shown


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join each stream's pieces at the place of the first; stdout stands before stderr.

    How a kernel interleaves the two differs from run to run.
    """
    merged: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type == "stream" and output.name in streams:
            streams[output.name].text += output.text
            continue
        if output.output_type == "stream":
            streams[output.name] = output
        merged.append(output)
    for stream in streams.values():
        stream.text = collapse(stream.text)
    merged = [output for output in merged if output.output_type != "stream" or output.text]
    for first, second in pairwise(range(len(merged))):
        names = merged[first].get("name"), merged[second].get("name")
        if names == ("stderr", "stdout"):
            merged[first], merged[second] = merged[second], merged[first]
    return merged


def strip_png(data: str) -> str:
    """Return a base64 PNG without its text and time chunks, which name versions of programs."""
    raw = base64.b64decode(data)
    if not raw.startswith(PNG_SIGNATURE):
        raise ValueError("这个 image/png 输出不是 PNG 图片。")
    kept, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while position < len(raw):
        (length,) = struct.unpack(">I", raw[position : position + 4])
        end = position + 12 + length  # length, name, data, checksum
        if raw[position + 4 : position + 8] not in PNG_NOTES:
            kept.append(raw[position:end])
        position = end
    return base64.b64encode(b"".join(kept)).decode("ascii")


def clean_output(output: NotebookNode) -> NotebookNode | None:
    """Return the output as it is committed, or None where nothing worth keeping is left."""
    if output.output_type == "error":
        output.traceback = [
            SITE_PACKAGES.sub("", line).replace(f"{ROOT}/", "") for line in output.traceback
        ]
    if "data" in output:
        if WIDGET_VIEW in output.data:  # its text is a repr, or a bar frozen at 0%
            del output.data[WIDGET_VIEW]
            output.data.pop("text/plain", None)
        if not output.data:
            return None
        if "image/png" in output.data:
            output.data["image/png"] = strip_png(output.data["image/png"])
    return output


def clean(notebook: NotebookNode) -> None:
    """Bring an executed notebook into the form in which it is committed."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata["language_info"] = {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    }
    for cell in notebook.cells:
        for name in ("execution", "ExecuteTime"):
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            kept = [clean_output(output) for output in merge_streams(cell.outputs)]
            cell.outputs = [output for output in kept if output is not None]


def output_text(output: NotebookNode) -> str:
    """Return all that can be read in an output."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join([output.ename, output.evalue, *output.traceback])
    texts = [value for value in output.data.values() if isinstance(value, str)]
    return "\n".join(text for text in texts if not text.startswith("iVBORw0KGgo"))


def machine_paths() -> list[str]:
    """Return the folders of this machine that must not be seen in a committed output."""
    folders = {ROOT, Path.home(), Path(tempfile.gettempdir())}
    folders |= {folder.resolve() for folder in folders}
    return sorted(str(folder) for folder in folders if len(folder.parts) > 1)


def find_traces(notebook: NotebookNode) -> list[str]:
    """Return a line for each output that names a folder of this machine or a memory address."""
    problems = []
    folder = re.compile("|".join(rf"{re.escape(path)}(?![\w.-])" for path in machine_paths()))
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            text = output_text(output)
            for what, pattern in (("本机路径", folder), ("内存地址", MEMORY_ADDRESS)):
                found = pattern.search(text)
                if found:
                    line = text[: found.end()].splitlines()[-1]
                    problems.append(f"第 {number} 格（id={cell.id}）的输出里有{what}：{line}")
    return problems
