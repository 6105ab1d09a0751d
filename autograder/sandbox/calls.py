"""How an exercise calls the student's code: a few lines of Python, run one statement at a time.

An author writes the calls as text::

    net = TwoLayerNetwork(W1, b1, W2, b2)
    A2 = net.forward(X)
    loss = net.loss(Y)
    dZ2, dW2, db2 = entries(net.backward())
    net.update(lr)
    new_W1 = net.W1

Names are the inputs of the case, what earlier lines gave, or what the student's module defines. ``entries(d)`` takes
from the dictionary ``d`` the entries named on the left, each on its own: one that is missing does not cost the others.
A statement that fails takes down only the names that it gives and the statements that need those.

Functions, classes with state, training runs (a ``for`` loop) and value tables (``z2, h2 = entries(FORWARD)``) are all
such calls, so nothing else has to know which kind an exercise is.
"""

from __future__ import annotations

import ast
import functools
import textwrap
from dataclasses import dataclass
from types import CodeType

__all__ = ["Calls", "Statement", "parse_calls"]

ENTRIES = "entries"


@dataclass(frozen=True)
class Statement:
    """One statement: what it calls, as text; its code; and the names that it needs, gives and spoils.

    ``spoils`` are the names that cannot be trusted when it fails: what it would have given and, where it stands alone
    (``net.update(lr)``), the object that it was to change. ``receivers`` are the objects whose methods it calls.
    With ``entries`` the code yields a dictionary and ``gives`` are the keys to take from it; with ``several`` it yields as
    many things as there are names in ``gives``, in this order.
    """

    text: str
    code: CodeType
    needs: frozenset[str]
    gives: tuple[str, ...]
    spoils: frozenset[str]
    receivers: frozenset[str]
    entries: bool = False
    several: bool = False


@dataclass(frozen=True)
class Calls:
    """The parsed calls of an exercise, in order."""

    text: str
    statements: tuple[Statement, ...]

    @property
    def gives(self) -> tuple[str, ...]:
        """Every name that some statement gives."""
        return tuple(dict.fromkeys(name for statement in self.statements for name in statement.gives))

    @property
    def needs(self) -> frozenset[str]:
        """The names that come from outside: inputs and what the student's module defines."""
        outside: set[str] = set()
        given: set[str] = set()
        for statement in self.statements:
            outside |= statement.needs - given
            given |= set(statement.gives)
        return frozenset(outside)


@functools.lru_cache(maxsize=256)
def parse_calls(text: str) -> Calls:
    """Parse the text of the calls. Raises SyntaxError with the line when it is not what the module describes."""
    text = textwrap.dedent(text).strip("\n")
    tree = ast.parse(text, filename="<calls>")
    return Calls(text=text, statements=tuple(_statement(node) for node in tree.body))


def _statement(node: ast.stmt) -> Statement:
    if isinstance(node, ast.Assign) and _is_entries(node.value):
        if len(node.targets) > 1:
            raise SyntaxError(f"line {node.lineno} of the calls: entries(...) is assigned once")
        assert isinstance(node.value, ast.Call)
        dictionary = node.value.args[0]
        source = ast.unparse(dictionary)
        keys = _plain_names(node.targets[0])
        code = compile(ast.Expression(dictionary), "<calls>", "eval")
        return Statement(source, code, _needs(dictionary), keys, frozenset(keys), _receivers(node), entries=True)
    receivers = _receivers(node)
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and _is_several(node.targets[0]):
        source = ast.unparse(node.value)
        names = _plain_names(node.targets[0])
        code = compile(ast.Expression(node.value), "<calls>", "eval")
        return Statement(source, code, _needs(node.value), names, frozenset(names), receivers, several=True)
    code = compile(ast.Module([node], []), "<calls>", "exec")
    if isinstance(node, ast.Assign):
        source = ast.unparse(node.value)
        gives = tuple(dict.fromkeys(name for target in node.targets for name in _stored(target)))
        return Statement(source, code, _needs(node.value), gives, frozenset(gives), receivers)
    if isinstance(node, (ast.Expr, ast.For)):
        source = ast.unparse(node)
        gives = tuple(dict.fromkeys(_stored(node)))
        return Statement(source, code, _needs(node), gives, frozenset(gives) | receivers, receivers)
    raise SyntaxError(f"line {node.lineno} of the calls: only assignments, calls and for loops are understood")


def _is_entries(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == ENTRIES
        and len(node.args) == 1
    )


def _is_several(target: ast.expr) -> bool:
    return isinstance(target, (ast.Tuple, ast.List)) and all(isinstance(part, ast.Name) for part in target.elts)


def _plain_names(target: ast.expr) -> tuple[str, ...]:
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    if not all(isinstance(part, ast.Name) for part in parts):
        raise SyntaxError(f"line {target.lineno} of the calls: the left side of entries(...) must be plain names")
    return tuple(part.id for part in parts if isinstance(part, ast.Name))


def _needs(node: ast.AST, bound: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names that a node reads from outside: not those that it has bound itself by the time it reads them."""
    if isinstance(node, ast.Name):
        return frozenset({node.id} - bound if isinstance(node.ctx, ast.Load) else ())
    if isinstance(node, ast.For):
        # In order: the first pass through the loop is the one that reads names from outside.
        found = _needs(node.iter, bound)
        bound |= frozenset(_stored(node.target))
        for statement in node.body:
            found |= _needs(statement, bound)
            bound |= frozenset(_stored(statement))
        return found
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        bound |= frozenset(name for generator in node.generators for name in _stored(generator.target))
    if isinstance(node, ast.Lambda):
        bound |= frozenset(argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg))
    return frozenset().union(*(_needs(child, bound) for child in ast.iter_child_nodes(node)))


def _stored(node: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _receivers(node: ast.AST) -> frozenset[str]:
    """``net`` in ``net.update(lr)`` and ``losses`` in ``losses.append(loss)``."""
    return frozenset(
        n.func.value.id
        for n in ast.walk(node)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and isinstance(n.func.value, ast.Name)
    )
