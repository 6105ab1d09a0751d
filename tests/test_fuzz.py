"""Whatever a student process sends and a student hands in: no exception of the grader, and no more memory or time than
what arrived is worth.
"""

from __future__ import annotations

# ruff: noqa: PTH120 - names are bytes here
import contextlib
import functools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import fuzzing
import numpy as np
import pytest
from fuzzing import (
    FLOODS,
    HEADER,
    LIMITS,
    MARKUP,
    MODULES,
    OUTSIDE,
    PARTS,
    READY,
    Act,
    Answer,
    Node,
    Pairs,
    Peer,
    Raw,
    Tags,
    build,
    entry,
    framed,
    fuzz,
    measured,
    slope,
    slope_job,
    write_arrays,
    write_json,
)
from hypothesis import event, example, given
from hypothesis import strategies as st

from autograder import submission as reader
from autograder.byhand import MEANS, Finding, find_forbidden
from autograder.marking import mark_exercise, mark_missing_file, total
from autograder.report.html import check_html, class_html, submission_html
from autograder.results import ExerciseResult, SubmissionResult, decode_result, encode_result
from autograder.sandbox.runner import Ending, Outcomes, Values
from autograder.sandbox.talk import ARRIVED_LIMIT, Printed, Talk, Turn, read_answer
from autograder.sandbox.wire import (
    TEXT_LIMIT,
    Arrays,
    Files,
    Frame,
    Outcome,
    ProtocolError,
    decode_arrays,
    encode,
    frame_lengths,
)
from autograder.submission import Submission, describe_refused, find_submissions, read_submission

# A message becomes objects: an empty text of three bytes is worth a pointer of eight, a key of nine bytes up to a hundred.
MULTIPLE = 16
CONSTANT = 1 << 20
DEADLINE = 0.15
SLACK = 5.0  # seconds that a busy machine may add


# What is accepted goes all the way: it is marked, written down, read back and shown.


def mark(outcomes: Outcomes, found: Sequence[Finding] = ()) -> ExerciseResult:
    """Mark on the exercise, and carry the result to the end of its way."""
    result = mark_exercise(slope(), outcomes, found)
    show(total(Submission("eve", "lines", {}, {}), [result]))
    return result


def show(result: SubmissionResult) -> None:
    """Write a record down, read it back and show it: what comes from outside is text there, and stays within bounds."""
    content = encode_result(result)
    assert decode_result(content) == result
    assert len(content) < 1 << 18
    for page in (submission_html(result), class_html([result]), check_html(result.exercises, more_cases=True)):
        assert Tags(page).names <= harmless()
        page.encode()
        assert not any(c in page for c in "\x00\x07\x1b\x7f\u202e\u2028")


def harmless() -> set[str]:
    """The tags and attributes of pages about a submission that holds nothing odd, right or wrong."""
    if not _HARMLESS:
        record = total(Submission("eve", "lines", {}, {"a": "b"}), [])
        wrong = mark_exercise(slope(), Outcomes([], Ending("crashed"), output="said", printed=4))
        source = [Finding("slope.py", 1, "torch.func.vjp", "function transform", frozenset([1]))]
        fine = Values(fuzzing.truth(slope().trials[0].case.name), Outcome())
        beginning = mark_exercise(slope(), Outcomes([fine], Ending("timeout")), source)
        truths = [fuzzing.truth(trial.case.name) for trial in slope().trials]
        right = [Values(one, Outcome()) for one in truths]
        named = [Values({part: -value for part, value in one.items()}, Outcome()) for one in truths]
        for exercise in (wrong, beginning, *(mark_exercise(slope(), Outcomes(runs)) for runs in (right, named))):
            page = total(Submission("eve", "lines", {}, {"a": "b"}), [exercise])
            for text in (submission_html(page), class_html([page, record]), check_html([exercise], more_cases=True)):
                _HARMLESS.update(Tags(text).names)
    return _HARMLESS


_HARMLESS: set[str] = set()


def check_accepted(values: Values, body: bytes) -> None:
    """What a frame gave are the wanted parts, dense, read-only, and views of the bytes that came."""
    assert set(values.arrays) | set(values.outcome.faults) == set(PARTS)
    assert not set(values.arrays) & set(values.outcome.faults)
    whole = np.frombuffer(body, np.uint8)
    for array in values.arrays.values():
        assert array.dtype.kind in "fiub"
        assert not array.flags.writeable
        assert array.nbytes == 0 or np.shares_memory(array, whole)
    assert sum(array.nbytes for array in values.arrays.values()) <= len(body)


def check_scores(result: ExerciseResult, arrays: Sequence[Arrays]) -> None:
    """No part has earned more than its tensors deserve, and what follows only earns after one that has lost."""
    lost = False
    for part in result.parts:
        assert part.score is not None
        assert 0 <= part.score <= fuzzing.deserved(part.part, arrays) + 1e-9
        if part.status == "carried_forward":
            assert lost
        else:
            assert (part.score == part.points) == (part.status == "correct")
        lost = lost or part.score < part.points


# The frames.

WIDE = (1 << 20) - 99
FILLED = {
    "empty texts": b'{"type":"outcome","changed":{"z":[%s]}}' % b",".join([b'""'] * (WIDE // 3)),
    "short texts": b'{"type":"outcome","changed":{"z":[%s]}}' % b",".join([b'"\xc3\xa9"'] * (WIDE // 5)),
    "many names": b'{"type":"outcome","dtypes":{%s}}' % b",".join(b'"%x":""' % i for i in range(WIDE // 11)),
    "many faults": b'{"type":"outcome","faults":{%s}}'
    % b",".join(b'"%x":{"kind":"raised"}' % i for i in range(40_000)),
    "unknown and deep": b'{"type":"outcome","more":' + b'{"a":[' * 100_000,
}
ENTRY = b'{"dtype":"I8","shape":[],"data_offsets":[0,0]}'
MANY_ARRAYS = b"{" + b",".join(b'"%x":' % i + ENTRY for i in range(19_000)) + b"}"


@fuzz(250)
@given(fuzzing.frames)
@example((FILLED["empty texts"], b""))
@example((FILLED["short texts"], b""))
@example((FILLED["many names"], b""))
@example((FILLED["many faults"], b""))
@example((FILLED["unknown and deep"], b""))
@example((b'{"type":"outcome"}', len(MANY_ARRAYS).to_bytes(8, "little") + MANY_ARRAYS))
@example((b'{"type":"outcome"}', write_arrays(Pairs([("z", entry("F64", [2**47, 2**47, 0], 0, 0))]), b"")))
def test_a_frame_is_an_answer_or_a_protocol_error_and_takes_a_small_multiple_of_its_bytes(
    frame: tuple[bytes, bytes],
) -> None:
    text, body = frame
    for wanted in (PARTS, None):
        with measured() as cost, contextlib.suppress(ProtocolError):
            decode_arrays(body, wanted)
        assert cost.peak <= MULTIPLE * len(body) + CONSTANT
    answer = None
    with measured() as cost, contextlib.suppress(ProtocolError):
        answer = read_answer(Frame(text, body), PARTS)
    assert cost.peak <= MULTIPLE * (len(text) + len(body)) + CONSTANT
    assert cost.seconds < SLACK
    event(type(answer).__name__)
    if answer is not None:
        check_accepted(answer, body)
        check_scores(mark(Outcomes([answer], Ending("crashed"))), [answer.arrays])


@pytest.mark.parametrize("shape", [[2**47, 0], [0, 2**47], [2**20 + 1, 0], [2**20, 0], [2**19, 0, 2]], ids=str)
@pytest.mark.parametrize("dtype", ["F64", "F32", "BOOL"])
def test_sizes_of_an_array_without_elements_take_no_memory(dtype: str, shape: list[int]) -> None:
    """No byte backs them, and yet a sum over the empty axis has as many elements as the others say."""
    body = write_arrays(Pairs([(part, entry(dtype, shape, 0, 0)) for part in PARTS]), b"")
    with measured() as cost, contextlib.suppress(ProtocolError):
        mark(Outcomes([read_answer(Frame(b'{"type":"outcome"}', body), PARTS)], Ending("crashed")))
    assert cost.peak <= 64 << 20


@fuzz(300)
@given(st.binary(min_size=16, max_size=16), st.integers(0, 1 << 30))
@example(HEADER.pack(2**64 - 1, 2**64 - 1), 1 << 30)
@example(HEADER.pack(2**64 - 1, 1), 0)
@example(HEADER.pack(TEXT_LIMIT + 1, 0), 0)
@example(HEADER.pack(0, 1), 0)
def test_a_header_announces_no_more_than_its_bounds(header: bytes, most: int) -> None:
    with contextlib.suppress(ProtocolError):
        text, body = frame_lengths(header, most)
        assert 0 <= text <= TEXT_LIMIT
        assert 0 <= body <= most


def said(fault: Pairs) -> Answer:
    """An answer that has a fault for every part."""
    text = write_json(Pairs([("type", "outcome"), ("faults", Pairs([(part, fault) for part in PARTS]))]))
    return Answer(text.encode(), b"", exact=False)


def bits(dtype: str, shape: Sequence[int], element: bytes) -> Answer:
    """An answer whose parts are all of one element."""
    content = element * int(np.prod(shape))
    pairs = Pairs(
        (part, entry(dtype, list(shape), i * len(content), (i + 1) * len(content))) for i, part in enumerate(PARTS)
    )
    return Answer(b'{"type":"outcome"}', write_arrays(pairs, content * 3), exact=False)


LONG_LINE = Pairs([("kind", "raised"), ("type", "E"), ("line", Raw("9" * 4300))])
MARKED_UP = Pairs(
    [("kind", "raised"), *((name, "".join(MARKUP)) for name in ("statement", "type", "message", "trace"))]
)


@fuzz(80)
@given(
    fuzzing.submissions_of_answers(),
    fuzzing.words | st.text(max_size=300),
    st.sampled_from([None, "timeout", "crashed"]),
)
@example([bits("F32", [4], b"\x01\x00\xa0\x7f")], "", None)  # a signalling NaN, which NumPy warns of
@example([bits("BOOL", [4], b"\x02")], "", None)
@example([bits("F64", [4], b"\xff" * 8)], "", None)
@example([said(LONG_LINE)], "", None)
@example([said(MARKED_UP)], "".join(MARKUP), "crashed")
def test_an_accepted_answer_is_marked_written_and_shown_and_earns_no_more_than_it_deserves(
    given_answers: list[Answer], output: str, ending: str | None
) -> None:
    runs = []
    with contextlib.suppress(ProtocolError):
        for answer in given_answers:
            values = read_answer(Frame(answer.text, answer.body), PARTS)
            check_accepted(values, answer.body)
            runs.append(values)
    last = Ending(ending, output) if ending in ("timeout", "crashed") else None
    result = mark(Outcomes(runs, last, output=output, printed=len(output)))
    check_scores(result, [values.arrays for values in runs])
    if len(runs) == len(slope().trials) and all(answer.exact for answer in given_answers):
        event("all is right")
        assert result.score == result.points
    for part in result.parts:
        assert max(len(part.message), len(part.next_step)) < 2000


# The conversation.

ANSWER_TEXT = b'{"type":"outcome","faults":{"z":{"kind":"raised"},"dz":{"kind":"raised"},"dw":{"kind":"raised"}}}'
TAKEN = framed(ANSWER_TEXT, b"")
ENDLESS = write_arrays(Pairs([(part, entry("F64", [2**47, 0], 0, 0)) for part in PARTS]), b"")


def converse(script: Sequence[Act], size: int) -> None:
    """Talk to a peer about the exercise until it is done or the peer has gone too far."""
    job = slope_job(size)
    most = job.limits.result_mib << 20
    runs: list[Values] = []
    printed = Printed(1000, bytearray())
    before = fuzzing.open_files()
    with measured() as cost, Peer(script) as peer:
        talk = Talk(peer.data, peer.output, peer.progress)
        turn = Turn(job, most)
        began = time.monotonic()
        deadline = began + DEADLINE
        try:
            talk.hand_over(job.files, deadline)
            turn = talk.turn_to(job, most, printed, deadline)
            asked = 0
            while len(runs) < len(job.runs):
                while asked < min(len(job.runs), len(runs) + 2):
                    talk.ask(job.runs[asked], {}, deadline)
                    asked += 1
                if not talk.begins(turn, deadline):
                    break
                runs.append(talk.answer(turn, deadline))
        except (ProtocolError, EOFError, OSError) as error:  # a TimeoutError is an OSError
            event(type(error).__name__)
        took = time.monotonic() - began
        talk.listen()
        assert talk.statement(turn) in (None, 0, 1)
        assert turn.bytes_left >= 0
    assert took < DEADLINE + SLACK
    assert sum(array.nbytes for values in runs for array in values.arrays.values()) <= most
    # What is on its way may arrive while files are handed over. The peer is a thread of this process: its script counts.
    arrived = min(peer.sent, ARRIVED_LIMIT if size else 3 << 20)
    held = sum(len(act.content) for act in script)
    assert cost.peak <= MULTIPLE * arrived + 3 * held + 6 * size + 3 * CONSTANT
    assert len(printed.kept) <= 1000
    assert fuzzing.open_files() <= before
    event(f"{len(runs)} runs")
    check_scores(mark(Outcomes(runs, Ending("crashed"), output=printed.text)), [values.arrays for values in runs])


@fuzz(70)
@given(fuzzing.scripts(), st.sampled_from([0, 0, 0, 100, 1 << 20]))
@example([Act("send", HEADER.pack(2**64 - 1, 2**64 - 1)), Act("flood", b"\xff")], 0)
@example([Act("send", READY + HEADER.pack(TEXT_LIMIT, 1 << 20)), Act("flood", b" ")], 0)
@example([Act("send", READY), Act("flood", READY)], 0)
@example([Act("send", READY), Act("flood", TAKEN)], 0)
@example([Act("send", READY), Act("flood", FLOODS[-1])], 0)
@example([Act("send", READY + TAKEN), Act("drip", TAKEN)], 0)
@example([Act("send", READY + framed(b'{"type":"outcome"}', ENDLESS))], 0)
@example([Act("send", READY), Act("print_on", b"\xff" * 64)], 0)
@example([Act("mute"), Act("send", READY + TAKEN), Act("wait")], 0)
@example([Act("wait")], 1 << 20)
@example([Act("deaf"), Act("wait")], 1 << 20)
@example([Act("progress_to", b"\xff"), Act("flood", READY)], 1 << 20)
def test_a_conversation_ends_in_time_whatever_the_other_side_says(script: list[Act], size: int) -> None:
    converse(script, size)


# The submission reader.


@contextlib.contextmanager
def small_limits() -> Iterator[None]:
    """Limits that a tree of a few files reaches."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in LIMITS.items():
            patch.setattr(reader, name, value)
        yield


@contextlib.contextmanager
def folders(place: str | None = fuzzing.SCRATCH) -> Iterator[tuple[Path, Path]]:
    """A folder to hand in, and one beside it that is not to be read; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="autograder-test-", dir=place) as name:
        base = Path(name)
        base.chmod(0o755)
        (base / "in" / "eve" / "lines").mkdir(parents=True)
        (base / "out").mkdir()
        for module in (*MODULES, "more.py"):
            (base / "out" / module).write_bytes(OUTSIDE)
        yield base / "in" / "eve" / "lines", base / "out"


def check_read(folder: Path) -> Submission:
    """Read a folder and check what is said of it."""
    limits = {name: getattr(reader, name) for name in LIMITS}
    before = fuzzing.open_files()
    with measured() as cost:
        submission = read_submission(folder, "eve", "lines", MODULES)
    assert cost.seconds < SLACK
    assert fuzzing.open_files() <= before
    files, refused = submission.files, submission.refused
    read = sum(map(len, files.values()))
    assert cost.peak <= 3 * read + limits["FILE_LIMIT"] + 20 * CONSTANT
    assert read <= limits["TOTAL_LIMIT"]
    assert all(len(content) <= limits["FILE_LIMIT"] for content in files.values())
    assert len(files) <= limits["COUNT_LIMIT"]
    assert len(refused) <= limits["REFUSED_LIMIT"] + 1
    assert not set(files) & set(refused)
    assert not any(OUTSIDE in content for content in files.values())
    assert not any(part in ("", ".", "..") for name in files for part in name.split("/"))
    assert all((folder / name).read_bytes() == content for name, content in files.items())
    for module in MODULES:
        is_there = os.path.lexists(folder / module) and (
            (folder / module).is_symlink() or not (folder / module).is_dir()
        )
        assert (module in files or module in refused) == is_there or (folder / module).is_dir()
    # It can be handed to a student process, and shown.
    encode(Files(tuple(files)), {str(i): np.frombuffer(content, np.uint8) for i, content in enumerate(files.values())})
    assert len(submission.fingerprint) == 32
    "\n".join(describe_refused(refused)).encode()
    show(total(submission, [mark_missing_file(slope(), submission)]))
    return submission


MANY_FILES = [
    *(Node(b"n%d" % i, "file", 1) for i in range(60)),
    Node(b"slope.py", "file", 1),
    Node(b"bend.py", "link", 0, b".."),
]
ONLY_FOLDERS = [Node(b"%d/%d" % (i, j), "many", 6) for i in range(3) for j in range(3)]


@fuzz(80)
@given(fuzzing.trees, st.booleans())
@example([Node(b"slope.py", "sparse"), Node(b"bend.py/slope.py", "file", 3)], False)
@example(
    [Node(b"a", "link", 0, b"."), Node(b"b", "link", 0, b"OUTSIDE"), Node(b"slope.py", "link", 0, b"/dev/zero")], True
)
@example([Node(b"/".join([b"a"] * 40), "folder")], False)
@example(MANY_FILES, True)
@example(ONLY_FOLDERS, True)
def test_any_folder_is_read_within_its_limits(tree: list[Node], small: bool) -> None:
    with folders() as (folder, outside), small_limits() if small else contextlib.nullcontext():
        build(folder, tree, outside)
        with fuzzing.watched(folder) as events:
            submission = check_read(folder)
        assert sum(kind == "os.scandir" for kind, _ in events) <= reader.ENTRY_LIMIT + 1
        event(f"refused: {sorted(set(submission.refused.values()))}")
        check_forbidden(submission.files)
        found, _ = find_submissions(folder.parent.parent, ["lines"])
        assert [one.folder for one in found] == [folder]


@fuzz(60)
@given(st.lists(st.builds(Node, fuzzing.file_names, fuzzing.kinds, fuzzing.sizes, fuzzing.targets), max_size=8))
def test_any_folder_of_submissions_is_listed(tree: list[Node]) -> None:
    with folders() as (folder, outside):
        submitted = folder.parent.parent
        build(
            submitted, [Node(n.path + b"/lines", n.kind, n.size, n.target) if n.size % 2 else n for n in tree], outside
        )
        found, warnings = find_submissions(submitted, ["lines", "curves"])
        assert ("lines", "eve") in [(one.assignment, one.student) for one in found]
        assert len({one.student for one in found}) == len({one.folder.parent for one in found})
        for one in found:
            assert not one.folder.is_symlink()
            assert not one.folder.parent.is_symlink()
            one.student.encode()
        for warning in warnings:
            warning.encode()


CHANGES = ("gone", "link", "folder link", "pipe", "fed pipe", "folder", "grown", "device", "closed")


def change(path: str, how: str, outside: Path, descriptors: list[int]) -> None:
    """Put something else in the place of a file or folder, as far as that can be done."""
    place = Path(path)
    with contextlib.suppress(OSError):
        if how == "grown":
            file = os.open(place, os.O_WRONLY | os.O_NONBLOCK)  # it may be a pipe by now, that nobody reads
            try:
                os.ftruncate(file, 1 << 30)
            finally:
                os.close(file)
            return
        if how == "closed":
            place.chmod(0)
            return
        place.rename(place.with_name(f".{len(descriptors)}{time.monotonic_ns()}"))
        match how:
            case "link":
                place.symlink_to(outside / "more.py")
            case "folder link":
                place.symlink_to(outside)
            case "pipe" | "fed pipe":
                os.mkfifo(place)
                if how == "fed pipe":
                    descriptors.append(os.open(place, os.O_RDWR | os.O_NONBLOCK))
            case "folder":
                place.mkdir()
            case "device":
                os.mknod(place, 0o020666, os.makedev(1, 5))


STABLE = [Node(b"slope.py", "file", 40), Node(b"a/bend.py", "file", 40), Node(b"a/b/more.py", "file", 40)]


@fuzz(100)
@given(
    fuzzing.trees,
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from(CHANGES), st.booleans(), st.booleans()), min_size=1, max_size=4
    ),
    st.booleans(),
)
@example([], [(3, "fed pipe", False, False)], False)  # just before slope.py is opened
@example([], [(1, "folder link", False, False)], False)  # just before a is listed
@example([], [(4, "folder link", True, False)], False)  # just before a/bend.py is opened
@example([], [(3, "gone", False, True)], False)  # before slope.py is opened, a/bend.py goes
@example([], [(3, "folder", False, False)], False)
@example([], [(3, "grown", False, False)], False)
@example([], [(3, "device", False, False)], False)
def test_a_folder_that_changes_while_it_is_read_costs_no_more_than_what_changed(
    tree: list[Node], changes: list[tuple[int, str, bool, bool]], small: bool
) -> None:
    """Each change is (before which event, what is put there, in the place of the folder instead, of another file)."""
    with folders() as (folder, outside), small_limits() if small else contextlib.nullcontext():
        build(folder, [*STABLE, *tree], outside)
        kept: list[int] = []

        def happens(number: int, path: str) -> None:
            for when, how, is_folder, is_other in changes:
                if when == number:
                    place = str(folder / "a" / "bend.py") if is_other else path
                    place = os.path.dirname(place) if is_folder else place
                    if place.startswith(f"{folder}/"):
                        change(place, how, outside, kept)

        try:
            with fuzzing.watched(folder, happens):
                check_changing(folder, kept)
        finally:
            for descriptor in kept:
                os.close(descriptor)


def check_changing(folder: Path, kept: list[int]) -> None:
    """Read a folder that something changes meanwhile: only what is opened on purpose stays open."""
    submission = None
    before = fuzzing.open_files()
    with measured() as cost:
        submission = read_submission(folder, "eve", "lines", MODULES)
    assert cost.seconds < SLACK
    assert cost.peak <= 40 << 20
    assert fuzzing.open_files() - len(kept) <= before
    assert not any(OUTSIDE in content for content in submission.files.values())
    assert sum(map(len, submission.files.values())) <= reader.TOTAL_LIMIT + reader.FILE_LIMIT
    show(total(submission, [mark_missing_file(slope(), submission)]))


def test_a_folder_that_another_thread_changes_all_the_time_can_be_read(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    outside.mkdir()
    (outside / "more.py").write_bytes(OUTSIDE)
    build(folder, STABLE, outside)
    over = threading.Event()

    def play() -> None:
        kept: list[int] = []
        while not over.is_set():
            for how in CHANGES:
                for place in ("a/bend.py", "a/b", "a", "slope.py"):
                    change(str(folder / place), how, outside, kept)
                while kept:
                    os.close(kept.pop())
                for old in folder.iterdir():
                    shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
                build(folder, STABLE, outside)

    thread = threading.Thread(target=play)
    thread.start()
    try:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            submission = read_submission(folder, "eve", "lines", MODULES)
            assert not any(OUTSIDE in content for content in submission.files.values())
    finally:
        over.set()
        thread.join()


# The search of the source.


def check_forbidden(files: dict[str, bytes]) -> list[Finding]:
    """Search a submission's source, and check that what is found can be marked."""
    with measured() as cost:
        found = find_forbidden(files, "slope.py", slope().loaded.calls)
    assert cost.seconds < 4 * SLACK
    assert cost.peak <= 100 * CONSTANT
    for one in found:
        assert one.file in files
        assert one.means in MEANS
        assert one.line >= 0
        assert one.statements <= {0, 1}
    mark(Outcomes([], Ending("crashed")), found)
    return found


def many(count: int, line: str) -> bytes:
    """So many lines, in each of which ``%d`` is its number and ``%e`` the next."""
    return "\n".join(line.replace("%d", str(i)).replace("%e", str(i + 1)) for i in range(count)).encode()


def nested(count: int, line: bytes) -> bytes:
    """So many lines, each inside the one before."""
    return b"".join(b" " * i + line + b"\n" for i in range(count)) + b" " * count + b"pass\n"


FORWARD = b"import torch\ndef forward(X, w):\n    return "
CALLED = b"\ndef forward(X, w):\n    return "
PATHOLOGICAL = {
    "nothing": b"",
    "no end of brackets": FORWARD + b"(" * 1_000_000,
    "no end of signs": FORWARD + b"-" * 39_000 + b"1",
    "no end of sums": FORWARD + b"+".join([b"X"] * 19_000),
    "no end of comparisons": FORWARD + b"<".join([b"X"] * 19_000),
    "no end of attributes": FORWARD + b"X" + b".grad" * 19_000,
    "no end of subscripts": FORWARD + b"X" + b"[0]" * 12_000,
    "no end of calls": FORWARD + b"X" + b"()" * 12_000,
    "nested calls": FORWARD + b"f(" * 90 + b")" * 90,
    "nested lambdas": FORWARD + b"lambda x=" * 90 + b"1" + b": x" * 90,
    "nested conditions": FORWARD + b"X if X else " * 9_000 + b"X",
    "nested comprehensions": FORWARD + b"[x for x in " * 60 + b"X" + b"]" * 60,
    "nested blocks": nested(99, b"if X:"),
    "nested functions": nested(99, b"def forward(X, w):"),
    "nested code": FORWARD
    + functools.reduce(lambda code, _: b"eval(%s)" % repr(code.decode()).encode(), range(12), b"X"),
    "a huge number": FORWARD + b"9" * 1_000_000,
    "a huge power": FORWARD + b"(X(1) - X(0)) / (9.0 ** 9 ** 9 ** 9)",
    "a huge name": FORWARD + b"x" * 1_000_000,
    "a huge text": FORWARD + b"eval('" + b"x" * 1_000_000 + b"')",
    "a text that is repeated": FORWARD + b"eval('x' * 10 ** 10)",
    "names in a row": many(5_000, "x%e = x%d"),
    "names in a ring": many(3_000, "x%e = x%d") + b"\nx0 = x3000" + CALLED + b"x9.grad",
    "texts that double": b"x0 = 'ab'\n" + many(60, "x%e = x%d + x%d") + CALLED + b"getattr(X, x60)",
    "texts in texts that double": b"x0 = 'ab'\n" + many(60, "x%e = f'{x%d}{x%d}'") + CALLED + b"eval(x60)",
    "joined by a huge text": FORWARD + b"eval(('" + b"x" * 100_000 + b"').join([" + b"'a', " * 500 + b"]))",
    "one name with many values": b"import torch\n" + many(9_000, "x = x.y%d"),
    "attributes with many values": b"class A:\n" + many(6_000, " x = A.x.x%d") + CALLED + b"A.x.x.x",
    "stars": many(5_000, "from torch import *") + CALLED + b"+".join(b"y%d" % i for i in range(5_000)),
    "functions that call each other": many(2_000, "def f%d(): return f%e()") + CALLED + b"f0()",
    "functions of one name": many(2_000, "def forward(X, w): return f(X + h) - f(X - h)"),
    "difference quotients": FORWARD + b"+".join([b"(f(x+h)-f(x-h))/(2*h)"] * 1_600),
    "difference quotients in one": FORWARD + b"(" + b"+".join([b"f(x+h)-f(x-h)"] * 2_500) + b")/(2*h)",
    "names for names": FORWARD + b"(x:=" * 80 + b"X" + b")" * 80,
    "patterns": FORWARD + b"0\nmatch X:\n" + many(3_000, "    case [A(x=%d), *x]: pass"),
    "decorators": b"@f\n" * 9_000 + b"def forward(X, w): pass",
    "parameters": b"def forward(" + b"".join(b"x%d=torch," % i for i in range(9_000)) + b"): pass",
    "an encoding that is none": b"# coding: \xff\xfe\nimport torch",
    "an encoding of bytes": b"# coding: zlib\nx\x9c\x03\x00\x00\x00\x00\x01",
    "a text that is cut": FORWARD + b"'''" + b"\\" * 99_999,
    "a null": FORWARD + b"X\x00",
    "form feeds": b"\x0c" * 1_000_000,
    "line ends": b"\r" * 1_000_000,
    "continued lines": b"\\\n" * 300_000,
    "half a surrogate": FORWARD + b"getattr(torch, '\\ud800') + eval('\\udfff') + __import__('\\ud800.\\ud800')",
    "a null in a text": FORWARD + b"eval('a\\0b') + exec('\\0') + getattr(torch, '\\0') + __import__('a\\0')",
    "no names": FORWARD + b"__import__('') + __import__('.') + getattr(torch, '') + eval('') + __import__('..torch')",
}


@pytest.mark.parametrize("source", PATHOLOGICAL.values(), ids=PATHOLOGICAL)
def test_a_pathological_source_is_searched_in_bounds(source: bytes) -> None:
    check_forbidden({"slope.py": source[: reader.FILE_LIMIT]})


def test_files_that_import_each_other_are_searched_in_bounds() -> None:
    each = {f"m{i}.py": many(50, "from m%d import *") + b"\ndef f(): return g()" for i in range(150)}
    check_forbidden({"slope.py": b"from m0 import *\nfrom m0 import f as forward", **each})


@fuzz(200)
@given(st.lists(fuzzing.sources, min_size=1, max_size=2), st.sampled_from(["bend.py", "torch.py", "a/b.py", "..py"]))
def test_any_source_is_searched_without_an_exception(sources: list[bytes], name: str) -> None:
    found = check_forbidden(dict(zip(("slope.py", name), sources, strict=False)))
    event("something is found" if found else "nothing is found")


@fuzz(60)
@given(st.dictionaries(st.text(max_size=9), st.binary(max_size=30) | fuzzing.sources, max_size=6))
def test_sources_of_any_name_are_searched_without_an_exception(files: dict[str, bytes]) -> None:
    named = {f"{name}.py": content for name, content in files.items()}
    check_forbidden(named | {"slope.py": b"import a\nfrom . import *\ndef forward(X, w): return a.f(X)"})
