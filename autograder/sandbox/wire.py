"""What crosses the line between grader and student process: typed JSON and dense arrays, both with a bound.

A frame is two lengths (8 bytes each, big-endian), a JSON message (msgspec, typed) and arrays in safetensors format.
No pickle. The reader checks lengths before it allocates, and names, dtypes and shapes before it believes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec
import numpy as np
import safetensors
import safetensors.numpy

__all__ = [
    "Arrays",
    "Exit",
    "Fault",
    "FaultKind",
    "Frame",
    "Launch",
    "Outcome",
    "ProtocolError",
    "Request",
    "Setup",
    "Step",
    "Variant",
    "decode_arrays",
    "decode_message",
    "encode",
    "frame_lengths",
]

Arrays = Mapping[str, np.ndarray]
Scalar = int | float | str | bool
Message = TypeVar("Message")

Variant = Literal["plain", "again", "strided", "interleaved"]
"""How a case is run: once; a second time in the same module (the second counts); with non-contiguous inputs;
statement by statement in turn with another case (the first counts)."""

FaultKind = Literal[
    "import",
    "not_attempted",
    "raised",
    "memory",
    "missing",
    "undefined",
    "unusable",
    "skipped",
    "timeout",
    "crashed",
    "given_up",
]

HEADER = struct.Struct(">QQ")
TEXT_LIMIT = 4 << 20
"""Bytes of JSON in one frame."""

_DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


class ProtocolError(Exception):
    """The bytes are not a frame, or a frame holds something that was not asked for."""


class Launch(msgspec.Struct, frozen=True):
    """One run: its working copy and its limits. ``memory_bytes`` is what the child may map on top of the fork."""

    folder: str
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int


class Exit(msgspec.Struct, frozen=True):
    """How a child ended: its exit code, or minus the number of the signal that ended it.

    ``fork_seconds`` is what the fork itself took.
    """

    status: int
    fork_seconds: float = 0.0


class Setup(msgspec.Struct, frozen=True):
    """First message to a student process: what to load and how to call it."""

    exercise: str
    module: str
    calls: str
    wanted: tuple[str, ...]
    arrays: Literal["torch", "numpy"]
    max_bytes: int


class Fault(msgspec.Struct, frozen=True):
    """Why a wanted value is not there, in the student process's own words: text to be shown, never to be trusted.

    ``statement`` is the line of the calls, ``type`` and ``message`` those of an exception, ``line`` and ``function``
    where in the student's file it was raised, ``trace`` the frames of the student's files, outermost first. A
    ``skipped`` value has all this of the earlier statement that failed, and in ``cause`` the kind of that failure.
    """

    kind: FaultKind
    statement: str = ""
    type: str = ""
    message: str = ""
    line: int | None = None
    function: str = ""
    trace: str = ""
    cause: str = ""


class Request(msgspec.Struct, frozen=True):
    """Run one case. Its arrays travel with it; those of the case run in turn with it are named ``other/<name>``.

    ``stopped`` are the statements not to run, by number, and why: an earlier process did not survive them.
    """

    variant: Variant
    scalars: dict[str, Scalar]
    other_scalars: dict[str, Scalar] = {}
    stopped: dict[int, Fault] = {}


class Step(msgspec.Struct, frozen=True, tag="step"):
    """On the way to an outcome: the number of the statement that is about to run."""

    statement: int


class Outcome(msgspec.Struct, frozen=True, tag="outcome"):
    """Answer to a request: the arrays travel with it, ``faults`` says for each other wanted name why it is absent.

    ``dtypes`` are the student's own dtypes where the wire has another; ``changed`` names by
    wanted name the inputs that its statement changed in place.
    """

    faults: dict[str, Fault] = {}
    dtypes: dict[str, str] = {}
    changed: dict[str, tuple[str, ...]] = {}


class Frame(msgspec.Struct, frozen=True):
    """A received frame before it is interpreted."""

    text: bytes
    arrays: bytes


def encode(message: msgspec.Struct, arrays: Arrays) -> bytes:
    """One frame as bytes."""
    text = msgspec.json.encode(message)
    body = safetensors.numpy.save({name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()})
    return HEADER.pack(len(text), len(body)) + text + body


def frame_lengths(header: bytes, max_bytes: int) -> tuple[int, int]:
    """The two lengths in a frame's header. Raises ProtocolError when either is over its bound."""
    text, body = HEADER.unpack(header)
    if text > TEXT_LIMIT or body > max_bytes:
        raise ProtocolError(f"a frame of {text} + {body} bytes is over the bound of {TEXT_LIMIT} + {max_bytes}")
    return text, body


def decode_arrays(body: bytes) -> dict[str, np.ndarray]:
    """Read-only arrays by name. Raises ProtocolError for anything that is not dense arrays of the known dtypes."""
    try:
        return _decode_arrays(body)
    except ProtocolError:
        raise
    except Exception as error:  # of the library, or of NumPy for a shape beyond its limits
        raise ProtocolError(f"not arrays: {error}") from None


def decode_message(text: bytes, kind: type[Message]) -> Message:
    """A typed message. Raises ProtocolError for anything else."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a message: {error}") from None


def _decode_arrays(body: bytes) -> dict[str, np.ndarray]:
    views = safetensors.deserialize(body)  # type: ignore[no-untyped-call]  # the library has no types here
    arrays: dict[str, np.ndarray] = {}
    for name, view in views:
        dtype = _DTYPES.get(view["dtype"])
        if dtype is None:
            raise ProtocolError(f"array {name[:80]!r} has the dtype {view['dtype']!r}")
        array = np.frombuffer(view["data"], dtype=dtype).reshape(view["shape"])
        array.flags.writeable = False
        arrays[name] = array
    return arrays
