"""The conversation with one student process: exercises and requests go out, answers come back, and what it prints is kept
in bounds.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from autograder.sandbox.calls import parse_calls
from autograder.sandbox.runner import Job, Run, Values, request_of
from autograder.sandbox.wire import (
    HEADER,
    Arrays,
    Fault,
    Files,
    Frame,
    Outcome,
    ProtocolError,
    Ready,
    decode_arrays,
    decode_message,
    encode,
    frame_lengths,
)

__all__ = ["Plan", "Printed", "Talk", "Turn", "read_answer"]

DRAIN_LIMIT = 1 << 20
CHUNK = 1 << 18
ARRIVED_LIMIT = 128 << 20
"""Bytes that may have arrived and not been read: more than two answers of the largest size."""
DTYPE = re.compile(r"[a-z][a-z0-9_]{1,30}")


@dataclass(frozen=True)
class Plan:
    """Which statements to leave out, and why: in one run by its number, and in all that are still to come."""

    in_run: dict[int, dict[int, Fault]]
    from_now_on: dict[int, Fault]

    def stopped(self, run: int) -> dict[int, Fault]:
        """Statements to leave out in a run, by their numbers."""
        return {**self.from_now_on, **self.in_run.get(run, {})}

    def stop(self, run: int, statement: int, fault: Fault) -> None:
        """A statement did not come back in a run; where that is the second one, it is given up."""
        if any(statement in stopped for stopped in self.in_run.values()):
            self.from_now_on[statement] = Fault("given_up", statement=fault.statement, type=fault.kind)
        self.in_run.setdefault(run, {})[statement] = fault


@dataclass
class Printed:
    """What a child has printed: the start of it, up to a limit in bytes, and how much it was."""

    limit: int
    kept: bytearray
    size: int = 0

    def add(self, chunk: bytes) -> None:
        """Take what was read."""
        self.size += len(chunk)
        self.kept += chunk[: max(0, self.limit - len(self.kept))]

    @property
    def text(self) -> str:
        """The start of what was printed."""
        return self.kept.decode(errors="replace")


@dataclass
class Turn:
    """One exercise in one child: what it may still answer, in bytes, and whether the child has turned to it."""

    job: Job
    bytes_left: int
    begun: bool = False


class Talk:
    """The conversation with one child, from one thread: all that it prints meanwhile is read as well.

    Every method takes the ``deadline`` (`time.monotonic`), and raises TimeoutError past it, EOFError or OSError when the
    child is gone, and ProtocolError when it answers something else than it was asked for. A child may be asked more
    before it has answered: it need not wait for the grader.
    """

    def __init__(self, data: socket.socket, output: int, progress: mmap.mmap) -> None:
        data.setblocking(False)
        os.set_blocking(output, False)
        self._data = data
        self._output = output
        self._progress = progress
        self._arrived = bytearray()
        self._printed = Printed(0, bytearray())
        self._poll = select.poll()
        self._poll.register(data, select.POLLIN)
        self._poll.register(output, select.POLLIN)

    def hand_over(self, files: Mapping[str, bytes], deadline: float) -> None:
        """Give the child the submission's files."""
        arrays = {str(number): np.frombuffer(content, np.uint8) for number, content in enumerate(files.values())}
        self._send(Files(tuple(files)), arrays, deadline)

    def turn_to(self, job: Job, bytes_left: int, printed: Printed, deadline: float) -> Turn:
        """Have the child turn to an exercise."""
        self._printed = printed
        self._send(job.setup, {}, deadline)
        return Turn(job, bytes_left)

    def begins(self, turn: Turn, deadline: float) -> bool:
        """Whether the child has turned to the exercise; it cannot when the one before has left its marks on it."""
        if not turn.begun:
            frame = self._read(deadline, 0)
            turn.begun = not decode_message(frame.text, Ready).dirt
        return turn.begun

    def ask(self, run: Run, stopped: Mapping[int, Fault], deadline: float) -> None:
        """Ask for one run."""
        request, arrays = request_of(run, stopped)
        self._send(request, arrays, deadline)

    def answer(self, turn: Turn, deadline: float) -> Values:
        """What the next of the runs gave that were asked for."""
        frame = self._read(deadline, turn.bytes_left)
        turn.bytes_left -= len(frame.arrays)
        return read_answer(frame, turn.job.wanted)

    def statement(self, turn: Turn) -> int | None:
        """The number of the statement that the child was at last, of the run that it has not answered."""
        number = self._progress[0] - 1
        return number if number in range(len(parse_calls(turn.job.calls).statements)) else None

    def listen(self) -> None:
        """Take what has been printed so far."""
        left = DRAIN_LIMIT
        with contextlib.suppress(BlockingIOError):
            while left > 0 and (chunk := os.read(self._output, 1 << 16)):
                self._printed.add(chunk)
                left -= len(chunk)

    def _send(self, message: msgspec.Struct, arrays: Arrays, deadline: float) -> None:
        content = memoryview(encode(message, arrays))
        while content:
            with contextlib.suppress(BlockingIOError):
                content = content[self._data.send(content) :]
            if content:
                self._wait(select.POLLOUT, deadline)

    def _read(self, deadline: float, max_bytes: int) -> Frame:
        text, body = frame_lengths(self._read_exactly(HEADER.size, deadline), max_bytes)
        content = self._read_exactly(text + body, deadline)
        return Frame(content[:text], content[text:])

    def _read_exactly(self, size: int, deadline: float) -> bytes:
        """Exactly ``size`` bytes."""
        while len(self._arrived) < size:
            try:
                self._receive()
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
            if time.monotonic() > deadline:  # by a child that never stops sending
                raise TimeoutError
        content = bytes(self._arrived[:size])
        del self._arrived[:size]
        return content

    def _wait(self, event: int, deadline: float) -> None:
        """Wait until the data socket is ready for the event, taking what arrives and what is printed meanwhile."""
        self._poll.modify(self._data, event | select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready = dict(self._poll.poll(left * 1000))
            if self._output in ready:
                chunk = os.read(self._output, 1 << 16)
                self._printed.add(chunk)
                if not chunk:  # the child has closed it
                    self._poll.unregister(self._output)
            happened = ready.get(self._data.fileno(), 0)
            if happened & ~select.POLLIN or (happened and event == select.POLLIN):
                return
            if happened:  # it answers while it is asked: without this, each could wait for the other
                self._receive()

    def _receive(self) -> None:
        """Take what has arrived; memory is taken as it arrives, not as it is announced."""
        chunk = self._data.recv(CHUNK)
        if not chunk:
            raise EOFError
        self._arrived += chunk
        if len(self._arrived) > ARRIVED_LIMIT:
            raise ProtocolError("more answers than were asked for")


def read_answer(frame: Frame, wanted: tuple[str, ...]) -> Values:
    """What a frame from a child holds: the values of a run.

    Raises ProtocolError for anything else. Each wanted name, and no other, must have either an array or a fault.
    """
    message = decode_message(frame.text, Outcome)
    arrays = decode_arrays(frame.arrays, wanted)
    if not all(DTYPE.fullmatch(dtype) for dtype in message.dtypes.values()):
        raise ProtocolError("there is no such dtype")
    if set(arrays) & set(message.faults) or set(arrays) | set(message.faults) != set(wanted):
        raise ProtocolError("the names do not fit what was asked for")
    if not set(message.noted) <= set(wanted):
        raise ProtocolError("the names do not fit what was asked for")
    return Values(arrays, message)
