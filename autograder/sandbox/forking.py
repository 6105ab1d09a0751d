"""Running student code in forks of a warm process, with limits: what grades."""

from __future__ import annotations

import contextlib
import math
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from autograder.errors import WorkerError
from autograder.sandbox.calls import parse_calls
from autograder.sandbox.runner import WORKING_COPY, Ending, Job, Limits, Outcomes, Values, request_of, write_files
from autograder.sandbox.wire import (
    HEADER,
    Exit,
    Fault,
    Frame,
    Launch,
    Outcome,
    ProtocolError,
    Step,
    decode_arrays,
    decode_message,
    encode,
    frame_lengths,
)

__all__ = ["ForkRunner", "Stopped", "read_answer"]

CONTINUATIONS = 6
"""How many times a job may be taken up again in another fork before the rest of it is given up."""

DRAIN_LIMIT = 4 << 20
DTYPE = re.compile(r"[a-z][a-z0-9_]{1,30}")


@dataclass(frozen=True)
class _Plan:
    """Which statements to leave out, and why: in one run by its number, and in all that are still to come."""

    in_run: dict[int, dict[int, Fault]]
    from_now_on: dict[int, Fault]

    def stopped(self, run: int) -> dict[int, Fault]:
        """Statements to leave out in a run, by their numbers."""
        return {**self.from_now_on, **self.in_run.get(run, {})}

    def stop(self, run: int, statement: int, fault: Fault) -> None:
        """A statement did not come back in a run; where that is the second one, it is given up."""
        if any(statement in stopped for stopped in self.in_run.values()):
            self.from_now_on[statement] = Fault("given_up", statement=fault.statement, type=fault.kind)
        self.in_run.setdefault(run, {})[statement] = fault


_NOTHING = Outcomes(runs=[])


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
        zygote = self._zygote  # the working thread may take it away at any time
        if zygote is not None:
            zygote.hang_up()

    def close(self) -> None:
        """End the warm process and whatever runs under it."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def run(self, job: Job) -> Outcomes:
        """Run one job in a fork, in a private working copy that is gone afterwards.

        When a statement of the calls does not end in time or ends the process, the job goes on in another fork, where
        this run is made once more without that statement: an endless loop in ``step`` costs what ``step`` gives, and
        not what ``forward`` gave before it. A statement that has failed so in two runs is given up for the rest.
        """
        texts = [statement.text for statement in parse_calls(job.calls).statements]
        plan = _Plan({}, {})
        whole = _NOTHING
        killed_at = None
        for _ in range(CONTINUATIONS + 1):
            now = len(whole.runs)
            part, at = self._run(job, now, plan)
            whole = _joined(whole, part, job.limits)
            failed = len(whole.runs)
            if part.ending is None:
                break
            if part.ending.killed and killed_at != failed:
                # Nothing of ours killed it: short memory may have. It gets the benefit of the doubt, once in each run.
                killed_at = failed
                continue
            if at is None or at in plan.stopped(failed):
                break
            plan.stop(failed, at, Fault(part.ending.kind, statement=texts[at], message=part.ending.detail))
        return whole

    def _run(self, job: Job, start: int, plan: _Plan) -> tuple[Outcomes, int | None]:
        for attempt in (1, 2):
            if self._stopped:
                raise Stopped
            if self._zygote is None:
                self._zygote = _Zygote()
            if self._stopped:  # while it was starting
                raise Stopped
            try:
                return self._zygote.run(job, start, plan)
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
            words = self._last_words()
            self.close()
            raise WorkerError(
                f"the grading process did not start: {words}",
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

    def run(self, job: Job, start: int, plan: _Plan) -> tuple[Outcomes, int | None]:
        """Make the runs from ``start`` on in one child; with an early ending, the number of the statement it was at."""
        with tempfile.TemporaryDirectory(prefix=WORKING_COPY, ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            write_files(folder, job.files)
            return self._run(job, folder, start, plan)

    def _run(self, job: Job, folder: Path, start: int, plan: _Plan) -> tuple[Outcomes, int | None]:
        started = time.monotonic()
        deadline = started + job.limits.seconds
        data, their_data = socket.socketpair()
        output, their_output = os.pipe()
        launch = Launch(
            folder=str(folder),
            # The wall clock comes first; this is for what it does not see, such as threads by the dozen.
            cpu_seconds=math.ceil(job.limits.seconds) + 2,
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
            talk = _Talk(job, data, deadline, plan)
            try:
                ending = talk.run(start)
            except BaseException:
                self._exit(patience=0)  # or the next job would read this child's end as its own
                raise
            data.close()  # the child sees the end of its requests and leaves
            # A child that closed its data socket is ending: it gets a moment to end in its own way, for its status.
            exit_ = self._exit(patience=0 if ending is not None and ending.kind == "timeout" else 1)
            if ending is not None and ending.kind == "crashed":
                ending = _ending(exit_, ending.detail)
        finally:
            data.close()
            printed.close()
        outcomes = Outcomes(
            runs=talk.done,
            ending=ending,
            output=printed.text,
            printed=printed.size,
            seconds=time.monotonic() - started,
            fork_seconds=exit_.fork_seconds,
        )
        return outcomes, talk.statement if ending is not None else None

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


class _Talk:
    """The conversation with one child: requests go out, outcomes come back into ``done``.

    ``statement`` is the number of the statement that the child was at last.
    """

    def __init__(self, job: Job, data: socket.socket, deadline: float, plan: _Plan) -> None:
        self.done: list[Values] = []
        self.statement: int | None = None
        self._job = job
        self._data = data
        self._deadline = deadline
        self._plan = plan
        self._left = job.limits.result_mib << 20
        self._statements = len(parse_calls(job.calls).statements)

    def run(self, start: int) -> Ending | None:
        """Make the runs from ``start`` on; the reason when it ended early."""
        try:
            _send(self._data, encode(self._job.setup, {}), self._deadline)
            for number, item in enumerate(self._job.runs[start:], start=start):
                request, arrays = request_of(item, self._plan.stopped(number))
                self.statement = None
                _send(self._data, encode(request, arrays), self._deadline)
                self.done.append(self._answer())
        except TimeoutError:
            return Ending("timeout")
        except (OSError, EOFError):
            return Ending("crashed")
        except ProtocolError as error:
            return Ending("crashed", f"its answer could not be read: {error}")
        return None

    def _answer(self) -> Values:
        # Each statement is reported once for each pass: twice at the most, in the variants that pass twice.
        for _ in range(2 * self._statements + 1):
            frame = _read(self._data, self._deadline, self._left)
            self._left -= len(frame.arrays)
            answer = read_answer(frame, self._job.wanted, self._statements)
            if isinstance(answer, Values):
                return answer
            self.statement = answer
        raise ProtocolError("more progress than there are statements")


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
            stop = selector.register(self._stopped, selectors.EVENT_READ)
            left = DRAIN_LIMIT  # after the end: a process that got away may go on printing
            while left > 0:
                ready = {key.fd for key, _ in selector.select()}
                left -= (1 << 16) if stop.fd in ready else 0
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
        "PYTHONIOENCODING": "utf-8:replace",
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


def _ending(exit_: Exit, detail: str) -> Ending:
    if exit_.status == -signal.SIGXCPU:
        return Ending("timeout")
    killed = exit_.status == -signal.SIGKILL and not detail
    return Ending("crashed", detail or describe_exit(exit_.status), killed=killed)


def read_answer(frame: Frame, wanted: tuple[str, ...], statements: int) -> Values | int:
    """What a frame from a child holds: the values of a run, or the number of the statement that it is about to run.

    Raises ProtocolError for anything else. Each wanted name, and no other, must have either an array or a fault.
    """
    message = decode_message(frame.text, Outcome | Step)  # type: ignore[arg-type]  # a union of two structs
    if isinstance(message, Step):
        if message.statement not in range(statements):
            raise ProtocolError("there is no such statement")
        return message.statement
    arrays = decode_arrays(frame.arrays)
    if not all(DTYPE.fullmatch(dtype) for dtype in message.dtypes.values()):
        raise ProtocolError("there is no such dtype")
    if set(arrays) & set(message.faults) or set(arrays) | set(message.faults) != set(wanted):
        raise ProtocolError("the names do not fit what was asked for")
    return Values(arrays, message)


def _joined(first: Outcomes, second: Outcomes, limits: Limits) -> Outcomes:
    """Outcomes of a job that went on in another child."""
    return Outcomes(
        runs=[*first.runs, *second.runs],
        ending=second.ending,
        output=(first.output + second.output)[: limits.output_kib << 10],
        printed=first.printed + second.printed,
        seconds=first.seconds + second.seconds,
        fork_seconds=first.fork_seconds + second.fork_seconds,
    )


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
