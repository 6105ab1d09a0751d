"""The conversation with one student process: requests go out, answers come back, and what it prints is kept in bounds."""

from __future__ import annotations

import os
import re
import selectors
import socket
import threading
import time
from dataclasses import dataclass

from autograder.sandbox.calls import parse_calls
from autograder.sandbox.runner import Ending, Job, Values, request_of
from autograder.sandbox.wire import (
    HEADER,
    Fault,
    Frame,
    Outcome,
    ProtocolError,
    Step,
    decode_arrays,
    decode_message,
    encode,
    frame_lengths,
)

__all__ = ["Output", "Plan", "Talk", "read_answer"]

DRAIN_LIMIT = 4 << 20
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


class Talk:
    """The conversation with one child: requests go out, outcomes come back into ``done``.

    ``statement`` is the number of the statement that the child was at last.
    """

    def __init__(self, job: Job, data: socket.socket, deadline: float, plan: Plan) -> None:
        self.done: list[Values] = []
        self.statement: int | None = None
        self._job = job
        self._data = data
        self._deadline = deadline
        self._plan = plan
        self._left = job.limits.result_mib << 20
        self._statements = len(parse_calls(job.calls).statements)

    def run(self, start: int) -> Ending | None:
        """Make the runs from ``start`` on; the reason when it ended early."""
        try:
            _send(self._data, encode(self._job.setup, {}), self._deadline)
            for number, item in enumerate(self._job.runs[start:], start=start):
                request, arrays = request_of(item, self._plan.stopped(number))
                self.statement = None
                _send(self._data, encode(request, arrays), self._deadline)
                self.done.append(self._answer())
        except TimeoutError:
            return Ending("timeout")
        except (OSError, EOFError):
            return Ending("crashed")
        except ProtocolError as error:
            return Ending("crashed", f"its answer could not be read: {error}")
        return None

    def _answer(self) -> Values:
        # Each statement is reported once for each pass: twice at the most, in the variants that pass twice.
        for _ in range(2 * self._statements + 1):
            frame = _read(self._data, self._deadline, self._left)
            self._left -= len(frame.arrays)
            answer = read_answer(frame, self._job.wanted, self._statements)
            if isinstance(answer, Values):
                return answer
            self.statement = answer
        raise ProtocolError("more progress than there are statements")


class Output:
    """What a child prints: the start is kept, the rest is read and thrown away so that the child does not block."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self.size = 0
        self._kept = bytearray()
        self._limit = limit
        self._descriptor = descriptor
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._stop, stop = socket.socketpair()
        self._stopped = stop
        self._thread.start()

    def _drain(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._descriptor, selectors.EVENT_READ)
            stop = selector.register(self._stopped, selectors.EVENT_READ)
            left = DRAIN_LIMIT  # after the end: a process that got away may go on printing
            while left > 0:
                ready = {key.fd for key, _ in selector.select()}
                left -= (1 << 16) if stop.fd in ready else 0
                if self._descriptor not in ready:
                    return  # told to stop, and nothing is left to read
                chunk = os.read(self._descriptor, 1 << 16)
                if not chunk:
                    return
                self.size += len(chunk)
                self._kept += chunk[: max(0, self._limit - len(self._kept))]

    def close(self) -> None:
        """Read what is there and stop, even if a process still holds the other end."""
        self._stop.send(b".")
        self._thread.join()
        os.close(self._descriptor)
        self._stop.close()
        self._stopped.close()

    @property
    def text(self) -> str:
        """The start of what was printed."""
        return self._kept.decode(errors="replace")


def read_answer(frame: Frame, wanted: tuple[str, ...], statements: int) -> Values | int:
    """What a frame from a child holds: the values of a run, or the number of the statement that it is about to run.

    Raises ProtocolError for anything else. Each wanted name, and no other, must have either an array or a fault.
    """
    message = decode_message(frame.text, Outcome | Step)  # type: ignore[arg-type]  # a union of two structs
    if isinstance(message, Step):
        if message.statement not in range(statements):
            raise ProtocolError("there is no such statement")
        return message.statement
    arrays = decode_arrays(frame.arrays)
    if not all(DTYPE.fullmatch(dtype) for dtype in message.dtypes.values()):
        raise ProtocolError("there is no such dtype")
    if set(arrays) & set(message.faults) or set(arrays) | set(message.faults) != set(wanted):
        raise ProtocolError("the names do not fit what was asked for")
    return Values(arrays, message)


def _send(channel: socket.socket, content: bytes, deadline: float) -> None:
    channel.settimeout(_left(deadline))
    channel.sendall(content)


def _read(channel: socket.socket, deadline: float, max_bytes: int) -> Frame:
    text, body = frame_lengths(_read_exactly(channel, HEADER.size, deadline), max_bytes)
    return Frame(_read_exactly(channel, text, deadline), _read_exactly(channel, body, deadline))


def _read_exactly(channel: socket.socket, size: int, deadline: float) -> bytes:
    """Exactly ``size`` bytes; memory is taken as they arrive, not as they are announced."""
    content = bytearray()
    while len(content) < size:
        channel.settimeout(_left(deadline))
        chunk = channel.recv(min(1 << 20, size - len(content)))
        if not chunk:
            raise EOFError
        content += chunk
    return bytes(content)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
