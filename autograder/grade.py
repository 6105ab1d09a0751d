"""Grade a class: every submission of every assignment, in parallel, and only what has changed since the last time."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from autograder.cases import Secret
from autograder.course import Assignment
from autograder.errors import AutograderError, Interrupted, OutputError, SubmissionError
from autograder.marking import mark_exercise, mark_grader_error, mark_missing_file, total
from autograder.pool import Pool, Progress
from autograder.results import ExerciseResult, SubmissionResult
from autograder.sandbox.forking import Stopped
from autograder.sandbox.runner import Runner
from autograder.store import Store
from autograder.submission import UNREADABLE, Found, Submission, find_submissions, read_submission
from autograder.trials import Exam

__all__ = ["Class", "grade"]


@dataclass(frozen=True)
class Class:
    """What grading gave: this run's records, all records of the output folder, and what to tell the instructor."""

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
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Class:
    """Grade every submission found, write its record, and then ``grades.csv`` for all records in the output folder.

    Raises SubmissionError when there is nothing to grade, OutputError when records cannot be written, and Interrupted
    on Ctrl-C; all records written before that are whole, and the next run goes on from them.
    """
    found, warnings = find_submissions(submitted, [assignment.name for assignment in assignments])
    exams = {a.name: [Exam(loaded, secret) for loaded in a.exercises] for a in assignments}
    progress = Progress(all=sum(len(exams[one.assignment]) for one in found))
    with store.locked():
        before = {record_key(result): result for result in store.read_all()}
        kept: Mapping[tuple[str, str], SubmissionResult] = {} if force else before
        pool = Pool(jobs, on_progress, progress)
        environment = engine_fingerprint() + secret.fingerprint

        def one(runner: Runner, place: Found) -> SubmissionResult:
            old = kept.get((place.assignment, place.student))
            result = _grade_submission(place, exams[place.assignment], environment, old, runner, pool)
            if result != before.get(record_key(result)):
                store.write(result)
            return result

        try:
            results = pool.map(one, found)
        except (Interrupted, OutputError):
            with contextlib.suppress(OutputError):  # the rows of what is graded so far
                store.write_grades(store.read_all())
            raise
        finally:
            pool.close()
        everything = {**before, **{record_key(result): result for result in results}}
        records = [everything[key] for key in sorted(everything)]
        store.write_grades(records)
    warnings += _warnings(store, progress, before, results, assignments)
    return Class(results, records, progress, warnings)


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
    place: Found,
    exams: Sequence[Exam],
    environment: str,
    old: SubmissionResult | None,
    runner: Runner,
    pool: Pool,
) -> SubmissionResult:
    """One student's record of one assignment: what has not changed since the old record is kept, the rest run and marked."""
    kept = {one.exercise: one for one in old.exercises} if old is not None else {}
    try:
        modules = [exam.loaded.module for exam in exams]
        submission = read_submission(place.folder, place.student, place.assignment, modules)
    except SubmissionError as error:
        pool.advance(graded=len(exams))
        empty = Submission(place.student, place.assignment, {}, {})
        return total(empty, [mark_grader_error(exam, str(error)) for exam in exams])
    exercises = []
    for exam in exams:
        fingerprint = _fingerprint(environment, exam, submission)
        result = kept.get(exam.loaded.name)
        if result is not None and result.fingerprint == fingerprint and result.score is not None:
            pool.advance(kept=1)
        else:
            result = _grade_exercise(exam, submission, runner, fingerprint)
            pool.advance(graded=1)
        exercises.append(result)
    return total(submission, exercises)


def _grade_exercise(exam: Exam, submission: Submission, runner: Runner, fingerprint: str) -> ExerciseResult:
    try:
        module = exam.loaded.module
        if submission.refused.get(module) == UNREADABLE:
            result = mark_grader_error(exam, f"{submission.student}/{submission.assignment}/{module} cannot be read")
        elif module in submission.files:
            result = mark_exercise(exam, runner.run(exam.job(submission.files)))
        else:
            result = mark_missing_file(exam, submission)
    except Stopped:
        raise
    except Exception as error:
        detail = str(error) if isinstance(error, AutograderError) else traceback.format_exc(limit=-3)
        result = mark_grader_error(exam, detail)
    return replace(result, fingerprint=fingerprint)


def _fingerprint(environment: str, exam: Exam, submission: Submission) -> str:
    return hashlib.sha256(f"{environment} {exam.fingerprint} {submission.fingerprint}".encode()).hexdigest()[:32]


def _warnings(
    store: Store,
    progress: Progress,
    before: dict[tuple[str, str], SubmissionResult],
    results: Sequence[SubmissionResult],
    assignments: Sequence[Assignment],
) -> list[str]:
    names = [assignment.name for assignment in assignments]
    now = {record_key(result) for result in results}
    gone = [f"{a}/{s}" for a, s in sorted(before) if a in names and (a, s) not in now]
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
