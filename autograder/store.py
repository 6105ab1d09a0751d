"""Result records and grades on disk: each written whole or not at all, and read back to see what is already done."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from autograder.errors import OutputError
from autograder.results import SubmissionResult, brief, decode_result, encode_result
from autograder.text import file_name

__all__ = ["CSV_FIELDS", "Store"]

CSV_FIELDS = ("assignment", "student", "exercise", "part", "status", "score", "points")


class Store:
    """The output folder. ``damaged`` lists records that could not be read back, or that are not in their own place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged: list[Path] = []

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder against a second grading run. Raises OutputError when one is under way."""
        with self._explained("cannot be written"):
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise OutputError(
                    "another grading run is writing here",
                    path=self.folder,
                    advice="Wait for it to end, or write somewhere else with --output.",
                ) from None
            yield
        finally:
            os.close(descriptor)

    def path(self, assignment: str, student: str) -> Path:
        """Where a record is kept."""
        return self.folder / assignment / f"{file_name(student)}.json"

    def read(self, assignment: str, student: str) -> SubmissionResult | None:
        """The record of a submission, or None where there is none that can be read."""
        path = self.path(assignment, student)
        return self._read(path) if path.exists() else None

    def read_all(self, known: Iterable[SubmissionResult] = ()) -> list[SubmissionResult]:
        """Every record in the folder, in brief, ordered by assignment and student; those ``known`` are not read."""
        found = {self.path(one.assignment, one.student): one for one in known}
        for path in self.folder.glob("*/*.json"):
            if path not in found and (result := self._read(path)) is not None:
                found[path] = brief(result)
        return sorted(found.values(), key=lambda r: (r.assignment, r.student))

    def write(self, result: SubmissionResult) -> Path:
        """Keep a record. Raises OutputError when it cannot be written; the one from before is then still there."""
        path = self.path(result.assignment, result.student)
        self.write_file(path, encode_result(result))
        return path

    def write_grades(self, results: list[SubmissionResult]) -> Path:
        """Write ``grades.csv``: one row for each part of each record."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CSV_FIELDS)
        for result in results:
            for exercise in result.exercises:
                for part in exercise.parts:
                    score = "" if part.score is None else repr(part.score)
                    row = (result.assignment, result.student, exercise.exercise, part.part)
                    writer.writerow((*row, part.status, score, repr(part.points)))
        path = self.folder / "grades.csv"
        self.write_file(path, text.getvalue().encode())
        return path

    def write_file(self, path: Path, content: bytes, mode: int = 0o644) -> None:
        """Write a file by way of a temporary one in the same folder, so that readers see the old or the new whole.

        A file that already has this content is left as it is.
        """
        with contextlib.suppress(OSError):
            if path.read_bytes() == content:
                return
        with self._explained(f"{path.name} cannot be written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
            try:
                # It need not survive a loss of power: a record that is not whole is graded again.
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                Path(name).chmod(mode)
                Path(name).replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise

    def _read(self, path: Path) -> SubmissionResult | None:
        with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            result = decode_result(path.read_bytes())
            if self.path(result.assignment, result.student) == path:
                return result
        if path not in self.damaged:
            self.damaged.append(path)
        return None

    @contextlib.contextmanager
    def _explained(self, problem: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{problem}: {error.strerror or error}",
                path=self.folder,
                advice="Make room or mend the permissions, then run the same command again: what is graded stays, and "
                "only the rest is done.",
            ) from None
