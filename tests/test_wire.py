from __future__ import annotations

import contextlib
import json
import struct

import msgspec
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.talk import read_answer
from autograder.sandbox.wire import (
    EXTENT_LIMIT,
    HEADER,
    TEXT_LIMIT,
    Fault,
    Frame,
    Outcome,
    ProtocolError,
    Request,
    decode_arrays,
    encode,
    frame_lengths,
)

DTYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


def arrays_body(dtype: str, shape: object, data: bytes = b"", **changes: object) -> bytes:
    """The arrays of a frame as a hostile child would write them."""
    head = json.dumps({"y": {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]} | changes}).encode()
    return struct.pack("<Q", len(head)) + head + data


def several(*entries: tuple[str, list[int], tuple[int, int]], data: bytes = b"") -> bytes:
    """Arrays y0, y1, ... by dtype, shape and place, with the bytes that follow the header."""
    head = {f"y{k}": {"dtype": d, "shape": s, "data_offsets": p} for k, (d, s, p) in enumerate(entries)}
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_header(text: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + data


NOT_ARRAYS = {
    "less than a length": b"\x02",
    "noise": b"\xff" * 64,
    "a header longer than all": struct.pack("<Q", 1 << 60) + b"{}",
    "no JSON": struct.pack("<Q", 4) + b"nope",
    "a dtype of its own": arrays_body("F128", [1], bytes(16)),
    "bfloat16": arrays_body("BF16", [1], bytes(2)),
    "a shape that does not fit": arrays_body("F64", [3], bytes(8)),
    "a negative size": arrays_body("F64", [-1], bytes(8)),
    "a size that is no number": arrays_body("F64", ["1"], bytes(8)),
    "no elements, but an enormous size": arrays_body("F64", [0, 1 << 62, 8]),
    "no elements, but a sum of which would fill the memory": arrays_body("F64", [1 << 47, 0]),
    "no elements, but sizes whose product is large": arrays_body("U8", [1 << 11, 0, 1 << 10]),
    "more axes than NumPy has": arrays_body("F64", [1] * 100, bytes(8)),
    "offsets past the end": arrays_body("F64", [1], bytes(8), data_offsets=[0, 1 << 40]),
    "offsets that run backwards": arrays_body("F64", [1], bytes(8), data_offsets=[8, 0]),
    "a header of no arrays, and bytes": with_header(b"{}", bytes(8)),
    "a header over its bound": with_header(b"{}" + b" " * TEXT_LIMIT),
    "a list for a header": with_header(b"[]"),
    "bytes after the last array": arrays_body("F64", [1], bytes(9), data_offsets=[0, 8]),
    "bytes before the first array": arrays_body("F64", [1], bytes(16), data_offsets=[8, 16]),
    "a gap between two arrays": several(("F64", [1], (0, 8)), ("F64", [1], (16, 24)), data=bytes(24)),
    "two arrays in the same place": several(("F64", [1], (0, 8)), ("F64", [1], (0, 8)), data=bytes(8)),
    "two arrays that overlap": several(("F64", [2], (0, 16)), ("F64", [1], (8, 16)), data=bytes(16)),
    "more bytes than its shape has": arrays_body("F64", [1], bytes(16)),
    "negative offsets": arrays_body("F64", [1], bytes(8), data_offsets=[-8, 0]),
    "three offsets": arrays_body("F64", [1], bytes(8), data_offsets=[0, 8, 8]),
    "a field of its own": arrays_body("F64", [1], bytes(8), strides=[0]),
    "metadata": with_header(b'{"__metadata__":{"format":"pt"}}'),
    "an array without a dtype": with_header(b'{"y":{"shape":[],"data_offsets":[0,0]}}'),
    "a size that is a fraction": arrays_body("F64", [1.5], bytes(12)),
    "a size that is a truth value": arrays_body("F64", [True], bytes(8)),
    "sizes whose product is enormous": arrays_body("U8", [1 << 47] * 30),
    "an 8-bit float": arrays_body("F8_E4M3", [1], bytes(1)),
    "unsigned 64 bits": arrays_body("U64", [1], bytes(8)),
    "a dtype of a list": arrays_body(["F64"], [1], bytes(8)),
    "a name that is not UTF-8": with_header(b'{"\xff":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}', bytes(8)),
    "brackets without end": with_header(b"[" * 200_000),
}

NOT_OUTCOMES = {
    "nothing": b"",
    "no JSON": b"nope",
    "another type": b"[]",
    "a message of an unknown type": b'{"type":"marks"}',
    "a message that goes the other way": b'{"type":"ready"}',
    "a dtype that holds a colour": b'{"type":"outcome","dtypes":{"y":"float8\\u001b[31m"}}',
    "a dtype without end": b'{"type":"outcome","dtypes":{"y":"' + b"f" * 100 + b'"}}',
    "a pickle": b"\x80\x04K\x01.",
    "a fault of an unknown kind": b'{"type":"outcome","faults":{"y":{"kind":"full marks"}}}',
    "a line that is no number": b'{"type":"outcome","faults":{"y":{"kind":"raised","line":"7"}}}',
    "a line that is too large": b'{"type":"outcome","faults":{"y":{"kind":"raised","line":' + b"9" * 400 + b"}}}",
    "bytes that are not UTF-8": b'{"type":"outcome","dtypes":{"y":"\xff"}}',
    "a name that is not UTF-8": b'{"type":"outcome","faults":{"\xff\xff":{"kind":"raised"}}}',
    "half a surrogate": b'{"type":"outcome","dtypes":{"y":"\\ud800"}}',
    "brackets without end": b'{"type":"outcome","more":' + b"[" * 200_000,
    "brackets that do end": b'{"type":"outcome","more":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
}

named_arrays = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda name: name != "__metadata__"),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    ),
    max_size=4,
)

FAST = settings(max_examples=60, deadline=None)


def split(content: bytes) -> Frame:
    text, body = frame_lengths(content[: HEADER.size], 1 << 20)
    rest = content[HEADER.size :]
    assert len(rest) == text + body
    return Frame(rest[:text], rest[text:])


@FAST
@given(named_arrays)
def test_arrays_come_back_with_their_names_dtypes_shapes_and_bits(arrays):
    back = decode_arrays(split(encode(Outcome(), arrays)).arrays)
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)
        assert back[name].tobytes() == array.tobytes()


@FAST
@given(
    st.builds(
        Outcome,
        faults=st.dictionaries(
            st.text(max_size=5),
            st.builds(
                Fault,
                kind=st.sampled_from(["raised", "import", "missing"]),
                message=st.text(),
                line=st.none() | st.integers(0, 10**6),
                trace=st.text(),
            ),
            max_size=3,
        ),
        dtypes=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
        changed=st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3).map(tuple), max_size=2),
    )
)
def test_an_outcome_comes_back_as_it_was(outcome):
    assert msgspec.json.decode(split(encode(outcome, {})).text, type=Outcome) == outcome


@FAST
@given(
    st.dictionaries(
        st.text(max_size=4),
        st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_scalars_come_back_as_they_were(scalars):
    request = Request("plain", scalars)
    assert msgspec.json.decode(split(encode(request, {})).text, type=Request) == request


def test_a_float_that_is_whole_stays_a_float():
    back = msgspec.json.decode(
        split(encode(Request("plain", {"lr": 1.0, "steps": 1, "on": True}), {})).text, type=Request
    )
    assert [type(value) for value in back.scalars.values()] == [float, int, bool]


def test_a_single_number_keeps_its_shape_of_no_axes():
    assert decode_arrays(split(encode(Outcome(), {"loss": np.array(0.5)})).arrays)["loss"].shape == ()


def test_a_transposed_array_comes_back_with_its_values_in_place():
    array = np.arange(6.0).reshape(2, 3).T
    assert (decode_arrays(split(encode(Outcome(), {"y": array})).arrays)["y"] == array).all()


def test_received_arrays_cannot_be_written_to():
    array = decode_arrays(split(encode(Outcome(), {"y": np.zeros(3)})).arrays)["y"]
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


@FAST
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_arrays_or_a_protocol_error(body):
    with contextlib.suppress(ProtocolError):
        decode_arrays(body)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["F64", "F32", "F16", "BF16", "I64", "U64", "U8", "BOOL", "F8_E4M3", "x", ""]),
    st.lists(st.integers(0, 3) | st.integers(-(2**70), 2**70), max_size=80),
    st.binary(max_size=64),
)
def test_a_made_up_header_gives_arrays_or_a_protocol_error(dtype, shape, data):
    with contextlib.suppress(ProtocolError):
        decode_arrays(arrays_body(dtype, shape, data))


@pytest.mark.parametrize("body", NOT_ARRAYS.values(), ids=NOT_ARRAYS)
def test_what_is_not_arrays_is_a_protocol_error(body):
    with pytest.raises(ProtocolError):
        decode_arrays(body)


def test_no_bytes_are_no_arrays():
    assert (decode_arrays(b""), decode_arrays(b"", ("y",)), split(encode(Outcome(), {})).arrays) == ({}, {}, b"")


def test_arrays_may_stand_in_another_order_than_their_names():
    body = several(("F64", [1], (8, 16)), ("F64", [1], (0, 8)), data=struct.pack("<dd", 1.0, 2.0))
    assert {name: array.tolist() for name, array in decode_arrays(body).items()} == {"y0": [2.0], "y1": [1.0]}


def test_arrays_without_elements_take_no_place():
    body = several(("F64", [0, 3], (0, 0)), ("F64", [1], (0, 8)), ("U8", [2, 0], (8, 8)), data=bytes(8))
    assert {name: array.shape for name, array in decode_arrays(body).items()} == {
        "y0": (0, 3),
        "y1": (1,),
        "y2": (2, 0),
    }


def test_an_array_without_elements_may_be_as_long_as_one_with_elements():
    assert decode_arrays(arrays_body("F64", [EXTENT_LIMIT, 0]))["y"].shape == (EXTENT_LIMIT, 0)
    with pytest.raises(ProtocolError, match="but sizes of"):
        decode_arrays(arrays_body("F64", [EXTENT_LIMIT + 1, 0]))


@pytest.mark.parametrize("wanted", [(), ("z",), ("yy",), ("Y",)])
def test_an_array_that_is_not_wanted_is_refused(wanted):
    with pytest.raises(ProtocolError, match="the names do not fit what was asked for"):
        decode_arrays(arrays_body("F64", [1], bytes(8)), wanted)


def test_wanted_arrays_may_be_absent():
    assert list(decode_arrays(arrays_body("F64", [1], bytes(8)), ("x", "y", "z"))) == ["y"]


def test_an_array_is_a_view_of_the_bytes_that_came():
    body = arrays_body("F64", [1000], bytes(8000))
    array = decode_arrays(body)["y"]
    assert np.shares_memory(array, np.frombuffer(body, np.uint8))


@FAST
@given(named_arrays)
def test_what_is_written_is_what_safetensors_reads_and_the_other_way_round(arrays):
    body = split(encode(Outcome(), arrays)).arrays
    if arrays:
        theirs = safetensors.numpy.load(body)
        assert {name: array.tobytes() for name, array in theirs.items()} == {n: a.tobytes() for n, a in arrays.items()}
    back = decode_arrays(safetensors.numpy.save(dict(arrays)))
    assert {name: (a.dtype, a.shape) for name, a in back.items()} == {n: (a.dtype, a.shape) for n, a in arrays.items()}


@FAST
@given(named_arrays.filter(len), st.data())
def test_a_single_changed_byte_gives_arrays_or_a_protocol_error(arrays, data):
    body = bytearray(split(encode(Outcome(), arrays)).arrays)
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        decode_arrays(bytes(body))


@FAST
@given(named_arrays.filter(len), st.data())
def test_arrays_that_are_cut_short_are_refused(arrays, data):
    body = split(encode(Outcome(), arrays)).arrays
    with pytest.raises(ProtocolError):
        decode_arrays(body[: data.draw(st.integers(1, len(body) - 1))])


@FAST
@given(st.binary(max_size=200), st.binary(max_size=100))
def test_an_arbitrary_frame_never_raises_anything_but_what_the_runner_expects(text, body):
    with contextlib.suppress(ProtocolError, msgspec.MsgspecError):
        read_answer(Frame(text, body), ("y",))


@pytest.mark.parametrize("text", NOT_OUTCOMES.values(), ids=NOT_OUTCOMES)
def test_what_is_not_an_outcome_is_refused(text):
    body = split(encode(Outcome(), {"y": np.zeros(1)})).arrays
    with pytest.raises((ProtocolError, msgspec.MsgspecError)):
        read_answer(Frame(text, body), ("y",))


@pytest.mark.parametrize(
    ("outcome", "arrays"),
    [
        (Outcome(), {"y": np.zeros(1), "score": np.ones(1)}),
        (Outcome(faults={"score": Fault("raised")}), {"y": np.zeros(1)}),
        (Outcome(faults={"y": Fault("raised")}), {"y": np.zeros(1)}),
        (Outcome(), {}),
    ],
    ids=["another array", "another fault", "both there and absent", "neither there nor absent"],
)
def test_names_must_be_just_those_that_were_asked_for(outcome, arrays):
    with pytest.raises(ProtocolError):
        read_answer(split(encode(outcome, arrays)), ("y",))


def test_a_frame_of_the_names_that_were_asked_for_is_accepted():
    values = read_answer(split(encode(Outcome(faults={"z": Fault("raised")}), {"y": np.ones(2)})), ("y", "z"))
    assert (values.arrays["y"].tolist(), values.outcome.faults["z"].kind) == ([1.0, 1.0], "raised")


@pytest.mark.parametrize("lengths", [(TEXT_LIMIT + 1, 0), (0, 1001), (2**64 - 1, 0), (0, 2**64 - 1)])
def test_lengths_over_their_bound_are_refused_before_anything_is_read(lengths):
    with pytest.raises(ProtocolError):
        frame_lengths(HEADER.pack(*lengths), 1000)


def test_lengths_at_their_bound_are_accepted():
    assert frame_lengths(HEADER.pack(TEXT_LIMIT, 1000), 1000) == (TEXT_LIMIT, 1000)
