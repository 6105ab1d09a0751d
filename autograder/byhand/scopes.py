"""Reading a submission: its files, each when it is first imported, and what their scopes bind."""

from __future__ import annotations

import ast
import functools
import re
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from autograder.byhand.rules import TOO_LONG

__all__ = ["CHAIN", "TOKEN_LIMIT", "File", "Files", "Scope", "Unit", "Value", "dotted_name", "ends"]

TOKEN_LIMIT = 40_000  # in all files together and the strings that they run; an answer has one or two thousand
TOO_LONG_WHAT = f"more than {TOKEN_LIMIT:,} words and signs"
TOO_DEEP_WHAT = "an expression too deep to be searched"
CHAIN = 64  # how far attributes of attributes and scopes in scopes are followed: keeps the search linear
HOOKS = {"forward", "backward", "setup_context", "run"}  # methods that a foreign base class calls
# What the sandbox has loaded before the submission, so that a file of that name cannot take its place.
NOT_SHADOWED = sys.stdlib_module_names | {"torch", "numpy"}

_TOKEN = re.compile(rb"\w+|[^\s\w]|\n")
_PARSING = threading.Lock()  # `catch_warnings` changes the process
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WITH_SCOPE = (*_FUNCTIONS, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OUTSIDE = {"decorator_list", "args", "returns", "bases", "keywords"}  # fields that belong to the scope around

_PLAIN = frozenset(  # fields that never hold anything to look at
    "arg asname attr conversion ctx id is_async kind level module names op ops rest simple type_comment".split()
)

Value = tuple["ast.expr | str", "Scope"]


@functools.cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _PLAIN)


@dataclass(eq=False)
class Scope:
    """The names that a module, class, function or comprehension binds, whatever the order of its statements.

    A name has the values that are assigned to it: an expression with its scope, or the dotted path of an import. It has
    none where nothing is known about it (parameters, targets of loops, definitions). ``function`` is the function or
    class around, ``stars`` are the modules of ``from ... import *``, ``paths`` is what `Names` found a name to mean.
    """

    parent: Scope | None = None
    function: str = ""
    is_class: bool = False
    is_calls: bool = False  # of a statement of the calls, which has no line of its own in the submission
    names: dict[str, list[Value]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    paths: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.module: Scope = self.parent.module if self.parent else self
        self.is_top: bool = self.parent is None or (self.is_class and self.parent.is_top)

    def find(self, name: str) -> Scope | None:
        """The scope that binds a name as it is read here."""
        scope: Scope | None = self
        for _ in range(CHAIN):
            if scope is None:
                return None
            if name in scope.names and (scope is self or not scope.is_class):
                return scope
            scope = scope.parent
        return self.module if name in self.module.names else None

    def values(self, name: str) -> list[Value]:
        """What is assigned to a name as it is read here."""
        found = self.find(name)
        return found.names[name] if found else []

    def line_of(self, node: ast.AST) -> int:
        """The line of a node; for a statement of the calls where the module binds the first name that it uses."""
        if not self.is_calls:
            return getattr(node, "lineno", 0)
        if not isinstance(node, ast.Call | ast.Name | ast.Attribute | ast.Subscript):
            return 0  # nothing is said of it
        names = (one.id for one in ast.walk(node) if isinstance(one, ast.Name))
        return next((self.module.lines[name] for name in names if name in self.module.lines), 1)

    def bind(self, name: str, value: ast.expr | str | None, line: int, scope: Scope | None = None) -> None:
        """Note that a name is bound, to a value that is read in ``scope`` (here, if not said)."""
        values = self.names.setdefault(name, [])
        self.lines.setdefault(name, line)
        if value is not None:
            values.append((value, scope or self))


@dataclass(eq=False)
class File:
    """A parsed file; ``units`` are by name, and by ``.name`` where the name can be an attribute."""

    path: str
    dotted: str
    tree: ast.Module
    scope: Scope = field(default_factory=Scope)
    units: dict[str, list[Unit]] = field(default_factory=dict)


@dataclass(eq=False)
class Unit:
    """What is reached as a whole: a function, a class without its methods, a module without either, a statement."""

    file: File
    root: ast.AST
    scope: Scope
    found: list[tuple[int, str, str]] = field(default_factory=list)  # line, what, means
    mentions: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    is_scanned: bool = False


class Files:
    """The files of one submission, as far as they have been read."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = contents
        self.sources = {dotted_name(path): path for path in contents if path.endswith(".py")}
        self.roots = {dotted.partition(".")[0] for dotted in self.sources} - NOT_SHADOWED
        self.loaded: dict[str, File | None] = {}
        self.tokens = TOKEN_LIMIT
        self.unsearched = ""  # why what was parsed last cannot be searched
        self.scopes: dict[ast.AST, Scope] = {}
        self.units: dict[ast.AST, Unit] = {}
        # In all files together, by name: functions, what functions return, what is assigned to attributes.
        self.functions: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        self.returns: dict[str, list[Value]] = {}
        self.attributes: dict[str, list[Value]] = {}

    def own(self, path: str) -> list[str]:
        """The modules of the submission that importing a path runs, the innermost last."""
        parts = path.split(".")[:CHAIN]
        if parts[0] not in self.roots:
            return []
        return [name for end in range(1, len(parts) + 1) if (name := ".".join(parts[:end])) in self.sources]

    def load(self, dotted: str) -> File | None:
        """The file of a module, None if it cannot be parsed. One that is too long is empty but for that finding."""
        if dotted in self.loaded or dotted not in self.sources:
            return self.loaded.get(dotted)
        path = self.sources[dotted]
        tree = self.parse(self.contents[path])
        found = [(1, self.unsearched, TOO_LONG)] if self.unsearched else []
        self.loaded[dotted] = file = File(path, dotted, tree or ast.Module([], [])) if tree or found else None
        if file:
            self.units[file.tree] = Unit(file, file.tree, file.scope, found)
            self.index(file, file.tree, file.scope)
        return file

    def parse(self, source: bytes | str) -> ast.Module | None:
        """The tree of a file or of a string that is run; None when there is none; ``unsearched`` says why it may run all the same."""
        encoded = source.encode(errors="replace") if isinstance(source, str) else source
        self.tokens -= sum(1 for _ in islice(_TOKEN.finditer(encoded), max(self.tokens, 0) + 1))
        self.unsearched = TOO_LONG_WHAT if self.tokens < 0 else ""
        if self.unsearched:
            return None
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a string with "\d" in it
            try:
                return ast.parse(source)
            except (RecursionError, MemoryError):  # a process with a higher limit can run it
                self.unsearched = TOO_DEEP_WHAT
            except Exception:  # whatever is the matter with it: running it will say so
                return None
        return None

    def index(self, file: File, root: ast.AST, scope: Scope) -> None:
        """Note what each scope binds, what functions return, and which parts of the file are units."""
        todo: list[tuple[ast.AST, Scope, ast.ClassDef | None]] = [(root, scope, None)]
        while todo:
            node, scope, owner = todo.pop()
            self._bind(file, node, scope)
            if isinstance(node, _WITH_SCOPE):
                name = getattr(node, "name", scope.function)
                inner = self.scopes[node] = Scope(scope, name, isinstance(node, ast.ClassDef))
                if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
                    self._bind_parameters(node.args, inner, scope)
            if scope.is_top and isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                self._define(file, node, node.name, scope, owner)
            elif scope.is_top and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = node.value
                if isinstance(value, ast.Lambda) or (isinstance(value, ast.Call) and ends(value, "partial")):
                    self._define(file, value, node.targets[0].id, scope, owner)
            inside = node if isinstance(node, ast.ClassDef) else owner if not isinstance(node, _FUNCTIONS) else None
            todo.extend((child, where, inside) for child, where in self.parts(node, scope))

    def parts(self, node: ast.AST, scope: Scope) -> list[tuple[ast.AST, Scope]]:
        """The children of a node, each with the scope in which it stands."""
        inner = self.scopes.get(node, scope)
        found: list[tuple[ast.AST, Scope]] = []
        for name in _fields(type(node)):  # type: ignore[arg-type]  # of a class, not of an instance
            value = getattr(node, name, None)
            where = scope if name in _OUTSIDE else inner
            if isinstance(value, list):
                found += [(child, where) for child in value if isinstance(child, ast.AST) and child._fields]
            elif isinstance(value, ast.AST) and value._fields:
                found.append((value, where))
        return found

    def base_of(self, file: File, node: ast.ImportFrom) -> str:
        """The full name of the module from which names are imported."""
        if not node.level:
            return node.module or ""
        package = file.dotted.split(".")
        if not file.path.endswith("__init__.py"):
            package = package[:-1]
        return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])

    def _define(self, file: File, node: ast.AST, name: str, scope: Scope, owner: ast.ClassDef | None) -> None:
        unit = self.units[node] = Unit(file, node, scope)
        keys = {f".{name}"} if scope.is_class else {name, f".{name}"}
        if owner is not None and scope.is_class:
            # Python itself calls these, or the base class, without naming them.
            special = name.startswith("__") and name.endswith("__")
            if special or (owner.bases and name in HOOKS):
                keys |= {owner.name, f".{owner.name}"}
        for key in keys:
            file.units.setdefault(key, []).append(unit)

    def _bind(self, file: File, node: ast.AST, scope: Scope) -> None:
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                scope.bind(name, alias.name if alias.asname else name, line)
        elif isinstance(node, ast.ImportFrom):
            base = self.base_of(file, node)
            for alias in node.names:
                if alias.name == "*":
                    scope.module.stars.append(base)
                else:
                    scope.bind(alias.asname or alias.name, f"{base}.{alias.name}", line)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._bind_target(target, node.value, scope)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            scope.bind(node.id, None, line)
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            scope.bind(node.name, None, line)
            if isinstance(node, _FUNCTIONS):
                self.functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Return) and node.value:
            self.returns.setdefault(scope.function, []).append((node.value, scope))

    def _bind_target(self, target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            for place, part in enumerate(target.elts):
                if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
                    self._bind_target(part, value.elts[place], scope)
                elif isinstance(value, (ast.GeneratorExp, ast.ListComp)):
                    self._bind_target(part, value.elt, scope)
            return
        if isinstance(target, ast.Name):
            scope.bind(target.id, value, target.lineno)
        if value is not None and (
            isinstance(target, ast.Attribute) or (isinstance(target, ast.Name) and scope.is_class)
        ):
            name = target.attr if isinstance(target, ast.Attribute) else target.id
            self.attributes.setdefault(name, []).append((value, scope))

    def _bind_parameters(self, arguments: ast.arguments, inner: Scope, outer: Scope) -> None:
        positional = [*arguments.posonlyargs, *arguments.args]
        for one in (*positional, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if one is not None:
                inner.bind(one.arg, None, one.lineno)
        with_default = [*positional[len(positional) - len(arguments.defaults) :], *arguments.kwonlyargs]
        for one, default in zip(with_default, [*arguments.defaults, *arguments.kw_defaults], strict=True):
            inner.bind(one.arg, default, one.lineno, outer)


def dotted_name(path: str) -> str:
    """The name by which a file is imported: ``pkg/__init__.py`` is ``pkg``."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def ends(node: ast.AST, *names: str) -> bool:
    """Whether a name or an attribute, or what a call calls, goes by one of the names."""
    node = node.func if isinstance(node, ast.Call) else node
    return getattr(node, "attr", getattr(node, "id", "")) in names
