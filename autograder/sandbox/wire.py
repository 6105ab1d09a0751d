"""What crosses the line between grader and student process: typed JSON and dense arrays, both with a bound.

A frame is two lengths (8 bytes each, big-endian), a JSON message (msgspec, typed) and arrays in safetensors format.
No pickle. The reader checks lengths before it takes the bytes, and names, dtypes, shapes and places before it makes arrays of
them, which are views: nothing is ever allocated because the other side says so. An array without elements takes no bytes
whatever its other sizes are, so these have a bound as well: a sum over the empty axis is as long as they say.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import numpy as np
from msgspec import Meta

__all__ = [
    "EXTENT_LIMIT",
    "NOT_BEGUN",
    "PROGRESS",
    "Arrays",
    "Exit",
    "Fault",
    "FaultKind",
    "Files",
    "Frame",
    "Guard",
    "Isolation",
    "Launch",
    "Outcome",
    "ProtocolError",
    "Ready",
    "Refusal",
    "Request",
    "Setup",
    "Start",
    "Variant",
    "decode_arrays",
    "decode_message",
    "encode",
    "extent",
    "frame_lengths",
]

Arrays = Mapping[str, np.ndarray]
Scalar = int | float | str | bool
Message = TypeVar("Message")

Variant = Literal["plain", "again", "strided", "interleaved"]
"""How a case is run: once; a second time in the same module (the second counts); with non-contiguous inputs;
statement by statement in turn with another case (the first counts)."""

Isolation = Literal["full", "limits"]
"""How student code is kept apart: with all that ``jail`` gives, or with limits alone, as far as the system has them."""

Guard = Literal["block", "record", "off"]
"""Whether PyTorch's own derivatives are out of reach of student code, noted, or free to use."""

FaultKind = Literal[
    "import",
    "not_attempted",
    "raised",
    "memory",
    "missing",
    "undefined",
    "unusable",
    "count",
    "skipped",
    "timeout",
    "crashed",
    "given_up",
    "forbidden",
]

HEADER = struct.Struct(">QQ")
PROGRESS = 1
"""Bytes of memory that a child shares with the grader: one more than the number of the statement that is running."""

TEXT_LIMIT = 1 << 20
"""Bytes of JSON in one frame."""

EXTENT_LIMIT = 1 << 20
"""Product of the sizes of an array without elements, those of 0 left out."""

Words = Annotated[str, Meta(max_length=8000)]
Size = Annotated[int, Meta(ge=0, lt=1 << 48)]

_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
_DTYPE_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_LENGTH = struct.Struct("<Q")


NOT_BEGUN = 97
"""Exit code of a student process in which something failed before any student code ran."""


class ProtocolError(Exception):
    """The bytes are not a frame, or a frame holds something that was not asked for."""


class Start(msgspec.Struct, frozen=True):
    """How a warm process is to be: what isolates its children, and whether autograd is out of reach.

    ``libraries`` are the folders of shared libraries that its file system shows.
    """

    isolation: Isolation
    guard: Guard
    libraries: tuple[str, ...] = ()


class Launch(msgspec.Struct, frozen=True):
    """One student process and its limits. ``memory_bytes`` is what it may map on top of the fork.

    ``folder`` is a private folder for its files, where the process has no file system of its own. ``calls`` are those of
    its exercises, so that they are parsed once for all students.
    """

    cpu_seconds: int
    memory_bytes: int
    file_bytes: int
    processes: int
    folder: str = ""
    calls: tuple[str, ...] = ()


class Exit(msgspec.Struct, frozen=True):
    """How a child ended: its exit code, or minus the number of the signal that ended it.

    ``fork_seconds`` is what the fork itself took, ``cpu_seconds`` the processor time of the child.
    """

    status: int
    fork_seconds: float = 0.0
    cpu_seconds: float = 0.0


class Refusal(msgspec.Struct, frozen=True):
    """The warm process cannot isolate: the ``protection`` that is missing, and the system's words."""

    protection: str
    error: str


class Files(msgspec.Struct, frozen=True, tag="files"):
    """First message to a student process: the names of the submission's files; their bytes travel as arrays by number."""

    names: tuple[str, ...]


class Setup(msgspec.Struct, frozen=True, tag="setup"):
    """Turn to an exercise: what to load and how to call it. Answered by `Ready`."""

    exercise: str
    module: str
    calls: str
    wanted: tuple[str, ...]
    arrays: Literal["torch", "numpy"]
    max_bytes: int


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process is as it was before the first exercise; or what is not, in ``dirt``, and then it takes no more."""

    dirt: str = ""


class Fault(msgspec.Struct, frozen=True):
    """Why a wanted value is not there, in the student process's own words: text to be shown, never to be trusted.

    ``statement`` is the line of the calls, ``type`` and ``message`` those of an exception, ``line`` and ``function``
    where in the student's file it was raised, ``trace`` the frames of the student's files, outermost first. A
    ``skipped`` value has all this of the earlier statement that failed, and in ``cause`` the kind of that failure.
    Of a ``forbidden`` one, ``message`` is what was called, and ``file`` where, by its path in the submission.
    """

    kind: FaultKind
    statement: Words = ""
    type: Words = ""
    message: Words = ""
    line: Annotated[int, Meta(ge=0, lt=1 << 31)] | None = None
    function: Words = ""
    trace: Words = ""
    cause: Words = ""
    file: Words = ""


class Request(msgspec.Struct, frozen=True, tag="request"):
    """Run one case. Its arrays travel with it; those of the case run in turn with it are named ``other/<name>``.

    ``stopped`` are the statements not to run, by number, and why: an earlier process did not survive them.
    """

    variant: Variant
    scalars: dict[str, Scalar]
    other_scalars: dict[str, Scalar] = {}
    stopped: dict[int, Fault] = {}


class Outcome(msgspec.Struct, frozen=True, tag="outcome"):
    """Answer to a request: the arrays travel with it, ``faults`` says for each other wanted name why it is absent.

    ``dtypes`` are the student's own dtypes where the wire has another; ``changed`` names by
    wanted name the inputs that its statement changed in place; ``noted`` has forbidden means that were used and let
    through.
    """

    faults: dict[str, Fault] = {}
    dtypes: dict[str, Words] = {}
    changed: dict[str, tuple[str, ...]] = {}
    noted: dict[str, Fault] = {}


class Frame(msgspec.Struct, frozen=True):
    """A received frame before it is interpreted."""

    text: bytes
    arrays: bytes


def encode(message: msgspec.Struct, arrays: Arrays) -> bytes:
    """One frame as bytes; without arrays its second part is empty."""
    text = msgspec.json.encode(message)
    if not arrays:
        return HEADER.pack(len(text), 0) + text
    body = _encode_arrays(arrays)
    return HEADER.pack(len(text), len(body)) + text + body


def _encode_arrays(arrays: Arrays) -> bytes:
    """Arrays one after the other behind a header that says where each is, as `decode_arrays` and safetensors read them."""
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    place = 0
    # The widest come first, so that each begins at a multiple of its size.
    for name, array in sorted(arrays.items(), key=lambda item: -item[1].itemsize):
        if array.dtype not in _DTYPE_NAMES:
            array = array.astype(array.dtype.newbyteorder("<"))
        part = array.tobytes()
        header[name] = {
            "dtype": _DTYPE_NAMES[array.dtype],
            "shape": array.shape,
            "data_offsets": (place, place + len(part)),
        }
        parts.append(part)
        place += len(part)
    text = msgspec.json.encode(header)
    text += b" " * (-len(text) % 8)
    return b"".join((_LENGTH.pack(len(text)), text, *parts))


def frame_lengths(header: bytes, max_bytes: int) -> tuple[int, int]:
    """The two lengths in a frame's header. Raises ProtocolError when either is over its bound."""
    text, body = HEADER.unpack(header)
    if text > TEXT_LIMIT or body > max_bytes:
        raise ProtocolError(f"a frame of {text} + {body} bytes is over the bound of {TEXT_LIMIT} + {max_bytes}")
    return text, body


def extent(shape: Sequence[int]) -> int:
    """What the sizes of an array without elements come to where they are not 0; 0 for one with elements."""
    return 0 if math.prod(shape) else math.prod(size for size in shape if size)


def decode_arrays(body: bytes, wanted: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Read-only arrays by name, as views of ``body``; with ``wanted``, only arrays of these names are taken.

    Raises ProtocolError for anything that is not dense arrays of the known dtypes, one after the other without a gap.
    The format is that of safetensors: the length of a header, the header (JSON), the elements.
    """
    if not body:
        return {}
    if len(body) < _LENGTH.size:
        raise ProtocolError("not arrays: there is no header")
    (length,) = _LENGTH.unpack_from(body)
    start = _LENGTH.size + length
    if length > TEXT_LIMIT or start > len(body):
        raise ProtocolError(f"not arrays: a header of {length} bytes")
    header = decode_message(body[_LENGTH.size : start], dict[str, _Entry])
    if wanted is not None and not set(header) <= set(wanted):
        raise ProtocolError("the names do not fit what was asked for")
    arrays: dict[str, np.ndarray] = {}
    place = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1].data_offsets):
        dtype, (first, last) = _DTYPES[entry.dtype], entry.data_offsets
        if first != place or last - first != math.prod(entry.shape) * dtype.itemsize or start + last > len(body):
            raise ProtocolError(f"array {name[:80]!r} is not where its header says")
        if extent(entry.shape) > EXTENT_LIMIT:
            raise ProtocolError(f"array {name[:80]!r} has no elements, but sizes of {extent(entry.shape)}")
        try:
            arrays[name] = np.frombuffer(body, dtype, math.prod(entry.shape), start + first).reshape(entry.shape)
        except ValueError as error:  # sizes beyond NumPy's, of an array without elements
            raise ProtocolError(f"array {name[:80]!r}: {error}") from None
        place = last
    if start + place != len(body):
        raise ProtocolError("not arrays: bytes that belong to none")
    return arrays


def decode_message(text: bytes, kind: type[Message]) -> Message:
    """A typed message. Raises ProtocolError for anything else."""
    try:
        return _decoder(kind).decode(text)  # type: ignore[no-any-return, arg-type]  # it decodes this kind
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a message: {error}") from None


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Making a decoder takes a hundred times as long as using it."""
    return msgspec.json.Decoder(kind)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the header says of one array; ``data_offsets`` count from the end of the header."""

    dtype: Literal["F64", "F32", "F16", "I64", "I32", "I16", "I8", "U8", "BOOL"]
    shape: Annotated[tuple[Size, ...], Meta(max_length=32)]
    data_offsets: tuple[Size, Size]
