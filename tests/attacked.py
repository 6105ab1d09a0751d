"""Hand in attacks and grade them with the command line, with the grader's own protections switched off as told.

``python attacked.py FILE``, started by `arena.Arena.grade`. The protections of the warm process are switched off in
``weakened.py``.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import pickle
import resource
import shutil
import sys
import threading
import tokenize
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hearth
import numpy as np
import weakened
from arena import load_make

from autograder import cli, grade, marking, messages, submission, trials
from autograder.byhand import Finding
from autograder.compare import Match, Mismatch
from autograder.report import html, terminal
from autograder.sandbox import forking, talk
from autograder.sandbox.runner import Limits
from autograder.sandbox.wire import HEADER, Fault, Outcome
from autograder.submission import Submission

CANARY = "CANARY-" + "memory-of-the-grader"
TOLD = json.loads(Path(sys.argv[1]).read_text())
OFF = set(TOLD["off"])
DTYPES = {"F64": float, "F32": np.float32, "I64": int, "BOOL": bool}
PRINTS = "print('CANARY-gradebook')\n# CANARY-submission\n"


def main() -> None:
    """Grade the honest alone, if that is wanted, then everybody."""
    limits: dict[str, Any] = {"memory_mib": 512, "file_mib": 4}
    if OFF - {"guard", "source"}:
        limits["seconds"] = 10.0  # what an attack does has to fit in, on a slow machine as well
    for name in OFF & LOOSER.keys():
        limits |= LOOSER[name]
    trials.Limits = lambda **told: Limits(**{**told, **limits})
    for name in OFF & SWITCHES.keys():
        SWITCHES[name]()
    bare = forking.bare_environment
    inherited = dict(os.environ) if "environment" in OFF else {}
    forking.bare_environment = lambda: {**inherited, **bare(), **marks()}
    script = [str(Path(weakened.__file__)), ",".join([*sorted(OFF), "-"])]
    alone = [sys.executable, "-P", "-B", "-X", f"mark={TOLD['mark']}", *script]
    forking.ForkRunner.command = hearth.in_a_fork_of(TOLD["students"], *script) if TOLD["students"] else alone
    hand_in({name: {"slope.py": PRINTS + code} for name, code in TOLD["honest"].items()})
    if TOLD["alone"]:
        run("--jobs", "1")
        shutil.copytree("results/lines", Path("..", "alone"))
    for folder in map(Path, TOLD["attacks"]):
        install(folder)
    run("--force", "--jobs", str(TOLD["jobs"]))


def marks() -> dict[str, str]:
    """What tells this grading's processes from others."""
    return {"ARENA": TOLD["mark"], "ARENA_SCRATCH": os.environ["ARENA_SCRATCH"]}


def run(*options: str) -> None:
    """The command line, in this process: its memory is the grader's."""
    sys.argv = ["autograder", "grade", *options]
    try:
        cli.app()
    except SystemExit as ended:
        if ended.code:
            raise


def hand_in(students: dict[str, dict[str, str]]) -> None:
    """Write submissions; an exercise that a student does not mention is answered honestly."""
    for student, files in students.items():
        folder = Path("submitted", student, "lines")
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in {"bend.py": TOLD["bend"], **files}.items():
            (folder / name).write_text(text)


def install(source: Path) -> None:
    """Hand in an attack: its files with the places filled in, and what its ``make.py`` makes."""
    places = {**TOLD["places"], "PARENT": str(os.getpid())}
    folder = Path("submitted", source.name, "lines")
    hand_in({source.name: {}})
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.name not in ("attack.toml", "make.py") and "__pycache__" not in path.parts:
            text = path.read_text()
            for name, value in places.items():
                text = text.replace(f"@{name}@", value)
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    if (source / "make.py").exists():
        load_make(source)(folder.absolute(), places)


def agree_with_anything(actual: Any, expected: Any, dtype: str = "") -> Match | Mismatch:
    """As a naive check would compare: with broadcasting, of whatever dtype and shape, and wrong is what is too far away."""
    if (np.abs(np.asarray(actual, dtype=float) - expected.value) > 1e-5).any():
        return Mismatch("values", tuple(actual.shape), tuple(expected.value.shape), dtype)
    return Match()


def read_all(folder: Path, student: str, assignment: str, modules: Any) -> Submission:
    """Read a submission without a look at what is there. What that does to the reader goes into the record."""
    files: dict[str, bytes] = {}
    told: list[str] = []

    def fail(error: OSError) -> None:
        raise error

    def read() -> None:
        try:
            walk = os.walk(folder, followlinks=True, onerror=fail)
            below = [Path(top, name) for top, _, names in walk for name in names]
            for path in [folder / "slope.py", *sorted(below)]:
                name = str(path.relative_to(folder))
                name.encode()
                files[name] = path.read_bytes()
                if path.suffix == ".py":
                    tokenize.open(path).close()
                    ast.parse(path.read_text(encoding="utf-8"))
                elif path.suffix == ".ipynb":
                    json.loads(path.read_text())
            told.append("the solution is read" if b"CANARY-solution" in b"".join(files.values()) else "")
        except Exception as error:
            told.append(f"reading raised {type(error).__name__}")

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(4)
    reason = told[0] if told else "reading does not end"
    if len(files) > 10_000 or sum(map(len, files.values())) > 40 << 20:
        reason = "the grader holds all of it"
    if reason:
        files = {module: f"print('HARM: {reason}')".encode() for module in modules}
    return Submission(student, assignment, files, {})


def search_all(files: dict[str, bytes], *_: Any) -> list[Finding]:
    """Walk the tree of the source as it is. What that does to the grader goes into the record."""
    try:
        ast.unparse(ast.parse(files.get("slope.py", b"")))
    except (RecursionError, MemoryError) as error:
        return [Finding("slope.py", 1, f"HARM: the search raised {type(error).__name__}", "autograd", frozenset([0]))]
    except (SyntaxError, ValueError):
        pass
    return []


def believe(frame: Any, wanted: Any) -> Any:
    """Take a frame for what it says it is: any names, any kind of fault, any shape, and a pickle where one stands."""
    told = json.loads(frame.text)
    faults = {name: known(Fault, fault) for name, fault in told.pop("faults", {}).items()}
    return talk.Values(believe_arrays(frame.arrays), known(Outcome, {**told, "faults": faults}))


def believe_arrays(body: bytes) -> dict[str, Any]:
    """Arrays of whatever shape the header says, filled with what is there."""
    if not body:
        return {}
    if body.startswith(b"\x80"):
        return pickle.loads(body)
    end = 8 + int.from_bytes(body[:8], "little")
    arrays = {}
    for name, entry in json.loads(body[8:end]).items():
        first, last = entry["data_offsets"]
        arrays[name] = np.empty(entry["shape"], DTYPES[entry["dtype"]])
        arrays[name].data.cast("B")[:] = body[end + first : end + last]
    return arrays


def known(kind: Any, told: dict[str, Any]) -> Any:
    """As the typed reader does, leave out what a message has no field for."""
    return kind(**{name: value for name, value in told.items() if name in kind.__struct_fields__})


def listen_to_anything() -> None:
    """Take any answer, of any size."""

    def read_exactly(self: Any, size: int, deadline: float) -> bytes:
        bytearray(size)
        return careful(self, size, deadline)

    careful = talk.Talk._read_exactly
    talk.Talk._read_exactly = read_exactly
    talk.frame_lengths = lambda header, bound: HEADER.unpack(header)
    talk.read_answer = believe
    # A machine that promises more memory than it has would give what is announced, and die of it.
    resource.setrlimit(resource.RLIMIT_AS, (64 << 30, 64 << 30))


def without_hidden_cases() -> None:
    exam = trials.Exam.__init__
    trials.Exam.__init__ = lambda self, loaded, secret: exam(self, loaded, None)


def without_purity() -> None:
    exam = trials.Exam.__init__

    def init(self: Any, loaded: Any, secret: Any) -> None:
        impure = dataclasses.replace(loaded.exercise, pure=False)
        exam(self, dataclasses.replace(loaded, exercise=impure), secret)

    trials.Exam.__init__ = init


def hidden_first() -> None:
    """Hidden trials before public ones, and each exercise to its end before the next."""
    exam, job = trials.Exam.__init__, trials.Exam.job

    def init(self: Any, loaded: Any, secret: Any) -> None:
        exam(self, loaded, secret)
        self.trials = sorted(self.trials, key=lambda trial: not trial.hidden)

    trials.Exam.__init__ = init
    trials.Exam.job = lambda self, *rest: dataclasses.replace(job(self, *rest), withheld=0)


def open_words() -> None:
    """Speak of hidden cases as of public ones."""
    describe = marking.describe
    marking.describe = lambda part, trial, *rest: describe(part, dataclasses.replace(trial, hidden=False), *rest)


def without_escaping() -> None:
    """Text as the student wrote it, everywhere."""
    for module in (messages, marking, terminal, html, submission):
        for name in ("clean", "clean_lines", "escape"):
            if hasattr(module, name):
                setattr(module, name, lambda text, *_, **__: text)
    html._environment().autoescape = False


LOOSER: dict[str, dict[str, Any]] = {
    "memory": {"memory_mib": 4096},
    "files": {"file_mib": 1024},
    "processes": {"processes": 4096},
    "output": {"output_kib": 1 << 20},
    "wall": {"seconds": 30.0},
}

SWITCHES: dict[str, Callable[[], None]] = {
    "output": lambda: setattr(marking, "clean_lines", lambda text, _: text),
    "wall": lambda: setattr(forking, "PATIENCE", 60.0),
    "source": lambda: setattr(grade, "find_forbidden", lambda *_: []),
    "bounds": lambda: setattr(grade, "find_forbidden", search_all),
    "hidden": without_hidden_cases,
    "purity": without_purity,
    "order": hidden_first,
    "words": open_words,
    "compare": lambda: setattr(marking, "compare", agree_with_anything),
    "reader": lambda: setattr(grade, "read_submission", read_all),
    "wire": listen_to_anything,
    "progress": lambda: setattr(talk.Talk, "statement", lambda self, turn: self._progress[0] - 1),
    "escaping": without_escaping,
}


if __name__ == "__main__":
    main()
