"""Running student code in forks of a warm process, with limits: what grades."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import msgspec

from autograder.errors import WorkerError
from autograder.sandbox.calls import parse_calls
from autograder.sandbox.runner import WORKING_COPY, Ending, Job, Limits, Outcomes, write_files
from autograder.sandbox.talk import Output, Plan, Talk
from autograder.sandbox.wire import Exit, Fault, Launch

__all__ = ["ForkRunner", "Stopped"]

CONTINUATIONS = 6
"""How many times a job may be taken up again in another fork before the rest of it is given up."""


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
        plan = Plan({}, {})
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

    def _run(self, job: Job, start: int, plan: Plan) -> tuple[Outcomes, int | None]:
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

    def run(self, job: Job, start: int, plan: Plan) -> tuple[Outcomes, int | None]:
        """Make the runs from ``start`` on in one child; with an early ending, the number of the statement it was at."""
        with tempfile.TemporaryDirectory(prefix=WORKING_COPY, ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            write_files(folder, job.files)
            return self._run(job, folder, start, plan)

    def _run(self, job: Job, folder: Path, start: int, plan: Plan) -> tuple[Outcomes, int | None]:
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
        printed = Output(output, job.limits.output_kib << 10)
        try:
            try:
                message = msgspec.json.encode(launch) + b"\n"
                socket.send_fds(self._control, [message], [their_data.fileno(), their_output])
            except OSError as error:
                raise _ZygoteDiedError(str(error)) from None
            finally:
                their_data.close()
                os.close(their_output)
            talk = Talk(job, data, deadline, plan)
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


def bare_environment() -> dict[str, str]:
    """The environment of student code: nothing of the caller's, one thread, no home."""
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
