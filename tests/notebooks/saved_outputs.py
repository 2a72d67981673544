"""Whether the outputs saved in a notebook are those of a new run, on any machine.

Compared is what we say and in which form. Masked are digits (another processor gives other ones),
devices, and what a library says of an error: of that only the type counts, while our own words,
which are Chinese, stay. Cells tagged `measured`, bars and warnings are compared in kind only.
"""

import re
from itertools import takewhile

from nbformat import NotebookNode

from tests.notebooks.lesson import tags

NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d*)?(?:[eE][-+]?\d+)?%?")
ON_DEVICE = re.compile(r",\s*device='[a-z]+(?::\d+)?'")  # a tensor on the CPU does not say it
DEVICE = re.compile(
    r"\(type='[a-z]+'(?:, index=\d+)?\)|(?<![A-Za-z_.])(?:cpu|cuda|mps|xpu)(?::\d+)?(?![A-Za-z_])"
)
LIBRARY_WORDS = re.compile(
    r"\b(\w+(?:Error|Exception)): [^\n\u3000-\u9fff\uff00-\uffef]*$", re.MULTILINE
)
RULE = re.compile(r"([-─=━_|·.])\1+")  # as long as the numbers are wide
# RangeWarning is our own; the lesson shows it on purpose.
WARNING = re.compile(r".*(?:\b(?!RangeWarning)\w*Warning:|Glyph \d+).*")
RENEW = "若改动是有意的，运行 make notebooks 更新。"


def kinds(cell: NotebookNode) -> list[str]:
    """Return what the outputs of a cell are: streams, errors, formats; each stream once."""
    found = [
        output.get("name") or output.get("ename") or " ".join(sorted(output.data))
        for output in cell.outputs
    ]
    streams = {"stdout", "stderr"}
    return sorted(streams & set(found)) + [kind for kind in found if kind not in streams]


def masked(cell: NotebookNode) -> str:
    """Return what can be read in a cell's outputs, without what depends on the machine."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}\n")
        elif output.get("name") != "stderr":
            texts.append(output.get("text") or output.data.get("text/plain", ""))
    text = LIBRARY_WORDS.sub(r"\1", "".join(texts))
    text = DEVICE.sub("device", ON_DEVICE.sub("", text))
    text = NUMBER.sub("#", text)
    return RULE.sub(r"\1", re.sub(r"\s+", "", text))


def check_outputs(saved: NotebookNode, fresh: NotebookNode) -> list[str]:
    """List the cells whose saved outputs differ from those of the new run."""
    problems = []
    for old, new in zip(saved.cells, fresh.cells, strict=True):
        if old.cell_type != "code":
            continue
        if kinds(old) != kinds(new):
            problems.append(f"{old.id}：输出的种类从 {kinds(old)} 变成了 {kinds(new)}。{RENEW}")
        elif "measured" not in tags(old) and masked(old) != masked(new):
            before, after = masked(old), masked(new)
            pairs = zip(before, after, strict=False)
            start = max(0, len(list(takewhile(lambda pair: pair[0] == pair[1], pairs))) - 40)
            change = f"    保存的：…{before[start:][:300]}\n    现在的：…{after[start:][:300]}"
            problems.append(f"{old.id}：保存的输出与现在的不符。{RENEW}\n{change}")
    return problems


def check_quiet(notebook: NotebookNode) -> list[str]:
    """List warnings, missing glyphs, errors that were not to come and errors that did not come."""
    problems = []
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        for output in outputs:
            if output.get("name") == "stderr" and (found := WARNING.search(output.text)):
                problems.append(f"{cell.id}：输出里有警告：{found[0]}")
        failed = any(output.output_type == "error" for output in outputs)
        if failed != ("raises-exception" in tags(cell)):
            what = "出错了，却没有标签" if failed else "没有出错，却有标签"
            problems.append(f"{cell.id}：{what} raises-exception。")
    return problems
