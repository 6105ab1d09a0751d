"""The warm process: it has torch imported, forks a child per run, and reports how each child ended.

It is started by ``forking`` as a process of its own with a bare environment, so that a fork of it holds in memory nothing
of the grader: no expected value, no secret, no result. What it can read from the disk is not limited yet.

Over its control socket the grader sends, for each run, one JSON line with the two ends that the child will use (its
data socket, its output pipe); the zygote answers with the child's exit status. While a child runs, the line ``kill``
ends it.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import BinaryIO

import msgspec

from autograder.sandbox.wire import HEADER, Exit, Launch, Request, Setup, Step, decode_arrays, encode

__all__ = ["main"]

LINE_LIMIT = 1 << 16
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Serve launches until the grader closes the control socket (file descriptor 0)."""
    control = socket.socket(fileno=0)
    import torch

    torch.set_num_threads(1)
    _warm_up()
    wake = _wake_on_child_exit()
    _process_control(PR_SET_CHILD_SUBREAPER, 1)  # orphans of the child come here, to be ended with it
    gc.collect()
    gc.freeze()
    control.sendall(b"ready\n")
    while True:
        line, descriptors = _receive(control)
        if not line:
            return
        if line == b"kill":
            continue  # it crossed with the end of the child that it was meant for
        launch = msgspec.json.decode(line, type=Launch)
        _serve(control, wake, launch, descriptors)


def _warm_up() -> None:
    """Touch what nearly every exercise touches, so that it is loaded once here and not in every child."""
    import numpy as np
    import torch
    import torch.nn.functional

    from autograder.sandbox import execute  # noqa: F401 - imported for the children

    with torch.no_grad():
        torch.sigmoid(torch.ones(2, 2, dtype=torch.float64) @ torch.ones(2, 2, dtype=torch.float64)).sum().item()
    encode(Exit(0), {"x": np.zeros(1)})


def _serve(control: socket.socket, wake: socket.socket, launch: Launch, descriptors: list[int]) -> None:
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            control.close()
            wake.close()
            _child(launch, *descriptors)
            code = 0
        finally:
            os._exit(code)
    fork_seconds = time.perf_counter() - started
    for descriptor in descriptors:
        os.close(descriptor)
    status = _wait(control, wake, pid)
    _end_what_is_left(pid)
    control.sendall(msgspec.json.encode(Exit(status, fork_seconds)) + b"\n")


def _end_what_is_left(pid: int) -> None:
    """End what the student's code has started and left behind.

    Its process group; and where the kernel gives orphans to the zygote (Linux), those that have left that group.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        while orphans := Path("/proc/self/task", str(os.getpid()), "children").read_text().split():
            for orphan in map(int, orphans):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(orphan, 0)


def _wait(control: socket.socket, wake: socket.socket, pid: int) -> int:
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            wake.recv(4096)
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
        if control in ready:
            line, _ = _receive(control)
            if line in (b"", b"kill"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
            if not line:
                os._exit(0)


def _child(launch: Launch, data: int, output: int) -> None:
    """The student process: limits first, then the student's code."""
    os.setsid()
    _process_control(PR_SET_PDEATHSIG, signal.SIGKILL)  # a killed zygote takes its child with it
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(launch.folder)
    _limit(launch)
    serve(socket.socket(fileno=data), Path(launch.folder))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the student's code may have closed or replaced it
            stream.flush()


def _process_control(option: int, value: int) -> None:
    """Where the kernel offers it (Linux), set an option of this process."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def serve(channel: socket.socket, folder: Path) -> None:
    """Answer requests on the channel until it is closed."""
    from autograder.sandbox.execute import Student, run

    stream = channel.makefile("rb")
    text, _ = _read_frame(stream)
    student = Student(msgspec.json.decode(text, type=Setup), folder)
    sys.path.append(str(folder))

    def report(number: int) -> None:
        channel.sendall(encode(Step(number), {}))

    while True:
        text, body = _read_frame(stream)
        if not text:
            return
        request = msgspec.json.decode(text, type=Request)
        outcome, arrays = run(student, request, decode_arrays(body), on_statement=report)
        channel.sendall(encode(outcome, arrays))


def _read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return b"", b""
    text, body = HEADER.unpack(header)
    return stream.read(text), stream.read(body)


def _limit(launch: Launch) -> None:
    """Limits of the kernel. What this platform does not know is left out: the wall clock always holds."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (launch.cpu_seconds, launch.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (launch.file_bytes, launch.file_bytes))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write past the limit raises OSError instead of killing
    with contextlib.suppress(OSError, ValueError):
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = mapped + launch.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _wake_on_child_exit() -> socket.socket:
    mine, other = socket.socketpair()
    mine.setblocking(False)
    other.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(other.detach(), warn_on_full_buffer=False)
    return mine


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """One line and the descriptors sent with it; an empty line when the grader has gone."""
    descriptors = array.array("i")
    line = b""
    while not line.endswith(b"\n"):
        chunk, ancillary, _, _ = control.recvmsg(LINE_LIMIT, socket.CMSG_SPACE(2 * descriptors.itemsize))
        if not chunk:
            return b"", []
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(payload[: len(payload) - len(payload) % descriptors.itemsize])
        line += chunk
    # A late "kill" may have joined the launch that follows it.
    launches = [part for part in line.split(b"\n") if part not in (b"", b"kill")]
    return (launches[-1] if launches else b"kill"), list(descriptors)


if __name__ == "__main__":
    main()
