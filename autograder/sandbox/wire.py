"""What crosses the line between grader and student process: typed JSON and dense arrays, both with a bound.

A frame is two lengths (8 bytes each, big-endian), a JSON message (msgspec, typed) and arrays in safetensors format.
No pickle. The reader checks lengths before it allocates, and names, dtypes and shapes before it believes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np
import safetensors
import safetensors.numpy

__all__ = [
    "Arrays",
    "Fault",
    "FaultKind",
    "Frame",
    "Outcome",
    "ProtocolError",
    "Request",
    "Setup",
    "Variant",
    "decode_arrays",
    "encode",
    "frame_lengths",
]

Arrays = Mapping[str, np.ndarray]
Scalar = int | float | str | bool

Variant = Literal["plain", "again", "strided", "interleaved"]
"""How a case is run: once; a second time in the same module (the second counts); with non-contiguous inputs;
statement by statement in turn with another case (the first counts)."""

FaultKind = Literal["import", "not_attempted", "raised", "memory", "missing", "undefined", "unusable", "skipped"]

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


class Setup(msgspec.Struct, frozen=True):
    """First message to a student process: what to load and how to call it."""

    exercise: str
    module: str
    calls: str
    wanted: tuple[str, ...]
    arrays: Literal["torch", "numpy"]
    max_bytes: int


class Request(msgspec.Struct, frozen=True):
    """Run one case. Its arrays travel with it; those of the case run in turn with it are named ``other/<name>``."""

    variant: Variant
    scalars: dict[str, Scalar]
    other_scalars: dict[str, Scalar] = {}


class Fault(msgspec.Struct, frozen=True):
    """Why a wanted value is not there, in the student process's own words: text to be shown, never to be trusted.

    ``statement`` is the line of the calls, ``type`` and ``message`` those of an exception, ``line`` and ``function``
    where in the student's file it was raised, ``trace`` the frames of the student's files, outermost first. A
    ``skipped`` value names in ``statement`` the earlier statement that failed.
    """

    kind: FaultKind
    statement: str = ""
    type: str = ""
    message: str = ""
    line: int | None = None
    function: str = ""
    trace: str = ""


class Outcome(msgspec.Struct, frozen=True):
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
        views = safetensors.deserialize(body)  # type: ignore[no-untyped-call]  # the library has no types here
    except Exception as error:
        raise ProtocolError(f"not arrays: {error}") from None
    arrays: dict[str, np.ndarray] = {}
    for name, view in views:
        dtype = _DTYPES.get(view["dtype"])
        if dtype is None:
            raise ProtocolError(f"array {name[:80]!r} has the dtype {view['dtype']!r}")
        arrays[name] = np.frombuffer(view["data"], dtype=dtype).reshape(view["shape"])
    return arrays
