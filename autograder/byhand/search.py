"""Reaching: from the top level and the calls to everything that is mentioned, and what is forbidden there."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from autograder.byhand.names import Names
from autograder.byhand.quotients import Quotients
from autograder.byhand.rules import TOO_LONG, Finding, means_of
from autograder.byhand.scopes import File, Files, Scope, Unit, dotted_name
from autograder.sandbox.calls import Calls

__all__ = ["find_forbidden"]


def find_forbidden(
    files: Mapping[str, bytes], module: str, calls: Calls, allowed: Collection[str] = ()
) -> list[Finding]:
    """Search a submission (its files by path) for what the calls of an exercise can reach, in the order of the lines.

    ``allowed`` are keys of `MEANS` that the exercise permits.
    """
    search = _Search(Files(files))
    top = search.files.load(dotted_name(module))
    if top is None:
        return []
    reached: dict[tuple[str, int, str, str], set[int]] = {}
    everywhere = search.reach(search.files.units[top.tree], _Reached(files={top}))
    for number, node in enumerate(ast.parse(calls.text).body):
        scope = Scope(top.scope, is_calls=True)
        scope.names = {name: [] for statement in calls.statements[:number] for name in statement.gives}
        for unit in search.reach(Unit(top, node, scope), everywhere).units:
            for line, what, means in unit.found:
                # Nobody knows what a file that is not searched does to the others.
                numbers = range(len(calls.statements)) if means == TOO_LONG else [number]
                reached.setdefault((unit.file.path, line, what, means), set()).update(numbers)
    return [
        Finding(file, line, what, means, frozenset(numbers))
        for (file, line, what, means), numbers in sorted(reached.items())
        if means not in allowed
    ]


@dataclass
class _Reached:
    units: set[Unit] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    files: set[File] = field(default_factory=set)


class _Search:
    """One submission under search."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.names = Names(files)
        self.quotients = Quotients(self.names)

    def reach(self, start: Unit, base: _Reached) -> _Reached:
        """What can be reached from a unit when ``base`` has been reached already."""
        now = _Reached(set(base.units), set(base.mentions), set(base.files))
        todo = [start]
        while todo:
            unit = todo.pop()
            if unit in now.units:
                continue
            now.units.add(unit)
            self.scan(unit)
            for file in [f for name in unit.imports if (f := self.files.load(name)) and f not in now.files]:
                now.files.add(file)
                todo.append(self.files.units[file.tree])
                todo.extend(one for name in file.units.keys() & now.mentions for one in file.units[name])
            new = unit.mentions - now.mentions
            now.mentions |= new
            todo.extend(one for file in now.files for name in new for one in file.units.get(name, ()))
        return now

    def scan(self, unit: Unit) -> None:
        """Note what a unit mentions, imports and uses that is forbidden."""
        if unit.is_scanned:
            return
        unit.is_scanned = True
        # `inside` is the line of the string in which this code stands; a link of a chain is noted with the whole chain.
        todo: list[tuple[ast.AST, Scope, int, bool]] = [(unit.root, unit.scope, 0, False)]
        while todo:
            node, scope, inside, is_link = todo.pop()
            if node is not unit.root and node in self.files.units:
                continue
            line = inside or scope.line_of(node)
            children = self.files.parts(node, scope)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                base = f"{self.files.base_of(unit.file, node)}." if isinstance(node, ast.ImportFrom) else ""
                for alias in node.names:
                    self.note(unit, base + alias.name, line, is_use=bool(inside))
            elif isinstance(node, ast.If) and scope.parent is None:
                children = [(child, scope) for child in self.live(node, scope)]
            elif isinstance(node, ast.Assign) and scope.is_top and self.is_alias(node, scope):
                continue  # only a use of the name is a use
            elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Load):
                if not is_link:
                    self.note(unit, self.names.resolve(node, scope), line)
                self.mention(unit, node, scope, line)
            elif isinstance(node, ast.Call):
                self.note(unit, self.names.resolve(node, scope), line)
                code = self.scan_call(unit, node, scope, line)
                if code is not None:
                    todo.append((code, scope, line, False))
            quotient = self.quotients.find(node, scope) if not scope.is_calls else None
            if quotient:
                unit.found.append((line, quotient, "numerical differences"))
            elif self.quotients.steps < 0 and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                unit.found.append((line, "more quotients than can be searched", TOO_LONG))
            for child, where in reversed(children):
                is_link = isinstance(node, ast.Attribute) and isinstance(child, (ast.Attribute, ast.Name))
                todo.append((child, where, inside, is_link))

    def note(self, unit: Unit, path: str | None, line: int, is_use: bool = True) -> None:
        """Note the use, or the import alone, of something by its full name."""
        if path is None:
            return
        own = self.files.own(path)
        unit.imports.update(own)
        if is_use and own:
            unit.mentions.update(f".{part}" for part in path.split("."))
        elif is_use and (means := means_of(path)):
            unit.found.append((line, path[:80], means))

    def mention(self, unit: Unit, node: ast.Name | ast.Attribute | ast.Subscript, scope: Scope, line: int) -> None:
        """Note the name of a unit that may be meant."""
        if isinstance(node, ast.Name):
            binding = scope.find(node.id)
            if binding is None or binding.is_top:
                unit.mentions.add(node.id)
            if binding is not None and binding.is_class:
                unit.mentions.add(f".{node.id}")
        elif isinstance(node, ast.Attribute):
            unit.mentions.add(f".{node.attr}")
            self.scan_method(unit, node.attr, node.value, scope, line)
        elif isinstance(node.value, ast.Call):  # globals()["check"]
            unit.mentions.add(f".{self.names.fold(node.slice, scope)}")

    def scan_method(self, unit: Unit, name: str, value: ast.expr, scope: Scope, line: int) -> None:
        """Note a method that differentiates, where its object is certainly one that has it."""
        if name == "backward" and self.names.kind(value, scope) == "tensor":
            unit.found.append((line, "Tensor.backward", "autograd"))
        elif name == "diff" and self.names.kind(value, scope) == "sympy":
            unit.found.append((line, "sympy.diff", "another library"))

    def scan_call(self, unit: Unit, call: ast.Call, scope: Scope, line: int) -> ast.Module | None:
        """What a call does beyond its names; for a call that runs constant source, that source."""
        path, function = self.names.resolve(call.func, scope), call.func
        text = self.names.fold(call.args[0], scope) if call.args else None
        if path == "builtins.getattr" and len(call.args) > 1:
            name = self.names.fold(call.args[1], scope)
            unit.mentions.add(f".{name}")
            self.scan_method(unit, name or "", call.args[0], scope, line)
        elif path in ("builtins.eval", "builtins.exec", "builtins.compile") and text:
            code = self.files.parse(text.strip())
            if code is not None:
                self.files.index(unit.file, code, scope)
            elif self.files.unsearched:
                unit.found.append((line, self.files.unsearched, TOO_LONG))
            return code
        elif isinstance(function, ast.Attribute) and function.attr == "backward" and _is_foreign(function.value):
            options = {one.arg for one in call.keywords} & {"retain_graph", "create_graph", "inputs"}
            own = {one.arg for node in self.files.functions.get("backward", ()) for one in _parameters(node)}
            if options - own and self.names.kind(function.value, scope) != "tensor":
                unit.found.append((line, "Tensor.backward", "autograd"))
        return None

    def live(self, node: ast.If, scope: Scope) -> list[ast.AST]:
        """The parts of an ``if`` at the top level that run when the module is imported."""
        is_and = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
        for test in getattr(node.test, "values", ()) if is_and else (node.test,):
            if self.names.resolve(test, scope) == "typing.TYPE_CHECKING":
                return [*node.orelse]
            if isinstance(test, ast.Compare) and "__name__" not in scope.names:
                sides = [test.left, *test.comparators]
                if {getattr(side, "id", getattr(side, "value", None)) for side in sides} == {"__name__", "__main__"}:
                    return [*(node.orelse if isinstance(test.ops[0], ast.Eq) else node.body)]
        return [node.test, *node.body, *node.orelse]

    def is_alias(self, node: ast.Assign, scope: Scope) -> bool:
        """Whether an assignment only gives something of a library another name."""
        path = self.names.resolve(node.value, scope)
        return path is not None and not self.files.own(path) and all(isinstance(one, ast.Name) for one in node.targets)


def _is_foreign(node: ast.expr) -> bool:
    """Whether the receiver of a method may be a tensor: it is neither ``self`` nor ``super()``."""
    return getattr(node, "id", getattr(getattr(node, "func", None), "id", "")) not in ("self", "cls", "super")


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
