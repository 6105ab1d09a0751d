"""Numerical differences: (f(x + h) - f(x - h)) / (2 * h), and the complex step f(x + 1j * h).imag / h.

A division is one when its divisor looks like a small step and its numerator is a difference in which the same function
is called twice: a function of the student's, or any whose arguments mention the step.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from itertools import islice, product

from autograder.byhand.names import DEPTH, SCALARS, Names
from autograder.byhand.scopes import CHAIN, Scope, ends

__all__ = ["Quotients"]

STEPS = 150_000  # how often expressions are looked into: enough for an answer many times over
STEP_SIZE = 0.05  # a number up to this looks like the step of a difference quotient
STEP_NAMES = set("h hh eps epsilon ε delta δ step step_size stepsize dx tiny perturbation".split())
WRAPPERS = SCALARS | set("item float abs detach numpy squeeze clone tensor as_tensor array asarray".split())
NUMBERS: dict[type[ast.operator], Callable[[float, float], object]] = {
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class Quotients:
    """The search for difference quotients in one submission, with what is left of its `STEPS`."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.steps = STEPS

    def find(self, node: ast.AST, scope: Scope) -> str | None:
        """The name of the difference quotient that a node is, None for any other."""
        above, below = _fraction(node)
        if above is None or self.steps < 0 or not self._is_step(below, scope):
            return None
        above, scope = self._bare(above, scope)
        if ends(above, "imag"):
            return "complex step"
        steps = {token for token in _tokens(below) if _is_step_token(token)}
        plus, minus = _terms(above)
        for left, right in product(plus, minus):
            ups, downs = self._calls_in(left, scope), self._calls_in(right, scope)
            for is_own, name in ups.keys() & downs.keys():
                for up, down in product(ups[is_own, name][:8], downs[is_own, name][:8]):
                    apart = up is not down or _are_names_apart(left, right)
                    if apart and (is_own or steps & {*_tokens(up), *_tokens(down)}):
                        return f"difference quotient of {name[:60]}"
        return None

    def _bare(self, node: ast.expr, scope: Scope) -> tuple[ast.expr, Scope]:
        """An expression without what does not matter to a difference: names for it, factors, ``.item()``."""
        for _ in range(DEPTH):
            self.steps -= 1
            if isinstance(node, ast.Name) and scope.find(node.id):
                values = scope.values(node.id)
                value, where = values[-1] if values else ("", scope)
                if isinstance(value, str):
                    break
                node, scope = value, where
            elif isinstance(node, ast.Call) and ends(node.func, *WRAPPERS):
                inner = node.args[0] if node.args else node.func.value if isinstance(node.func, ast.Attribute) else None
                if isinstance(node.func, ast.Attribute) and self.names.resolve(node.func, scope) is None:
                    inner = node.func.value
                if inner is None:
                    break
                node = inner
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
                node = node.right if _number(node.left) is not None else node.left
            elif isinstance(node, ast.Subscript):
                node = node.value
            else:
                break
        return node, scope

    def _calls_in(self, root: ast.expr, scope: Scope) -> dict[tuple[bool, str], list[ast.Call]]:
        """The calls of which a value is made, by name; a call of the student's own function has True."""
        calls: dict[tuple[bool, str], list[ast.Call]] = {}
        todo: list[tuple[ast.AST, Scope, int]] = [(root, scope, 0)]
        for _ in range(200):
            if not todo:
                break
            self.steps -= 1
            node, where, hops = todo.pop(0)
            if isinstance(node, ast.Call):
                is_own, name = self._called(node, where)
                if name:
                    calls.setdefault((is_own, name), []).append(node)
            elif isinstance(node, ast.Name) and hops < 3:
                values = where.values(node.id)[-3:]
                todo += [(value, there, hops + 1) for value, there in values if isinstance(value, ast.expr)]
            elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                place = getattr(node.slice, "value", None)
                for value, there in where.values(node.value.id)[-3:]:
                    if isinstance(value, (ast.List, ast.Tuple)) and isinstance(place, int) and place < len(value.elts):
                        todo.append((value.elts[place], there, hops + 1))
                if where.find(node.value.id):
                    continue
            todo.extend((child, inner, hops) for child, inner in self.names.files.parts(node, where))
        return calls

    def _called(self, call: ast.Call, scope: Scope) -> tuple[bool, str]:
        """Whether a call is of the student's own function, and its name; none for a built-in function."""
        path = self.names.resolve(call.func, scope)
        if path is not None:
            return bool(self.names.files.own(path)), "" if path.startswith("builtins.") else path
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        receiver = getattr(getattr(call.func, "value", None), "id", "")
        return isinstance(call.func, ast.Name) or name in self.names.files.functions or receiver == "self", name

    def _is_step(self, node: object, scope: Scope, depth: int = 0) -> bool:
        """Whether a divisor looks like the step of a difference quotient: ``2 * eps``, ``1e-5``, a name for such."""
        self.steps -= 1
        if depth > 6 or self.steps < 0:
            return False
        number = _number(node)
        if number is not None:
            return _is_step_token(number)
        if isinstance(node, ast.Name):
            values = [value for value in scope.values(node.id)[-3:] if isinstance(value[0], ast.expr)]
            numbers = [number for value, _ in values if (number := _number(value)) is not None]
            if numbers:
                return any(map(_is_step_token, numbers))
            return _is_step_token(node.id) or any(self._is_step(value, where, depth + 1) for value, where in values)
        if isinstance(node, ast.Attribute):
            return _is_step_token(node.attr)
        if isinstance(node, ast.UnaryOp):
            return self._is_step(node.operand, scope, depth + 1)
        if isinstance(node, ast.Call) and ends(node.func, "sqrt", *WRAPPERS):
            inner = node.args[0] if node.args else getattr(node.func, "value", None)
            return self._is_step(inner, scope, depth + 1)
        if isinstance(node, ast.BinOp):
            sides = [self._is_step(side, scope, depth + 1) for side in (node.left, node.right)]
            if isinstance(node.op, ast.Mult):
                is_plain = depth > 0 or _number(node.left) is not None or _number(node.right) is not None
                return all(sides) or (any(sides) and is_plain)
            return all(sides) if isinstance(node.op, ast.Add) else sides[0] and isinstance(node.op, (ast.Div, ast.Pow))
        return False


def _fraction(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    """Numerator and divisor of ``a / b``, ``a * (1 / b)``, ``a /= b``, ``torch.div(a, b)`` or ``a.div(b)``."""
    if isinstance(node, ast.Call) and node.args and ends(node.func, "div", "div_", "divide", "true_divide"):
        return (node.args[0], node.args[1]) if len(node.args) > 1 else (getattr(node.func, "value", None), node.args[0])
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
        return node.target, node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return node.left, node.right
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, ast.BinOp) and isinstance(other.op, ast.Div) and _number(other.left) is not None:
                return one, other.right
    return None, None


def _terms(node: ast.expr) -> tuple[list[ast.expr], list[ast.expr]]:
    """What is added and what is subtracted in a sum, or in ``torch.sub(a, b)``; a few of each."""
    plus: list[ast.expr] = []
    minus: list[ast.expr] = []
    todo = [(node, plus, minus)]
    for _ in range(DEPTH):
        if not todo:
            break
        node, here, there = todo.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            todo.append((node.left, here, there))
            todo.append((node.right, *((there, here) if isinstance(node.op, ast.Sub) else (here, there))))
        elif isinstance(node, ast.Call) and ends(node.func, "sub", "subtract") and len(node.args) == 2:
            todo += [(node.args[0], here, there), (node.args[1], there, here)]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            todo.append((node.operand, there, here))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and _number(node.left) is not None:
            coefficient = _number(node.left) or 0
            todo.append((node.right, *((here, there) if coefficient > 0 else (there, here))))
        else:
            here.append(node)
    return plus, minus


def _are_names_apart(one: ast.expr, other: ast.expr) -> bool:
    """``up, down = (f(x + s) for s in (h, -h))``: one call in the source, two values."""
    return isinstance(one, ast.Name) and isinstance(other, ast.Name) and one.id != other.id


def _is_step_token(token: object) -> bool:
    if isinstance(token, str):
        return token in STEP_NAMES or token.endswith(("eps", "epsilon"))
    return isinstance(token, (int, float)) and 0 < abs(token) <= STEP_SIZE


def _tokens(root: ast.AST | None) -> list[object]:
    """The names and numbers in an expression, no more than a few dozen."""
    nodes = islice(ast.walk(root), CHAIN) if root is not None else ()
    return [
        getattr(node, "id", getattr(node, "attr", getattr(node, "value", None)))
        for node in nodes
        if isinstance(node, (ast.Name, ast.Attribute, ast.Constant))
    ]


def _number(node: object, depth: int = 0) -> float | None:
    """The value of an expression of real numbers: ``1e-5``, ``10 ** -5``, ``1 / 1000``."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (int, float)) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _number(node.operand, depth + 1)
        return None if value is None else -value
    if not isinstance(node, ast.BinOp) or depth > 4 or type(node.op) not in NUMBERS:
        return None
    left, right = _number(node.left, depth + 1), _number(node.right, depth + 1)
    if left is None or right is None:
        return None
    try:
        result = NUMBERS[type(node.op)](float(left), float(right))
    except ArithmeticError:
        return None
    return result if isinstance(result, float) else None  # a root of a negative number is complex
