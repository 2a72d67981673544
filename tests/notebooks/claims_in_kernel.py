"""How the claims beside a notebook come into its kernel, and how a failed one reports.

nbmake runs what a cell's metadata calls ``post_cell_execute`` in the kernel after the cell.
"""

import ast
import inspect
import re
from pathlib import Path

from nbformat import NotebookNode

from tests.notebooks.lesson import claim_blocks, tags

# Around a report in what the kernel prints.
MARK = "\x1e"
REPORT = re.compile(f"{MARK}(.*?){MARK}", re.DOTALL)
LONGEST = 300  # characters of a value in a report


def day38_claims(source: str, where: str, names: dict) -> None:
    """Run a block in a copy of the notebook's names; this function is sent to the kernel.

    What the block imports, binds or draws by chance stays unknown to the notebook: a cell that
    forgot an import must not run because a claim did not. Later blocks see it.
    """
    import sys
    import traceback

    torch = sys.modules.get("torch")
    state = torch.get_rng_state() if torch else None
    own = names.setdefault("_day38_own", {})
    space = {**own, **names}
    try:
        exec(compile(source, "<claims>", "exec"), space)
    except Exception:
        print(f"\x1e{where} · {traceback.format_exc(limit=-1)}\x1e")
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
    blocks = claim_blocks(path)
    waiting: list[str] = []
    for cell in notebook.cells:
        block = blocks.pop(cell.id, "")
        if ast.parse(block).body:  # not facts only
            if cell.cell_type != "code":
                raise ValueError(f"{path.stem} · {cell.id}：这一格没有代码，它的 assert 不会运行。")
            where = f"{path.stem} · {cell.id}"
            waiting.append(inspect.getsource(day38_claims))
            waiting.append(f"day38_claims({reporting(block, where)!r}, {where!r}, globals())")
        if waiting and cell.cell_type == "code" and "raises-exception" not in tags(cell):
            cell.metadata["nbmake"] = {"post_cell_execute": waiting}
            waiting = []
    if blocks:
        raise ValueError(f"{path.stem} 没有这些格，却有它们的 assert：{'、'.join(blocks)}")
    if waiting:
        raise ValueError(f"{path.stem}：最后一格会出错，它的 assert 不会运行。")


def reporting(block: str, where: str) -> str:
    """Return a block whose asserts print what failed, with the values, and do not stop it."""
    tree = _Reporting(block, where).visit(ast.parse(block))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Reporting(ast.NodeTransformer):
    """Turn ``assert a < b`` into a try statement that prints both sides, computed once."""

    def __init__(self, block: str, where: str) -> None:
        self.block, self.where = block, where

    def visit_Assert(self, node: ast.Assert) -> ast.Try:
        claim = ast.get_source_segment(self.block, node)
        title = f"{self.where} · 第 {node.lineno} 行：{claim}"
        self.sides: dict[str, str] = {}
        node.test = self._keep_sides(node.test)
        shown = [ast.Constant(f"{MARK}{title}")]
        for name, text in {**self.sides, **_places(node.test)}.items():
            shown += [ast.Constant(f"\n    {text} = "), _value(name)]
        undefined = ast.parse("_ = '（没有算到）'").body[0]
        undefined.targets = [ast.Name(name, ast.Store()) for name in ["_side", *self.sides]]
        told = ast.Expr(ast.Call(ast.Name("print", ast.Load()), [ast.JoinedStr(shown)], []))
        told.value.args[0].values.append(ast.Constant(MARK))
        failed = ast.Name("AssertionError", ast.Load())
        handlers = [ast.ExceptHandler(failed, None, [told])]
        other = f"{MARK}{title}\n    "
        (fault,) = ast.parse(f"print({other!r} + repr(_error) + {MARK!r})").body
        handlers.append(ast.ExceptHandler(ast.Name("Exception", ast.Load()), "_error", [fault]))
        return ast.Try([undefined, node], handlers, [], [])

    def _keep_sides(self, test: ast.expr) -> ast.expr:
        """Give the sides of comparisons, and the arguments of a call, names to report."""
        if isinstance(test, ast.BoolOp):
            test.values = [self._keep_sides(value) for value in test.values]
        elif isinstance(test, ast.UnaryOp):
            test.operand = self._keep_sides(test.operand)
        elif isinstance(test, ast.Compare):
            test.left, *test.comparators = map(self._kept, [test.left, *test.comparators])
        elif isinstance(test, ast.Call):
            test.args = [self._kept(value) for value in test.args]
        return test

    def _kept(self, side: ast.expr) -> ast.expr:
        if isinstance(side, ast.Constant | ast.Starred | ast.GeneratorExp):
            return side
        name = f"_side_{len(self.sides)}"
        self.sides[name] = ast.unparse(side)
        return ast.NamedExpr(ast.Name(name, ast.Store()), side)


def _places(test: ast.expr) -> dict[str, str]:
    """Return the names inside the sides that hold values: ``accuracy`` in ``abs(accuracy - 1)``."""
    called = {id(node.func) for node in ast.walk(test) if isinstance(node, ast.Call)}
    bases = {id(node.value) for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    sides = {id(node.value) for node in ast.walk(test) if isinstance(node, ast.NamedExpr)}
    bound = {
        node.id
        for node in ast.walk(test)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return {
        node.id: node.id
        for node in ast.walk(test)
        if isinstance(node, ast.Name)
        and node.id not in bound
        and id(node) not in called | bases | sides
    }


def _value(name: str) -> ast.FormattedValue:
    """Return ``{name!r}``, cut where it is long."""
    cut = ast.JoinedStr([ast.Constant(f".{LONGEST}")])
    return ast.FormattedValue(ast.Name(name, ast.Load()), ord("r"), cut)
