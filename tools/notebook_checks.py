"""What the committed notebooks promise, each promise as a function that lists what breaks it.

`tests/test_notebooks.py` applies them to the notebooks and, planted faults in hand, to themselves.
"""

import ast
import copy
import importlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from statistics import median

import nbformat
from nbformat import NotebookNode

from tools.outputs import WIDGET_VIEW, find_traces

MAX_BYTES = 1_500_000
MAX_MEDIAN_LINES = 6
MAX_LINES = 20
NOT_INSTALLED = {"benchmarks", "tests", "tools"}  # only the repository has them
SHARED_LINES = 4  # as many equal lines in a row in two notebooks are a copy
RELATIVE_TOLERANCE = 0.05
ABSOLUTE_TOLERANCE = 0.03

NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
LOSS = re.compile(r"损失\D{0,9}\d\.\d+(?: → \d\.\d+)?")
# Without ipywidgets tqdm.auto, which captum imports, rightly says that they are missing.
WARNING = re.compile(r".*(?:(?<!Tqdm)Warning:|TqdmWarning: (?!IProgress)|Glyph \d+).*")
RENEW = "若改动是有意的，运行 make notebooks 更新。"


def code_cells(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Yield a name for messages and the cell, for each code cell."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            yield f"第 {number} 格（id={cell.get('id', '无')}）", cell


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def check_format(notebook: NotebookNode) -> list[str]:
    """Valid nbformat 4.5, ids unique, small enough, no traces of a machine or a clock."""
    problems = []
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        problems.append(f"格式是 {notebook.nbformat}.{notebook.nbformat_minor}，应为 4.5。")
    try:
        nbformat.validate(copy.deepcopy(notebook))  # it may repair what it is given
    except nbformat.ValidationError as error:
        problems.append(f"不是有效的笔记本：{str(error).splitlines()[0]}")
    counts = Counter(cell.get("id") for cell in notebook.cells)
    problems += [f"id {name} 出现了 {count} 次。" for name, count in counts.items() if count > 1]
    size = len(json.dumps(notebook, ensure_ascii=False).encode())
    if size >= MAX_BYTES:
        problems.append(f"大小 {size} 字节，超过了 {MAX_BYTES}。")
    for where, cell in code_cells(notebook):
        if cell.metadata.get("execution"):
            problems.append(f"{where}保存了执行时间。{RENEW}")
        for output in cell.outputs:
            if WIDGET_VIEW in output.get("data", {}) and len(output.data) == 1:
                problems.append(f"{where}的输出只有控件，页面上看不到。{RENEW}")
    if "widgets" in notebook.metadata:
        problems.append(f"保存了控件的状态。{RENEW}")
    return problems + find_traces(notebook)


def check_executed(notebook: NotebookNode) -> list[str]:
    """All code cells executed in order 1..n; errors where, and only where, they are meant."""
    return check_errors(notebook) + [
        f"{where}的编号是 {cell.execution_count}，应为 {count}。{RENEW}"
        for count, (where, cell) in enumerate(code_cells(notebook), start=1)
        if cell.execution_count != count
    ]


def check_errors(notebook: NotebookNode) -> list[str]:
    """Errors where, and only where, they are meant."""
    problems = []
    for where, cell in code_cells(notebook):
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in tags(cell):
            problems.append(f"{where}保存了一个错误，却没有标签 raises-exception。")
        if not failed and "raises-exception" in tags(cell):
            problems.append(f"{where}标有 raises-exception，却没有出错。")
    return problems


def check_quiet(notebook: NotebookNode) -> list[str]:
    """No warning and no missing glyph in what the cells printed to stderr."""
    return [
        f"{where}的输出里有警告：{found[0]}"
        for where, cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
        for found in [WARNING.search(output.text)]
        if found
    ]


def check_length(notebook: NotebookNode) -> list[str]:
    """Short code cells: the median and the longest, counted without blank lines."""
    lengths = {
        where: sum(bool(line.strip()) for line in cell.source.splitlines())
        for where, cell in code_cells(notebook)
    }
    problems = [
        f"{where}有 {length} 行代码，最多 {MAX_LINES} 行。"
        for where, length in lengths.items()
        if length > MAX_LINES
    ]
    if lengths and median(lengths.values()) > MAX_MEDIAN_LINES:
        middle = median(lengths.values())
        problems.append(f"代码格行数的中位数是 {middle}，最多 {MAX_MEDIAN_LINES}。")
    return problems


def python_source(cell: NotebookNode) -> str:
    """Return a code cell without its magics and shell lines, which only IPython can read."""
    if cell.source.startswith("%%"):
        return ""
    lines = cell.source.splitlines()
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines)


def check_imports(notebook: NotebookNode) -> list[str]:
    """From day38, only public names that exist; nothing that is not installed with it."""
    problems = []
    for where, cell in code_cells(notebook):
        for module, name in imported(python_source(cell)):
            package = module.split(".")[0]
            if package in NOT_INSTALLED:
                problems.append(f"{where}：{package}/ 不随 day38 安装，别人那里没有。")
            elif package == "day38" and not is_public(module, name):
                problems.append(f"{where}：{module} 没有公开的名字 {name or module}。")
    return problems


def imported(source: str) -> Iterator[tuple[str, str]]:
    """Yield each module that a source imports, and the name taken from it, or ""."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # running the notebook tells it better
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def is_public(module: str, name: str) -> bool:
    """Tell whether `from module import name` takes a public name that exists."""
    if any(part.startswith("_") for part in [*module.split("."), name]):
        return False
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError:
        return False
    if name in ("", "*"):
        return name == ""
    return name in found.__all__ if hasattr(found, "__all__") else hasattr(found, name)


def chunks(notebook: NotebookNode) -> dict[tuple[str, ...], str]:
    """Return each run of `SHARED_LINES` code lines and where it is; imports are not counted."""
    found = {}
    for where, cell in code_cells(notebook):
        lines = [" ".join(line.split("#")[0].split()) for line in cell.source.splitlines()]
        lines = [line for line in lines if line and not line.startswith(("import ", "from "))]
        for start in range(len(lines) - SHARED_LINES + 1):
            found[tuple(lines[start : start + SHARED_LINES])] = where
    return found


def check_copies(first: NotebookNode, second: NotebookNode) -> list[str]:
    """No chunk of code stands in both notebooks."""
    here, there = chunks(first), chunks(second)
    return [
        f"{here[chunk]}与另一本的{there[chunk]}有相同的代码：{chunk[0]} ……"
        for chunk in here
        if chunk in there
    ]


def kinds(outputs: list[NotebookNode]) -> list[str]:
    """Return what each output is: a stream's name, an error's name, or its formats."""
    return [
        output.get("name") or output.get("ename") or " ".join(sorted(output.data))
        for output in outputs
    ]


def readable(output: NotebookNode) -> str:
    """Return the text that is compared; a traceback is left out, it numbers the runs."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return output.evalue
    return "\n".join(output.data[kind] for kind in sorted(output.data) if kind.startswith("text/"))


def same_text(committed: str, fresh: str) -> bool:
    """Tell whether two texts are equal apart from blanks and small differences in numbers."""
    shapes = [re.sub(r"\s+", "", NUMBER.sub("#", text)) for text in (committed, fresh)]
    pairs = zip(NUMBER.findall(committed), NUMBER.findall(fresh), strict=False)
    return shapes[0] == shapes[1] and all(close(old, new) for old, new in pairs)


def close(old: str, new: str) -> bool:
    """Compare two numbers as written: whole ones may differ by 1, others by the tolerances."""
    difference = abs(float(old) - float(new))
    if old.lstrip("+-").isdigit() and new.lstrip("+-").isdigit():
        return difference <= 1
    return difference <= max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * abs(float(old)))


def check_outputs(committed: NotebookNode, fresh: NotebookNode) -> list[str]:
    """The committed outputs are those of a fresh run, cells tagged `measured` by kind only."""
    problems = []
    cells = zip(code_cells(committed), code_cells(fresh), strict=True)
    for (where, old), (_, new) in cells:
        if kinds(old.outputs) != kinds(new.outputs):
            change = f"{kinds(old.outputs)} 变成了 {kinds(new.outputs)}"
            problems.append(f"{where}的输出种类从 {change}。{RENEW}")
            continue
        if "measured" in tags(old):
            continue
        for before, after in zip(old.outputs, new.outputs, strict=True):
            if not same_text(readable(before), readable(after)):
                change = f"保存的：\n{readable(before)}\n现在的：\n{readable(after)}"
                problems.append(f"{where}的输出与现在的代码不符。{RENEW}\n{change}")
    return problems


def check_drift(executed: NotebookNode) -> list[str]:
    """In a notebook made by `doubled`, both copies of a cell said the same, to the last digit.

    Of cells tagged `measured` only the losses are compared that they print: no clock changes those.
    """
    problems = []
    cells = list(code_cells(executed))
    for (where, first), (_, second) in zip(cells[::2], cells[1::2], strict=True):
        texts = [printed(cell) for cell in (first, second)]
        if "measured" in tags(first):
            texts = [" ".join(LOSS.findall(text)) for text in texts]
        if texts[0] != texts[1]:
            problems.append(f"{where}第二次运行的输出变了：\n{texts[0]}\n变成了\n{texts[1]}")
    return problems


def printed(cell: NotebookNode) -> str:
    """Return what a cell printed, bars left out, and what it showed as text."""
    outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return "\n".join(readable(output) for output in outputs)


def doubled(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook with every code cell twice in a row."""
    result = NotebookNode(notebook)
    result.cells = []
    for cell in notebook.cells:
        copies = 2 if cell.cell_type == "code" else 1
        result.cells += [copy.deepcopy(cell) for _ in range(copies)]
    return result


def second_runs(executed: NotebookNode) -> NotebookNode:
    """Return a notebook made by `doubled` with the second copy of each code cell only."""
    result = NotebookNode(executed)
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    result.cells = code[1::2]
    return result
