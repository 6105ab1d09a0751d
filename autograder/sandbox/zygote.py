"""The warm process: it has torch imported, forks a child per submission, and reports how each child ended.

It is started by ``forking`` as a process of its own with a bare environment, so that a fork of it holds in memory nothing
of the grader: no expected value, no secret, no result, and nothing of other submissions, which only the children read.
Before it imports torch it goes into the jail (see ``jail``), unless it was started with limits alone.

Over its control socket the grader sends, for each child, one JSON line with the two ends that the child will use (its
data socket, its output pipe) and a byte of memory that both will see; the zygote answers with the child's exit status. While a child runs, the line ``kill``
ends it.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import logging
import mmap
import os
import random
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from autograder.sandbox import jail, kernel
from autograder.sandbox.calls import parse_calls
from autograder.sandbox.wire import (
    HEADER,
    NOT_BEGUN,
    PROGRESS,
    Exit,
    Fault,
    Files,
    Launch,
    Outcome,
    Ready,
    Refusal,
    Request,
    Setup,
    Start,
    decode_arrays,
    decode_message,
    encode,
    frame_lengths,
)

if TYPE_CHECKING:
    from autograder.sandbox.execute import Student
    from autograder.sandbox.guard import Use

__all__ = ["main"]

LINE_LIMIT = 1 << 18
ASKED: Any = Files | Setup | Request
"""What a child may be asked."""
DATA = 3
"""The file descriptor of a child's data socket."""


def main() -> None:
    """Serve launches until the grader closes the control socket (file descriptor 0)."""
    control = socket.socket(fileno=0)
    start = msgspec.json.decode(sys.argv[1], type=Start)
    if start.isolation == "limits":
        # To import torch takes seconds, in which nobody reads that the grader has hung up.
        kernel.die_with_parent(signal.SIGKILL)
        if select.select([control], [], [], 0)[0]:  # nothing is said before it is ready: it has hung up already
            return
    try:
        cell = _enter(start) if start.isolation == "full" else None
        zygote = Zygote(control, cell, start)
        if cell is None:
            kernel.die_with_parent(0)  # it would be told of the end of the thread that has started it
        zygote.try_once()
    except jail.ProtectionError as error:
        control.sendall(msgspec.json.encode(Refusal(error.protection, error.error)) + b"\n")
        return
    control.sendall(b"ready\n")
    zygote.serve()


class Cell(msgspec.Struct, frozen=True):
    """The jail that the zygote is in, and the filter that its children get."""

    jail: jail.Jail
    program: bytes


def _enter(start: Start) -> Cell:
    try:
        from autograder.sandbox.syscalls import filter_program

        program = filter_program()
    except (ImportError, OSError, RuntimeError) as error:
        raise jail.ProtectionError("system call filter", error) from None
    return Cell(jail.enter(start.libraries), program)


class Zygote:
    """The warm process, in its jail if it has one."""

    def __init__(self, control: socket.socket, cell: Cell | None, start: Start) -> None:
        self.control = control
        self.cell = cell
        import torch

        torch.set_num_threads(1)
        _warm_up()
        from autograder.sandbox.state import State

        self.forbid = start.guard == "block"
        self.watch: Callable[[Path], Callable[[], Sequence[Use]]] = lambda _: tuple
        if start.guard != "off":
            from autograder.sandbox import guard

            guard.install(start.guard)

            def watch(folder: Path) -> Callable[[], Sequence[Use]]:
                guard.watch(folder)
                return guard.taken

            self.watch = watch
        else:
            _warm_up_checks()
        self.state = State()
        self.mapped = cell.jail.mapped_bytes() if cell is not None else _mapped_bytes()
        self.wake = _wake_on_child_exit()
        if cell is None:
            kernel.adopt_orphans()  # those of the child come here, to be ended with it
        gc.collect()
        gc.freeze()
        # The locks of three dozen loggers of libraries, which nobody holds, would be made anew in every child.
        logging._at_fork_reinit_lock_weakset.clear()  # type: ignore[attr-defined]
        _fill_holes()

    def try_once(self) -> None:
        """Confine a child that does nothing. Raises ProtectionError where this machine cannot."""
        if self.cell is None:
            return
        mine, theirs = os.pipe()
        pid = self.fork()
        if pid == 0:
            try:
                jail.confine(Launch(10, self.mapped + (256 << 20), 1 << 20, 8), self.cell.program)
            except jail.ProtectionError as error:
                os.write(theirs, msgspec.json.encode(Refusal(error.protection, error.error)))
            os._exit(0)
        os.close(theirs)
        with os.fdopen(mine, "rb") as stream:
            words = stream.read()
        _, status = os.waitpid(pid, 0)
        if words:
            refusal = msgspec.json.decode(words, type=Refusal)
            raise jail.ProtectionError(refusal.protection, refusal.error)
        if status:
            raise jail.ProtectionError("system call filter", "a process behind it did not end well")

    def fork(self) -> int:
        """Fork; in the jail, into a new PID namespace."""
        return os.fork() if self.cell is None else self.cell.jail.fork()

    def serve(self) -> None:
        """Serve launches until the grader hangs up."""
        while True:
            line, descriptors = _receive(self.control)
            if not line:
                return
            if line == b"kill":
                continue  # it crossed with the end of the child that it was meant for
            self.launch(msgspec.json.decode(line, type=Launch), *descriptors)

    def launch(self, launch: Launch, data: int, output: int, progress: int) -> None:
        """Run one child to its end, and tell the grader of it."""
        for calls in launch.calls:
            parse_calls(calls)
        started = time.perf_counter()
        pid = self.fork()
        if pid == 0:
            self.become_student(launch, data, output, progress)
        fork_seconds = time.perf_counter() - started
        for descriptor in (data, output, progress):
            os.close(descriptor)
        status, used = self.wait(pid)
        if self.cell is None:
            _end_what_is_left(pid)
        message = Exit(status, fork_seconds, used.ru_utime + used.ru_stime)
        self.control.sendall(msgspec.json.encode(message) + b"\n")

    def wait(self, pid: int) -> tuple[int, resource.struct_rusage]:
        """Wait for the child's end, and bring it about when the grader says so or hangs up."""
        while True:
            ready, _, _ = select.select([self.control, self.wake], [], [])
            if self.wake in ready:
                self.wake.recv(4096)
                done, status, used = os.wait4(pid, os.WNOHANG)
                if done:
                    return os.waitstatus_to_exitcode(status), used
            if self.control in ready:
                line, _ = _receive(self.control)
                if line not in (b"", b"kill"):
                    os._exit(1)  # the grader has lost count of its children: it is to begin anew
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                if not line:
                    os._exit(0)

    def become_student(self, launch: Launch, data: int, output: int, shared: int) -> NoReturn:
        """The child: let go of everything, be confined, then run the student's code."""
        code = NOT_BEGUN
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            progress = mmap.mmap(shared, PROGRESS)
            null = os.open(os.devnull, os.O_RDONLY)
            channel = os.dup(data)
            for descriptor, place in ((null, 0), (output, 1), (output, 2), (channel, DATA)):
                os.dup2(descriptor, place)
            os.closerange(DATA + 1, 256)
            os.setsid()
            launch = msgspec.structs.replace(launch, memory_bytes=self.mapped + launch.memory_bytes)
            if self.cell is not None:
                jail.confine(launch, self.cell.program)
                folder = jail.SCRATCH
            else:
                kernel.die_with_parent(signal.SIGKILL)  # in the jail that is so by itself
                jail.limit(launch)
                folder = launch.folder
            student = StudentProcess(self, folder, progress)
            code = 1
            student.serve()
            code = 0
        finally:
            os._exit(code)


class StudentProcess:
    """The student's side of the conversation: files once, then exercises, one after the other, and their runs."""

    def __init__(self, zygote: Zygote, root: str, progress: mmap.mmap) -> None:
        self.zygote = zygote
        self.root = Path(root)
        self.progress = progress
        self.stream = os.fdopen(DATA, "rb", closefd=False)
        self.files: dict[str, bytes] = {}
        self.student: Student | None = None
        self.turns = 0
        random.seed(0)  # Python has just seeded it by chance, as in every fork

    def serve(self) -> None:
        """Answer until the grader has no more to ask."""
        while frame := self.read():
            text, body = frame
            message = decode_message(text, ASKED)
            if isinstance(message, Files):
                arrays = decode_arrays(body)
                self.files = {name: arrays[str(number)].tobytes() for number, name in enumerate(message.names)}
            elif isinstance(message, Setup):
                dirt = self.turn_to(message)
                _write(encode(Ready(dirt), {}))
                if dirt:
                    while (
                        self.read()
                    ):  # the grader asks ahead: it is to read of the dirt, and not to find a broken pipe
                        pass
                    return
            else:
                assert self.student is not None
                self.answer(self.student, message, body)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # the student's code may have closed or replaced it
                stream.flush()

    def turn_to(self, setup: Setup) -> str:
        """Begin an exercise in a folder of its own, with the submission as it was handed in; or say what stands in the way."""
        from autograder.sandbox.execute import Student

        folder = self.root / str(self.turns)
        if self.turns:
            dirt = self.zygote.state.restore(str(self.root)) or self.sweep()
            if dirt:
                return dirt
        self.turns += 1
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        folder.mkdir(exist_ok=True)
        os.chdir(folder)
        os.environ |= {"HOME": str(folder), "TMPDIR": str(folder)}
        tempfile.tempdir = None  # to be looked up again
        sys.path.append(str(folder))
        self.student = Student(setup, folder, uses=self.zygote.watch(folder), forbid=self.zygote.forbid)
        return ""

    def sweep(self) -> str:
        """Remove every file that the exercises before have left; or say that one cannot be removed."""
        os.chdir(self.root)
        try:
            for entry in os.scandir(self.root):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path)
                else:
                    Path(entry.path).unlink()
        except OSError as error:
            return f"a file was left that cannot be removed ({error.strerror})"
        return ""

    def answer(self, student: Student, request: Request, body: bytes) -> None:
        """Run one case."""
        from autograder.sandbox.execute import run

        self.progress[0] = 0
        outcome, arrays = run(student, request, decode_arrays(body), on_statement=self.report)
        _write(encode(outcome, arrays))

    def report(self, number: int) -> None:
        """Tell the grader which statement is about to run: in memory that both see, so that it costs nothing."""
        self.progress[0] = number + 1

    def read(self) -> tuple[bytes, bytes] | None:
        """The next frame, or None when the grader has no more."""
        header = self.stream.read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        text, body = frame_lengths(header, sys.maxsize)
        return self.stream.read(text), self.stream.read(body)


def _write(content: bytes) -> None:
    """Not by way of a socket object: the filter lets no socket call through."""
    view = memoryview(content)
    while view:
        view = view[os.write(DATA, view) :]


def _warm_up() -> None:
    """Touch what nearly every exercise touches, so that it is loaded once here and not in every child."""
    import numpy as np
    import torch
    import torch.nn.functional

    from autograder.sandbox import execute  # noqa: F401 - imported for the children

    # What draws random numbers without a seed of its own draws the same ones in every warm process.
    np.random.seed(0)
    torch.manual_seed(0)
    with torch.no_grad():
        torch.sigmoid(torch.ones(2, 2, dtype=torch.float64) @ torch.ones(2, 2, dtype=torch.float64)).sum().item()
    frame = encode(Setup("", "", "", (), "torch", 0), {"x": np.zeros(1)})
    text, _ = frame_lengths(frame[: HEADER.size], 1 << 20)
    decode_message(frame[HEADER.size : HEADER.size + text], ASKED)
    decode_arrays(frame[HEADER.size + text :])
    encode(Outcome({"x": Fault("raised")}), {})


def _warm_up_checks() -> None:
    """Load what `torch.autograd.gradcheck` imports when it runs: 500 modules, for seconds, that every child would load anew."""
    with contextlib.suppress(ImportError):
        import torch.fx.experimental.symbolic_shapes  # noqa: F401


def _fill_holes() -> None:
    """Take all memory that lies free between objects on the heap.

    What a child then makes goes to fresh pages, close together. In the holes that imports have left, each new object
    would lie on a page of old ones, which the kernel has to copy: that was half of what a child costs.
    """
    if sys.platform != "linux":
        return
    left = 64 << 20
    libc = ctypes.CDLL(None)
    libc.sbrk.restype = libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    end = libc.sbrk(0)
    for size in (*(1 << power for power in range(16, 10, -1)), *range(1032, 16, -16)):
        while left > 0 and (place := libc.malloc(size)) is not None and place < end:
            left -= size


def _mapped_bytes() -> int:
    """How much memory this process maps; where nobody can say (not Linux), so much that no limit follows from it."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 46


def _end_what_is_left(pid: int) -> None:
    """Without a PID namespace: end what the student's code has started and left behind.

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
        chunk, ancillary, _, _ = control.recvmsg(LINE_LIMIT, socket.CMSG_SPACE(3 * descriptors.itemsize))
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
