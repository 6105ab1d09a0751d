"""A solution file in, what the student gets out: stub, public checks, README, data.

The handout is generated and proved: no line of an answer and nothing of a hidden case is in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import ExerciseError
from autograder.exercise import GRADING, HIDDEN, SOLUTION, Assignment, Loaded, Source
from autograder.text import number

__all__ = ["EXERCISES_MARK", "Leak", "handout", "leaks", "public_checks", "stub", "write_handout"]

CHECKS = "checks"
README = "README.md"
EXERCISES_MARK = "<!-- exercises -->"
SIGNIFICANT = 15
"""A line with fewer characters than this (``return h``, ``}``) gives no answer away."""


@dataclass(frozen=True)
class Leak:
    """A line of an answer or of a hidden case that stands in the handout."""

    file: str
    line: str
    kind: str


def handout(assignment: Assignment) -> dict[str, bytes]:
    """Every file of a handout by its path. Raises ExerciseError when it would give an answer away."""
    files: dict[str, bytes] = {}
    for loaded in assignment.exercises:
        files[loaded.module] = stub(loaded.source).encode()
        files[f"{CHECKS}/{loaded.module}"] = public_checks(loaded).encode()
    for path in sorted(assignment.folder.iterdir()):
        if path.is_file() and path.suffix != ".py" and not path.name.startswith("."):
            files[path.name] = path.read_bytes()
    if README in files:
        table = _exercise_table(assignment)
        files[README] = files[README].decode().replace(EXERCISES_MARK, table).encode()
    found = leaks(assignment, files)
    if found:
        first = found[0]
        raise ExerciseError(
            f"the handout's {first.file} would give away {first.kind}: {first.line!r}",
            path=assignment.folder,
            advice="Say it in other words there, or move it between the markers.",
        )
    return files


def write_handout(files: Mapping[str, bytes], folder: Path) -> tuple[list[str], list[str]]:
    """Write a handout; the files that changed, and those in the folder that are not of the handout (left alone)."""
    changed = []
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(name)
    there = {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts
    }
    return changed, sorted(there - set(files))


def stub(source: Source) -> str:
    """The student's half of a solution file with every answer taken out.

    A block in a function becomes ``raise NotImplementedError``; one at module level (the entries of a table, whose
    blanks stand above it) goes without a trace.
    """
    functions = _functions(source)
    kept: list[str] = []
    for number_, line, inside in _lines(source, source.answer, SOLUTION):
        if not inside:
            kept.append(line)
        elif line.strip() == SOLUTION[0]:
            indent = line[: len(line) - len(line.lstrip())]
            name = next((name for name, first, last in functions if first <= number_ <= last), "")
            if name:
                kept.append(f'{indent}raise NotImplementedError("{source.path.stem}: {name} is not written yet")')
    text = re.sub(r"\n{4,}", "\n\n\n", "\n".join(kept)).rstrip() + "\n"
    try:
        compile(text, str(source.path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ExerciseError(f"its stub is not valid Python: {error}", path=source.path) from None
    return text


def public_checks(loaded: Loaded) -> str:
    """The grading section without hidden cases, as a file that loads on its own."""
    kept = [line for _, line, inside in _lines(loaded.source, loaded.source.grading, HIDDEN) if not inside]
    body = "\n".join(kept).strip("\n")
    return (
        f'"""Public cases of {loaded.assignment}/{loaded.name}, for `autograder check`. Generated: changes are lost.\n\n'
        "The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these\n"
        'cases and from others that only your instructor has.\n"""\n\n'
        f"{GRADING}\n"
        f'ASSIGNMENT = "{loaded.assignment}"\n\n{body}\n'
    )


def leaks(assignment: Assignment, files: Mapping[str, bytes]) -> list[Leak]:
    """Lines of answers and hidden cases that stand in a handout's text files."""
    secret: dict[str, str] = {}
    for loaded in assignment.exercises:
        source = loaded.source
        for text, markers, kind in (
            (source.answer, SOLUTION, f"the answer of {source.path.stem}"),
            (source.grading, HIDDEN, f"a hidden case of {source.path.stem}"),
        ):
            for _, line, inside in _lines(source, text, markers):
                if inside and _significant(line) and line.strip() not in markers:
                    secret[_bare(line)] = kind
    found = []
    for name, content in files.items():
        try:
            lines = content.decode().splitlines()
        except UnicodeDecodeError:
            continue
        found += [Leak(name, line.strip(), secret[_bare(line)]) for line in lines if _bare(line) in secret]
        found += [
            Leak(name, marker, "a marker") for marker in (*SOLUTION, *HIDDEN) if any(marker in line for line in lines)
        ]
    return found


def _significant(line: str) -> bool:
    return len(_bare(line)) >= SIGNIFICANT and not _bare(line).startswith("#")


def _bare(line: str) -> str:
    return "".join(line.split()).rstrip(",")


def _lines(source: Source, text: str, markers: tuple[str, str]) -> Iterator[tuple[int, str, bool]]:
    """(line number, line, whether it belongs to a marked block, markers included)."""
    begin, end = markers
    opened = 0
    for number_, line in enumerate(text.splitlines(), start=1):
        if line.strip() == begin:
            if opened:
                raise ExerciseError(f"'{begin}' in line {number_}, inside that of line {opened}", path=source.path)
            opened = number_
        yield number_, line, bool(opened)
        if line.strip() == end:
            if not opened:
                raise ExerciseError(f"'{end}' in line {number_} without a beginning", path=source.path)
            opened = 0
    if opened:
        raise ExerciseError(f"'{begin}' in line {opened} has no end", path=source.path)


def _functions(source: Source) -> list[tuple[str, int, int]]:
    """(qualified name, first line, last line) of every function, innermost first."""
    try:
        tree = ast.parse(source.answer)
    except SyntaxError as error:
        raise ExerciseError(f"is not valid Python: {error}", path=source.path) from None
    found: list[tuple[str, int, int]] = []

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                visit(child, f"{prefix}{child.name}.")
                if isinstance(child, ast.FunctionDef):
                    found.append((prefix + child.name, child.lineno, child.end_lineno or child.lineno))
            else:
                visit(child, prefix)

    visit(tree, "")
    return found


def _exercise_table(assignment: Assignment) -> str:
    rows = ["| file | parts (points) | points |", "|---|---|---|"]
    for loaded in assignment.exercises:
        parts = ", ".join(f"{part} ({number(points)})" for part, points in loaded.exercise.points.items())
        rows.append(f"| `{loaded.module}` | {parts} | {number(loaded.exercise.total)} |")
    rows.append(f"| | | **{number(sum(one.exercise.total for one in assignment.exercises))}** |")
    return "\n".join(rows)
