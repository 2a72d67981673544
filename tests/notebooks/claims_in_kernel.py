"""How the claims beside a notebook come into its kernel, and how a failed one reports.

nbmake runs what a cell's metadata calls ``post_cell_execute`` in the kernel after the cell.
"""

import ast
import inspect
import re
from pathlib import Path

from nbformat import NotebookNode

from tests.notebooks.lesson import claim_blocks, claims_beside, tags

REPORT = re.compile("\x1e(.*?)\x1e", re.DOTALL)  # in what the kernel prints


def day38_claims(source: str, file: str, names: dict) -> None:
    """Run a block in a copy of the notebook's names; this function is sent to the kernel.

    Each statement runs, whether or not one before it failed; pytest's own rewriting of asserts
    tells the values. What the block imports, binds or draws by chance stays unknown to the
    notebook: a cell that forgot an import must not run because a claim did not. Later blocks see
    it.
    """
    import ast
    import sys

    from _pytest.assertion.rewrite import rewrite_asserts

    torch = sys.modules.get("torch")
    state = torch.get_rng_state() if torch else None
    own = names.setdefault("_day38_own", {})
    space = {**own, **names}
    for statement in ast.parse(source).body:
        module = ast.Module([statement], [])
        try:
            rewrite_asserts(module, source.encode(), file)
            exec(compile(module, file, "exec"), space)
        except Exception as error:
            line = error.__traceback__.tb_next.tb_lineno
            claim = source.splitlines()[line - 1].strip()
            told = f"{file}:{line} · {claim}\n{type(error).__name__}: {error}"
            print("\x1e" + told.replace("\n", "\n    ") + "\x1e")
    own.update((name, value) for name, value in space.items() if name not in names)
    if torch:
        torch.set_rng_state(state)


def fill_in(notebook: NotebookNode, path: Path) -> None:
    """Put the claims beside a notebook into the metadata of its cells.

    A cell that is to raise runs no claims; they run after the next cell that can.

    Raises
    ------
    ValueError
        Claims for a cell that does not exist, or that runs no code.
    """
    blocks, file = claim_blocks(path), claims_beside(path)
    waiting: list[str] = []
    for cell in notebook.cells:
        block = blocks.pop(cell.id, "")
        if ast.parse(block, file).body:  # not facts only
            if cell.cell_type != "code":
                raise ValueError(f"{file} · {cell.id}：这一格没有代码，它的 assert 不会运行。")
            waiting.append(f"day38_claims({block!r}, {file!r}, globals())")
        if waiting and cell.cell_type == "code" and "raises-exception" not in tags(cell):
            sent = [inspect.getsource(day38_claims), *waiting]
            cell.metadata["nbmake"] = {"post_cell_execute": sent}
            waiting = []
    if blocks:
        raise ValueError(f"{file}：笔记本里没有这些格，却有它们的 assert：{'、'.join(blocks)}")
    if waiting:
        raise ValueError(f"{file}：最后一格会出错，它的 assert 不会运行。")
