"""A notebook's cells, run in this process one after the other: without a kernel, and where coverage sees them."""

import ast
from typing import Any


def value_of(cell: dict[str, Any], names: dict[str, Any]) -> Any:
    """Run a code cell in the namespace `names`: the value of its last expression, None where it ends otherwise."""
    tree = ast.parse("".join(cell["source"]))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, cell["id"], "exec"), names)  # noqa: S102 - the suite's own notebooks
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)  # noqa: S307
