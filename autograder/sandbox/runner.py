"""The grader's side of running student code: a `Job` goes in, raw `Outcomes` come out.

Two runners serve the same jobs. `ForkRunner` runs each job in a fork of a warm process, with limits; it is what grades.
`InProcessRunner` runs it in this process, on any operating system, without limits; it is what a student's own
``autograder check`` uses.
"""

from __future__ import annotations

import contextlib
import io
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

import msgspec
import numpy as np

from autograder.errors import WorkerError
from autograder.sandbox.wire import (
    HEADER,
    Arrays,
    Frame,
    Outcome,
    ProtocolError,
    Request,
    Scalar,
    Setup,
    Variant,
    decode_arrays,
    encode,
    frame_lengths,
)
from autograder.sandbox.zygote import Exit, Launch

__all__ = [
    "Ending",
    "ForkRunner",
    "InProcessRunner",
    "Inputs",
    "Job",
    "Limits",
    "Outcomes",
    "Run",
    "Runner",
    "Stopped",
    "Values",
]

Inputs = Mapping[str, np.ndarray | Scalar]


@dataclass(frozen=True)
class Limits:
    """What one job may use. Seconds are wall clock for the whole job; processor time is bounded by the same number."""

    seconds: float = 10.0
    memory_mib: int = 1024
    output_kib: int = 64
    file_mib: int = 16
    result_mib: int = 64


@dataclass(frozen=True)
class Run:
    """One case to run in one variant; ``other`` are the inputs of the case that is run in turn with it."""

    inputs: Inputs
    variant: Variant = "plain"
    other: Inputs = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One exercise of one submission: its files, the calls, and the runs to make in this order."""

    exercise: str
    module: str
    files: Mapping[str, bytes]
    calls: str
    wanted: tuple[str, ...]
    runs: Sequence[Run]
    arrays: Literal["torch", "numpy"] = "torch"
    limits: Limits = Limits()

    @property
    def setup(self) -> Setup:
        """The first message to the student process."""
        size = self.limits.result_mib << 20
        return Setup(self.exercise, self.module, self.calls, self.wanted, self.arrays, size)


@dataclass(frozen=True)
class Values:
    """What one run gave: arrays by name, and why other names have none."""

    arrays: Arrays
    outcome: Outcome


@dataclass(frozen=True)
class Ending:
    """Why a job ended before all its runs were done; ``detail`` is for the instructor."""

    kind: Literal["timeout", "crashed"]
    detail: str = ""


@dataclass(frozen=True)
class Outcomes:
    """What a job gave: a `Values` for each run that was done, in order, and an `Ending` where that is not all.

    ``output`` is the start of what the student's code printed, ``printed`` how many bytes that was in all,
    ``seconds`` the wall time of the job and ``fork_seconds`` the part of it that the fork took.
    """

    runs: Sequence[Values]
    ending: Ending | None = None
    output: str = ""
    printed: int = 0
    seconds: float = 0.0
    fork_seconds: float = 0.0


class Runner(Protocol):
    """Anything that can run a job."""

    def run(self, job: Job) -> Outcomes:
        """Run one job. Raises WorkerError only for a fault of the grader."""


class InProcessRunner:
    """Run jobs in this process: portable, but with no limit and no protection. Ctrl-C passes through."""

    def run(self, job: Job) -> Outcomes:
        """Run one job on files that it writes to a private temporary folder."""
        from autograder.sandbox.execute import Student, run

        started = time.perf_counter()
        output = io.StringIO()
        path_before, modules_before, cwd = list(sys.path), set(sys.modules), Path.cwd()
        with tempfile.TemporaryDirectory(prefix="autograder-") as name:
            folder = Path(name).resolve()
            write_files(folder, job.files)
            student = Student(job.setup, folder, interrupts=(KeyboardInterrupt,))
            done: list[Values] = []
            try:
                sys.path.append(str(folder))
                os.chdir(folder)
                with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                    for item in job.runs:
                        request, arrays = request_of(item)
                        outcome, values = run(student, request, arrays)
                        done.append(Values(values, outcome))
            finally:
                os.chdir(cwd)
                sys.path[:] = path_before
                for module in set(sys.modules) - modules_before:
                    if (getattr(sys.modules[module], "__file__", None) or "").startswith(str(folder)):
                        del sys.modules[module]
        text = output.getvalue()
        kept = text[: job.limits.output_kib << 10]
        return Outcomes(done, output=kept, printed=len(text.encode()), seconds=time.perf_counter() - started)


class ForkRunner:
    """Run jobs in forks of one warm process. Use it as a context manager, from one thread at a time.

    A warm process that dies is replaced and its job run once more; if that one dies as well, WorkerError is raised.
    ``restarts`` counts the replacements.
    """

    def __init__(self) -> None:
        self.restarts = 0
        self._zygote: _Zygote | None = None
        self._stopped = False

    def __enter__(self) -> ForkRunner:
        self._zygote = _Zygote()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def stop(self) -> None:
        """From another thread: end the run under way, if any; it and all later ones raise `Stopped`."""
        self._stopped = True
        if self._zygote is not None:
            self._zygote.hang_up()

    def close(self) -> None:
        """End the warm process and whatever runs under it."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def run(self, job: Job) -> Outcomes:
        """Run one job in a fork, in a private working copy that is gone afterwards."""
        for attempt in (1, 2):
            if self._stopped:
                raise Stopped
            if self._zygote is None:
                self._zygote = _Zygote()
            try:
                return self._zygote.run(job)
            except _ZygoteDiedError as death:
                self.close()
                if self._stopped:
                    raise Stopped from None
                self.restarts += 1
                if attempt == 2:
                    raise WorkerError(
                        f"the grading process died twice on the exercise '{job.exercise}': {death}",
                        advice="If the machine is short of memory, grade with --jobs 1. Then run the same command "
                        "again: only what is missing is graded.",
                    ) from None
        raise AssertionError("not reached")


class Stopped(Exception):  # noqa: N818 - not an error: the run was ended on request
    """The runner was told to stop."""


class _ZygoteDiedError(Exception):
    """The warm process is gone."""


class _Zygote:
    """A warm process and the control socket to it."""

    def __init__(self) -> None:
        mine, theirs = socket.socketpair()
        self._control = mine
        self._buffer = b""
        # -P: the current folder is not importable; -B: nothing is written beside the installed package.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "autograder.sandbox.zygote"],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=bare_environment(),
            cwd="/",
            start_new_session=True,  # Ctrl-C reaches the grader alone, which then ends its workers
        )
        theirs.close()
        if self._line(timeout=120) != b"ready":
            raise WorkerError(
                f"the grading process did not start: {self._last_words()}",
                advice=f"Try `{sys.executable} -c 'import torch, autograder'`: it must print nothing.",
            )

    def hang_up(self) -> None:
        """Tell the zygote to end itself and its child; whoever waits for them sees the end of the line."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)

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

    def run(self, job: Job) -> Outcomes:
        with tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            write_files(folder, job.files)
            return self._run(job, folder)

    def _run(self, job: Job, folder: Path) -> Outcomes:
        started = time.monotonic()
        deadline = started + job.limits.seconds
        data, their_data = socket.socketpair()
        output, their_output = os.pipe()
        launch = Launch(
            folder=str(folder),
            cpu_seconds=max(1, round(job.limits.seconds)),
            memory_bytes=job.limits.memory_mib << 20,
            file_bytes=job.limits.file_mib << 20,
        )
        printed = _Output(output, job.limits.output_kib << 10)
        try:
            try:
                message = msgspec.json.encode(launch) + b"\n"
                socket.send_fds(self._control, [message], [their_data.fileno(), their_output])
            except OSError as error:
                raise _ZygoteDiedError(str(error)) from None
            finally:
                their_data.close()
                os.close(their_output)
            done: list[Values] = []
            ending = self._converse(job, data, deadline, done)
            data.close()  # the child sees the end of its requests and leaves
            # A child that closed its data socket is ending: it gets a moment to end in its own way, for its status.
            patience = 0.0 if ending is not None and ending.kind == "timeout" else 1.0
            exit_ = self._exit(patience)
            if ending is not None and ending.kind == "crashed":
                ending = _ending(exit_, ending.detail)
        finally:
            data.close()
            printed.close()
        return Outcomes(
            runs=done,
            ending=ending,
            output=printed.text,
            printed=printed.size,
            seconds=time.monotonic() - started,
            fork_seconds=exit_.fork_seconds,
        )

    def _converse(self, job: Job, data: socket.socket, deadline: float, done: list[Values]) -> Ending | None:
        """Send each run and read its outcome into ``done``; the reason when it ended early."""
        try:
            _send(data, encode(job.setup, {}), deadline)
            for item in job.runs:
                request, arrays = request_of(item)
                _send(data, encode(request, arrays), deadline)
                frame = _read(data, deadline, job.limits.result_mib << 20)
                done.append(_values(frame, job.wanted))
        except TimeoutError:
            return Ending("timeout")
        except (OSError, EOFError):
            return Ending("crashed")
        except (ProtocolError, msgspec.MsgspecError) as error:
            return Ending("crashed", f"its answer could not be read: {error}")
        return None

    def _exit(self, patience: float) -> Exit:
        """Wait for the child's end, and bring it about when it does not come in ``patience`` seconds."""
        line = self._line(timeout=patience) if patience else None
        if line is None:
            with contextlib.suppress(OSError):
                self._control.sendall(b"kill\n")
            line = self._line(timeout=10)
        if not line:
            raise _ZygoteDiedError(self._last_words())
        return msgspec.json.decode(line, type=Exit)

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


class _Output:
    """What a child prints: the start is kept, the rest is read and thrown away so that the child does not block."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self.size = 0
        self._kept = bytearray()
        self._limit = limit
        self._descriptor = descriptor
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._stop, stop = socket.socketpair()
        self._stopped = stop
        self._thread.start()

    def _drain(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._descriptor, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if self._descriptor not in ready:
                    return  # told to stop, and nothing is left to read
                chunk = os.read(self._descriptor, 1 << 16)
                if not chunk:
                    return
                self.size += len(chunk)
                self._kept += chunk[: max(0, self._limit - len(self._kept))]

    def close(self) -> None:
        """Read what is there and stop, even if a process still holds the other end."""
        self._stop.send(b".")
        self._thread.join()
        os.close(self._descriptor)
        self._stop.close()
        self._stopped.close()

    @property
    def text(self) -> str:
        return self._kept.decode(errors="replace")


def request_of(run: Run) -> tuple[Request, dict[str, np.ndarray]]:
    """A run as a message and its arrays."""
    arrays = {name: value for name, value in run.inputs.items() if isinstance(value, np.ndarray)}
    arrays |= {f"other/{name}": value for name, value in run.other.items() if isinstance(value, np.ndarray)}
    return Request(run.variant, _scalars(run.inputs), _scalars(run.other)), arrays


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a working copy. Names come from `submission.read_submission`, which refuses paths that lead outside."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def bare_environment() -> dict[str, str]:
    """The environment of student code: nothing of the caller's, one thread, a writable home that is nobody's."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",
    }


def describe_exit(status: int) -> str:
    """``ended with exit code 3`` or ``killed by SIGSEGV``."""
    if status >= 0:
        return f"ended with exit code {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _scalars(inputs: Inputs) -> dict[str, Scalar]:
    return {name: value for name, value in inputs.items() if not isinstance(value, np.ndarray)}


def _ending(exit_: Exit, detail: str) -> Ending:
    if exit_.status == -signal.SIGXCPU:
        return Ending("timeout", "out of processor time")
    return Ending("crashed", detail or describe_exit(exit_.status))


def _values(frame: Frame, wanted: tuple[str, ...]) -> Values:
    """A frame as values. Raises ProtocolError for names that were not asked for, or that are both there and absent."""
    outcome = msgspec.json.decode(frame.text, type=Outcome)
    arrays = decode_arrays(frame.arrays)
    unknown = (set(arrays) | set(outcome.faults)) - set(wanted)
    if unknown:
        raise ProtocolError(f"{len(unknown)} names that were not asked for")
    if set(arrays) & set(outcome.faults) or (set(arrays) | set(outcome.faults)) != set(wanted):
        raise ProtocolError("the names do not fit what was asked for")
    return Values(arrays, outcome)


def _send(channel: socket.socket, content: bytes, deadline: float) -> None:
    channel.settimeout(_left(deadline))
    channel.sendall(content)


def _read(channel: socket.socket, deadline: float, max_bytes: int) -> Frame:
    text, body = frame_lengths(_read_exactly(channel, HEADER.size, deadline), max_bytes)
    return Frame(_read_exactly(channel, text, deadline), _read_exactly(channel, body, deadline))


def _read_exactly(channel: socket.socket, size: int, deadline: float) -> bytes:
    """Exactly ``size`` bytes; memory is taken as they arrive, not as they are announced."""
    content = bytearray()
    while len(content) < size:
        channel.settimeout(_left(deadline))
        chunk = channel.recv(min(1 << 20, size - len(content)))
        if not chunk:
            raise EOFError
        content += chunk
    return bytes(content)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
