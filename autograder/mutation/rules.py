"""How a model solution is spoilt: each rule takes a node of its syntax tree and yields edits, of which each is a slip.

A new rule is one function, and its name in `RULES`.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.mutation.names import bound_before, last_name, similar
from autograder.mutation.page import Edit, Page

__all__ = ["RULES", "Site"]

Edits = Iterator[Sequence[Edit]]

OPERATORS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
}
COMPARISONS: dict[type[ast.cmpop], tuple[str, Sequence[str]]] = {
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<")),
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
}
CONSTANTS: dict[float, Sequence[float]] = {0: (1,), 1: (2,), 2: (1, 3)}
FUNCTIONS = {
    "sigmoid": "tanh",
    "tanh": "sigmoid",
    "relu": "sigmoid",
    "sum": "mean",
    "mean": "sum",
    "amax": "amin",
    "argmax": "argmin",
    "zeros_like": "ones_like",
    "log10": "log",
}
DROPPED = {"relu", "clamp", "sigmoid", "tanh", "exp", "log", "log10", "sqrt", "amax", "mean", "sum"}
IN_PLACE = {"relu", "clamp", "sigmoid", "tanh", "exp", "log", "sqrt"}
ALONG = {"sum", "mean", "amax", "argmax", "squeeze", "unsqueeze"}
AXES = {"dim", "axis"}
KEPT = {"keepdim", "keepdims"}


@dataclass(frozen=True)
class Site:
    """A node of a model solution; ``ranks`` are the dimensions of those tensors of which they are known, by name."""

    page: Page
    node: ast.expr | ast.stmt
    ranks: Mapping[str, int]

    def becomes(self, new: str) -> Sequence[Edit]:
        """The edit that puts other text in the node's place."""
        return [self.page.replace(self.node, new)]

    def swap(self, one: ast.expr, other: ast.expr) -> Sequence[Edit]:
        """The edits that exchange two nodes."""
        return [
            self.page.replace(one, self.page.source(other)),
            self.page.replace(other, self.page.source(one)),
        ]


def operator_swapped(site: Site) -> Edits:
    """``a + b`` is ``a - b``, ``a * b`` is ``a / b``, ``a -= b`` is ``a += b`` and ``a = b``."""
    node = site.node
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield [site.page.between(node.left, node.right, *OPERATORS[type(node.op)])]
    if isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
        old, new = OPERATORS[type(node.op)]
        yield [site.page.between(node.target, node.value, f"{old}=", f"{new}=")]
        yield [site.page.between(node.target, node.value, f"{old}=", "=")]


def operands_swapped(site: Site) -> Edits:
    """``a - b`` is ``b - a``, ``A @ B`` is ``B @ A``, ``outer(a, b)`` is ``outer(b, a)``, ``x[i, j]`` is ``x[j, i]``.

    Not a difference under a square, nor two vectors: there it is the same.
    """
    node = site.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult)):
        vectors = all(site.ranks.get(last_name(one)) == 1 for one in (node.left, node.right))
        same = _is_squared(site) if isinstance(node.op, ast.Sub) else vectors and isinstance(node.op, ast.MatMult)
        if not same:
            yield site.swap(node.left, node.right)
    if isinstance(node, ast.Call) and last_name(node.func) == "outer":
        yield site.swap(node.args[0], node.args[1])
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        yield site.swap(*node.slice.elts)


def operand_dropped(site: Site) -> Edits:
    """``a + b`` is ``a`` or ``b``; the same for a factor; ``a / b`` and ``a**b`` are ``a``, ``-a`` is ``a``."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield site.becomes(site.page.source(node.operand))
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)):
        yield site.becomes(site.page.source(node.left))
        if isinstance(node.op, (ast.Add, ast.Mult)):
            yield site.becomes(site.page.source(node.right))
        if isinstance(node.op, ast.Sub):
            yield site.becomes(f"-{site.page.operand(node.right)}")


def constant_changed(site: Site) -> Edits:
    """0 is 1, 1 is 2, 2 is 1 or 3, another number one more; axes are not numbers."""
    node = site.node
    around = site.page.parents[node]
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        return
    if isinstance(around, ast.keyword) and around.arg in AXES:
        return
    for new in CONSTANTS.get(node.value, (node.value + 1,)):
        yield site.becomes(repr(type(node.value)(new)))


def transposed(site: Site) -> Edits:
    """``W.T`` is ``W``; a matrix beside ``@`` is its transpose."""
    node = site.node
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield site.becomes(site.page.source(node.value))
    elif isinstance(node, ast.expr) and _is_matrix(node, site.ranks):
        around = site.page.parents[node]
        if isinstance(around, ast.BinOp) and isinstance(around.op, ast.MatMult):
            yield site.becomes(f"{site.page.operand(node)}.T")


def axis_changed(site: Site) -> Edits:
    """``dim=0`` is ``dim=1``, or no dim at all; of several axes one is left out; ``keepdim`` is left out."""
    node = site.node
    if not isinstance(node, ast.Call):
        return
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    axes = [named[name] for name in AXES & set(named)]
    if isinstance(node.func, ast.Attribute) and node.func.attr in ALONG:
        axes += node.args[:1] if _of_tensor(node.func) else node.args[1:2]
    for axis in axes:
        if isinstance(axis, ast.Constant) and axis.value in (0, 1):
            yield [site.page.replace(axis, repr(1 - axis.value))]
        if isinstance(axis, ast.Tuple):
            yield from ([site.page.replace(axis, site.page.source(one))] for one in axis.elts)
    for leave_out in ((KEPT,) if KEPT & set(named) else ()) + ((KEPT | AXES,) if AXES & set(named) else ()):
        kept = [site.page.source(one) for one in node.args]
        kept += [f"{k.arg}={site.page.source(k.value)}" for k in node.keywords if k.arg not in leave_out]
        yield site.becomes(f"{site.page.source(node.func)}({', '.join(kept)})")


def function_swapped(site: Site) -> Edits:
    """``sigmoid`` is ``tanh``, ``sum`` is ``mean``, ``zeros_like`` is ``ones_like``."""
    node = site.node
    if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
        yield site.becomes(f"{site.page.operand(node.value)}.{FUNCTIONS[node.attr]}")


def function_dropped(site: Site) -> Edits:
    """``relu(x)`` is ``x``; the same for exp, log, amax; ``reversed(x)`` is ``x``, ``range(n)`` is ``range(n - 1)``."""
    node = site.node
    if not isinstance(node, ast.Call):
        return
    name = last_name(node.func)
    if name in DROPPED and isinstance(node.func, ast.Attribute):
        yield site.becomes(site.page.source(node.func.value if _of_tensor(node.func) else node.args[0]))
    if name == "reversed":
        yield site.becomes(site.page.source(node.args[0]))
    if name == "range":
        yield [site.page.replace(node.args[-1], f"{site.page.operand(node.args[-1])} - 1")]


def comparison_changed(site: Site) -> Edits:
    """``>`` is ``>=`` and ``<``, ``==`` is ``!=``."""
    node = site.node
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        old, news = COMPARISONS[type(node.ops[0])]
        yield from ([site.page.between(node.left, node.comparators[0], old, new)] for new in news)


def name_swapped(site: Site) -> Edits:
    """A variable is another one of the same function and of a similar name: W1 is W2, A1 is Z1."""
    node = site.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        function, around = site.page.function(node), site.page.parents[node]
        called = isinstance(around, ast.Call) and around.func is node
        known = bound_before(function, node) if function is not None and not called else []
        yield from (site.becomes(other) for other in similar(node.id, known))
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and last_name(node.value) == "self":
        attributes = [
            one.attr
            for one in ast.walk(site.page.tree)
            if isinstance(one, ast.Attribute) and last_name(one.value) == "self"
        ]
        yield from (site.becomes(f"self.{other}") for other in similar(node.attr, attributes))


def key_swapped(site: Site) -> Edits:
    """Two entries of a dictionary change places; ``grads["W1"]`` is ``grads["W2"]``."""
    node = site.node
    values = list[ast.expr]()
    if isinstance(node, ast.Dict):
        values = node.values
    if isinstance(node, ast.Call) and len(node.keywords) > 1 and not AXES & {k.arg for k in node.keywords}:
        values = [keyword.value for keyword in node.keywords]
    yield from (site.swap(one, other) for one, other in itertools.pairwise(values))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        keys = [one.value for one in ast.walk(site.page.tree) if isinstance(one, ast.Constant)]
        names = [key for key in keys if isinstance(key, str) and key.isidentifier()]
        for other in similar(node.slice.value, names):
            yield [site.page.replace(node.slice, f'"{other}"')]


def index_changed(site: Site) -> Edits:
    """``x[k]`` is ``x[k - 1]`` and ``x``."""
    node = site.node
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
        yield [site.page.replace(node.slice, f"{node.slice.id} - 1")]
        if isinstance(node.ctx, ast.Load):
            yield site.becomes(site.page.source(node.value))


def statement_deleted(site: Site) -> Edits:
    """A statement does nothing; a loop leaves out one of the names that it goes through."""
    node = site.node
    if isinstance(node, ast.stmt) and not isinstance(node, ast.Pass):
        yield site.becomes("pass")
    if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
        for left_out in node.iter.elts:
            kept = [site.page.source(one) for one in node.iter.elts if one is not left_out]
            yield [site.page.replace(node.iter, f"({', '.join(kept)},)")]


def changed_in_place(site: Site) -> Edits:
    """``x = x - y`` is ``x -= y``, ``relu(z)`` is ``relu_(z)``: right, and gone wrong where x belongs to somebody else."""
    node = site.node
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and type(node.value.op) in OPERATORS:
        target = site.page.source(node.targets[0])
        if target == site.page.source(node.value.left):
            yield site.becomes(f"{target} {OPERATORS[type(node.value.op)][0]}= {site.page.source(node.value.right)}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in IN_PLACE:
        changed = node.func.value if _of_tensor(node.func) else node.args[0]
        if isinstance(changed, (ast.Name, ast.Attribute)):
            yield [site.page.replace(node.func, f"{site.page.source(node.func)}_")]


RULES: Sequence[Callable[[Site], Edits]] = (
    operator_swapped,
    operands_swapped,
    operand_dropped,
    constant_changed,
    transposed,
    axis_changed,
    function_swapped,
    function_dropped,
    comparison_changed,
    name_swapped,
    key_swapped,
    index_changed,
    statement_deleted,
    changed_in_place,
)


def _is_squared(site: Site) -> bool:
    around = site.page.parents[site.node]
    power = around.right if isinstance(around, ast.BinOp) and isinstance(around.op, ast.Pow) else None
    return isinstance(power, ast.Constant) and power.value == 2


def _of_tensor(function: ast.Attribute) -> bool:
    """Whether it is a method, ``x.exp``, and no function of a library, ``torch.exp``."""
    return last_name(function.value) not in ("torch", "np", "math", "F")


def _is_matrix(node: ast.expr, ranks: Mapping[str, int]) -> bool:
    """What is known to have two axes, or is spelt with a capital letter."""
    base = node.value if isinstance(node, ast.Subscript) else node
    name = last_name(base)
    if not name or (isinstance(node, ast.Attribute) and node.attr == "T"):
        return False
    return ranks[name] == 2 if name in ranks and base is node else name != name.lower()
