"""Grade a class: every submission of every assignment, in parallel, and only what has changed since the last time."""

from __future__ import annotations

import hashlib
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from autograder.cases import Secret
from autograder.course import Assignment
from autograder.errors import AutograderError, Interrupted, SubmissionError
from autograder.marking import mark_exercise, mark_grader_error, mark_missing_file, total
from autograder.results import ExerciseResult, SubmissionResult
from autograder.sandbox.forking import ForkRunner, Stopped
from autograder.sandbox.runner import Runner
from autograder.store import Store
from autograder.submission import UNREADABLE, Submission, find_submissions, read_submission
from autograder.trials import Exam

__all__ = ["Class", "Progress", "grade"]


@dataclass
class Progress:
    """How far a run is, for whoever shows it. Counts are exercises of submissions; ``kept`` needed no work."""

    all: int = 0
    graded: int = 0
    kept: int = 0
    restarts: int = 0


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
    found = find_submissions(submitted, [assignment.name for assignment in assignments])
    progress = Progress()
    exams = {a.name: [Exam(loaded, secret) for loaded in a.exercises] for a in assignments}
    progress.all = sum(len(exams[assignment]) for assignment, _, _ in found)
    with store.locked():
        before = {record_key(result): result for result in store.read_all()}
        pool = _Pool(jobs, on_progress, progress)
        engine = engine_fingerprint()
        try:
            results = pool.map(
                lambda runner, item: _grade_submission(
                    item, exams[item[0]], engine + secret.fingerprint, before, store, runner, pool, force=force
                ),
                found,
            )
        finally:
            pool.close()
            progress.restarts = pool.restarts
        everything = {**before, **{record_key(result): result for result in results}}
        records = [everything[key] for key in sorted(everything)]
        store.write_grades(records)
    return Class(results, records, progress, _warnings(store, progress, before, results, assignments))


def record_key(result: SubmissionResult) -> tuple[str, str]:
    """What makes a record the same one."""
    return result.assignment, result.student


def engine_fingerprint() -> str:
    """Changes with the grader's own code and with the libraries that compute."""
    digest = hashlib.sha256(f"{torch.__version__} {np.__version__}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _grade_submission(
    item: tuple[str, str, Path],
    exams: Sequence[Exam],
    environment: str,
    before: dict[tuple[str, str], SubmissionResult],
    store: Store,
    runner: Runner,
    pool: _Pool,
    *,
    force: bool,
) -> SubmissionResult:
    """One student's record of one assignment: what has not changed is kept, the rest run and marked."""
    assignment, student, folder = item
    old = before.get((assignment, student))
    kept = {one.exercise: one for one in old.exercises} if old is not None and not force else {}
    try:
        submission = read_submission(folder, student, assignment, [exam.loaded.module for exam in exams])
    except SubmissionError as error:
        pool.advance(graded=len(exams))
        empty = Submission(student, assignment, {}, {})
        return _written(store, total(empty, [mark_grader_error(exam, str(error)) for exam in exams]), old)
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
    return _written(store, total(submission, exercises), old)


def _grade_exercise(exam: Exam, submission: Submission, runner: Runner, fingerprint: str) -> ExerciseResult:
    try:
        module = exam.loaded.module
        if submission.refused.get(module) == UNREADABLE:
            result = mark_grader_error(exam, f"{submission.student}/{submission.assignment}/{module} cannot be read")
        elif module in submission.files:
            result = mark_exercise(exam, runner.run(exam.job(dict(submission.files))))
        else:
            result = mark_missing_file(exam, submission)
    except Stopped:
        raise
    except Exception as error:
        detail = str(error) if isinstance(error, AutograderError) else traceback.format_exc(limit=-3)
        result = mark_grader_error(exam, detail)
    return replace(result, fingerprint=fingerprint)


def _written(store: Store, result: SubmissionResult, old: SubmissionResult | None) -> SubmissionResult:
    if result != old:
        store.write(result)
    return result


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


class _Pool:
    """Threads, each with a runner of its own; the first error, or Ctrl-C, ends them all."""

    def __init__(self, jobs: int, on_progress: Callable[[Progress], None], progress: Progress) -> None:
        self.jobs = jobs
        self.progress = progress
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._local = threading.local()
        self._runners: list[ForkRunner] = []
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="grading")

    @property
    def restarts(self) -> int:
        """Grading processes that had to be replaced."""
        return sum(runner.restarts for runner in self._runners)

    def advance(self, graded: int = 0, kept: int = 0) -> None:
        """Count work done."""
        with self._lock:
            self.progress.graded += graded
            self.progress.kept += kept
            self._on_progress(self.progress)

    def map(
        self,
        function: Callable[[Runner, tuple[str, str, Path]], SubmissionResult],
        items: Sequence[tuple[str, str, Path]],
    ) -> list[SubmissionResult]:
        """Results in the order of the items."""
        futures: list[Future[SubmissionResult]] = [self._threads.submit(self._call, function, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:
            self._stop(futures)
            done = sum(future.done() and not future.cancelled() and not future.exception() for future in futures)
            raise Interrupted(
                f"interrupted: {done} of {len(items)} submissions are graded and saved",
                advice="Run the same command again to go on from there.",
            ) from None
        failed = next((f.exception() for f in futures if f.done() and not f.cancelled() and f.exception()), None)
        if failed is not None:
            self._stop(futures)
            raise failed
        return [future.result() for future in futures]

    def close(self) -> None:
        """End all grading processes."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for runner in self._runners:
            runner.close()

    def _call(
        self, function: Callable[[Runner, tuple[str, str, Path]], SubmissionResult], item: tuple[str, str, Path]
    ) -> SubmissionResult:
        return function(self._runner(), item)

    def _runner(self) -> Runner:
        if not hasattr(self._local, "runner"):
            runner = self._local.runner = ForkRunner()
            with self._lock:
                self._runners.append(runner)
            if self._stopping.is_set():
                runner.stop()
        return self._local.runner  # type: ignore[no-any-return]  # threading.local is untyped

    def _stop(self, futures: Sequence[Future[SubmissionResult]]) -> None:
        self._stopping.set()
        for future in futures:
            future.cancel()
        with self._lock:
            for runner in self._runners:
                runner.stop()
