"""Running student code in forks of a warm process, isolated and with limits: what grades."""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import msgspec

from autograder.errors import IsolationError, WorkerError
from autograder.sandbox.calls import parse_calls
from autograder.sandbox.runner import WORKING_COPY, Ending, Job, Outcomes, Values
from autograder.sandbox.talk import Plan, Printed, Talk, Turn
from autograder.sandbox.wire import (
    NOT_BEGUN,
    PROGRESS,
    Exit,
    Fault,
    Guard,
    Isolation,
    Launch,
    ProtocolError,
    Refusal,
    Start,
)

__all__ = ["ForkRunner"]

CONTINUATIONS = 6
"""How many times a job may be taken up again in another fork before the rest of it is given up."""

AHEAD = 8
"""How many runs a child is asked for at a time: one that it makes, and others that it need not wait for."""

PATIENCE = 1.0
"""Seconds that a child gets to end once it has nothing more to do."""


class ForkRunner:
    """Run jobs in forks of a warm process. Use it as a context manager, from one thread.

    A warm process that dies is replaced and its job run once more; if that one dies as well, the job has a WorkerError.
    ``restarts`` counts the replacements. Raises IsolationError where this machine cannot give full isolation.
    """

    command: Sequence[str] = (sys.executable, "-P", "-B", "-m", "autograder.sandbox.zygote")
    """What starts a warm process. -P: the current folder is not importable; -B: nothing is written beside the package."""

    def __init__(self, isolation: Isolation = "full") -> None:
        self.isolation = isolation
        self.restarts = 0
        self._zygotes: dict[Guard, _Zygote] = {}

    def __enter__(self) -> ForkRunner:
        self._zygote("block")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the warm processes and whatever runs under them."""
        for guard in list(self._zygotes):
            self._zygotes.pop(guard).close()

    def run(self, job: Job) -> Outcomes:
        """Run one job. Raises WorkerError for a fault of the grader."""
        (outcomes,) = self.run_all([job])
        if isinstance(outcomes, WorkerError):
            raise outcomes
        return outcomes

    def run_all(self, jobs: Sequence[Job]) -> list[Outcomes | WorkerError]:
        """Run the jobs of one submission, which share its files, in one child as long as that is possible.

        First each job's runs on public inputs, then the rest of each: what student code has seen of hidden inputs can
        get into nothing that is said of public ones.

        When a statement of the calls does not end in time or ends the process, the job goes on in another child, where
        this run is made once more without that statement: an endless loop in ``step`` costs what ``step`` gives, and
        not what ``forward`` gave before it. A statement that has failed so in two runs is given up for the rest.
        """
        works = [_Work(job) for job in jobs]
        child: _Child | None = None
        try:
            for withheld in (False, True):
                # The exercise that the child is at first: it need not turn to another one and back.
                for work in reversed(works) if withheld else works:
                    while work.wants(withheld):
                        if child is not None and child.guard != work.job.guard:
                            self._end(child, PATIENCE)
                            child = None
                        try:
                            if child is None:
                                child = _Child(self._zygote(work.job.guard), work, jobs)
                            child = child.go_on(work, withheld)
                        except _ZygoteDiedError as death:
                            child = None
                            self._discard(work.job.guard)
                            self._count(work, death)
            if child is not None:
                self._end(child, PATIENCE)
                child = None
        finally:
            if child is not None:
                self._end(child, patience=0)  # or the next child's end would be mistaken for this one's
        return [work.result() for work in works]

    def _end(self, child: _Child, patience: float) -> None:
        """End a child. Where the warm process dies meanwhile, nothing is lost but the sight of its end."""
        try:
            child.end(patience)
        except _ZygoteDiedError:
            self._discard(child.guard)

    def _zygote(self, guard: Guard) -> _Zygote:
        if guard not in self._zygotes:
            self._zygotes[guard] = _Zygote(self.command, self.isolation, guard)
        return self._zygotes[guard]

    def _discard(self, guard: Guard) -> None:
        zygote = self._zygotes.pop(guard, None)
        if zygote is not None:
            zygote.close()
        self.restarts += 1

    def _count(self, work: _Work, death: _ZygoteDiedError) -> None:
        work.deaths += 1
        if work.deaths == 2:
            work.error = WorkerError(
                f"the grading process died twice on the exercise '{work.job.exercise}': {death}",
                advice="If the machine is short of memory, grade with --jobs 1. Then run the same command "
                "again: only what is missing is graded.",
            )


@dataclass
class _Work:
    """A job on its way: what its runs gave so far, and what stood in the way."""

    job: Job
    runs: list[Values] = field(default_factory=list)
    ending: Ending | None = None
    error: WorkerError | None = None
    plan: Plan = field(default_factory=lambda: Plan({}, {}))
    seconds: float = 0.0
    spent: float = 0.0
    fork_seconds: float = 0.0
    continuations: int = 0
    deaths: int = 0
    killed_at: int | None = None

    def __post_init__(self) -> None:
        limits = self.job.limits
        self.printed = Printed(limits.output_kib << 10, bytearray())
        self.bytes_left = limits.result_mib << 20
        self.texts = [statement.text for statement in parse_calls(self.job.calls).statements]

    def until(self, withheld: bool) -> int:
        """Up to which run it is to be taken."""
        return len(self.job.runs) - (0 if withheld else self.job.withheld)

    def wants(self, withheld: bool) -> bool:
        """Whether there is anything left to do."""
        return self.error is None and self.ending is None and len(self.runs) < self.until(withheld)

    def failed(self, ending: Ending, statement: int | None) -> None:
        """Its child has ended early, at a statement where one was under way: go on without it, or not at all."""
        now = len(self.runs)
        self.spent = 0.0
        self.continuations += 1
        if self.continuations > CONTINUATIONS:
            self.ending = ending
        elif ending.killed and self.killed_at != now:
            # Nothing of ours killed it: short memory may have. It gets the benefit of the doubt, once in each run.
            self.killed_at = now
        elif statement is None or statement in self.plan.stopped(now):
            self.ending = ending
        else:
            self.plan.stop(now, statement, Fault(ending.kind, self.texts[statement], message=ending.detail))

    def result(self) -> Outcomes | WorkerError:
        """What the job gave."""
        if self.error is not None:
            return self.error
        return Outcomes(
            runs=self.runs,
            ending=self.ending,
            output=self.printed.text,
            printed=self.printed.size,
            seconds=self.seconds,
            fork_seconds=self.fork_seconds,
        )


class _Child:
    """A student process, from the grader's side."""

    def __init__(self, zygote: _Zygote, work: _Work, jobs: Sequence[Job]) -> None:
        self.guard = work.job.guard
        self._made_for = work
        self._has_begun = False
        self._zygote = zygote
        self._files: Mapping[str, bytes] | None = jobs[0].files
        self._turn: Turn | None = None
        self._cleanup = contextlib.ExitStack()
        limits = [job.limits for job in jobs]
        folder = ""
        if zygote.isolation == "limits":
            scratch = tempfile.TemporaryDirectory(prefix=WORKING_COPY, ignore_cleanup_errors=True)
            folder = str(Path(self._cleanup.enter_context(scratch)).resolve())
        self.launch = Launch(
            # The wall clock comes first; this is for what it does not see, such as threads by the dozen.
            cpu_seconds=math.ceil(sum(one.seconds for one in limits)) + 2,
            memory_bytes=max(one.memory_mib for one in limits) << 20,
            file_bytes=max(one.file_mib for one in limits) << 20,
            processes=max(one.processes for one in limits),
            folder=folder,
            calls=tuple(job.calls for job in jobs),
        )
        self._data, their_data = socket.socketpair()
        self._output, their_output = os.pipe()
        shared = _shared_memory()
        self._cleanup.callback(self._data.close)
        self._cleanup.callback(os.close, self._output)
        try:
            self.talk = Talk(self._data, self._output, mmap.mmap(shared, PROGRESS))
            zygote.launch(self.launch, their_data.fileno(), their_output, shared)
        except BaseException:
            self._cleanup.close()
            raise
        finally:
            their_data.close()
            os.close(their_output)
            os.close(shared)

    def go_on(self, work: _Work, withheld: bool) -> _Child | None:
        """Take a job as far as it goes, and return the child if it can take another one."""
        started = time.monotonic()
        deadline = started + work.job.limits.seconds - work.spent
        turn = self._turn if self._turn is not None and self._turn.job is work.job else None
        ending = None
        try:
            if self._files is not None:
                self.talk.hand_over(self._files, deadline)
                self._files = None
            if turn is None:
                turn = self._turn = self.talk.turn_to(work.job, work.bytes_left, work.printed, deadline)
            asked, until = len(work.runs), work.until(withheld)
            while len(work.runs) < until:
                for number in range(asked, min(until, len(work.runs) + AHEAD)):
                    self.talk.ask(work.job.runs[number], work.plan.stopped(number), deadline)
                    asked = number + 1
                if not self.talk.begins(turn, deadline):
                    break
                work.runs.append(self.talk.answer(turn, deadline))
        except TimeoutError:
            ending = Ending("timeout")
        except (OSError, EOFError):
            ending = Ending("crashed")
        except ProtocolError as error:
            ending = Ending("crashed", f"its answer could not be read: {error}")
        finally:
            self.talk.listen()
            if turn is not None:
                self._has_begun |= turn.begun
                work.bytes_left = turn.bytes_left
            work.spent += time.monotonic() - started
            work.seconds += time.monotonic() - started
        if ending is None and turn is not None and turn.begun:
            return self
        if ending is None:  # the exercise before has left its marks on it
            self.end(PATIENCE)
            return None
        self._has_begun = self._has_begun or self._said_so(turn)
        # A child that closed its data socket is ending: it gets a moment to end in its own way, for its status.
        exit_ = self.end(patience=0 if ending.kind == "timeout" else PATIENCE)
        if exit_.status == NOT_BEGUN and not self._has_begun:
            raise _ZygoteDiedError("a student process could not be set up")
        if ending.kind == "crashed":
            ending = self._ending(exit_, ending.detail)
        work.failed(ending, self.talk.statement(turn) if turn is not None else None)
        return None

    def _said_so(self, turn: Turn | None) -> bool:
        """Whether a child that is gone had begun: what it said of that may not have been read yet."""
        with contextlib.suppress(OSError, EOFError, ProtocolError):
            return turn is not None and self.talk.begins(turn, time.monotonic())
        return False

    def end(self, patience: float) -> Exit:
        """Close the conversation; how the child ended, within so many seconds or by force."""
        self._cleanup.pop_all().close() if not self.launch.folder else self._data.close()
        try:
            exit_ = self._zygote.exit(patience)
        finally:
            self._cleanup.close()
        self._made_for.fork_seconds += exit_.fork_seconds
        return exit_

    def _ending(self, exit_: Exit, detail: str) -> Ending:
        killed = exit_.status == -signal.SIGKILL and not detail
        if exit_.status == -signal.SIGXCPU or (killed and exit_.cpu_seconds >= self.launch.cpu_seconds):
            return Ending("timeout")
        return Ending("crashed", detail or describe_exit(exit_.status), killed=killed)


class _ZygoteDiedError(Exception):
    """The warm process is gone."""


class _Zygote:
    """A warm process and the control socket to it."""

    def __init__(self, command: Sequence[str], isolation: Isolation, guard: Guard) -> None:
        self.isolation = isolation
        start = Start(isolation, guard, tuple(shared_libraries()) if isolation == "full" else ())
        mine, theirs = socket.socketpair()
        self._control = mine
        self._buffer = b""
        self._process = subprocess.Popen(
            [*command, msgspec.json.encode(start).decode()],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=bare_environment(),
            cwd="/",
            start_new_session=True,  # Ctrl-C reaches the grader alone, which then ends its workers
        )
        theirs.close()
        line = self._line(timeout=120)
        if line == b"ready":
            return
        words = self._last_words()
        self.close()
        if line:
            refusal = msgspec.json.decode(line, type=Refusal)
            raise IsolationError(refusal.protection, refusal.error)
        raise WorkerError(
            f"the grading process did not start: {words}",
            advice=f"Try `{sys.executable} -c 'import torch, autograder'`: it must print nothing.",
        )

    def close(self) -> None:
        self._control.close()
        # Its session: the zygote. A running child has a session of its own, and the zygote ends it first.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def launch(self, launch: Launch, *descriptors: int) -> None:
        """Have a child made, with the ends of the data socket and of the output pipe that it is to use, and the memory."""
        try:
            socket.send_fds(self._control, [msgspec.json.encode(launch) + b"\n"], list(descriptors))
        except OSError as error:
            raise _ZygoteDiedError(str(error)) from None

    def exit(self, patience: float) -> Exit:
        """Wait for the child's end, and bring it about when it does not come in ``patience`` seconds."""
        line = self._line(timeout=patience) if patience else None
        if line is None:
            with contextlib.suppress(OSError):
                self._control.sendall(b"kill\n")
            line = self._line(timeout=10)
        if not line:
            raise _ZygoteDiedError(self._last_words())
        try:
            return msgspec.json.decode(line, type=Exit)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise _ZygoteDiedError("what it says cannot be read") from None

    def _line(self, timeout: float) -> bytes | None:
        """The next line from the zygote; None when none came in time, empty when it is gone."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            self._control.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                chunk = self._control.recv(4096)
            except TimeoutError:
                return None
            except OSError:
                return b""
            finally:
                self._control.settimeout(None)
            if not chunk:
                return b""
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        status = self._process.poll()
        if status is None:
            return "it does not answer"
        words = self._process.stderr.read().decode(errors="replace").strip() if self._process.stderr else ""
        last = words.splitlines()[-1] if words else ""
        return f"{describe_exit(status)}{': ' + last if last else ''}"


def _shared_memory() -> int:
    """A byte of memory, as a file descriptor: fresh for each child, so that none can leave a word to the next."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("progress")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, PROGRESS)
    return descriptor


def bare_environment() -> dict[str, str]:
    """The environment of student code: nothing of the caller's, one thread, no home."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # The heap as few, huge pages: a fork copies, and its end frees, one entry for each.
        "PYTHONMALLOC": "malloc",
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8:replace",
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",
    }


def shared_libraries() -> list[str]:
    """Folders of the shared libraries that this process, which has torch loaded, uses beside Python's own."""
    import torch  # noqa: F401 - for what it loads

    try:
        mapped = Path("/proc/self/maps").read_text()
    except OSError:  # not Linux: the warm process will say what that means
        return []
    files = {line.split(maxsplit=5)[5] for line in mapped.splitlines() if ".so" in line and "/" in line}
    return sorted({str(Path(file).parent) for file in files if not file.endswith("(deleted)")})


def describe_exit(status: int) -> str:
    """``ended with exit code 3`` or ``killed by SIGSEGV``."""
    if status >= 0:
        return f"ended with exit code {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
