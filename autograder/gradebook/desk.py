"""The grader as nbgrader's commands use it: one submission at a time, with a warm process that stays for the next one."""

from __future__ import annotations

import atexit
import functools
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.cases import course_secret
from autograder.course import SETTINGS_FILE, Assignment, list_assignments, load_assignment, load_settings
from autograder.grade import Desk
from autograder.gradebook.config import RESULTS
from autograder.pool import Worker
from autograder.reference import one_thread
from autograder.report.html import write_submission
from autograder.results import SubmissionResult
from autograder.sandbox.wire import Isolation
from autograder.store import Store
from autograder.submission import Found
from autograder.walkthrough import walkthrough

__all__ = ["CourseDesk", "course_desk"]


class CourseDesk:
    """The assignments of a course folder. Each is loaded when it is first asked for, and again when its files have changed:
    formgrader's server may run for weeks.
    """

    def __init__(self, course: Path, isolation: Isolation = "full") -> None:
        self.course = course
        self.isolation = isolation
        self._worker: Worker | None = None
        self._loaded: dict[str, tuple[object, Assignment]] = {}
        self._desks: dict[str, tuple[object, Desk]] = {}
        self._handouts: dict[str, tuple[object, NotebookNode]] = {}

    def has(self, assignment: str) -> bool:
        """Whether an assignment is one of this course's own."""
        return assignment in list_assignments(self.course)

    def grade(self, place: Found) -> SubmissionResult:
        """The record of a submission: the one that is kept, where nothing has changed."""
        if self._worker is None:
            self._worker = Worker(self.isolation, lambda _: None)
            atexit.register(self._worker.close)
        desk = self._desk(place.assignment)
        with one_thread():
            result = desk.grade(place, self._worker)
        write_submission(result, desk.store)
        return result

    def handout(self, assignment: str) -> NotebookNode:
        """The notebook that students were given."""
        state = self._state(assignment)
        if self._handouts.get(assignment, (None,))[0] != state:
            notebook: NotebookNode = nbformat.reads(walkthrough(self._assignment(assignment)), as_version=4)
            self._handouts[assignment] = state, notebook
        return self._handouts[assignment][1]

    def _desk(self, assignment: str) -> Desk:
        state = self._state(assignment)
        if self._desks.get(assignment, (None,))[0] != state:
            store, secret = Store(self.course / RESULTS), course_secret(self.course)
            settings = load_settings(self.course)
            self._desks[assignment] = (
                state,
                Desk([self._assignment(assignment)], secret, store, self.isolation, settings),
            )
        return self._desks[assignment][1]

    def _assignment(self, assignment: str) -> Assignment:
        state = self._state(assignment)
        if self._loaded.get(assignment, (None,))[0] != state:
            self._loaded[assignment] = state, load_assignment(self.course, assignment)
        return self._loaded[assignment][1]

    def _state(self, assignment: str) -> object:
        """Another one as soon as a file changes that grades depend on."""
        files = [*(self.course / "solutions" / assignment).glob("*"), self.course / SETTINGS_FILE]
        known = [(path, path.stat()) for path in sorted(files) if path.is_file()]
        return [(path.name, told.st_mtime_ns, told.st_size) for path, told in known]


@functools.cache
def course_desk(course: Path, isolation: Isolation = "full") -> CourseDesk:
    """The desk of a course folder: one for all that this process grades."""
    return CourseDesk(course, isolation)
