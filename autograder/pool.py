"""Processes that grade, each with a warm process of its own for student code, and how far they are.

They are processes and not threads: marking is Python, and threads would take turns at it. They are forks of the grader,
so that what it has loaded is there, and nothing but results is sent back.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NoReturn, TypeVar

from autograder.errors import AutograderError, Interrupted, WorkerError
from autograder.sandbox import kernel
from autograder.sandbox.forking import ForkRunner
from autograder.sandbox.wire import Isolation

__all__ = ["Pool", "Progress", "Worker", "usable_cores"]

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""How many items a worker has at a time: the one that it is at, and one that it need not wait for."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)

PATIENCE = 5.0
"""Seconds that a worker gets to end what runs under it."""


@dataclass
class Progress:
    """How far a run is, for whoever shows it. Counts are exercises of submissions; ``kept`` needed no work."""

    all: int = 0
    graded: int = 0
    kept: int = 0
    restarts: int = 0


class Worker:
    """What the work on an item has: a runner for student code, and a way to say how far it is."""

    def __init__(self, isolation: Isolation, tell: Callable[[object], None]) -> None:
        self._isolation = isolation
        self._tell = tell
        self._runner: ForkRunner | None = None

    @property
    def runner(self) -> ForkRunner:
        """The runner of this worker; it starts when it is first needed."""
        if self._runner is None:
            self._runner = ForkRunner(self._isolation)
        return self._runner

    def advance(self, graded: int = 0, kept: int = 0) -> None:
        """Count work done."""
        self._tell(_Advance(graded, kept))

    def close(self) -> None:
        """End all that runs."""
        if self._runner is not None:
            self._runner.close()

    @property
    def restarts(self) -> int:
        """How many warm processes had to be replaced."""
        return self._runner.restarts if self._runner is not None else 0


class Pool(Generic[Item, Result]):
    """Workers that do the same to many items; the first error, or Ctrl-C, ends them all.

    Items of one ``kind`` go to one worker, as long as there are others: what they share is made there once.
    """

    def __init__(
        self,
        work: Callable[[Item, Worker], Result],
        jobs: int,
        isolation: Isolation,
        on_progress: Callable[[Progress], None],
        progress: Progress,
        kind: Callable[[Item], Hashable] = lambda _: None,
    ) -> None:
        self.kind = kind
        self.work = work
        self.jobs = jobs
        self.isolation = isolation
        self.progress = progress
        self._on_progress = on_progress
        self._workers: dict[Connection, _Process] = {}

    def map(self, items: Sequence[Item]) -> list[Result]:
        """Results in the order of the items. Raises the first error of a worker, and Interrupted on Ctrl-C."""
        results: dict[int, Result] = {}
        left = _Left([self.kind(item) for item in items])
        try:
            for core in _cores(min(self.jobs, len(items))):
                self._start(items, core)
            for _ in range(AHEAD):
                for worker in self._workers.values():
                    worker.give(left.next(worker.connection))
            while len(results) < len(items):
                for connection in wait(list(self._workers)):
                    assert isinstance(connection, Connection)
                    worker = self._workers[connection]
                    message = worker.hear()
                    if isinstance(message, _Advance):
                        self.progress.graded += message.graded
                        self.progress.kept += message.kept
                        self._on_progress(self.progress)
                    else:
                        results[message.number] = message.result
                        worker.restarts = message.restarts
                        worker.give(left.next(connection))
        except KeyboardInterrupt:
            raise Interrupted(
                f"interrupted: {len(results)} of {len(items)} submissions are graded and saved",
                advice="Run the same command again to go on from there.",
            ) from None
        finally:
            self._end(patient=len(results) == len(items))
        return [results[number] for number in range(len(items))]

    def _start(self, items: Sequence[Item], core: int | None) -> None:
        mine, theirs = multiprocessing.Pipe()
        others = [mine, *self._workers]
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(self.work, items, self.isolation, theirs, others, core), daemon=True
        )
        # Ctrl-C in the middle would reach a worker that does not yet know what to do about it.
        with _without_signals(), warnings.catch_warnings():
            # Python warns of threads, which may hold locks: only that of a progress bar, which a worker does not touch.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
            theirs.close()
            self._workers[mine] = _Process(mine, process, items)

    def _end(self, *, patient: bool) -> None:
        """End all workers: when they have done what they were given, or at once."""
        with _without_signals():
            for worker in self._workers.values():
                if not patient:
                    worker.process.terminate()
                worker.connection.close()
            for worker in self._workers.values():
                worker.process.join(PATIENCE)
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
        self.progress.restarts = sum(worker.restarts for worker in self._workers.values())
        self._workers.clear()


class _Left:
    """The numbers of the items that nobody has yet, by their kind."""

    def __init__(self, kinds: Sequence[Hashable]) -> None:
        self._waiting: dict[Hashable, deque[int]] = {}
        for number, kind in enumerate(kinds):
            self._waiting.setdefault(kind, deque()).append(number)
        self._begun: dict[Hashable, Hashable] = {}

    def next(self, worker: Hashable) -> int | None:
        """One more of the kind that a worker is at, else of the longest that nobody is at, else of the longest."""
        if not self._waiting:
            return None
        kind = self._begun.get(worker)
        if worker not in self._begun or kind not in self._waiting:
            free = self._waiting.keys() - self._begun.values() or self._waiting
            kind = max((one for one in self._waiting if one in free), key=lambda one: len(self._waiting[one]))
            self._begun[worker] = kind
        number = self._waiting[kind].popleft()
        if not self._waiting[kind]:
            del self._waiting[kind]
        return number


@dataclass
class _Process:
    """A worker, from the grader's side."""

    connection: Connection
    process: Any
    items: Sequence[Any]
    given: list[int] = field(default_factory=list)
    restarts: int = 0

    def give(self, number: int | None) -> None:
        if number is not None:
            self.given.append(number)
            with contextlib.suppress(OSError):  # it has died: `hear` will say so
                self.connection.send(number)

    def hear(self) -> Any:
        """The next message. Raises what the work has raised, and WorkerError when the worker is gone."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            self.process.join(PATIENCE)
            at = " or ".join(str(self.items[number]) for number in self.given)
            raise WorkerError(
                f"a process that grades has died (exit code {self.process.exitcode}), at {at or 'nothing'}",
                advice="If the machine is short of memory, grade with --jobs 1. Then run the same command again: only what "
                "is missing is graded.",
            ) from None
        if isinstance(message, _Failed):
            raise message.error
        if isinstance(message, _Done):
            self.given.remove(message.number)
        return message


@dataclass(frozen=True)
class _Advance:
    graded: int
    kept: int


@dataclass(frozen=True)
class _Done:
    number: int
    result: Any
    restarts: int


@dataclass(frozen=True)
class _Failed:
    error: Exception


def _serve(
    work: Callable[[Any, Worker], Any],
    items: Sequence[Any],
    isolation: Isolation,
    connection: Connection,
    others: Sequence[Connection],
    core: int | None,
) -> NoReturn:
    """The worker's side: do what comes until nothing more comes."""
    code = 1
    try:
        _end_with_the_grader()
        if core is not None:
            with contextlib.suppress(OSError):  # not allowed: then it runs where it can
                os.sched_setaffinity(0, {core})
        for other in others:
            other.close()  # or nobody would see their ends
        worker = Worker(isolation, connection.send)
        gc.freeze()  # what is loaded stays: a look through all of PyTorch's objects takes as long as ten submissions
        try:
            for number in _numbers(connection):
                connection.send(_Done(number, work(items[number], worker), worker.restarts))
            code = 0
        except AutograderError as error:
            connection.send(_Failed(error))
        except Exception as error:
            connection.send(_Failed(RuntimeError(f"{error!r} in a process that grades\n{traceback.format_exc()}")))
        finally:
            worker.close()
    finally:
        # Not by way of `sys.exit`: what the grader had not yet printed is not this process's to print.
        os._exit(code)


def usable_cores() -> int:
    """How many cores this process may use: a container or a scheduler may leave it fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cores(workers: int) -> Sequence[int | None]:
    """For each worker the core to keep to, where there are as many of both, else None.

    A worker and its student process take turns. On one core they find in its cache what the other has just written.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [None] * workers
    cores = sorted(os.sched_getaffinity(0))
    return cores if workers == len(cores) else [None] * workers


def _end_with_the_grader() -> None:
    """Ctrl-C is for the grader, which then ends its workers; and whoever ends the grader ends them as well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # Ctrl-Z: student processes would go on, and their time run out
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    kernel.die_with_parent(signal.SIGTERM)


@contextlib.contextmanager
def _without_signals() -> Iterator[None]:
    """What comes meanwhile comes afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(1)


def _numbers(connection: Connection) -> Iterator[int]:
    with contextlib.suppress(EOFError, OSError):
        while True:
            yield connection.recv()
