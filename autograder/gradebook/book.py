"""Records into nbgrader's database: assignments and their cells, submissions, scores, what a person has to look at."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, SubmittedNotebook
from nbgrader.utils import compute_checksum
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from autograder.errors import CourseError, OutputError
from autograder.gradebook.cells import ADDED
from autograder.results import Change, SubmissionResult
from autograder.text import counted
from autograder.walkthrough import BLANK

__all__ = ["alembic_on_path", "opened", "place_of", "register", "save"]

NO_RESPONSE = "No response."


@contextlib.contextmanager
def alembic_on_path() -> Iterator[None]:
    """When it makes a new database nbgrader calls `alembic`, which lies beside this Python and need not be on PATH."""
    path = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), path))
    try:
        yield
    finally:
        os.environ["PATH"] = path


@contextlib.contextmanager
def opened(db_url: str, course_id: str = "default_course") -> Iterator[Gradebook]:
    """The gradebook, made where there is none. Raises OutputError when it cannot be read or written."""
    book = None
    try:
        with alembic_on_path(), warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own models give rise to some
            book = Gradebook(db_url, course_id)
            yield book
    except SQLAlchemyError as error:
        raise OutputError(
            f"nbgrader's gradebook cannot be used: {str(error).splitlines()[0]}",
            path=Path(place_of(db_url)),
            advice="Records and reports are written all the same. If another program holds it, close that; if it is damaged, "
            "put back a copy or move it away. Then run the same command again.",
        ) from None
    finally:
        if book is not None:
            book.close()


def place_of(db_url: str) -> str:
    """A database as a person looks for it: a file, where it is one, else its address without a password."""
    return db_url.removeprefix("sqlite:///") if db_url.startswith("sqlite") else repr(make_url(db_url))


def register(book: Gradebook, assignment: str, notebook_name: str, handout: NotebookNode) -> None:
    """Make known what an assignment asks for: its notebook, and every cell that nbgrader has a row for.

    What is known already is brought up to date: new exercises, other points. Submissions keep what they have, except for cells
    that the assignment no longer has; nbgrader itself refuses any such change as soon as there is a submission. Raises
    CourseError when such a cell has scores that a person gave.
    """
    book.update_or_create_assignment(assignment)
    notebook = book.update_or_create_notebook(notebook_name, assignment)
    wanted = {cell.metadata["nbgrader"]["grade_id"] for cell in handout.cells if "nbgrader" in cell.metadata}
    for cell in [*notebook.grade_cells, *notebook.solution_cells, *notebook.source_cells]:
        if cell.name not in wanted:
            by_hand = book.db.query(Grade).filter(Grade.cell_id == cell.id, Grade.manual_score.isnot(None)).count()
            if by_hand:
                raise CourseError(
                    f"'{cell.name}' is no longer in {assignment}, but has {counted(by_hand, 'score')} by hand",
                    path=Path(place_of(str(book.engine.url))),
                    advice="Put it back into the walkthrough, or take these scores away in formgrader first.",
                )
            for kind in (Grade, Comment):
                book.db.query(kind).filter(kind.cell_id == cell.id).delete()
            book.db.delete(cell)
    book.db.commit()
    for cell in handout.cells:
        known = cell.metadata.get("nbgrader")
        if not known:
            continue
        place = known["grade_id"], notebook_name, assignment
        if known["grade"]:
            book.update_or_create_grade_cell(*place, max_score=float(known["points"]), cell_type=cell.cell_type)
        if known["solution"]:
            book.update_or_create_solution_cell(*place)
        book.update_or_create_source_cell(
            *place, cell_type=cell.cell_type, locked=known["locked"], source=cell.source,
            checksum=known.get("checksum") or compute_checksum(cell),
        )  # fmt: skip


def save(
    book: Gradebook,
    result: SubmissionResult,
    notebook_name: str,
    answers: Mapping[str, str],
    timestamp: str | None = None,
) -> Change | None:
    """Write one submission's scores. What a person gave stays: a score by hand, an extra credit, a comment.

    ``answers`` are the texts of the handout's cells by name, as they were handed in. One that a person has to grade waits for
    that; one that was answered with nothing has 0. Gives the change of the score where there was another one before.
    """
    book.update_or_create_student(result.student)
    known = {"timestamp": timestamp} if timestamp else {}
    submission = book.update_or_create_submission(result.assignment, result.student, **known)
    notebook = next(one for one in submission.notebooks if one.name == notebook_name)
    # nbgrader itself makes the rows of a submission before it is graded for the first time.
    before = submission.score if any(grade.auto_score is not None for grade in notebook.grades) else None
    _complete(book, notebook)
    exercises = {one.exercise: one for one in result.exercises}
    unanswered = _unanswered(notebook, answers)
    for grade in notebook.grades:
        old = grade.auto_score
        if grade.name in exercises:
            grade.auto_score = exercises[grade.name].score
        elif grade.name in answers:
            grade.auto_score = 0.0 if grade.name in unanswered else None
        else:
            grade.auto_score = 0.0
        if grade.manual_score is None:
            grade.needs_manual_grade = grade.auto_score is None
        elif grade.auto_score != old:
            grade.needs_manual_grade = True  # a score by hand was given to another answer
    for comment in notebook.comments:
        comment.auto_comment = NO_RESPONSE if comment.name in unanswered else None
    book.db.commit()
    after = submission.score
    return None if before is None or before == after else Change(result.assignment, result.student, before, after)


def _complete(book: Gradebook, notebook: SubmittedNotebook) -> None:
    """Rows for cells that the assignment has got since the submission was first seen."""
    graded = {grade.cell_id for grade in notebook.grades}
    said = {comment.cell_id for comment in notebook.comments}
    missing = [(Grade, cell) for cell in notebook.notebook.grade_cells if cell.id not in graded]
    missing += [(Comment, cell) for cell in notebook.notebook.solution_cells if cell.id not in said]
    if missing:  # a commit makes everything be read again
        book.db.add_all(kind(cell_id=cell.id, notebook=notebook) for kind, cell in missing)
        book.db.commit()
        book.db.refresh(notebook)


def _unanswered(notebook: SubmittedNotebook, answers: Mapping[str, str]) -> set[str]:
    """The cells for answers in words that are as they were handed out."""
    source = {cell.name: cell.source.strip() for cell in notebook.notebook.source_cells}
    asked = {cell.name for cell in notebook.notebook.solution_cells}
    blank = ("", BLANK)
    given = {name: answers.get(name, "").replace(ADDED, "").strip() for name in asked}
    return {name for name, text in given.items() if text in (*blank, source.get(name))}
