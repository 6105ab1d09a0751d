"""What the names in a submission mean: a thing of a library, a constant text, a kind of value."""

from __future__ import annotations

import ast
import builtins

from autograder.byhand.rules import means_of
from autograder.byhand.scopes import CHAIN, Files, Scope, Value

__all__ = ["DEPTH", "SCALARS", "Names"]

DEPTH = 12  # how far expressions are followed: keeps the search linear
CHARACTERS = 1 << 18  # of constant texts put together: a text may be doubled in each line
SCALARS = {"sum", "mean", "norm", "prod", "logsumexp", "nanmean", "nansum"}  # methods that make a loss of a tensor
GETTERS = ("get", "__getitem__", "__getattribute__", "__getattr__")
IMPORTERS = ("importlib.import_module", "importlib.__import__", "builtins.__import__")
# A class of the student's with operators of its own may take a tensor in.
OPERATORS = {"__add__", "__mul__", "__sub__", "__radd__", "__rmul__"}

_Step = tuple["ast.expr | None", "str | None"]


class Names:
    """What has been found out about the names of a submission; whatever is asked twice is answered from memory.

    While an answer is looked for it is None, since a name may be defined by itself.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.characters = CHARACTERS
        self.steps: dict[ast.Call, _Step | None] = {}
        self.texts: dict[ast.AST, str | None] = {}
        self.attribute_paths: dict[str, str | None] = {}
        self.kinds: dict[object, str | None] = {}

    # Which thing: torch.func.grad.

    def resolve(self, node: object, scope: Scope, depth: int = 0) -> str | None:
        """The full dotted name of what an expression means, where imports and assignments tell: ``torch.func.grad``."""
        tail: list[str] = []
        path: str | None = None
        while len(tail) < CHAIN and depth < DEPTH:
            if isinstance(node, ast.Attribute):
                tail += [] if node.attr == "__dict__" else [node.attr]
                node = node.value
            elif isinstance(node, ast.NamedExpr):
                node = node.value
            elif isinstance(node, ast.Subscript):
                key = self.fold(node.slice, scope)
                if key is None:
                    break
                tail.append(key)
                node = node.value
            elif isinstance(node, ast.IfExp):
                path = self.resolve(node.body, scope, depth + 1) or self.resolve(node.orelse, scope, depth + 1)
                break
            elif isinstance(node, ast.Call):
                step = self._step_into(node, scope, depth)
                if step is None:
                    break
                node, name = step
                tail += [name] if name else []
                if node is None:  # a module by its path, or the names of the scope
                    path = self._resolve_name(tail.pop(), scope, depth) if not name and tail else name and tail.pop()
                    break
            else:
                path = self._resolve_name(node.id, scope, depth) if isinstance(node, ast.Name) else None
                break
        while path is None and tail:  # self.tools.grad, where self.tools = torch.autograd
            path = self._resolve_attribute(tail.pop(), depth)
        return self._canonical(".".join([path, *reversed(tail)]), depth) if path else None

    def _step_into(self, call: ast.Call, scope: Scope, depth: int) -> _Step | None:
        """What a call looks up: in which expression, under which name.

        ``(None, path)`` is a module by its path, ``(None, None)`` the names of the scope.
        """
        if call not in self.steps:
            self.steps[call] = None
            self.steps[call] = self._find_step(call, scope, depth)
        return self.steps[call]

    def _find_step(self, call: ast.Call, scope: Scope, depth: int) -> _Step | None:
        function, first = call.func, call.args[0] if call.args else None
        if isinstance(function, ast.Attribute) and function.attr in GETTERS:
            name = self.fold(first, scope)
            return (function.value, name) if name else None
        path = self.resolve(function, scope, depth + 1)
        if path == "builtins.getattr" and len(call.args) > 1:
            name = self.fold(call.args[1], scope)
            return (first, name) if name else None
        if path in ("builtins.vars", "builtins.globals", "builtins.locals"):
            return first, None
        if path in IMPORTERS:
            name = self.fold(first or next((one.value for one in call.keywords if one.arg == "name"), None), scope)
            is_whole = path == "importlib.import_module" or len(call.args) > 3 or len(call.keywords) > 0
            return (None, name if is_whole else name.partition(".")[0]) if name else None
        return None

    def _resolve_name(self, name: str, scope: Scope, depth: int) -> str | None:
        found = scope.find(name)
        if found is None:
            if name == "__builtins__" or hasattr(builtins, name):
                return "builtins" if name == "__builtins__" else f"builtins.{name}"
            return next((path for star in scope.module.stars if means_of(path := f"{star}.{name}")), None)
        if name not in found.paths:
            found.paths[name] = None
            paths = (
                self._canonical(value, depth) if isinstance(value, str) else self.resolve(value, where, depth + 1)
                for value, where in found.names[name]
            )
            found.paths[name] = next(filter(None, paths), None)
        return found.paths[name]

    def _resolve_attribute(self, name: str, depth: int) -> str | None:
        if name not in self.attribute_paths:
            self.attribute_paths[name] = None
            paths = (self.resolve(value, where, depth + 1) for value, where in self.files.attributes.get(name, ()))
            self.attribute_paths[name] = next(filter(None, paths), None)
        return self.attribute_paths[name]

    def _canonical(self, path: str, depth: int = 0) -> str:
        """A path without detours: through ``sys.modules``, through a library's own imports, through helper modules."""
        path = path.removeprefix("sys.modules.")
        path = path[path.rfind(".torch.") + 1 :] if path.startswith("torch.") else path
        modules = self.files.own(path)
        file = self.files.load(modules[-1]) if modules else None
        name, _, rest = path[len(modules[-1]) + 1 :].partition(".") if modules else ("", "", "")
        if file is None or name not in file.scope.names or depth >= DEPTH:
            return path
        behind = self._resolve_name(name, file.scope, depth + 1)
        return ".".join(filter(None, [behind, rest])) if behind else path

    # Which text: "auto" + "grad".

    def fold(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> str | None:
        """The text of a constant string expression: sums, f-strings, joins, and names for such."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if node is None or depth > 4 * DEPTH or self.characters < 0:
            return None
        if node not in self.texts:
            self.texts[node] = None
            self.texts[node] = text = self._find_text(node, scope, depth + 1)
            self.characters -= len(text or "")
        return self.texts[node]

    def _find_text(self, node: ast.AST, scope: Scope, depth: int) -> str | None:
        between: str | None = ""
        parts: list[ast.expr] = []
        if isinstance(node, ast.Name):
            values = scope.values(node.id)
            value, where = values[-1] if values else ("", scope)
            return self.fold(value, where, depth) if isinstance(value, ast.expr) else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        elif isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            between = self.fold(node.func.value, scope, depth)
            parts = getattr(node.args[0], "elts", []) if node.args else []
        texts = [text for one in parts if (text := self.fold(one, scope, depth)) is not None]
        if between is None or not parts or len(texts) != len(parts):
            return None
        if sum(map(len, texts)) + len(between) * len(parts) > self.characters:
            return None  # not even to be put together
        return between.join(texts)

    # Which kind: what a call of .backward() or .diff() is a method of.

    def kind(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> str | None:
        """What an expression certainly is: a "tensor", a "module" of torch.nn or something of "sympy"."""
        if not isinstance(node, ast.expr) or depth > DEPTH:
            return None
        if node not in self.kinds:
            self.kinds[node] = None
            self.kinds[node] = self._find_kind(node, scope, depth + 1)
        return self.kinds[node]

    def _find_kind(self, node: ast.expr, scope: Scope, depth: int) -> str | None:
        if isinstance(node, ast.Name):
            return self._kind_of_any((id(scope.find(node.id)), node.id), scope.values(node.id), depth)
        if isinstance(node, ast.Attribute):
            if node.attr in self.files.attributes:
                return self._kind_of_any(f".{node.attr}", self.files.attributes[node.attr], depth)
            return self.kind(node.value, scope, depth) if node.attr in ("T", "mT", "data", "grad") else None
        if isinstance(node, ast.BinOp):
            kinds = {self.kind(node.left, scope, depth), self.kind(node.right, scope, depth)}
            is_own = not self.files.functions.keys().isdisjoint(OPERATORS)
            return next((one for one in ("tensor", "sympy") if one in kinds and (kinds == {one} or not is_own)), None)
        if isinstance(node, ast.IfExp):
            return self.kind(node.body, scope, depth) or self.kind(node.orelse, scope, depth)
        if isinstance(node, (ast.UnaryOp, ast.Subscript, ast.NamedExpr)):
            value = self.kind(node.operand if isinstance(node, ast.UnaryOp) else node.value, scope, depth)
            return value if value != "module" else None
        return self._kind_of_call(node, scope, depth) if isinstance(node, ast.Call) else None

    def _kind_of_call(self, node: ast.Call, scope: Scope, depth: int) -> str | None:
        path = self.resolve(node.func, scope) or ""
        name = path.rpartition(".")[2] or getattr(node.func, "attr", getattr(node.func, "id", ""))
        if path.startswith(("torch.", "sympy.")):
            is_module = path.startswith("torch.nn.") and name[0].isupper() and name != "Parameter"
            return "module" if is_module else "tensor" if path.startswith("torch.") else "sympy"
        if name in self.files.functions:
            return self._kind_of_any(f"{name}()", self.files.returns.get(name, []), depth)
        called = self.kind(node.func, scope, depth)
        if called == "module" or (isinstance(node.func, ast.Attribute) and name in {"requires_grad_", *SCALARS}):
            return "tensor"
        receiver = self.kind(node.func.value, scope, depth) if isinstance(node.func, ast.Attribute) else None
        return receiver if receiver != "module" else "tensor" if name == "forward" else None

    def _kind_of_any(self, key: object, values: list[Value], depth: int) -> str | None:
        if key not in self.kinds:
            self.kinds[key] = None
            kinds = (self.kind(value, where, depth) for value, where in values if isinstance(value, ast.expr))
            self.kinds[key] = next(filter(None, kinds), None)
        return self.kinds[key]
