"""What tests share: small courses in temporary folders, and one warm process per worker."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from courses import Course, make_course

from autograder.course import Loaded, load_exercise
from autograder.errors import IsolationError
from autograder.sandbox.forking import ForkRunner

# A shell that starts the tests in the background has Ctrl-C ignored, and so would what they start: some send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# As grading does. Two workers on two cores, each with two threads, would mostly wait for each other.
torch.set_num_threads(1)

HEAD = '''"""An exercise of the tests."""


def answer():
    ### BEGIN SOLUTION
    return "the answer of the tests"
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between

'''


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course of two assignments without any submission."""
    return make_course(tmp_path / "course")


@pytest.fixture(scope="session")
def needs_isolation() -> Iterator[ForkRunner]:
    """Ask for full isolation: elsewhere a test that does is skipped, saying why, but fails where ``CI=true``.

    It is found out by starting a warm process, which is what this gives.
    """
    runner = ForkRunner()
    try:
        runner.__enter__()
    except IsolationError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(error.problem)
    with runner:
        yield runner


@pytest.fixture(scope="session")
def fork_runner(needs_isolation: ForkRunner) -> ForkRunner:
    """A warm process: torch is imported once for all tests of a worker. A test that harms it uses one of its own."""
    return needs_isolation


@pytest.fixture(scope="session")
def limits_runner() -> Iterator[ForkRunner]:
    """A warm process whose children have limits and nothing else: what ``--isolation=limits`` uses."""
    with ForkRunner("limits") as runner:
        yield runner


@pytest.fixture(params=["full", "limits"])
def any_runner(request: pytest.FixtureRequest) -> ForkRunner:
    """Both: what a test with it says holds however student code is kept apart."""
    runner: ForkRunner = request.getfixturevalue("fork_runner" if request.param == "full" else "limits_runner")
    return runner


@pytest.fixture
def write_exercise(tmp_path: Path) -> Callable[..., Path]:
    """Write a solution file with the given grading section into a course in ``tmp_path``."""

    def write(grading: str, *, name: str = "line", assignment: str = "algebra", head: str = HEAD) -> Path:
        path = tmp_path / "solutions" / assignment / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + grading)
        return path

    return write


@pytest.fixture
def make_exercise(write_exercise: Callable[..., Path]) -> Callable[..., Loaded]:
    """Write a solution file and load it."""

    def make(grading: str, **names: str) -> Loaded:
        path = write_exercise(grading, **names)
        return load_exercise(path, assignment=path.parent.name)

    return make


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike ``tmp_path``."""
    folder = Path(tempfile.mkdtemp(prefix="autograder-test-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


@contextlib.contextmanager
def _as_nobody() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def as_nobody() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """A context without root's right to read everything; for other users it changes nothing."""
    return _as_nobody
