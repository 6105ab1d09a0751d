"""A class with attackers in it, graded for real: canaries to find, listeners to reach, a folder that must stay empty.

`Arena.grade` grades the attacks of ``tests/attacks`` beside honest students, with every protection or with some switched
off, as this user or as an ordinary one, and `harm` says what an attack has achieved, by the same measure in both cases.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hearth
import psutil
from courses import ANSWERS, BEND, BLANK, SLOPE, WRONG_SIGN, environment, make_course, write
from users import as_ordinary_user

ATTACKS = Path(__file__).parent / "attacks"
POINTS = {"slope.z": 1.0, "slope.dz": 2.0, "slope.dw": 1.0, "bend.dx": 3.0}
HONEST = {"00-ada": ANSWERS["slope"], "11-bob": WRONG_SIGN, "zz-zoe": ANSWERS["slope"]}
"""Students by name, which say where among the attackers they are graded."""

SECONDS = 3
NAIVE = [sys.executable, "-P", "-B", str(Path(__file__).with_name("naive.py"))]
BY_DESIGN = {"separation", "dense", "path"}
"""Protections that cannot be switched off, because the grader is built so: `Arena.judge_naively` is without them."""

OWN_PROCESSES = {"pid", "environment"}
"""Protections without which an attack sees the grader's processes, or what they were started with: then none is a fork."""


@dataclass(frozen=True)
class Attack:
    """One folder of ``tests/attacks``."""

    name: str
    row: int
    does: str
    off: frozenset[str]
    expect: dict[str, str]
    check: str = ""
    never: str = ""
    points: float | None = None

    @property
    def folder(self) -> Path:
        return ATTACKS / self.name

    @property
    def deserved(self) -> float:
        """The points of what is expected to be right, or those that are told."""
        if self.points is not None:
            return self.points
        return sum(POINTS[part] for part, status in self.expect.items() if status == "correct")


def load_attacks() -> list[Attack]:
    """Every attack, in order."""
    found = []
    for path in sorted(ATTACKS.glob("*/attack.toml")):
        told = tomllib.loads(path.read_text())
        told["off"] = frozenset(told["off"])
        found.append(Attack(name=path.parent.name, **told))
    return found


@dataclass(frozen=True)
class Graded:
    """What grading a class of attackers gave, and what it left behind."""

    root: Path
    exit_code: int
    said: str
    records: dict[str, dict[str, Any]]
    raw: dict[str, bytes]
    alone: dict[str, bytes]
    pages: dict[str, str]
    outside: list[str]
    temporary: list[str]
    processes: list[str]
    connections: list[str]
    mounts: list[str]

    @property
    def sound(self) -> bool:
        """Whether the honest alone could be graded: of what was switched off, nothing is in their way."""
        return self.alone.keys() == HONEST.keys()

    @property
    def spoilt(self) -> bool:
        """Whether somebody has spoilt it for others, so that harm may be another one's doing."""
        return self.records.keys() < set(HONEST) or any(
            "grader_error" in self.statuses(name).values() for name in HONEST
        )

    def statuses(self, student: str) -> dict[str, str]:
        """Status by exercise.part."""
        return {
            f"{exercise['exercise']}.{part['part']}": part["status"]
            for exercise in self.records[student]["exercises"]
            for part in exercise["parts"]
        }


def harm(attack: Attack, graded: Graded) -> list[str]:
    """What an attack has achieved; empty when nothing."""
    found = []
    record = graded.records.get(attack.name)
    if record is None:
        return [f"no record; exit code {graded.exit_code}"]
    text = json.dumps(record, ensure_ascii=False)
    found += sorted(set(re.findall(r"CANARY-[\w-]+", text)))
    found += sorted({told[:100] for told in re.findall(r"HARM: [^\"\\\n]+", text)})
    score = sum(e["score"] or 0 for e in record["exercises"])
    if score > attack.deserved + 1e-9:
        found.append(f"{score} points instead of {attack.deserved}")
    if "grader_error" in graded.statuses(attack.name).values():
        found.append("a grader_error")
    source = "".join(path.read_text(errors="replace") for path in attack.folder.glob("*.py"))
    found += [f"{name} outside" for name in graded.outside if f"@OUTSIDE@/{name}" in source]
    if attack.row == 13:
        found += [f"{process} is still there" for process in graded.processes]
    if attack.never and attack.check == "feedback":
        words = [record["notes"], *([p["message"], p["next_step"]] for e in record["exercises"] for p in e["parts"])]
        found += [f"{attack.never!r} in the feedback"] if attack.never in json.dumps(words, ensure_ascii=False) else []
    elif attack.never:
        pages = [f"lines/{attack.name}.html", "index.html"]
        found += [f"{attack.never!r} in {page}" for page in pages if attack.never in graded.pages.get(page, "")]
        if "<" not in attack.never and attack.never in graded.said:  # markup is harmless on a terminal
            found.append(f"{attack.never!r} on the terminal")
    return found


class Arena:
    """A folder that every user can reach, with a course, canaries and listeners, for as long as the context is open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.connections: list[str] = []
        self._naive: subprocess.Popen[bytes] | None = None
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Arena:
        self.root.mkdir(parents=True)
        self.root.chmod(0o755)
        self.tcp = self._listener(socket.AF_INET, ("127.0.0.1", 0), "TCP on loopback")
        name = f"arena-{uuid.uuid4().hex}"
        self._listener(socket.AF_UNIX, "\0" + name, "an abstract socket")
        self._listener(socket.AF_UNIX, str(self.root / "listening.socket"), "a unix socket")
        (self.root / "listening.socket").chmod(0o777)
        self.course = make_course(
            self.root / "course",
            {"lines": {"slope": guarded_course(SLOPE), "bend": guarded_course(BEND)}},
        )
        write(self.course.root / ".autograder-secret", "CANARY-secret-in-its-file\n")
        write(self.root / "home" / "canary.txt", "CANARY-home\n")
        for folder in ("outside", "tmp", "scratch", "course/submitted", "course/results"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.places = {
            "COURSE": str(self.course.root),
            "SOLUTION": str(self.course.root / "solutions" / "lines" / "slope.py"),
            "RESULTS": str(self.course.results),
            "SUBMITTED": str(self.course.root / "submitted"),
            "CLASSMATE": str(self.course.root / "submitted" / "00-ada" / "lines" / "slope.py"),
            "HOME": str(self.root / "home"),
            "PORT": str(self.tcp.getsockname()[1]),
            "ABSTRACT": name,
            "SOCKET": str(self.root / "listening.socket"),
            "OUTSIDE": str(self.root / "outside"),
            "SHM": str(self._shared_memory()),
        }
        for path in [self.root, *self.root.rglob("*")]:
            path.chmod(0o777 if path.is_dir() or path.is_socket() else 0o666)
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def grade(
        self,
        attacks: Sequence[Attack],
        *,
        honest: Mapping[str, str] = HONEST,
        off: Set[str] = frozenset(),
        ordinary: bool = False,
        alone: bool = True,
        warm: bool = False,
        jobs: int = 2,
        timeout: float = 900,
    ) -> Graded:
        """Hand in the attacks and the honest answers, grade all of them with the command line, and look around.

        Before that, unless told otherwise, the honest are graded ``alone``. If ``warm``, the grader and its warm process are
        forks of such as have PyTorch imported, where no attack needs them to be processes of their own.
        """
        warm = warm and not off & OWN_PROCESSES and all(attack.row != 13 for attack in attacks)
        mark = f"arena-{uuid.uuid4().hex}"
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        told = {
            "attacks": [str(attack.folder) for attack in attacks],
            "honest": honest,
            "alone": alone,
            "jobs": jobs,
            "bend": ANSWERS["bend"],
            "places": self.places,
            "off": sorted(off),
            "seconds": SECONDS,
            "mark": mark,
            "students": hearth.students() if warm else "",
        }
        order = self.root / "order.json"
        order.write_text(json.dumps(told))  # no command line holds hundreds of answers
        order.chmod(0o644)
        script = [str(Path(__file__).with_name("attacked.py")), str(order)]
        command = hearth.in_a_fork_of(hearth.grader(), *script) if warm else [sys.executable, *script]
        changes = {
            "HOME": self.places["HOME"],
            "TMPDIR": str(self.root / "tmp"),
            "AUTOGRADER_SECRET": "CANARY-secret-of-the-course",
            "STUDENT_TOKEN": "CANARY-environment",
            "ARENA_SCRATCH": str(self.root / "scratch"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            as_ordinary_user(command) if ordinary else command,
            cwd=self.course.root,
            env=environment(**changes),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )
        if any(attack.row == 13 for attack in attacks):
            time.sleep(3)  # they bide their time
        results = self.course.results
        raw = {path.stem: path.read_bytes() for path in sorted(results.glob("lines/*.json"))}
        records = {record["student"]: record for record in map(json.loads, raw.values())}
        return Graded(
            root=self.root,
            exit_code=done.returncode,
            said=(done.stdout + done.stderr).decode(errors="replace"),
            records=records,
            raw=raw,
            alone={path.stem: path.read_bytes() for path in sorted(self.root.glob("alone/*.json"))},
            pages={str(page.relative_to(results)): page.read_text() for page in results.rglob("*.html")},
            outside=sorted(path.name for path in (self.root / "outside").iterdir()),
            temporary=sorted(path.name for path in (self.root / "tmp").iterdir()),
            processes=_left(mark),
            connections=list(self.connections),
            mounts=sorted(set(Path("/proc/self/mountinfo").read_text().splitlines()) - set(mounts)),
        )

    def judge_naively(self, attack: Attack) -> list[str]:
        """What an attack achieves on a naive grader (``naive.py``); all in all it is to be something."""
        folder = self.root / "handed in"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in attack.folder.glob("*.py"):
            text = path.read_text()
            for name, value in {**self.places, "PARENT": "1"}.items():
                text = text.replace(f"@{name}@", value)
            (folder / path.name).write_text(text)
        if (attack.folder / "make.py").exists():
            load_make(attack.folder)(folder, {**self.places, "PARENT": "1"})
        result = self.root / "result.json"
        result.unlink(missing_ok=True)
        mode = "pickled" if "dense" in attack.off else "late" if attack.row == 17 else "same"
        known = environment(STUDENT_TOKEN="CANARY-environment", HOME=self.places["HOME"])
        if "path" in attack.off:  # what is on the import path when Python starts
            done = subprocess.run(
                [*NAIVE, mode, str(folder), str(result)], env={**known, "PYTHONPATH": str(folder)},
                stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            )  # fmt: skip
            said = (done.stdout + done.stderr).decode(errors="replace")
        else:
            said = self._ask_naive({"mode": mode, "folder": str(folder), "result": str(result), "environment": known})
        found = sorted(set(re.findall(r"CANARY-[\w-]+|HARM: [^\n]+", said)))
        found += [f"{path.name} outside" for path in (self.root / "outside").iterdir()]
        try:
            verdict = json.loads(result.read_text())
        except (OSError, ValueError):
            return [*found, "no verdict"]
        found += [
            f"{part} is right"
            for part, right in verdict.items()
            if right and attack.expect.get(f"slope.{part}") != "correct"
        ]
        return found

    def _ask_naive(self, told: dict[str, Any]) -> str:
        """Let a naive grader that is there already judge, and give what it said."""
        if self._naive is None or self._naive.poll() is not None:
            self._naive = self._cleanup.enter_context(
                subprocess.Popen(
                    [*NAIVE, "serve"], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
                )
            )
            self._cleanup.callback(self._naive.kill)
        assert self._naive.stdin is not None
        assert self._naive.stdout is not None
        said = self.root / "said"
        self._naive.stdin.write(json.dumps({**told, "said": str(said)}).encode() + b"\n")
        if not select.select([self._naive.stdout], [], [], 60)[0]:
            self._naive.kill()
        self._naive.stdout.readline()
        return said.read_bytes().decode(errors="replace")

    def _listener(self, family: int, address: Any, what: str) -> socket.socket:
        server = self._cleanup.enter_context(socket.socket(family, socket.SOCK_STREAM))
        server.bind(address)
        server.listen()

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    self.connections.append(what)
                    connection.close()

        self._cleanup.callback(server.shutdown, socket.SHUT_RDWR)
        threading.Thread(target=accept, daemon=True).start()
        return server

    def _shared_memory(self) -> int:
        """A System V segment that everybody may read; its key."""
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        key = uuid.uuid4().int % (1 << 31)
        number = libc.shmget(key, 4096, 0o1666)
        if number < 0:
            raise OSError(ctypes.get_errno(), "shmget")
        address = libc.shmat(number, None, 0)
        ctypes.memmove(address, b"CANARY-shared-memory\0", 21)
        libc.shmdt(ctypes.c_void_p(address))
        self._cleanup.callback(libc.shmctl, number, 0, None)  # IPC_RMID
        return key


def a_class_around(attacks: Sequence[Attack]) -> dict[str, str]:
    """Nine honest students for each attacker, who are graded right after him: right, wrong and blank answers."""
    answers = [ANSWERS["slope"], WRONG_SIGN, BLANK]
    names = [f"{attack.name}~{number}" for attack in attacks for number in range(9)]
    return {name: f"{answers[place % 3]}\n# {name}\n" for place, name in enumerate(names)}


def load_make(folder: Path) -> Any:
    """The function of an attack's ``make.py``, which makes what no repository can hold."""
    spec = importlib.util.spec_from_file_location("make", folder / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make


def guarded_course(text: str) -> str:
    """An exercise with a canary in its answer and a short time limit."""
    text = text.replace("    ### BEGIN SOLUTION\n", "    ### BEGIN SOLUTION\n    # CANARY-solution\n", 1)
    if "seconds=60" in text:
        return text.replace("seconds=60", f"seconds={SECONDS}")
    return text.replace("    reference=reference,\n", f"    reference=reference,\n    seconds={SECONDS},\n")


def _left(mark: str) -> list[str]:
    """Processes of a grading that are still there."""
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if mark in " ".join(process.cmdline()) or process.environ().get("ARENA") == mark:
                left.append(f"{process.pid} {process.name()}")
    return left


@contextlib.contextmanager
def arena() -> Iterator[Arena]:
    """An arena in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="arena-"))
    folder.chmod(0o755)
    try:
        with Arena(folder / "arena") as one:
            yield one
    finally:
        shutil.rmtree(folder, ignore_errors=True)
