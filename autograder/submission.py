"""A folder that a student handed in, read into memory with bounds; what is absent or refused is explicit."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.text import clean

__all__ = ["UNREADABLE", "Submission", "find_submissions", "read_submission"]

FILE_LIMIT = 1 << 20
TOTAL_LIMIT = 16 << 20
COUNT_LIMIT = 200
REFUSED_LIMIT = 50
DEPTH_LIMIT = 6
ENTRY_LIMIT = 10_000
UNREADABLE = "cannot be read"
IGNORED = ("__pycache__", ".ipynb_checkpoints", ".git", ".DS_Store")


@dataclass(frozen=True)
class Submission:
    """Files by their path within the folder, with ``/`` between folders; ``refused`` says by path why one is left out."""

    student: str
    assignment: str
    files: Mapping[str, bytes]
    refused: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Changes when any file changes, comes or goes."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name!r} {hashlib.sha256(content).hexdigest()}\n".encode())
        for name, reason in sorted(self.refused.items()):
            digest.update(f"{name!r} refused {reason}\n".encode())
        return digest.hexdigest()[:32]


def find_submissions(submitted: Path, assignments: list[str]) -> list[tuple[str, str, Path]]:
    """(assignment, student, folder) of every submission in ``submitted/<student>/<assignment>/``, in order.

    Raises SubmissionError when the folder is not there or holds no submission at all.
    """
    advice = "Submissions are expected in <student>/<assignment>/ below it, as nbgrader collects them."
    try:
        students = sorted((entry for entry in os.scandir(submitted) if _is_student(entry)), key=lambda e: e.name)
    except OSError as error:
        raise SubmissionError(f"submissions cannot be read: {error.strerror}", path=submitted, advice=advice) from None
    found = [
        (assignment, _printable(entry.name), Path(entry.path) / assignment)
        for assignment in assignments
        for entry in students
        if _may_hold(Path(entry.path) / assignment)
    ]
    if not found:
        raise SubmissionError(f"no submission of {', '.join(assignments)}", path=submitted, advice=advice)
    return found


def read_submission(folder: Path, student: str, assignment: str, modules: Collection[str]) -> Submission:
    """Read ``modules`` first, then every other ordinary file up to the limits.

    Links, devices, pipes and what is too large are refused by name. Raises SubmissionError when the folder itself
    cannot be read.
    """
    files: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    total = 0
    try:
        entries = _walk(folder)
        for name in sorted(entries, key=lambda name: (name not in modules, name)):
            reason = _refusal(name, entries[name], len(files), total)
            content = b"" if reason else _read(entries[name])
            if not reason and content is not None:
                files[name] = content
                total += len(content)
            elif len(refused) < REFUSED_LIMIT:
                refused[name] = reason or UNREADABLE
            else:
                refused["…"] = "and more files"
                break
    except OSError as error:
        raise SubmissionError(
            f"the submission cannot be read: {error.strerror}",
            path=folder,
            advice="Mend its permissions and grade again; everybody else is graded.",
        ) from None
    return Submission(student, assignment, files, refused)


def _is_student(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


def _printable(name: str) -> str:
    """A folder's name as text, also where its bytes are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _may_hold(folder: Path) -> bool:
    """Whether a folder is there, or cannot be looked into: then reading it will say so."""
    try:
        return folder.is_dir()
    except OSError:
        return True


def _walk(folder: Path) -> dict[str, os.DirEntry[str]]:
    """Entries below a folder by their path in it; at most `ENTRY_LIMIT`, those of the folder itself first."""
    found: dict[str, os.DirEntry[str]] = {}
    pending: list[tuple[str, os.DirEntry[str] | None]] = [("", None)]
    while pending and len(found) < ENTRY_LIMIT:
        prefix, parent = pending.pop(0)
        try:
            with os.scandir(folder if parent is None else parent.path) as entries:
                listed = [entry for entry in itertools.islice(entries, ENTRY_LIMIT) if entry.name not in IGNORED]
        except OSError:
            if parent is None:
                raise
            found[prefix.rstrip("/")] = parent
            continue
        for entry in listed:
            if entry.is_dir(follow_symlinks=False) and prefix.count("/") < DEPTH_LIMIT:
                pending.append((f"{prefix}{entry.name}/", entry))
            else:
                found[prefix + entry.name] = entry
    return found


def _refusal(name: str, entry: os.DirEntry[str], count: int, total: int) -> str:
    """Why a file is not read; empty when it is."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if entry.is_dir(follow_symlinks=False):
        return "a folder that cannot be read, or too deep"
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        return "a link: hand in the file itself"
    if not stat.S_ISREG(status.st_mode):
        return "not an ordinary file"
    if status.st_size > FILE_LIMIT:
        return f"larger than {FILE_LIMIT >> 20} MiB"
    if count >= COUNT_LIMIT:
        return f"more than {COUNT_LIMIT} files"
    if total + status.st_size > TOTAL_LIMIT:
        return f"more than {TOTAL_LIMIT >> 20} MiB in all"
    return ""


def _read(entry: os.DirEntry[str]) -> bytes | None:
    try:
        # Not through a link that has taken the file's place since, and without waiting for a pipe's other end.
        descriptor = os.open(entry.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except OSError:
        return None
    return content if len(content) <= FILE_LIMIT else None


def describe_refused(refused: Mapping[str, str]) -> list[str]:
    """One line for each refused file, safe to print."""
    return [f"{clean(name)} was not read: {reason}." for name, reason in sorted(refused.items())]
