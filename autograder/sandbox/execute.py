"""Run an exercise's calls on a student's module: arrays in, arrays and faults out.

This runs where student code runs: in a student process when grading, in the student's own for ``autograder check``.
"""

from __future__ import annotations

import builtins
import itertools
import linecache
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import torch

from autograder.sandbox.calls import Calls, Statement, parse_calls
from autograder.sandbox.wire import Arrays, Fault, FaultKind, Outcome, Request, Setup

__all__ = ["Student", "run"]

MESSAGE_LIMIT = 600
TRACE_LIMIT = 4000


class Student:
    """The student's module, ready to be loaded as often as wanted, each time afresh.

    ``folder`` holds the working copy of the submission; ``interrupts`` are the exceptions that are the user's own
    (Ctrl-C in ``autograder check``) and pass through.
    """

    def __init__(self, setup: Setup, folder: Path, interrupts: tuple[type[BaseException], ...] = ()) -> None:
        self.setup = setup
        self.calls: Calls = parse_calls(setup.calls)
        self.folder = folder
        self.file = folder / setup.module
        self.interrupts = interrupts
        self._code: CodeType | None = None
        self._modules = len(sys.modules)

    def load(self) -> ModuleType | Fault:
        """A fresh module, or why there is none. Helper modules of the submission are loaded afresh as well."""
        # Only what was imported since: to look at every module would touch, and so copy, 8 MB of a forked process.
        for name in list(itertools.islice(reversed(sys.modules), len(sys.modules) - self._modules)):
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(f"{self.folder}/"):
                del sys.modules[name]
        module = ModuleType(self.setup.exercise)
        module.__file__ = str(self.file)
        sys.modules[self.setup.exercise] = module
        try:
            if self._code is None:
                self._code = compile(self.file.read_bytes(), str(self.file), "exec", dont_inherit=True)
            exec(self._code, module.__dict__)
        except self.interrupts:
            raise
        except BaseException as error:
            return _fault(error, "", self.folder, kind="import")
        return module


def run(student: Student, request: Request, arrays: Arrays) -> tuple[Outcome, dict[str, np.ndarray]]:
    """Run one case: its outcome, and an array for each wanted name that has no fault."""
    module = student.load()
    if isinstance(module, Fault):
        return Outcome(faults=dict.fromkeys(student.setup.wanted, module)), {}
    mine = {name: array for name, array in arrays.items() if not name.startswith("other/")}
    strided = request.variant == "strided"
    session = Session(student, module, {**mine, **request.scalars}, strided=strided)
    if request.variant == "interleaved":
        theirs = {name.removeprefix("other/"): a for name, a in arrays.items() if name.startswith("other/")}
        other = Session(student, module, {**theirs, **request.other_scalars})
        for statement in student.calls.statements:
            session.step(statement)
            other.step(statement)
    else:
        for statement in student.calls.statements:
            session.step(statement)
        if request.variant == "again":
            session = Session(student, module, {**mine, **request.scalars})
            for statement in student.calls.statements:
                session.step(statement)
    return session.outcome()


class Session:
    """One pass through the calls: the names known so far, and why others are not."""

    def __init__(
        self, student: Student, module: ModuleType, inputs: Mapping[str, Any], *, strided: bool = False
    ) -> None:
        self.student = student
        self.module = module
        self.original = {name: value for name, value in inputs.items() if isinstance(value, np.ndarray)}
        self.as_numpy = student.setup.arrays == "numpy"
        self.strided = strided
        self.inputs = {name: _given(value, self.as_numpy, strided) for name, value in inputs.items()}
        self.names: dict[str, Any] = dict(self.inputs)
        self.spoiled: dict[str, Fault] = {}
        self.troubled: dict[str, Fault] = {}
        self.faults: dict[str, Fault] = {}
        self.values: dict[str, np.ndarray] = {}
        self.dtypes: dict[str, str] = {}
        self.changed: dict[str, tuple[str, ...]] = {}

    def step(self, statement: Statement) -> None:
        """Run one statement; what fails is recorded under the names that it was to give."""
        cause = next((self.spoiled[name] for name in sorted(statement.needs) if name in self.spoiled), None)
        if cause is not None:
            self._fail(statement, _because(cause))
            return
        for name in sorted(statement.needs):
            if not (name in self.names or hasattr(self.module, name) or hasattr(builtins, name)):
                self._fail(statement, Fault("undefined", statement=statement.text, message=name))
                return
        try:
            given = self._evaluate(statement)
            self._restore(statement)
        except self.student.interrupts:
            raise
        except BaseException as error:
            fault = _fault(error, statement.text, self.student.folder)
            earlier = [self.troubled[name] for name in sorted(statement.receivers) if name in self.troubled]
            if earlier and fault.kind != "not_attempted":
                fault = _because(earlier[0])
            self._fail(statement, fault)
            return
        for name in statement.gives:
            if name in given:
                self._keep(name, given[name], statement)

    def _evaluate(self, statement: Statement) -> dict[str, Any]:
        # Functions and comprehensions in the calls look free names up in the globals: both dictionaries have them all.
        scope = dict(self.names)
        if self._constructs(statement):
            # An object owns its parameters and may update them in place: it gets copies of the inputs.
            scope |= {name: _copy(self.inputs[name]) for name in statement.needs if name in self.inputs}
        everything = {**self.module.__dict__, **scope}
        if not statement.entries:
            exec(statement.code, everything, scope)
            given = {name: scope[name] for name in statement.gives if name in scope}
            self.names.update(given)
            return given
        mapping = eval(statement.code, everything, scope)
        if not isinstance(mapping, Mapping):
            kind: FaultKind = "missing" if mapping is None else "unusable"
            for name in statement.gives:
                self.faults[name] = Fault(kind, statement=statement.text, type=type(mapping).__name__, message="dict")
                self.spoiled[name] = self.faults[name]
            return {}
        for name in statement.gives:
            if name not in mapping:
                fault = Fault("missing", statement=statement.text, message="key")
                self.faults[name] = self.spoiled[name] = fault
        given = {name: mapping[name] for name in statement.gives if name in mapping}
        self.names.update(given)
        return given

    def _constructs(self, statement: Statement) -> bool:
        return any(isinstance(getattr(self.module, name, None), type) for name in statement.needs)

    def _restore(self, statement: Statement) -> None:
        """Note which inputs a statement has changed in place, and put them back for the statements that follow."""
        changed = [name for name, before in self.original.items() if not _same(self.inputs[name], before)]
        for name in changed:
            self.names[name] = self.inputs[name] = _given(self.original[name], self.as_numpy, self.strided)
        if changed:
            self.changed.update(dict.fromkeys(statement.gives or self.student.setup.wanted, tuple(changed)))

    def _fail(self, statement: Statement, fault: Fault) -> None:
        self.faults.update(dict.fromkeys(statement.gives, fault))
        self.spoiled.update(dict.fromkeys(statement.spoils, fault))
        self.troubled.update(dict.fromkeys(statement.receivers, fault))

    def _keep(self, name: str, value: Any, statement: Statement) -> None:
        """Snapshot a wanted value at once: what the student's code does later cannot change it."""
        if name not in self.student.setup.wanted:
            return
        self.faults.pop(name, None)
        if value is None:
            blank = statement.entries
            self.faults[name] = Fault(
                "not_attempted" if blank else "missing", statement=statement.text, type="NoneType"
            )
            return
        try:
            array, dtype = _as_array(value)
        except self.student.interrupts:
            raise
        except BaseException as error:
            message = str(error)[:MESSAGE_LIMIT] if isinstance(error, _UnusableError) else ""
            self.faults[name] = Fault("unusable", statement=statement.text, type=type(value).__name__, message=message)
            return
        if array.nbytes > self.student.setup.max_bytes // max(1, len(self.student.setup.wanted)):
            message = f"{array.nbytes} bytes"
            self.faults[name] = Fault("unusable", statement=statement.text, type=type(value).__name__, message=message)
            return
        self.values[name] = array
        if dtype != str(array.dtype):
            self.dtypes[name] = dtype

    def outcome(self) -> tuple[Outcome, dict[str, np.ndarray]]:
        """What goes back to the grader."""
        for name in self.student.setup.wanted:
            if name not in self.values and name not in self.faults:
                self.faults[name] = Fault("missing", message="key")
        faults = {name: fault for name, fault in self.faults.items() if name in self.student.setup.wanted}
        changed = {name: inputs for name, inputs in self.changed.items() if name in self.student.setup.wanted}
        return Outcome(faults=faults, dtypes=self.dtypes, changed=changed), self.values


class _UnusableError(Exception):
    """A value that is not a dense array of numbers; the text says why."""


def _given(value: Any, as_numpy: bool, strided: bool) -> Any:
    """An input as the student gets it: a fresh array or tensor, or the scalar itself."""
    if not isinstance(value, np.ndarray):
        return value
    copy = np.array(value)
    if strided and copy.ndim == 1 and copy.size > 1:
        copy = np.repeat(copy, 2)[::2]
    elif strided and copy.ndim > 1:
        copy = np.ascontiguousarray(copy.T).T
    return copy if as_numpy else torch.from_numpy(copy)


def _same(value: Any, before: np.ndarray) -> bool:
    now = value.detach().numpy() if isinstance(value, torch.Tensor) else value
    return bool(np.array_equal(now, before, equal_nan=before.dtype.kind == "f"))


def _copy(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray) else value


def _as_array(value: Any) -> tuple[np.ndarray, str]:
    """A dense array of a dtype that the wire knows, and the dtype that the student's value has."""
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu":
            raise _UnusableError(f"a {value.layout} tensor on {value.device.type}")
        dtype = str(value.dtype).removeprefix("torch.")
        if value.dtype.is_complex:
            raise _UnusableError(f"complex numbers ({dtype})")
        if value.dtype in (torch.bfloat16,) or "float8" in dtype:
            value = value.to(torch.float32)
        value = value.detach().resolve_conj().resolve_neg()
        return np.array(value.numpy()), dtype
    if isinstance(value, (list, tuple)):
        if any(isinstance(element, (torch.Tensor, list, tuple)) for element in value):
            rows = [_as_array(element)[0] for element in value]
            if len({row.shape for row in rows}) > 1:
                raise _UnusableError("rows of different lengths")
            array = np.stack(rows)
        else:
            array = np.array(value)
    else:
        array = np.array(value)
    if array.dtype.kind == "c":
        raise _UnusableError(f"complex numbers ({array.dtype})")
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise _UnusableError(f"its elements are of type {array.dtype}")
    dtype = str(array.dtype)
    if array.dtype.kind == "u" and array.dtype.itemsize > 1:
        array = array.astype(np.int64)
    return np.array(array), dtype


def _because(cause: Fault) -> Fault:
    """The fault of a value that could not be had because an earlier statement failed."""
    if cause.kind in ("not_attempted", "skipped"):
        return cause
    return Fault("skipped", statement=cause.statement, type=cause.type, message=cause.message, line=cause.line)


def _fault(error: BaseException, statement: str, folder: Path, kind: str = "raised") -> Fault:
    """An exception as a fault. Its text comes from the student's code, so every step may itself fail."""
    if isinstance(error, NotImplementedError) and kind == "raised":
        return Fault("not_attempted", statement=statement)
    try:
        message = str(error)[:MESSAGE_LIMIT]
    except BaseException:
        message = "(its message could not be read)"
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "allocate memory" in message):
        return Fault("memory", statement=statement, type=type(error).__name__[:80])
    line, function, trace = _where(error, folder)
    return Fault(
        "import" if kind == "import" else "raised",
        statement=statement,
        type=type(error).__name__[:80],
        message=message.replace(f"{folder}/", ""),
        line=line,
        function=function,
        trace=trace,
    )


def _where(error: BaseException, folder: Path) -> tuple[int | None, str, str]:
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(str(folder)):
        return error.lineno, "", (error.text or "")[:TRACE_LIMIT]
    try:
        linecache.checkcache()
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(folder))]
        trace = "".join(traceback.format_list(frames)[-20:])[-TRACE_LIMIT:].replace(f"{folder}/", "")
    except BaseException:
        return None, "", ""
    return (frames[-1].lineno, frames[-1].name, trace) if frames else (None, "", "")
