"""Threads that grade, each with a grading process of its own, and how far they are."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from autograder.errors import Interrupted
from autograder.results import SubmissionResult
from autograder.sandbox.forking import ForkRunner, Isolation
from autograder.submission import Found

__all__ = ["Pool", "Progress"]

SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread lets another one run that waits: one that marks is not to keep a student process waiting."""


@dataclass
class Progress:
    """How far a run is, for whoever shows it. Counts are exercises of submissions; ``kept`` needed no work."""

    all: int = 0
    graded: int = 0
    kept: int = 0
    restarts: int = 0


class Pool:
    """Threads, each with a runner of its own; the first error, or Ctrl-C, ends them all."""

    def __init__(
        self, jobs: int, isolation: Isolation, on_progress: Callable[[Progress], None], progress: Progress
    ) -> None:
        self.jobs = jobs
        self.isolation = isolation
        self.progress = progress
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._local = threading.local()
        self._runners: list[ForkRunner] = []
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="grading")
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL)

    def advance(self, graded: int = 0, kept: int = 0) -> None:
        """Count work done."""
        with self._lock:
            self.progress.graded += graded
            self.progress.kept += kept
            self._on_progress(self.progress)

    def map(
        self,
        function: Callable[[Found], SubmissionResult],
        items: Sequence[Found],
    ) -> list[SubmissionResult]:
        """Results in the order of the items."""
        futures: list[Future[SubmissionResult]] = []
        try:
            for item in items:
                futures.append(self._threads.submit(function, item))  # noqa: PERF401 - Ctrl-C may come here
            # Waking up now and then: a signal that comes just before a wait without end would not be seen until its end.
            while wait(futures, timeout=0.5, return_when=FIRST_EXCEPTION).not_done:
                if any(future.done() and future.exception() for future in futures):
                    break
        except KeyboardInterrupt:
            self._stop()
            done = sum(future.done() and not future.cancelled() and not future.exception() for future in futures)
            raise Interrupted(
                f"interrupted: {done} of {len(items)} submissions are graded and saved",
                advice="Run the same command again to go on from there.",
            ) from None
        failed = next((f.exception() for f in futures if f.done() and not f.cancelled() and f.exception()), None)
        if failed is not None:
            raise failed
        return [future.result() for future in futures]

    def close(self) -> None:
        """End all grading processes, whatever they are at, and count those that had to be replaced."""
        self._stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for runner in self._runners:
            runner.close()
        sys.setswitchinterval(self._interval)
        self.progress.restarts = sum(runner.restarts for runner in self._runners)

    def runner(self) -> ForkRunner:
        """The runner of the thread that calls."""
        if not hasattr(self._local, "runner"):
            runner = self._local.runner = ForkRunner(self.isolation)
            with self._lock:
                self._runners.append(runner)
            if self._stopping.is_set():
                runner.stop()
        return self._local.runner  # type: ignore[no-any-return]  # threading.local is untyped

    def _stop(self) -> None:
        """End what runs; what has not begun does not begin."""
        self._stopping.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for runner in self._runners:
                runner.stop()
