"""The grader as nbgrader's commands use it: one submission at a time, with a warm process that stays for the next one."""

from __future__ import annotations

import atexit
import functools
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.cases import course_secret
from autograder.course import list_assignments, load_assignment, load_settings
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
    """The assignments of a course folder, each loaded when it is first asked for."""

    def __init__(self, course: Path, isolation: Isolation = "full") -> None:
        self.course = course
        self.assignments = list_assignments(course)
        self.isolation = isolation
        self._worker: Worker | None = None

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

    @functools.cache  # noqa: B019 - it lives as long as the process
    def handout(self, assignment: str) -> NotebookNode:
        """The notebook that students were given."""
        notebook: NotebookNode = nbformat.reads(walkthrough(load_assignment(self.course, assignment)), as_version=4)
        return notebook

    @functools.cache  # noqa: B019
    def _desk(self, assignment: str) -> Desk:
        loaded = load_assignment(self.course, assignment)
        store = Store(self.course / RESULTS)
        return Desk([loaded], course_secret(self.course), store, self.isolation, load_settings(self.course))


@functools.cache
def course_desk(course: Path, isolation: Isolation = "full") -> CourseDesk:
    """The desk of a course folder: one for all that this process grades."""
    return CourseDesk(course, isolation)
