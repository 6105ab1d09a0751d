"""Hostile bytes, conversations, folders and sources, drawn by Hypothesis, and how to measure what they cost.

The number of examples is fixed and so are the examples, unless ``FUZZ_EXAMPLES`` gives a number: then each test draws as
many, and others every time.
"""

from __future__ import annotations

# ruff: noqa: PTH101, PTH102, PTH103, PTH118, PTH119, PTH120, PTH123, PTH115, PTH117, PTH208, PTH211 - names are bytes here
import contextlib
import functools
import json
import math
import mmap
import os
import random
import socket
import struct
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import numpy as np
from courses import SECRET, SLOPE, write
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from autograder.cases import Secret
from autograder.course import load_exercise
from autograder.sandbox.runner import Job
from autograder.sandbox.wire import HEADER, PROGRESS, TEXT_LIMIT, FaultKind
from autograder.trials import Exam, Trial

PARTS = ("z", "dz", "dw")
SIZES = {"F64": 8, "F32": 4, "F16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}

MARKUP = [
    "<script>alert(1)</script>",
    "</td></table>",
    '" onclick="x',
    "' onfocus='x",
    "{{ 7 * 7 }}",
    "{% include 'page.css' %}",
    "&lt;b>",
    "<!--",
    "]]>",
    "\x1b[31m\x07",
    "\u202egnp",
    "\ufffe\U0010ffff",
    "\r\n\x85\u2028",
]


def fuzz(examples: int) -> settings:
    """Settings of one fuzz test."""
    wanted = os.environ.get("FUZZ_EXAMPLES")
    return settings(
        max_examples=int(wanted) if wanted else examples,
        derandomize=not wanted,
        database=None,
        deadline=None,  # each test measures what it promises
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


# What it costs.


@dataclass
class Cost:
    """Seconds, and the most bytes of memory that were taken at once on top of what was taken before."""

    seconds: float = 0.0
    peak: int = 0


@contextlib.contextmanager
def measured() -> Iterator[Cost]:
    """Measure what happens inside; memory is what Python and NumPy take, of all threads."""
    cost = Cost()
    tracemalloc.start()
    before, started = tracemalloc.get_traced_memory()[0], time.monotonic()
    try:
        yield cost
    finally:
        cost.seconds = time.monotonic() - started
        cost.peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()


# An exercise, and its true values in other words than its reference.


@functools.cache
def slope() -> Exam:
    """The exercise that hostile answers are marked on."""
    with tempfile.TemporaryDirectory() as name:
        path = write(Path(name) / "solutions" / "lines" / "slope.py", SLOPE)
        return Exam(load_exercise(path, assignment="lines"), Secret(SECRET.encode(), "the tests"))


@functools.cache
def truth(case: str) -> dict[str, np.ndarray]:
    """The true values of a case of `slope`."""
    inputs = slope().inputs[case]
    X, w = np.asarray(inputs["X"]), np.asarray(inputs["w"])
    z = np.einsum("nd,d->n", X, w)
    return {"z": z, "dz": 2 * z / len(z), "dw": np.einsum("nd,n->d", X, 2 * z / len(z))}


def follows(case: str, own: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What is right after a student's own values, wrong or not."""
    X = np.asarray(slope().inputs[case]["X"])
    z, dz = own.get("z"), own.get("dz")
    right = {}
    with np.errstate(all="ignore"):
        if z is not None and z.shape == X.shape[:1]:
            right["dz"] = 2 * z.astype(np.float64) / len(z)
        if dz is not None and dz.shape == X.shape[:1]:
            right["dw"] = np.einsum("nd,n->d", X, dz.astype(np.float64))
    return right


def is_near(actual: np.ndarray | None, true: np.ndarray) -> bool:
    """Whether a value might deserve points: the grader's tolerances are far smaller."""
    if actual is None or actual.shape != true.shape:
        return False
    with np.errstate(all="ignore"):
        return bool((np.abs(actual.astype(np.float64) - true) <= 0.01 * (1 + np.abs(true).max(initial=0))).all())


def is_purity_right(part: str, arrays: Sequence[Mapping[str, np.ndarray]]) -> bool:
    """Whether a part is right in every call that is made after or between others."""
    return all(
        number < len(arrays) and is_near(arrays[number].get(part), truth(trial.case.name)[part])
        for number, trial in enumerate(slope().trials)
        if trial.tier == "purity"
    )


def deserved(part: str, arrays: Sequence[Mapping[str, np.ndarray]]) -> float:
    """The most that a part may earn, given what the runs gave, in the order of the trials."""
    exam = slope()
    near: dict[str, list[bool]] = {tier: [] for tier in exam.shares}
    for number, trial in enumerate(exam.trials):
        own = arrays[number] if number < len(arrays) else {}
        wanted = [truth(trial.case.name), follows(trial.case.name, own)]
        near[trial.tier].append(any(part in one and is_near(own.get(part), one[part]) for one in wanted))
    if not all(near["generic"]):
        return 0.0
    earned = {tier for tier, right in near.items() if all(right)}
    if any(not is_purity_right(other, arrays) for other in PARTS[: PARTS.index(part)]):
        earned.add("purity")  # a state that is kept between calls costs the first part that shows it
    return float(exam.loaded.exercise.points[part]) * float(sum(exam.shares[tier] for tier in earned))


# JSON as hostile as can be: an object is a list of pairs, so that a key can stand there twice.


class Pairs(list[tuple[str, Any]]):
    """A JSON object."""


class Raw(str):
    """A piece of JSON text that is written as it is."""


def write_json(value: Any) -> str:
    """JSON text."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(key)}:{write_json(item)}" for key, item in value) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(write_json, value)) + "]"
    return json.dumps(value)


words = st.text(max_size=12) | st.sampled_from(MARKUP) | st.lists(st.sampled_from(MARKUP), max_size=4).map("".join)
parts = st.sampled_from(PARTS)
some_numbers = st.sampled_from(
    [-1, 0, 1, 2, 3, 7, 2**31, 2**32, 2**47, 2**48 - 1, 2**48, 2**63 - 1, 2**63, 2**64, 10**400, True, None, 1.0, "3"]
)
raw_pieces = st.sampled_from(
    [
        Raw("[" * 3000),
        Raw("[" * 900 + "]" * 900),
        Raw('{"a":' * 900 + "1" + "}" * 900),
        Raw("9" * 4300),
        Raw("-" + "9" * 4300),
        Raw("9" * 5000),
        Raw("1e999"),
        Raw("NaN"),
        Raw("-0"),
        Raw('"\\ud800"'),
        Raw('"\\udfff\\ud800"'),
        Raw('"\\u0000"'),
        Raw(""),
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | some_numbers | words | raw_pieces,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(words, inner), max_size=3).map(Pairs),
    max_leaves=6,
)


@st.composite
def faults(draw: st.DrawFn) -> Pairs:
    """A fault as a child might write it; it is nearly always well formed."""
    pairs = Pairs([("kind", draw(st.sampled_from(get_args(FaultKind))))])
    for name in draw(st.lists(st.sampled_from(["statement", "type", "message", "function", "trace", "cause", "file"]))):
        causes = st.sampled_from([*get_args(FaultKind), "key", "dict", "str", "X is not written yet", "w" * 8000])
        pairs.append((name, draw(words | causes)))
    if draw(st.booleans()):
        lines = st.none() | st.integers() | st.sampled_from([Raw("9" * 4300), Raw("-" + "9" * 4300)])
        pairs.append(("line", draw(lines)))
    if draw(st.integers(0, 19)) == 7:
        pairs.append((draw(words | st.just("kind")), draw(json_values)))
    return pairs


@st.composite
def outcome_texts(draw: st.DrawFn, absent: Sequence[str] | None = None) -> str:
    """The message of an outcome in which the given parts have faults, and now and then something that is none."""
    names = parts | words if absent is None else st.nothing()
    pairs = Pairs([("type", "outcome")])
    there = list(absent) if absent is not None else draw(st.lists(names, max_size=3))
    pairs.append(("faults", Pairs([(name, draw(faults())) for name in there])))
    noted = draw(st.lists(st.tuples(parts, faults()), max_size=2 if draw(st.integers(0, 3)) == 3 else 0))
    pairs.append(("noted", Pairs(noted)))
    dtypes = st.sampled_from(["float32", "bfloat16", "int64", "bool", "float8_e4m3fn", "complex128", "a" * 31])
    pairs.append(("dtypes", Pairs(draw(st.lists(st.tuples(parts | words, dtypes), max_size=2)))))
    inputs = st.lists(st.sampled_from(["X", "w", "X"]) | words, max_size=3)
    pairs.append(("changed", Pairs(draw(st.lists(st.tuples(parts, inputs), max_size=1)))))
    if draw(st.integers(0, 9)) == 7:
        pairs.append(
            (draw(st.sampled_from(["type", "faults", "noted", "dtypes", "changed", "score"])), draw(json_values))
        )
    return write_json(Pairs(draw(st.permutations(pairs))))


ready_texts = st.builds(lambda dirt: write_json(Pairs([("type", "ready"), ("dirt", dirt)])), words | json_values)
odd_texts = json_values.map(write_json) | words
texts = (outcome_texts() | ready_texts | odd_texts).map(lambda text: text.encode("utf-8", "surrogatepass"))

bits = st.sampled_from(
    [
        b"\x00",
        b"\xff",
        b"\x7f",
        b"\x02",
        b"\x00\x00\xa0\x7f",
        b"\x01\x00\x00\x00\x00\x00\xf4\x7f",
        b"\x00\x7d",
        b"\xff\x7f",
    ]
)


def write_arrays(entries: Pairs, data: bytes, length: int = 0) -> bytes:
    """The body of a frame; ``length`` is how far the length of its header is off."""
    header = write_json(entries).encode()
    return struct.pack("<Q", (len(header) + length) % (1 << 64)) + header + data


def entry(dtype: Any, shape: Any, first: Any, last: Any) -> Pairs:
    """What the header of a body says of an array."""
    return Pairs([("dtype", dtype), ("shape", shape), ("data_offsets", [first, last])])


@st.composite
def bodies(draw: st.DrawFn, names: st.SearchStrategy[str] = parts | words) -> bytes:
    """Arrays as a child might write them: well formed, or one thing in them is not."""
    entries, data = Pairs(), b""
    for name in draw(st.lists(names, max_size=4, unique=draw(st.integers(0, 9)) != 7)):
        dtype = draw(st.sampled_from(list(SIZES)))
        shape = draw(st.lists(st.integers(0, 4), max_size=3) | st.sampled_from([[4], [2], [1], [3], [0], [1] * 32]))
        size = math.prod(shape) * SIZES[dtype]
        content = (draw(bits) * size)[:size] if draw(st.booleans()) else draw(st.binary(min_size=size, max_size=size))
        entries.append((name, entry(dtype, shape, len(data), len(data) + size)))
        data += content
    if entries and draw(st.booleans()):
        number = draw(st.integers(0, len(entries) - 1))
        name, (_, (_, shape), (_, (first, last))) = entries[number][0], entries[number][1]
        dtype = entries[number][1][0][1]
        odd = st.lists(some_numbers, max_size=5) | st.just([1] * 70) | st.just([2**47, 2**47, 0]) | json_values
        match draw(st.integers(0, 6)):
            case 0:
                dtype = draw(st.sampled_from(["F8_E4M3", "BF16", "U64", "C64", "O", "", "f64"]) | json_values)
            case 1:
                shape = draw(odd)
            case 2:
                first = draw(some_numbers)
            case 3:
                last = draw(some_numbers)
            case 4:
                entries.append((name, entry(dtype, shape, first, last)))  # the same place, or the same name, twice
            case 5:
                entries.append(("__metadata__", draw(json_values)))
            case _:
                shape = [0, *draw(st.lists(st.sampled_from([2**31, 2**47, 2**48 - 1]), max_size=4))]
                last = first
        entries[number] = (name, entry(dtype, shape, first, last))
    data += draw(st.sampled_from([b"", b"", b"", b"\x00", b"junk" * 9]))
    return write_arrays(entries, data, draw(st.sampled_from([0, 0, 0, 0, 0, 1, -1, 8, 1 << 62, -(1 << 20)])))


@st.composite
def mutated(draw: st.DrawFn, source: st.SearchStrategy[bytes]) -> bytes:
    """Bytes, as they are or with a few changes."""
    content = bytearray(draw(source))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 4]))):
        place = draw(st.integers(0, len(content)))
        match draw(st.integers(0, 4)):
            case 0 if place < len(content):
                content[place] ^= 1 << draw(st.integers(0, 7))
            case 1:
                del content[place : place + draw(st.integers(1, 40))]
            case 2:
                content[place:place] = draw(st.binary(min_size=1, max_size=8))
            case 3:
                content[place:place] = content[place : place + draw(st.integers(1, 60))]
            case _:
                del content[place:]
    return bytes(content)


def framed(text: bytes, body: bytes) -> bytes:
    """A frame whose lengths are true."""
    return HEADER.pack(len(text), len(body)) + text + body


# Answers that a grader might take.


@dataclass(frozen=True)
class Answer:
    """The text and the arrays of an outcome; ``exact`` when each part is just what it must be, and nothing else is said."""

    text: bytes
    body: bytes
    exact: bool


@st.composite
def answers(draw: st.DrawFn, trial: Trial, *, fine: bool | None = None) -> Answer:
    """An outcome of one run: for each part the truth, something near or far from it, or a fault."""
    entries, data, absent = Pairs(), b"", []
    exact = draw(st.booleans()) if fine is None else fine
    for part in PARTS:
        true = truth(trial.case.name)[part]
        how = (
            "true"
            if exact
            else draw(st.sampled_from(["true", "fault", "near", "far", "shape", "bits", "dtype", "body"]))
        )
        dtype, shape, value = "F64", list(true.shape), true
        match how:
            case "fault":
                absent.append(part)
                continue
            case "near":
                value = true * (1 + draw(st.sampled_from([1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5])))
            case "far":
                value = true + draw(st.sampled_from([1e-2, -1.0, 1e9, 1e300, 1.7e308, math.inf, -math.inf, math.nan]))
            case "shape":
                shape = draw(st.sampled_from([[1, *shape], [*shape, 1], [0], [], [2**47, 0], [true.size, 3], [1] * 32]))
                value = np.resize(true, math.prod(shape))
        if how == "dtype":
            dtype = draw(st.sampled_from(list(NUMPY)))
            with np.errstate(all="ignore"):
                value = true.astype(NUMPY[dtype])
        content = np.ascontiguousarray(value).tobytes()
        if how in ("bits", "body"):
            dtype = draw(st.sampled_from(list(SIZES)))
            size = math.prod(shape) * SIZES[dtype]
            content = (draw(bits) * size)[:size] if how == "bits" else draw(st.binary(min_size=size, max_size=size))
        entries.append((part, entry(dtype, shape, len(data), len(data) + len(content))))
        data += content
    text = '{"type":"outcome"}' if exact else draw(outcome_texts(absent))
    return Answer(text.encode("utf-8", "surrogatepass"), write_arrays(entries, data) if entries else b"", exact)


@st.composite
def submissions_of_answers(draw: st.DrawFn) -> list[Answer]:
    """An outcome for each run of `slope`, or for the first few."""
    trials = slope().trials
    there = draw(st.sampled_from([len(trials)] * 4 + list(range(len(trials)))))
    fine = draw(st.sampled_from([True, None, None, None]))
    return [draw(answers(trial, fine=fine)) for trial in trials[:there]]


frames = st.tuples(mutated(texts), mutated(bodies())) | st.deferred(lambda: st.sampled_from(slope().trials)).flatmap(
    lambda trial: answers(trial).flatmap(lambda one: st.tuples(mutated(st.just(one.text)), mutated(st.just(one.body))))
)


# A peer that says what it wants.


@dataclass(frozen=True)
class Act:
    """One thing that a hostile peer does: ``what`` is the name of a method of `Peer`."""

    what: str
    content: bytes = b""


class Peer:
    """The other end of a conversation: a thread that acts a script and then, as a child that is killed, closes all.

    ``sent`` is how many bytes it sent. Unlike a child it shares the grader's memory, so what it holds is little.
    """

    def __init__(self, script: Sequence[Act]) -> None:
        self.sent = 0
        self.data, self._theirs = socket.socketpair()
        self.output, self._their_output = os.pipe()
        self.progress = mmap.mmap(-1, PROGRESS)
        self._script = script
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._act, daemon=True)

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self.data.close()
        with contextlib.suppress(OSError):
            os.close(self.output)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _act(self) -> None:
        os.set_blocking(self._their_output, False)
        self._theirs.settimeout(0.05)
        with contextlib.suppress(OSError):
            for act in self._script:
                getattr(self, act.what)(act.content)
        with contextlib.suppress(OSError):
            self._theirs.close()
            os.close(self._their_output)

    def send(self, content: bytes) -> None:
        left = memoryview(content)
        while left and not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                count = self._theirs.send(left[: 1 << 16])
                self.sent += count
                left = left[count:]

    def drip(self, content: bytes) -> None:
        for place in range(len(content)):
            if self._over.wait(0.001):
                return
            self.send(content[place : place + 1])

    def flood(self, content: bytes) -> None:
        block = (content or b"\xff") * (1 + (1 << 14) // (len(content) or 1))
        while not self._over.is_set():
            self.send(block)

    def take(self, content: bytes) -> None:
        with contextlib.suppress(TimeoutError):
            self._theirs.recv(1 << 20)

    def print(self, content: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._their_output, content)

    def print_on(self, content: bytes) -> None:
        while not self._over.is_set():
            with contextlib.suppress(BlockingIOError):
                os.write(self._their_output, (content or b"\n") * 64)

    def progress_to(self, content: bytes) -> None:
        self.progress[:1] = content[:1] or b"\xff"

    def mute(self, content: bytes) -> None:
        """Close what it prints to: whatever it prints from then on goes nowhere."""
        os.close(self._their_output)
        self._their_output = os.open(os.devnull, os.O_WRONLY)

    def deaf(self, content: bytes) -> None:
        self._theirs.shutdown(socket.SHUT_RD)

    def hang_up(self, content: bytes) -> None:
        self._theirs.shutdown(socket.SHUT_WR)

    def wait(self, content: bytes) -> None:
        self._over.wait(20)


READY = framed(b'{"type":"ready"}', b"")
FLOODS = [b"\x00", b"\xff", READY, framed(b'{"type":"ready"}' + b" " * 9999, b"")]


@st.composite
def scripts(draw: st.DrawFn) -> list[Act]:
    """A conversation that begins as it should, or nearly so, and ends somehow."""
    frames = [READY]
    for trial in slope().trials[: draw(st.integers(0, len(slope().trials)))]:
        answer = draw(answers(trial))
        frames.append(framed(answer.text, answer.body))
    if draw(st.booleans()):
        number = draw(st.integers(0, len(frames) - 1))
        odd = mutated(st.just(frames[number])) | st.builds(framed, texts, bodies()) | st.binary(max_size=60)
        lengths = st.sampled_from([0, 1, 1000, TEXT_LIMIT, TEXT_LIMIT + 1, 32 << 20, 2**32, 2**63, 2**64 - 1])
        odd |= st.builds(HEADER.pack, lengths, lengths)
        frames[number] = draw(odd)
        if draw(st.integers(0, 3)) == 3:
            frames = draw(st.permutations(frames))
    stream = b"".join(frames)
    script: list[Act] = []
    for _ in range(draw(st.integers(0, 3))):
        act = draw(st.sampled_from(["send", "send", "take", "print", "mute", "drip", "progress_to"]))
        cut = draw(st.integers(0, min(len(stream), 20 if act == "drip" else len(stream))))
        if act in ("send", "drip"):
            script.append(Act(act, stream[:cut]))
            stream = stream[cut:]
        else:
            script.append(Act(act, draw(st.binary(max_size=100))))
    script.append(Act("send", stream))
    ends = ["close"] * 8 + ["wait", "flood", "print_on", "deaf", "hang_up"]
    end = draw(st.sampled_from(ends))
    if end != "close":
        script.append(Act(end, draw(st.sampled_from(FLOODS))))
    return script


@functools.cache
def slope_job(size: int = 0) -> Job:
    """A job on `slope` with a file of so many bytes; its results may be one MiB."""
    from dataclasses import replace

    job = slope().job({"slope.py": bytes(size)})
    return replace(job, limits=replace(job.limits, result_mib=1))


# Pages.


class Tags(HTMLParser):
    """The names of all tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(f"{tag} {name}" for name, _ in attrs)}

    def handle_comment(self, data: str) -> None:
        self.names.add("a comment")

    def unknown_decl(self, data: str) -> None:
        self.names.add("a declaration")

    def handle_pi(self, data: str) -> None:
        self.names.add("an instruction")


# Folders.

MODULES = ("slope.py", "bend.py")
LIMITS = {
    "FILE_LIMIT": 600,
    "NOTEBOOK_LIMIT": 600,
    "TOTAL_LIMIT": 2000,
    "COUNT_LIMIT": 8,
    "REFUSED_LIMIT": 6,
    "DEPTH_LIMIT": 3,
    "ENTRY_LIMIT": 30,
}
"""Limits of the reader that a small tree can reach."""

OUTSIDE = b"SECRET = 'what lies outside the folder'\n"


@dataclass(frozen=True)
class Node:
    """One thing to make in a folder, by its path in bytes."""

    path: bytes
    kind: str
    size: int = 0
    target: bytes = b""


raw_names = st.binary(min_size=1, max_size=12).map(
    lambda raw: raw.replace(b"/", b"_").replace(b"\0", b"0").replace(b".", b"_") or b"_"
)
file_names = st.one_of(
    st.sampled_from([module.encode() for module in MODULES]),
    st.sampled_from([b"slope.py", b"Slope.py", b"slope.py ", b"slope.py\n", b"slope", b"slope.pyc", b"b\xff.py"]),
    st.sampled_from([b"a", b"b", b"venv", b"__pycache__", b"checks", b".git", b"\xe2\x80\xa6", b"-rf", b"*", b"con"]),
    st.sampled_from(
        [b"\x1b[31m.py", b"a\nb.py", b"<b>.py", b"\xed\xa0\x80.py", b"n" * 255, b"\xff" * 255, b"torch.py"]
    ),
    raw_names,
)
kinds = st.sampled_from(
    ["file"] * 8 + ["link"] * 2 + ["folder", "sparse", "pipe", "socket", "device", "closed", "closed folder", "many"]
)
sizes = st.integers(0, 40) | st.sampled_from([599, 600, 601, 1999, 2000, 5000])
targets = st.sampled_from(
    [b"..", b".", b"/", b"/dev/zero", b"/proc/self/mem", b"slope.py", b"gone", b"OUTSIDE", b"a/b"]
)
nodes = st.builds(Node, st.lists(file_names, min_size=1, max_size=5).map(b"/".join), kinds, sizes, targets)
trees = st.lists(nodes, max_size=14)


def build(root: Path, tree: Sequence[Node], outside: Path) -> None:
    """Make a tree as far as it can be made; what cannot is left out."""
    for node in tree:
        path = os.path.join(os.fsencode(root), node.path)
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            make(path, node, outside)


def make(path: bytes, node: Node, outside: Path) -> None:
    """Make one thing. Raises OSError where it cannot be."""
    match node.kind:
        case "file" | "closed":
            with open(path, "xb") as file:
                file.write(b"#" * node.size)
            if node.kind == "closed":
                os.chmod(path, 0)
        case "sparse":
            with open(path, "xb") as file:
                file.truncate(1 << 40)
        case "link":
            os.symlink(os.fsencode(outside) if node.target == b"OUTSIDE" else node.target, path)
        case "folder" | "closed folder":
            os.mkdir(path, 0o755 if node.kind == "folder" else 0)
        case "pipe":
            os.mkfifo(path)
        case "device":
            os.mknod(path, 0o666 | 0o020000, os.makedev(1, 5))  # /dev/zero
        case "socket":
            bind(path)
        case "many":
            os.mkdir(path)
            for number in range(12):
                os.mkdir(os.path.join(path, b"%d" % number))
                for inner in range(node.size % 7):
                    os.mkdir(os.path.join(path, b"%d/%d" % (number, inner)))


def bind(path: bytes) -> None:
    """Make a socket; its path may be longer than sockets allow."""
    folder = os.open(os.path.dirname(path), os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(b"/proc/self/fd/%d/" % folder + os.path.basename(path))
    finally:
        os.close(folder)


@dataclass
class Events:
    """What the reader does with the file system below a folder, as Python's audit events tell, and what happens then."""

    root: str = ""
    happens: Callable[[int, str], None] = lambda number, path: None
    seen: list[tuple[str, str]] = field(default_factory=list)
    busy: bool = False

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.root and not self.busy and event in ("open", "os.scandir"):
            self.busy = True
            try:
                path = self.find(arguments[0])
                if path is not None:
                    self.seen.append((event, path))
                    self.happens(len(self.seen) - 1, path)
            finally:
                self.busy = False

    def find(self, place: object) -> str | None:
        """A path below the folder that an event is about; it may be told by a descriptor, or by its last name alone."""
        with contextlib.suppress(OSError):
            place = os.readlink(f"/proc/self/fd/{place}") if isinstance(place, int) else place
        if not isinstance(place, (str, bytes, os.PathLike)):
            return None
        path = os.fsdecode(place)
        if not os.path.isabs(path):
            path = next((os.path.join(at, path) for at, _, _ in os.walk(self.root) if path in os.listdir(at)), path)
        return path if path == self.root or path.startswith(f"{self.root}/") else None


EVENTS = Events()


@functools.cache
def _install() -> None:
    sys.addaudithook(EVENTS.hook)  # it stays, and does nothing outside `watched`


@contextlib.contextmanager
def watched(
    root: Path, happens: Callable[[int, str], None] = lambda number, path: None
) -> Iterator[list[tuple[str, str]]]:
    """The events below a folder while the context lasts; ``happens`` is called just before each is carried out."""
    _install()
    EVENTS.seen = []
    EVENTS.root, EVENTS.happens = str(root), happens
    try:
        yield EVENTS.seen
    finally:
        EVENTS.root = ""


SCRATCH = next((path for path in ("/dev/shm",) if os.access(path, os.W_OK)), None)
"""Where to make folders that are read once; the system's own place where it is None."""


def open_files() -> int:
    """How many descriptors this process has open; 0 where that cannot be told."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


# Sources.

ROOT = Path(__file__).parent.parent


@functools.cache
def corpus() -> list[bytes]:
    """Sources that are worth changing: exercises, and what the tests hand in."""
    found = [*ROOT.glob("solutions/*/*.py"), *ROOT.glob("tests/submissions/*/*.py"), *ROOT.glob("tests/attacks/*/*.py")]
    assert found
    return [path.read_bytes() for path in sorted(found)]


ATOMS = [
    "torch",
    "torch.autograd.grad",
    "torch.func.vjp",
    "x.backward()",
    "getattr(torch, 'auto' + 'grad')",
    "importlib.import_module('torch.autograd')",
    "__import__('jax')",
    "eval('torch.autograd')",
    "exec(code)",
    "globals()['torch']",
    "(f(x + h) - f(x - h)) / (2 * h)",
    "sys.modules['torch']",
    "self.f",
    "lambda h=1e-5: h",
    "''.join(['a', x, 'b'])",
    "f'{x}{code!r:>{x}}'",
    "operator.attrgetter('autograd.grad')(torch)",
    "1e-5",
    "x",
    "X",
    "code",
    "'torch.autograd.grad(x, x)'",
    "b'\\xff'",
    "...",
]
expressions = st.recursive(
    st.sampled_from(ATOMS) | words.map(repr),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("{}({})".format, inner, inner),
        st.builds("({}).{}".format, inner, st.sampled_from(["grad", "backward", "T", "__dict__", "join", "div"])),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("[{} for x in {}]".format, inner, inner),
        st.builds("(x := {})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("(lambda x={}: {})".format, inner, inner),
        st.builds("getattr({}, {})".format, inner, inner),
        st.builds("eval({!r})".format, inner),
        st.builds("({}, *{})".format, inner, inner),
        st.builds("(({}) / ({}))".format, inner, inner),
    ),
    max_leaves=8,
)


def _indent(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines()) or "    pass"


statements = st.recursive(
    st.one_of(
        expressions,
        st.builds(
            "{} = {}".format,
            st.sampled_from(["x", "torch", "forward", "self.f", "(x, code)", "x[0]", "code"]),
            expressions,
        ),
        st.builds(
            "import {}".format, st.sampled_from(["torch", "torch.autograd as x", "slope", "bend", "jax", "a.b.c as f"])
        ),
        st.builds(
            "from {}".format,
            st.sampled_from(
                [
                    "torch import *",
                    ". import bend",
                    "...... import x",
                    "bend import forward as backward",
                    "slope import *",
                ]
            ),
        ),
        st.builds("return {}".format, expressions),
        st.builds("global x, {}".format, st.sampled_from(["torch", "forward"])),
        st.builds("del {}".format, st.sampled_from(["x", "torch", "self.f"])),
    ),
    lambda inner: st.one_of(
        st.builds("{}\n{}".format, inner, inner),
        st.builds(
            "def {}(X, w, x={}):\n{}".format,
            st.sampled_from(["forward", "backward", "f"]),
            expressions,
            inner.map(_indent),
        ),
        st.builds("class {}({}):\n{}".format, st.sampled_from(["x", "forward", "f"]), expressions, inner.map(_indent)),
        st.builds("if {}:\n{}\nelse:\n{}".format, expressions, inner.map(_indent), inner.map(_indent)),
        st.builds("with {} as x:\n{}".format, expressions, inner.map(_indent)),
        st.builds("match {}:\n    case [x, *code]:\n{}".format, expressions, inner.map(_indent).map(_indent)),
        st.builds("try:\n{}\nexcept {} as x:\n    pass".format, inner.map(_indent), expressions),
        st.builds("exec({!r})".format, inner),
        st.builds("@{}\ndef f(*x, **code):\n{}".format, expressions, inner.map(_indent)),
    ),
    max_leaves=12,
)
FRONTS = [
    b"",
    b"",
    b"",
    b"\xef\xbb\xbf",
    b"# coding: latin-1\n",
    b"# coding: utf-7\n",
    b"# coding: hex\n",
    b"# coding: \xff\n",
    b"\x00",
    b"\x0c",
]


@st.composite
def changed_sources(draw: st.DrawFn) -> bytes:
    """A source of the corpus with its lines and tokens shuffled."""
    chance = random.Random(draw(st.integers(0, 1 << 32)))
    lines = list(chance.choice(corpus()).splitlines(keepends=True))
    for _ in range(chance.randrange(6)):
        if lines:
            place = chance.randrange(len(lines))
            match chance.randrange(5):
                case 0:
                    del lines[place]
                case 1:
                    lines.insert(place, chance.choice(lines))
                case 2:
                    other = chance.choice(corpus()).splitlines(keepends=True)
                    lines[place:place] = other[: chance.randrange(8)]
                case 3:
                    tokens = lines[place].split(b" ")
                    chance.shuffle(tokens)
                    lines[place] = b" ".join(tokens)
                case _:
                    lines[place] = b"    " + lines[place]
    return b"".join(lines)


written_sources = st.lists(statements, min_size=1, max_size=4).map(
    lambda each: "\n".join(each).encode("utf-8", "replace")
)
sources = st.builds(
    bytes.__add__,
    st.sampled_from(FRONTS),
    changed_sources() | written_sources | mutated(changed_sources()) | st.binary(),
)
