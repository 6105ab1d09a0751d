"""Results as HTML: a page for each student, a page for the class, and a table for notebooks.

Everything that comes from a submission is escaped. A student's page has nothing of what only the instructor may see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.report.common import (
    NOT_ISOLATED,
    NOT_ISOLATED_MARK,
    SIGN,
    WRONG,
    class_mistakes,
    comes_first,
    echoes,
    explain_command,
    keeps_points,
    mistakes_in,
    next_words,
    not_by_hand,
    not_isolated,
    printed_lines,
)
from autograder.results import ExerciseResult, Status, SubmissionResult
from autograder.text import clean, file_name, number, percent

if TYPE_CHECKING:  # a student's check needs no store, which needs a Unix
    from autograder.store import Store

__all__ = ["check_html", "class_html", "feedback_html", "submission_html", "write_class", "write_submission"]


NAMES_SHOWN = 8
"""A longer list of students is folded away."""

BACKTICKS = re.compile("`([^`]+)`")


def check_html(results: Sequence[ExerciseResult], more_cases: bool) -> str:
    """The table of a check, to stand in a notebook: it takes text and background from where it stands.

    ``more_cases`` says whether there are hidden cases, on which it says nothing.
    """
    return _environment().get_template("check.html").render(results=results, more_cases=more_cases)


def feedback_html(result: ExerciseResult, notes: Sequence[str] = ()) -> str:
    """One exercise of a student's submission, to stand in the graded notebook; ``notes`` are about the whole submission."""
    return _environment().get_template("feedback.html").render(result=result, notes=notes)


def submission_html(result: SubmissionResult) -> str:
    """A student's page."""
    template = _environment().get_template("submission.html")
    return template.render(result=result, student=clean(result.student, 80))


def class_html(results: Sequence[SubmissionResult]) -> str:
    """The instructor's page: scoreboard, what was not derived by hand, pass rates by part, and the class's mistakes."""
    return (
        _environment()
        .get_template("class.html")
        .render(
            students=sorted({result.student for result in results}),
            assignments=list(dict.fromkeys(result.assignment for result in results)),
            by_key={(result.assignment, result.student): result for result in results},
            parts=_part_rows(results),
            by_other_means=not_by_hand(results),
            mistakes=class_mistakes(results),
        )
    )


def write_submission(result: SubmissionResult, store: Store) -> None:
    """Write a student's page beside the record."""
    page = store.path(result.assignment, result.student)
    page = page.with_name(page.name.removesuffix(".json") + ".html")
    store.write_file(page, submission_html(result).encode("utf-8", "replace"))


def write_class(records: Sequence[SubmissionResult], store: Store) -> Path:
    """Write the instructor's page about all records, and say where it is."""
    index = store.folder / "index.html"
    store.write_file(index, class_html(records).encode("utf-8", "replace"))
    return index


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        number=number,
        percent=percent,
        clean=clean,
        sign=_sign,
        echoes=echoes,
        comes_first=comes_first,
        explain_command=explain_command,
        keeps_points=keeps_points,
        mistakes_in=mistakes_in,
        next_words=next_words,
        printed_lines=printed_lines,
        rate_class=_rate_class,
        link=_link,
        not_isolated=not_isolated,
        NAMES_SHOWN=NAMES_SHOWN,
        NOT_ISOLATED=NOT_ISOLATED,
        NOT_ISOLATED_MARK=NOT_ISOLATED_MARK,
    )
    environment.filters["code"] = _code
    return environment


def _code(text: str) -> Markup:
    """What stands between backticks, as code."""
    return Markup(BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def _sign(status: Status) -> str:
    return SIGN.get(status, WRONG)


def _rate_class(part: float | None, whole: float) -> str:
    if part is None:
        return "grader_error"
    rate = part / whole if whole else 0.0
    return "high" if rate >= 0.85 else "middle" if rate >= 0.5 else "low"


def _link(result: SubmissionResult) -> str:
    return f"{quote(result.assignment)}/{quote(file_name(result.student))}.html"


def _part_rows(results: Sequence[SubmissionResult]) -> list[dict[str, Any]]:
    statuses: dict[tuple[str, str], Counter[str]] = {}
    for result in results:
        for exercise in result.exercises:
            for part in exercise.parts:
                key = f"{result.assignment}/{exercise.exercise}", part.part
                statuses.setdefault(key, Counter())[part.status] += 1
    rows = []
    for (name, part_name), counts in statuses.items():
        carried = counts["carried_forward"]
        other = [
            f"{n} {s.replace('_', ' ')}" for s, n in counts.most_common() if s not in ("correct", "carried_forward")
        ]
        rows.append(
            {
                "exercise": name,
                "part": part_name,
                "right": counts["correct"] + carried,
                "carried": carried,
                "all": counts.total(),
                "otherwise": ", ".join(other),
            }
        )
    return rows
