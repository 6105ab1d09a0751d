"""What student code may have changed in its process: put back what can be, and say when something cannot.

All exercises of a submission run in one process, one after the other. Each has to begin as if it were the first: with
the same seeds, dtypes and settings, and with the libraries as they were. Settings are put back. Where code has replaced
functions of a library, has left threads behind or has entered a mode of PyTorch, nobody can know what else it
did: the process is given up and the next exercise begins in a new one.
"""

from __future__ import annotations

import _thread
import builtins
import ctypes
import gc
import io
import linecache
import locale
import math
import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import torch

__all__ = ["State"]

_KINDS: tuple[Any, ...] = (
    builtins,
    io,
    math,
    np,
    np.linalg,
    os,
    random,
    sys,
    time,
    torch,
    torch.Tensor,
    torch._C,
    torch.autograd,
    torch.linalg,
    torch.nn,
    torch.nn.functional,
    torch.nn.Module,
)
"""Modules and classes whose every name must still stand for the same object."""

_SETTINGS = frozenset(
    # These change in the ordinary course of things, and are put back one by one.
    "argv last_exc last_traceback last_type last_value path path_importer_cache stderr stdin stdout Storage".split()
)


class State:
    """The state of the process when this was made; `restore` comes back to it."""

    def __init__(self) -> None:
        self._names: list[tuple[Any, dict[str, Any], int | None]] = []
        self._modules = len(sys.modules)
        self._loaded = [(one.__name__, one) for one in _KINDS if isinstance(one, ModuleType)]
        self._path = list(sys.path)
        self._hooks = [*sys.meta_path, None, *sys.path_hooks]
        self._environment = dict(os.environ)
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._locale = locale.setlocale(locale.LC_ALL)
        self._filters = list(warnings.filters)
        self._handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        self._recursion = sys.getrecursionlimit()
        self._numpy = (np.geterr(), np.get_printoptions(), np.random.get_state())
        self._torch = (torch.get_default_dtype(), torch.get_rng_state(), torch.get_num_threads())
        self._printing = dict(vars(torch._tensor_str.PRINT_OPTS))
        self._put_back("")  # PyTorch loads parts of itself when they are first used: now, and not in every child
        self._modules = len(sys.modules)
        versions = _versions_tell()
        self._names = [(one, dict(vars(one)), _version(vars(one)) if versions else None) for one in _KINDS]

    def restore(self, folder: str) -> str:
        """Put back every setting. What student code did beyond that, in words; empty where there is nothing.

        Modules that were loaded from files below ``folder`` are forgotten.
        """
        try:
            dirt = self._dirt()
            if not dirt:
                self._put_back(folder)
        except Exception as error:  # what it has to work with may be anything by now
            return f"its state could not be put back ({type(error).__name__})"
        return dirt

    def _dirt(self) -> str:
        for one, before, version in self._names:
            now = vars(one)
            if version is not None and _version(now) == version:
                continue
            if len(now) != len(before) or any(now.get(name) is not value for name, value in before.items()):
                changed = sorted(set(now) ^ set(before) | {n for n in before if now.get(n) is not before[n]})
                changed = [name for name in changed if name not in _SETTINGS and not _is_submodule(one, now.get(name))]
                if changed:
                    return f"{one.__name__}.{changed[0]} was changed"
        for holds, what in _MODES:
            if holds():
                return what
        for name, module in self._loaded:
            if sys.modules.get(name) is not module:
                return f"{name} was replaced"
        if [*sys.meta_path, None, *sys.path_hooks] != self._hooks:
            return "the import system was changed"
        for name in [*sys.modules][self._modules :]:
            module = sys.modules[name]
            if not isinstance(module, ModuleType) or not (_comes_from(module, "") or name in sys.builtin_module_names):
                return f"a module {name[:80]} was made that no file holds"
        return ""

    def _put_back(self, folder: str) -> None:
        for name in [*sys.modules][self._modules :]:
            if _comes_from(sys.modules[name], folder):
                del sys.modules[name]
        sys.path[:] = self._path
        for path in [path for path in sys.path_importer_cache if path.startswith(f"{folder}{os.sep}")]:
            del sys.path_importer_cache[path]
        linecache.clearcache()
        os.environ.clear()
        os.environ.update(self._environment)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        sys.settrace(None)
        sys.setprofile(None)
        sys.setrecursionlimit(self._recursion)
        warnings.filters = self._filters[:]  # as `catch_warnings` does
        warnings._filters_mutated()  # type: ignore[attr-defined]
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._handlers.items():
            if signal.getsignal(number) is not handler and handler is not None:
                signal.signal(number, handler)
        if locale.setlocale(locale.LC_ALL) != self._locale:
            locale.setlocale(locale.LC_ALL, self._locale)
        os.umask(0o022)
        gc.enable()
        errors, printing, generator = self._numpy
        np.seterr(**errors)
        np.set_printoptions(**printing)
        np.random.set_state(generator)
        random.seed(0)
        dtype, rng, threads = self._torch
        torch.set_default_dtype(dtype)
        torch.set_rng_state(rng)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.set_grad_enabled(True)
        torch.set_flush_denormal(False)
        torch._C._set_deterministic_algorithms(False, warn_only=False)  # the public one imports a compiler
        torch.autograd.set_detect_anomaly(False)
        torch.set_float32_matmul_precision("highest")
        vars(torch._tensor_str.PRINT_OPTS).update(self._printing)


_MODES: tuple[tuple[Callable[[], Any], str], ...] = (
    (_thread._count, "threads were left running"),  # also those that no Thread stands for
    (torch._C._len_torch_function_stack, "a function mode of PyTorch was left on"),
    (torch._C._len_torch_dispatch_stack, "a dispatch mode of PyTorch was left on"),
    (torch.is_inference_mode_enabled, "the inference mode of PyTorch was left on"),
    (lambda: torch.is_autocast_enabled("cpu"), "autocast was left on"),
)


def _comes_from(module: Any, folder: str) -> bool:
    """Whether a module was loaded from a file below a folder."""
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.startswith(f"{folder}{os.sep}")


def _version(names: Mapping[str, Any]) -> int:
    """The number that CPython gives a dictionary at every change of it.

    To compare each value would write to each (it is counted as one more reference), and so copy thousands of pages of a
    forked process.
    """
    if not isinstance(names, dict):  # that of a class
        names = gc.get_referents(names)[0]
    return ctypes.c_uint64.from_address(id(names) + object.__basicsize__ + 8).value


def _versions_tell() -> bool:
    """Whether this Python keeps such a number where it is looked for."""
    if sys.implementation.name != "cpython":
        return False
    names: dict[str, Any] = {"a": 0}
    first = _version(names)
    same = _version(names)
    names["a"] = 1
    second = _version(names)
    del names["a"]
    third = _version(names)
    names["a"] = 1
    return first == same and len({first, second, third, _version(names)}) == 4


def _is_submodule(one: Any, value: Any) -> bool:
    """Imports of submodules show up as names of their packages."""
    return isinstance(value, type(sys)) and value.__name__ == f"{one.__name__}.{value.__name__.rpartition('.')[2]}"
