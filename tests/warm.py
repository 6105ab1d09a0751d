"""Programs in forks of a process that has PyTorch imported: they start in milliseconds, not in seconds of computing.

``python warm.py serve ADDRESS MODULE...`` imports the modules and waits. ``python warm.py run ADDRESS SCRIPT ARGUMENT...``
is there what ``python SCRIPT ARGUMENT...`` is here: with the folder, the environment and the standard streams of who asks,
whose process ends as the script does, and with whom it ends. What Python reads when it starts (its options, PYTHONPATH,
but not PYTHONWARNINGS) and what /proc tells of it (command line, environment) are those of the process that waits.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import socket
import sys
from typing import Any

HEADER = 8
"""Bytes that say how long a request is."""


def serve(address: str, modules: list[str]) -> None:
    """Fork for everyone who asks, until whoever has started this hangs up (standard input)."""
    import gc
    import importlib

    for name in modules:
        importlib.import_module(name)
    gc.freeze()  # a look at everything that is imported, as at a script's end, would copy it
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{address}")
        server.listen()
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select([0, server], [], [])
            with contextlib.suppress(ChildProcessError):  # there is none
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if 0 in ready:
                return
            connection, _ = server.accept()
            if not os.fork():
                server.close()
                mind(connection)
                return
            connection.close()


def mind(connection: socket.socket) -> None:
    """Fork a process that runs the script, tell of its end, and bring it about when nobody wants to know any more."""
    header, streams, _, _ = socket.recv_fds(connection, HEADER, 3)
    with connection.makefile("rb") as stream:
        told = json.loads(stream.read(int.from_bytes(header)))
    child = os.fork()
    if not child:
        connection.close()
        become(told["command"], told["folder"], told["environment"], streams)
        return
    for number in (0, 1, 2, *streams):
        os.close(number)
    ready, _, _ = select.select([connection, os.pidfd_open(child)], [], [])
    if connection in ready:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if connection not in ready:
        connection.sendall(str(status).encode())
    os._exit(0)


def become(command: list[str], folder: str, environment: dict[str, str], streams: list[int]) -> None:
    """Run a script as the main module of this process, which has been forked for it."""
    import runpy
    import warnings

    os.setsid()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.dup2(streams[number], number)
        stream = as_at_start(number, getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.closerange(3, 256)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for option in filter(None, environment.get("PYTHONWARNINGS", "").split(",")):
        warnings._setoption(option)
    sys.argv = command
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(command[0]))
    status: Any = 0
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as ended:
        status = ended.code or 0
    leave(status)


def leave(status: Any) -> None:
    """End as Python does, but without taking apart all that is imported: that takes a third of a second."""
    import atexit
    import threading

    if isinstance(status, int):
        threading._shutdown()
        atexit._run_exitfuncs()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status & 0xFF)
    sys.exit(status)  # Python says what is wrong: in words of the script, or with a stream


def as_at_start(number: int, old: io.TextIOWrapper) -> io.TextIOWrapper:
    """A standard stream as Python opens it: what the old one knows of its file, such as whether one can seek, is over."""
    file = open(number, "wb" if number else "rb", 0 if old.write_through else -1, closefd=False)  # noqa: SIM115 - it stays
    return io.TextIOWrapper(
        file, old.encoding, old.errors, line_buffering=old.line_buffering, write_through=old.write_through
    )


def run(address: str, command: list[str]) -> int:
    """Have a script run in a fork of the process that waits at the address; its exit code, negative for a signal."""
    told = {"command": command, "folder": os.getcwd(), "environment": dict(os.environ)}
    request = json.dumps(told).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"\0{address}")
        socket.send_fds(connection, [len(request).to_bytes(HEADER)], [0, 1, 2])
        connection.sendall(request)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):  # the script alone holds them, and whoever reads them sees its end
            os.dup2(nothing, number)
        return int(connection.recv(100) or 1)


def end(status: int) -> None:
    """End as a process did that had this exit code."""
    if status < 0:
        if status != -signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3:])
    else:
        end(run(sys.argv[2], sys.argv[3:]))
