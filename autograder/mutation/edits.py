"""Wrong answers that are edits of the model solution, inside its markers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from autograder.course import SOLUTION
from autograder.mutation.mutant import Mutant
from autograder.mutation.page import Page, describe_change, diff
from autograder.mutation.rules import RULES, Site
from autograder.reference import tensors, trace_reference
from autograder.release import marked_lines
from autograder.trials import Exam

__all__ = ["WAY", "edited_solutions"]

WAY = "edits of the solution"


def edited_solutions(exam: Exam) -> Iterator[Mutant]:
    """Every edit that `RULES` give, each once however many rules lead to it."""
    text = exam.loaded.source.answer
    page = Page(text)
    ranks = _ranks(exam)
    inside = {line for line, _, marked in marked_lines(exam.loaded.source, text, SOLUTION) if marked}
    nodes = [node for node in ast.walk(page.tree) if isinstance(node, (ast.expr, ast.stmt)) and node.lineno in inside]
    seen = {ast.dump(page.tree)}
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        function = page.function(node)
        where = f"{function.name}: " if function is not None else ""
        for rule in RULES:
            for edits in rule(Site(page, node, ranks)):
                spoilt = page.apply(edits)
                tree = ast.dump(ast.parse(spoilt))
                if tree not in seen:
                    seen.add(tree)
                    key = where + describe_change(text, spoilt)
                    yield Mutant(WAY, key, diff(text, spoilt, exam.loaded.module), spoilt)


def _ranks(exam: Exam) -> dict[str, int]:
    """Dimensions of inputs, marks and parts, by name, where they are the same in every case."""
    exercise = exam.loaded.exercise
    ranks: dict[str, set[int]] = {}
    for case in exercise.cases:
        inputs = exam.inputs[case.name]
        known = {name: np.ndim(value) for name, value in inputs.items() if isinstance(value, np.ndarray)}
        known |= {part: expected.value.ndim for part, expected in exam.expected(case).items()}
        if exercise.reference is not None and case is exercise.cases[0]:
            trace = trace_reference(exercise.reference, tensors(inputs), exercise.upstream)
            known |= {name: value.ndim for name, value in trace.items()}
        for name, rank in known.items():
            ranks.setdefault(name, set()).add(rank)
    return {name: next(iter(found)) for name, found in ranks.items() if len(found) == 1}
