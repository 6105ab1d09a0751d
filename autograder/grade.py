"""Grade a class: every submission of every assignment, in parallel, and only what has changed since the last time."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from autograder.answers import with_answers_from_elsewhere
from autograder.byhand import find_forbidden
from autograder.cases import Secret
from autograder.course import Assignment, Settings
from autograder.errors import AutograderError, Interrupted, IsolationError, OutputError, SubmissionError, WorkerError
from autograder.marking import mark_exercise, mark_grader_error, mark_missing_file, total
from autograder.pool import Pool, Progress, Worker
from autograder.results import ExerciseResult, SubmissionResult, brief
from autograder.sandbox.runner import Outcomes
from autograder.sandbox.wire import Isolation
from autograder.store import Store
from autograder.submission import UNREADABLE, Found, Submission, find_submissions, read_submission
from autograder.trials import Exam
from autograder.walkthrough import notebook_name

__all__ = ["Class", "Desk", "grade"]


@dataclass(frozen=True)
class Class:
    """What grading gave: this run's results and those of all records in the output folder, in brief (see
    `autograder.results.brief`), and what to tell the instructor.
    """

    results: list[SubmissionResult]
    records: list[SubmissionResult]
    progress: Progress
    warnings: list[str] = field(default_factory=list)

    @property
    def grader_errors(self) -> list[tuple[str, str, str, str]]:
        """(assignment, student, exercise, what happened) where the grader itself failed."""
        return [
            (result.assignment, result.student, exercise.exercise, exercise.parts[0].instructor)
            for result in self.results
            for exercise in result.exercises
            if exercise.score is None
        ]


def grade(
    assignments: Sequence[Assignment],
    secret: Secret,
    submitted: Path,
    store: Store,
    *,
    jobs: int,
    force: bool = False,
    isolation: Isolation = "full",
    settings: Settings = Settings(),  # noqa: B008 - it is frozen
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_result: Callable[[Found, SubmissionResult], None] = lambda *_: None,
) -> Class:
    """Grade every submission found, write its record, and then ``grades.csv`` for all records in the output folder.

    Raises SubmissionError when there is nothing to grade, IsolationError when student code cannot be isolated as asked,
    OutputError when records cannot be written, and Interrupted on Ctrl-C; all records written before that are whole, and
    the next run goes on from them. ``on_result`` is called with each submission's place and result when its record is written, in
    the processes that grade.
    """
    found, warnings = find_submissions(submitted, [assignment.name for assignment in assignments])
    desk = Desk(assignments, secret, store, isolation, settings)
    progress = Progress(all=sum(len(desk.exams[one.assignment]) for one in found))
    with store.locked():

        def one(place: Found, worker: Worker) -> tuple[SubmissionResult, list[Path]]:
            store.damaged.clear()
            result = desk.grade(place, worker, force=force)
            on_result(place, result)
            return brief(result), store.damaged[:]

        try:
            graded = Pool(one, jobs, isolation, on_progress, progress, lambda place: place.assignment).map(found)
        except (KeyboardInterrupt, Interrupted, OutputError, IsolationError, WorkerError):
            with contextlib.suppress(OutputError):  # the rows of what is graded so far
                store.write_grades(store.read_all())
            raise
        results = [result for result, _ in graded]
        store.damaged += [path for _, damaged in graded for path in damaged]
        records = store.read_all(known=results)
        store.write_grades(records)
    warnings += _warnings(store, progress, records, results, assignments)
    return Class(results, records, progress, warnings)


@dataclass(frozen=True)
class Rules:
    """What a grade depends on beside the exercise and the submission: as a ``fingerprint``, and what of it is a choice."""

    fingerprint: str
    isolation: Isolation
    settings: Settings


class Desk:
    """What one submission after the other is graded with: exams, rules, and the store of what is graded already."""

    def __init__(
        self, assignments: Sequence[Assignment], secret: Secret, store: Store, isolation: Isolation, settings: Settings
    ) -> None:
        self.exams = {a.name: [Exam(loaded, secret) for loaded in a.exercises] for a in assignments}
        self.store = store
        fingerprint = f"{engine_fingerprint()} {secret.fingerprint} {isolation} {settings}"
        self.rules = Rules(fingerprint, isolation, settings)

    def grade(self, place: Found, worker: Worker, *, force: bool = False) -> SubmissionResult:
        """The record of a submission, written where it is not what it was; what has not changed is not run again."""
        old = self.store.read(place.assignment, place.student)
        exams = self.exams[place.assignment]
        result = _grade_submission(place, exams, self.rules, None if force else old, worker)
        if result != old:
            self.store.write(result)
        return result


def record_key(result: SubmissionResult) -> tuple[str, str]:
    """What makes a record the same one."""
    return result.assignment, result.student


def engine_fingerprint() -> str:
    """Changes with the grader's own code, with Python, and with the libraries that compute."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {torch.__version__} {np.__version__}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _grade_submission(
    place: Found, exams: Sequence[Exam], rules: Rules, old: SubmissionResult | None, worker: Worker
) -> SubmissionResult:
    """One student's record of one assignment: what has not changed since the old record is kept, the rest run and marked."""
    kept = {one.exercise: one for one in old.exercises} if old is not None else {}
    try:
        modules = [exam.loaded.module for exam in exams]
        submission = read_submission(
            place.folder, place.student, place.assignment, [*modules, notebook_name(place.assignment)]
        )
        submission = with_answers_from_elsewhere(submission, [exam.loaded for exam in exams])
    except SubmissionError as error:
        worker.advance(graded=len(exams))
        empty = Submission(place.student, place.assignment, {}, {})
        return total(empty, [mark_grader_error(exam, str(error)) for exam in exams])
    results: dict[str, ExerciseResult] = {}
    for exam in exams:
        name = exam.loaded.name
        result = kept.get(name)
        if (
            result is not None
            and result.score is not None
            and result.fingerprint == _fingerprint(rules, exam, submission)
        ):
            results[name] = result
    todo = [exam for exam in exams if exam.loaded.name not in results]
    worker.advance(kept=len(results))
    for exam, result in zip(todo, _grade_exercises(todo, submission, rules, worker), strict=True):
        fingerprint = _fingerprint(rules, exam, submission)
        results[exam.loaded.name] = replace(result, fingerprint=fingerprint, isolation=rules.isolation)
        worker.advance(graded=1)
    return total(submission, [results[exam.loaded.name] for exam in exams])


def _grade_exercises(
    exams: Sequence[Exam], submission: Submission, rules: Rules, worker: Worker
) -> Iterator[ExerciseResult]:
    """Run all that can be run in one go, then mark one exercise after the other; a fault in one is a fault in that one."""
    there = [exam for exam in exams if exam.loaded.module in submission.files]
    outcomes: dict[str, Outcomes | Exception] = {}
    if there:
        try:
            jobs = [exam.job(submission.files, rules.settings.forbidden) for exam in there]
            outcomes = {e.loaded.name: o for e, o in zip(there, worker.runner.run_all(jobs), strict=True)}
        except IsolationError:
            raise
        except Exception as error:
            outcomes = dict.fromkeys((exam.loaded.name for exam in there), error)
    for exam in exams:
        try:
            yield _mark(exam, submission, outcomes.pop(exam.loaded.name, None), rules.settings)
        except Exception as error:
            detail = str(error) if isinstance(error, AutograderError) else traceback.format_exc(limit=-3)
            yield mark_grader_error(exam, detail)


def _mark(
    exam: Exam, submission: Submission, outcomes: Outcomes | Exception | None, settings: Settings
) -> ExerciseResult:
    if isinstance(outcomes, Exception):
        raise outcomes
    if outcomes is not None:
        loaded = exam.loaded
        found = find_forbidden(submission.files, loaded.module, loaded.calls, loaded.exercise.allowed)
        return mark_exercise(exam, outcomes, found, settings.forbidden, settings.carried_forward)
    module = exam.loaded.module
    if submission.refused.get(module) == UNREADABLE:
        return mark_grader_error(exam, f"{submission.student}/{submission.assignment}/{module} cannot be read")
    return mark_missing_file(exam, submission)


def _fingerprint(rules: Rules, exam: Exam, submission: Submission) -> str:
    return hashlib.sha256(f"{rules.fingerprint} {exam.fingerprint} {submission.fingerprint}".encode()).hexdigest()[:32]


def _warnings(
    store: Store,
    progress: Progress,
    records: Sequence[SubmissionResult],
    results: Sequence[SubmissionResult],
    assignments: Sequence[Assignment],
) -> list[str]:
    names = [assignment.name for assignment in assignments]
    now = {record_key(result) for result in results}
    gone = [f"{a}/{s}" for a, s in map(record_key, records) if a in names and (a, s) not in now]
    again = {store.path(*key) for key in now}
    warnings = [
        f"{path} was damaged; the submission was graded again."
        if path in again
        else f"{path} is damaged or not in its place; its rows are left out of grades.csv."
        for path in store.damaged
    ]
    warnings += [f"{name}: the submission is no longer there; its record is kept." for name in gone]
    if progress.restarts:
        times = "once" if progress.restarts == 1 else f"{progress.restarts} times"
        warnings.append(f"A grading process died {times} and was replaced; nothing is lost.")
    return warnings
