"""Which names a slip of the pen confuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

__all__ = ["bound_before", "last_name", "similar"]

NEIGHBOURS = 2
"""How many other names are tried in the place of one."""

SHORT = 3


def last_name(node: ast.AST) -> str:
    """The last name of ``a``, ``a.b`` or ``a.b.c``."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def bound_before(function: ast.FunctionDef, node: ast.expr) -> list[str]:
    """Arguments of a function, and names that it binds above a node."""
    stored = [
        one.id
        for one in ast.walk(function)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and one.lineno < node.lineno
    ]
    return [one.arg for one in function.args.args if one.arg != "self"] + stored


def similar(name: str, known: Sequence[str]) -> list[str]:
    """The first few names of another number, W1 and W2, or of another letter, A1 and Z1: both values, or both gradients."""
    letters, number = _split(name)
    found = [other for other in known if _split(other)[0] == letters]
    if len(letters) <= SHORT:
        beside = [other for other in known if _split(other)[1] == number and _kind(other) == _kind(name)]
        found += [other for other in beside if len(_split(other)[0]) <= SHORT]
    return [other for other in dict.fromkeys(found) if other != name][:NEIGHBOURS]


def _split(name: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*?)(\d*)", name, re.DOTALL)
    assert found is not None
    return found[1], found[2]


def _kind(name: str) -> bool:
    """Whether a name is that of a gradient."""
    return len(name) > 1 and name[0] == "d"
