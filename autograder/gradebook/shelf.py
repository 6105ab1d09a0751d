"""What `autograder grade` leaves for nbgrader: graded notebooks where formgrader looks for them, and scores in its database.

It is what `nbgrader autograde` would have left, written at the grader's own speed.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from autograder.course import Assignment
from autograder.errors import SubmissionError
from autograder.gradebook.book import opened, place_of, register, save
from autograder.gradebook.cells import answers, fill, read_notebook, restore
from autograder.gradebook.release import load_config
from autograder.results import Change, SubmissionResult
from autograder.store import Store
from autograder.submission import Found, Submission, read_submission
from autograder.text import path_text
from autograder.walkthrough import notebook_name, walkthrough

__all__ = ["Shelf", "shelf_of"]

TIMESTAMP = "timestamp.txt"
READ_ONLY = 0o444


@dataclass(frozen=True)
class Shelf:
    """Where graded notebooks and the gradebook are: those of nbgrader's course, or a pair of its own in the output folder."""

    db_url: str
    course_id: str
    autograded: Path
    config: Config
    handouts: Mapping[str, NotebookNode]

    @property
    def place(self) -> str:
        """Where the gradebook is, as a person looks for it."""
        return path_text(place_of(self.db_url))

    def put(self, place: Found, result: SubmissionResult) -> None:
        """Write the graded notebook of a submission and what was handed in with it. Raises OutputError when it cannot."""
        name = notebook_name(place.assignment)
        try:
            handed_in = read_submission(place.folder, place.student, place.assignment, [name, TIMESTAMP])
            submitted, problem = read_notebook(handed_in)
        except SubmissionError as error:
            handed_in, submitted, problem = Submission(place.student, place.assignment, {}, {}), None, error.problem
        notebook = restore(submitted, self.handouts[place.assignment], problem)
        fill(notebook, result)
        text: str = nbformat.writes(notebook)
        files = {**handed_in.files, name: f"{text}\n".encode()}
        folder = self.autograded / place.student / place.assignment
        there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        if files.keys() != there.keys() or any(there[file].read_bytes() != files[file] for file in files):
            shutil.rmtree(folder, ignore_errors=True)  # a file may have become a folder
            for file, content in files.items():
                Store(self.autograded).write_file(folder / file, content, READ_ONLY)

    def book(self, results: Sequence[SubmissionResult]) -> list[Change]:
        """Write the scores of all results, and what became another score."""
        changes = []
        with opened(self.db_url, self.course_id) as book:
            for assignment in dict.fromkeys(result.assignment for result in results):
                register(book, assignment, assignment, self.handouts[assignment])
            for result in results:
                folder = self.autograded / result.student / result.assignment
                notebook = json.loads((folder / notebook_name(result.assignment)).read_bytes())
                timestamp = None
                with contextlib.suppress(OSError):
                    timestamp = (folder / TIMESTAMP).read_text(errors="replace").strip() or None
                change = save(book, result, result.assignment, answers(notebook), timestamp)
                changes += [change] if change is not None else []
                submission = book.find_submission(result.assignment, result.student)
                was_late = submission.late_submission_penalty  # before an extension
                if submission.total_seconds_late > 0 or was_late:
                    self._penalise(result)
        return changes

    def _penalise(self, result: SubmissionResult) -> None:
        """What the course takes away for being late, by the plugin that it has configured."""
        told = {
            "student": result.student, "assignment": result.assignment, "notebook": result.assignment,
            "db_url": self.db_url,
        }  # fmt: skip
        AssignLatePenalties(config=self.config).preprocess(nbformat.v4.new_notebook(), {"nbgrader": told})


def shelf_of(course: Path, submitted: Path, output: Path, assignments: Sequence[Assignment]) -> Shelf:
    """The shelf of a class: nbgrader's own where these are the submissions that it has collected, else one in the output."""
    handouts = {one.name: nbformat.reads(walkthrough(one), as_version=4) for one in assignments}
    config = load_config(course)
    places = CourseDirectory(config=config)
    collected = Path(places.root, places.submitted_directory)
    if collected.resolve() == submitted.resolve():
        graded = Path(places.root, places.autograded_directory)
        return Shelf(places.db_url, places.course_id, graded, config, handouts)
    db_url = f"sqlite:///{(output / 'gradebook.db').absolute()}"
    return Shelf(db_url, places.course_id, output / "autograded", config, handouts)
