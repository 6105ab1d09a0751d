"""The grader as nbgrader's commands use it: one submission at a time, with a warm process that stays for the next one."""

from __future__ import annotations

import atexit
import functools
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Open:
    """An assignment as its files were when it was loaded."""

    state: object
    assignment: Assignment
    desk: Desk
    handout: NotebookNode


class CourseDesk:
    """The assignments of a course folder. Each is loaded when it is first asked for, and again when its files have changed:
    formgrader's server may run for weeks.
    """

    def __init__(self, course: Path) -> None:
        self.course = course
        self._open: dict[tuple[str, Isolation], _Open] = {}
        self._workers: dict[Isolation, Worker] = {}

    def has(self, assignment: str) -> bool:
        """Whether an assignment is one of this course's own."""
        return assignment in list_assignments(self.course)

    def handout(self, assignment: str) -> NotebookNode:
        """The notebook that students were given."""
        return self._opened(assignment, "full").handout

    def grade(self, place: Found, isolation: Isolation = "full") -> SubmissionResult:
        """The record of a submission: the one that is kept, where nothing has changed."""
        if isolation not in self._workers:
            self._workers[isolation] = Worker(isolation, lambda _: None)
            atexit.register(self._workers[isolation].close)
        desk = self._opened(place.assignment, isolation).desk
        with one_thread():
            result = desk.grade(place, self._workers[isolation])
        write_submission(result, desk.store)
        return result

    def _opened(self, name: str, isolation: Isolation) -> _Open:
        state = self._state(name)
        known = self._open.get((name, isolation))
        if known is None or known.state != state:
            assignment = load_assignment(self.course, name)
            store, secret = Store(self.course / RESULTS), course_secret(self.course)
            desk = Desk([assignment], secret, store, isolation, load_settings(self.course))
            handout = nbformat.reads(walkthrough(assignment), as_version=4)
            known = self._open[name, isolation] = _Open(state, assignment, desk, handout)
        return known

    def _state(self, assignment: str) -> object:
        """Another one as soon as a file changes that grades depend on."""
        files = [*(self.course / "solutions" / assignment).glob("*"), self.course / SETTINGS_FILE]
        known = [(path, path.stat()) for path in sorted(files) if path.is_file()]
        return [(path.name, told.st_mtime_ns, told.st_size) for path, told in known]


@functools.cache
def course_desk(course: Path) -> CourseDesk:
    """The desk of a course folder: one for all that this process grades."""
    return CourseDesk(course)
