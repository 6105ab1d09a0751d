import ctypes
import os
import signal
import sys
import time

libc = ctypes.CDLL(None)


def wake_after(seconds):
    """A timer in the kernel that sends SIGCONT, so that a test of an unprotected grader ends."""
    event = (ctypes.c_int * 16)(0, 0, signal.SIGCONT, 0)  # sigev_value, sigev_signo, SIGEV_SIGNAL
    timer = ctypes.c_void_p()
    when = (ctypes.c_long * 4)(0, 0, seconds, 0)
    return not libc.timer_create(1, event, ctypes.byref(timer)) and not libc.timer_settime(timer, 0, when, None)


if not hasattr(sys, "begun"):
    sys.begun = time.monotonic()
    if wake_after(5):
        os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.1)
    if time.monotonic() > sys.begun + 4:
        os.write(1, b"HARM: was stopped for 5 s\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
