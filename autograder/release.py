"""A solution file in, what the student gets out: stub, public checks, notebook, README, data.

The handout is generated and proved: no line of an answer and nothing of a hidden case is in it.
"""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import GRADING, HIDDEN, SOLUTION, Assignment, Loaded, Source
from autograder.errors import ExerciseError, OutputError
from autograder.text import number
from autograder.walkthrough import notebook_name, walkthrough

__all__ = [
    "EXERCISES_MARK",
    "Leak",
    "digest",
    "handout",
    "leaks",
    "marked_lines",
    "public_checks",
    "stub",
    "write_handout",
]

CHECKS = "checks"
README = "README.md"
EXERCISES_MARK = "<!-- exercises -->"
NEAR_MARKER = re.compile(r"\s*#+\s*(begin|end)\b.*\b(solution|hidden|grading|test|answer)", re.IGNORECASE)
SIGNIFICANT = 15
HIDDEN_SIGNIFICANT = 20
"""A line with fewer characters than this (``return h``, ``}``, ``tier="stability"``) gives nothing away."""


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
        _refuse_near_markers(loaded.source)
        files[loaded.module] = stub(loaded.source).encode()
        files[f"{CHECKS}/{loaded.module}"] = public_checks(loaded).encode()
    files.update(assignment.data)
    files[notebook_name(assignment.name)] = walkthrough(assignment)
    readme = assignment.folder / README
    if readme.exists():
        try:
            text = readme.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ExerciseError(f"cannot be read: {error}", path=readme, advice="It must be UTF-8 text.") from None
        files[README] = text.replace(EXERCISES_MARK, _exercise_table(assignment)).encode()
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
    """Write a handout; the files that changed, and those in the folder that are not of the handout (left alone).

    Raises OutputError when a file cannot be written.
    """
    changed = []
    for name, content in files.items():
        path = folder / name
        try:
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                changed.append(name)
        except OSError as error:
            raise OutputError(
                f"cannot be written: {error.strerror}", path=path, advice="Mend the permissions, or choose --output."
            ) from None
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
    for number_, line, inside in marked_lines(source, source.answer, SOLUTION):
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


def digest(module: bytes) -> str:
    """What a module is known by, whatever its comments, blank lines and spaces are; empty where it is not Python."""
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(module).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return ""
    kept = [t.string for t in tokens if t.type not in (tokenize.COMMENT, tokenize.ENCODING) and t.string.strip()]
    return hashlib.sha256(" ".join(" ".join(kept).split()).encode()).hexdigest()[:16]


def public_checks(loaded: Loaded) -> str:
    """The grading section without hidden cases and declared equivalents, as a file that loads on its own.

    Raises ExerciseError when it does not load, or still has any of these.
    """
    kept = [line for _, line, inside in marked_lines(loaded.source, loaded.source.grading, HIDDEN) if not inside]
    body = "\n".join(kept).strip("\n")
    others = "cases and from others that only your instructor has" if loaded.more_cases else "cases alone"
    text = (
        f'"""Public cases of {loaded.assignment}/{loaded.name}, for `autograder check`. Generated: changes are lost.\n\n'
        "The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these\n"
        f'{others}.\n"""\n\n'
        f"{GRADING}\n"
        f'ASSIGNMENT = "{loaded.assignment}"\nSTUB = "{digest(stub(loaded.source).encode())}"\n'
        f"MORE_CASES = {loaded.more_cases}\n\n{body}\n"
    )
    path = loaded.source.path
    namespace: dict[str, Any] = {"__name__": "checks", "__file__": str(path)}
    try:
        exec(compile(text, f"public checks of {path.name}", "exec", dont_inherit=True), namespace)
    except Exception as error:
        raise ExerciseError(
            f"its public checks do not load: {type(error).__name__}: {error}",
            path=path,
            advice="What stands between the markers of hidden tests is cut out: the rest must run without it.",
        ) from None
    if namespace["EXERCISE"].hidden:
        raise ExerciseError(
            "hidden cases stand outside the markers",
            path=path,
            advice=f"Put `hidden=[...]` between '{HIDDEN[0]}' and '{HIDDEN[1]}'.",
        )
    if namespace["EXERCISE"].equivalent:
        raise ExerciseError(
            "declared equivalents, which hold lines of the answer, stand outside the markers",
            path=path,
            advice=f"Put `equivalent={{...}}` between '{HIDDEN[0]}' and '{HIDDEN[1]}'.",
        )
    return text


def leaks(assignment: Assignment, files: Mapping[str, bytes]) -> list[Leak]:
    """Lines of answers and hidden cases that stand anywhere in a handout's text files, however spaced or quoted."""
    secret: dict[str, tuple[str, str]] = {}
    for loaded in assignment.exercises:
        source = loaded.source
        for text, markers, least, kind in (
            (source.answer, SOLUTION, SIGNIFICANT, f"the answer of {source.path.stem}"),
            (source.grading, HIDDEN, HIDDEN_SIGNIFICANT, f"a hidden case of {source.path.stem}"),
        ):
            lines = list(marked_lines(source, text, markers))
            # A line of a hidden case that a public one has as well tells nothing about it.
            public = _bare("\n".join(line for _, line, inside in lines if not inside)) if markers == HIDDEN else ""
            for _, line, inside in lines:
                if (
                    inside
                    and _bare(line) not in public
                    and len(_bare(line)) >= least
                    and not line.strip().startswith("#")
                ):
                    secret[_bare(line)] = line.strip(), kind
    found = []
    for name, content in files.items():
        try:
            text = content.decode()
        except UnicodeDecodeError:
            continue
        bare = _bare(text)
        found += [Leak(name, line, kind) for key, (line, kind) in secret.items() if key in bare]
        found += [Leak(name, marker, "a marker") for marker in (*SOLUTION, *HIDDEN) if marker in text]
    return found


def _bare(text: str) -> str:
    """Text without blanks, and with one kind of quote: a notebook's JSON has the others escaped."""
    return "".join(text.split()).replace("\\", "").replace('"', "'").rstrip(",")


def _refuse_near_markers(source: Source) -> None:
    """A marker with a slip in it would publish what it is to hide."""
    for number_, line in enumerate(source.text.splitlines(), start=1):
        if NEAR_MARKER.match(line) and line.strip() not in (*SOLUTION, *HIDDEN, GRADING):
            raise ExerciseError(
                f"line {number_} looks like a marker, but is none: {line.strip()!r}",
                path=source.path,
                advice=f"The markers are {', '.join((*SOLUTION, *HIDDEN, GRADING))}.",
            )


def marked_lines(source: Source, text: str, markers: tuple[str, str]) -> Iterator[tuple[int, str, bool]]:
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
