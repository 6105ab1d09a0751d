"""Source text with its syntax tree, and small edits of it that leave every other character as it is."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Edit", "Page", "describe_change", "diff"]

COMPOUND = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda)
BINDS_TIGHTER = (*COMPOUND, ast.Attribute, ast.Subscript, ast.Call)
LONG = 3
CONTEXT = 1


@dataclass(frozen=True)
class Edit:
    """What stands from ``start`` to ``end`` (bytes of the text in UTF-8) becomes ``new``."""

    start: int
    end: int
    new: str


class Page:
    """A module's text. Raises SyntaxError when it is not Python."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._raw = text.encode()
        lines = self._raw.splitlines(keepends=True)
        self._starts = [0, *(sum(map(len, lines[: number + 1])) for number in range(len(lines)))]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """By node, the node that it is a part of."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def function(self, node: ast.AST) -> ast.FunctionDef | None:
        """The innermost function around a node."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef):
                return node
        return None

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def source(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node, without parentheses around it."""
        start, end = self.span(node)
        return self._raw[start:end].decode()

    def operand(self, node: ast.expr) -> str:
        """The text of a node as it may stand beside an operator that binds it."""
        return f"({self.source(node)})" if isinstance(node, COMPOUND) else self.source(node)

    def replace(self, node: ast.expr | ast.stmt, new: str) -> Edit:
        """Put other text in the place of a node, in parentheses where what is around it binds tighter."""
        start, end = self.span(node)
        bare = self._raw[start - 1 : start] != b"(" or self._raw[end : end + 1] != b")"
        around = self.parents.get(node)
        tight = isinstance(around, BINDS_TIGHTER) and not (isinstance(around, ast.Call) and around.func is not node)
        if isinstance(around, ast.Subscript) and around.slice is node:
            tight = False
        if bare and tight and isinstance(ast.parse(f"({new})", mode="eval").body, COMPOUND):
            new = f"({new})"
        return Edit(start, end, new)

    def between(self, before: ast.expr, after: ast.expr, old: str, new: str) -> Edit:
        """Change the operator that stands between two nodes."""
        start, end = self.span(before)[1], self.span(after)[0]
        place = start + self._raw[start:end].index(old.encode())
        return Edit(place, place + len(old.encode()), new)

    def apply(self, edits: Sequence[Edit]) -> str:
        """The text with all the edits, which do not overlap."""
        raw = self._raw
        for edit in sorted(edits, key=lambda one: one.start, reverse=True):
            raw = raw[: edit.start] + edit.new.encode() + raw[edit.end :]
        return raw.decode()


def describe_change(old: str, new: str) -> str:
    """A change in one line: ``the lines before -> the lines after``, each without its indentation."""
    before, after = old.splitlines(), new.splitlines()
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return f"{_joined(before[start : len(before) - end])} -> {_joined(after[start : len(after) - end])}"


def diff(old: str, new: str, name: str) -> str:
    """A unified diff of two texts of a file."""
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), f"{name} (model solution)", f"{name} (wrong answer)", n=CONTEXT, lineterm=""
    )
    return "\n".join(lines)


def _joined(lines: Sequence[str]) -> str:
    bare = [line.strip() for line in lines]
    return " / ".join(bare if len(bare) <= LONG else [bare[0], "…", bare[-1]])
