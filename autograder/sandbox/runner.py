"""The grader's side of running student code: a `Job` goes in, raw `Outcomes` come out.

Two runners serve the same jobs. `autograder.sandbox.forking.ForkRunner` runs each job in a fork of a warm process, with
limits; it is what grades. `InProcessRunner` runs it in this process, on any operating system, without limits; it is what
a student's own ``autograder check`` uses.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from autograder.sandbox.wire import (
    Arrays,
    Fault,
    Guard,
    Outcome,
    Request,
    Scalar,
    Setup,
    Variant,
)

__all__ = [
    "WORKING_COPY",
    "Ending",
    "InProcessRunner",
    "Inputs",
    "Job",
    "Limits",
    "Outcomes",
    "Run",
    "Runner",
    "Values",
]

WORKING_COPY = "autograder-"
"""How the name of every working copy begins."""

Inputs = Mapping[str, np.ndarray | Scalar]


@dataclass(frozen=True)
class Limits:
    """What one job may use. Seconds are wall clock, and processor time is bounded by about the same number; results are
    all runs together, files each one and all together; ``processes`` are threads, as there are no processes.
    """

    seconds: float = 10.0
    memory_mib: int = 1024
    output_kib: int = 64
    file_mib: int = 32
    result_mib: int = 32
    processes: int = 64


@dataclass(frozen=True)
class Run:
    """One case to run in one variant; ``other`` are the inputs of the case that is run in turn with it."""

    inputs: Inputs
    variant: Variant = "plain"
    other: Inputs = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One exercise of one submission: its files, the calls, and the runs to make in this order.

    The last ``withheld`` runs hold hidden inputs: they are made when nothing of the submission is left to run on public ones.
    ``guard`` says whether PyTorch's own derivatives are out of reach, noted, or free to use.
    """

    exercise: str
    module: str
    files: Mapping[str, bytes]
    calls: str
    wanted: tuple[str, ...]
    runs: Sequence[Run]
    arrays: Literal["torch", "numpy"] = "torch"
    limits: Limits = Limits()
    withheld: int = 0
    guard: Guard = "block"

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
    """Why a job ended before all its runs were done; ``detail`` is for the instructor.

    ``killed`` when it was by a signal that the process may not have sent to itself.
    """

    kind: Literal["timeout", "crashed"]
    detail: str = ""
    killed: bool = False


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
        output = _Capture()
        with tempfile.TemporaryDirectory(prefix=WORKING_COPY) as name, _as_before(job):
            folder = Path(name).resolve()
            write_files(folder, job.files)
            student = Student(job.setup, folder, interrupts=(KeyboardInterrupt,))
            done: list[Values] = []
            # After what is installed, so that no torch.py shadows torch, but before the student's own folder.
            sys.path[:] = sorted(
                [*sys.path, str(folder)], key=lambda path: (not _is_installed(path), path != str(folder))
            )
            os.chdir(folder)
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                for item in job.runs:
                    request, arrays = request_of(item)
                    outcome, values = run(student, request, arrays)
                    done.append(Values(values, outcome))
        text = output.getvalue()
        kept = text[: job.limits.output_kib << 10]
        return Outcomes(
            done, output=kept, printed=len(text.encode("utf-8", "replace")), seconds=time.perf_counter() - started
        )


class _Capture(io.StringIO):
    """Takes what is printed; closing it is ignored."""

    def close(self) -> None:
        """Stay open: what was printed is still to be read."""


@contextlib.contextmanager
def _as_before(job: Job) -> Iterator[None]:
    """Put back the import path, the imported modules and the current folder, whatever the student's code does to them.

    Modules that are imported already and have the name of a file of the job (in a notebook, say) are put aside, so that
    the job's own files are loaded.
    """
    path, modules, cwd = list(sys.path), dict(sys.modules), Path.cwd()
    own = {name.partition("/")[0].removesuffix(".py") for name in job.files if name.endswith(".py")}
    for name in own & set(modules):
        if not _is_installed(getattr(modules[name], "__file__", None) or sys.prefix):
            del sys.modules[name]
    try:
        yield
    finally:
        os.chdir(cwd)
        sys.path[:] = path
        for name in set(sys.modules) - set(modules):
            if name.partition(".")[0] in own:
                del sys.modules[name]
        for name, module in modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module


def _is_installed(path: str | None) -> bool:
    """Whether a path is Python's or a library's."""
    return path is not None and any(path.startswith(folder) for folder in sysconfig.get_paths().values())


def request_of(run: Run, stopped: Mapping[int, Fault] | None = None) -> tuple[Request, dict[str, np.ndarray]]:
    """A run as a message and its arrays; ``stopped`` are the statements to leave out."""
    arrays = {name: value for name, value in run.inputs.items() if isinstance(value, np.ndarray)}
    arrays |= {f"other/{name}": value for name, value in run.other.items() if isinstance(value, np.ndarray)}
    request = Request(run.variant, _scalars(run.inputs), _scalars(run.other), dict(stopped or {}))
    return request, arrays


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a working copy. Names come from `submission.read_submission`, which refuses paths that lead outside."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _scalars(inputs: Inputs) -> dict[str, Scalar]:
    return {name: value for name, value in inputs.items() if not isinstance(value, np.ndarray)}
