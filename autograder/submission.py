"""A folder that a student handed in, read into memory with bounds; what is absent or refused is explicit."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import itertools
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.text import clean

__all__ = ["UNREADABLE", "Found", "Submission", "describe_refused", "find_submissions", "read_submission"]

FILE_LIMIT = 1 << 20
NOTEBOOK_LIMIT = 8 << 20
"""Pictures are in it."""

TOTAL_LIMIT = 16 << 20
COUNT_LIMIT = 200
REFUSED_LIMIT = 50
DEPTH_LIMIT = 6
ENTRY_LIMIT = 10_000
UNREADABLE = "cannot be read"
IGNORED = ("__pycache__", "venv", "node_modules", "checks")


@dataclass(frozen=True)
class Submission:
    """Files by their path within the folder, with ``/`` between folders; ``refused`` says by path why one is left out.

    ``notes`` are about where answers come from, for the student.
    """

    student: str
    assignment: str
    files: Mapping[str, bytes]
    refused: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes when any file changes, comes or goes."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name!r} {hashlib.sha256(content).hexdigest()}\n".encode())
        for name, reason in sorted(self.refused.items()):
            digest.update(f"{name!r} refused {reason}\n".encode())
        return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Found:
    """A submission's place: whose it is, for which assignment, and its folder."""

    assignment: str
    student: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.student}/{self.assignment}"


def find_submissions(submitted: Path, assignments: Collection[str]) -> tuple[list[Found], list[str]]:
    """Every submission in ``submitted/<student>/<assignment>/``, in order, and warnings about what is left out.

    Raises SubmissionError when the folder is not there or holds no submission at all.
    """
    advice = "Submissions are expected in <student>/<assignment>/ below it, as nbgrader collects them."
    try:
        with os.scandir(submitted) as listed:
            entries = sorted((entry for entry in listed if not entry.name.startswith(".")), key=lambda e: e.name)
    except OSError as error:
        raise SubmissionError(f"submissions cannot be read: {error.strerror}", path=submitted, advice=advice) from None
    found: list[Found] = []
    warnings: list[str] = []
    for entry in entries:
        student = _printable(entry.name)
        if entry.is_symlink():
            warnings.append(f"{student} is a link, and links are not followed: put the folder itself there.")
        elif entry.is_dir():
            there, warning = _assignments_of(Path(entry.path), assignments)
            found += [Found(assignment, student, Path(entry.path) / assignment) for assignment in there]
            warnings += [f"{student}/{warning}"] if warning else []
        elif entry.name != "README.md":
            warnings.append(f"{student} is a file; submissions are in folders.")
    if not found:
        raise SubmissionError(f"no submission of {', '.join(assignments)}", path=submitted, advice=advice)
    return sorted(found, key=lambda one: (one.assignment, one.student)), warnings


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
    except OSError as error:
        raise SubmissionError(
            f"the submission cannot be read: {error.strerror}",
            path=folder,
            advice="Mend its permissions and grade again; everybody else is graded.",
        ) from None
    for name in modules:  # they may be beyond the limit
        with contextlib.suppress(OSError):
            if name not in entries and not stat.S_ISDIR((folder / name).lstat().st_mode):
                entries[name] = ""
    # Where there are too many, what the modules may import is wanted most.
    for name in sorted(
        entries, key=lambda name: (name not in modules, name.count("/"), not name.endswith(".py"), name)
    ):
        content = entries[name] or _read(folder, name, len(files), total)
        if isinstance(content, bytes):
            files[name] = content
            total += len(content)
        elif len(refused) < REFUSED_LIMIT:
            refused[name] = content
        else:
            refused["…"] = "and more files"
            break
    return Submission(student, assignment, files, refused)


def _assignments_of(folder: Path, assignments: Collection[str]) -> tuple[list[str], str]:
    """The assignments that a student's folder holds, and a warning about a name that may be meant for one."""
    try:
        names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in os.scandir(folder)}
    except OSError:
        return list(assignments), ""  # reading each of them will say why it cannot be read
    there = [name for name in assignments if names.get(name)]
    for name in sorted(set(names) - set(there)):
        meant = difflib.get_close_matches(name.lower(), [one for one in assignments if one not in there], 1, 0.8)
        if meant:
            why = "is not a folder" if name == meant[0] else f"is left out: is it meant for '{meant[0]}'?"
            return there, f"{_printable(name)} {why}"
    return there, ""


def _printable(name: str) -> str:
    """A folder's name as text. Where its bytes are not UTF-8 a digest keeps it apart from all others."""
    try:
        return os.fsencode(name).decode()
    except UnicodeDecodeError:
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
        return f"{os.fsencode(name).decode('utf-8', 'backslashreplace')}~{digest}"


def _walk(folder: Path) -> dict[str, str]:
    """Names below a folder, those of the folder itself first, and for folders that are not entered why; at most `ENTRY_LIMIT`.

    Raises OSError when the folder itself cannot be read.
    """
    found: dict[str, str] = {}
    pending = [""]
    seen = 0
    while pending and seen < ENTRY_LIMIT:
        prefix = pending.pop(0)
        try:
            with _listed(folder, prefix.rstrip("/")) as entries:
                for entry in itertools.islice(entries, ENTRY_LIMIT - seen):
                    seen += 1
                    name = prefix + entry.name
                    if entry.name in IGNORED or entry.name.startswith("."):
                        continue
                    if not entry.is_dir(follow_symlinks=False):
                        found[name] = ""
                    elif name.count("/") < DEPTH_LIMIT:
                        pending.append(f"{name}/")
                    else:
                        found[name] = "too deep in folders"
        except OSError:
            if not prefix:
                raise
            found[prefix.rstrip("/")] = "a folder that cannot be read"
    return found


def _read(folder: Path, name: str, count: int, total: int) -> bytes | str:
    """A file's content, or why it is not read, when so many files of so many bytes in all are there already."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    try:
        with _within(folder, str(Path(name).parent)) as (place, within):
            file = str(Path(place, Path(name).name))
            status = os.stat(file, dir_fd=within, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                return "a link: hand in the file itself"
            if not stat.S_ISREG(status.st_mode):
                return "not an ordinary file"
            limit = NOTEBOOK_LIMIT if name.endswith(".ipynb") else FILE_LIMIT
            if status.st_size > limit:
                return f"larger than {limit >> 20} MiB"
            if count >= COUNT_LIMIT:
                return f"more than {COUNT_LIMIT} files"
            if total + status.st_size > TOTAL_LIMIT:
                return f"more than {TOTAL_LIMIT >> 20} MiB in all"
            with _opened(file, within) as descriptor:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return UNREADABLE  # something else has taken its place
                with open(descriptor, "rb", closefd=False) as opened:
                    content = opened.read(limit + 1)
    except OSError:
        return UNREADABLE
    return content if len(content) <= limit else UNREADABLE


# A folder that is read may be changed meanwhile, by whoever can write to it. So each step of a path is opened from the
# folder before it, and never through a link that has taken its place. Windows has no such calls; there only students read
# folders, and only their own.
_BY_STEPS = os.open in os.supports_dir_fd and os.scandir in os.supports_fd


@contextlib.contextmanager
def _within(folder: Path, path: str) -> Iterator[tuple[str, int | None]]:
    """How to reach what is in a folder below a folder: a path, and the descriptor of what it is relative to."""
    if not _BY_STEPS:
        yield str(folder / path), None
        return
    with contextlib.ExitStack() as opened:
        within = opened.enter_context(_opened(str(folder), None, os.O_DIRECTORY))
        for part in Path(path).parts:
            within = opened.enter_context(_opened(part, within, os.O_DIRECTORY))
        yield "", within


@contextlib.contextmanager
def _listed(folder: Path, path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
    with _within(folder, path) as (place, within), os.scandir(place if within is None else within) as entries:
        yield entries


@contextlib.contextmanager
def _opened(path: str, within: int | None, kind: int = 0) -> Iterator[int]:
    """Open without following a link, and without waiting for a pipe's other end."""
    flags = (
        os.O_RDONLY | kind | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    descriptor = os.open(path, flags, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def describe_refused(refused: Mapping[str, str]) -> list[str]:
    """One line for each refused file, safe to print."""
    return [f"{clean(name)} was not read: {reason}." for name, reason in sorted(refused.items())]
