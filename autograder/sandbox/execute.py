"""Run an exercise's calls on a student's module: arrays in, arrays and faults out.

This runs where student code runs: in a student process when grading, in the student's own for ``autograder check``.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import linecache
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from autograder.sandbox.calls import Calls, Statement, parse_calls
from autograder.sandbox.wire import EXTENT_LIMIT, Arrays, Fault, FaultKind, Outcome, Request, Setup, extent

if TYPE_CHECKING:
    from autograder.sandbox.guard import Use

__all__ = ["Student", "run"]

MESSAGE_LIMIT = 600
TRACE_LIMIT = 4000


class Student:
    """The student's module, ready to be loaded as often as wanted, each time afresh.

    ``folder`` holds the working copy of the submission; ``interrupts`` are the exceptions that are the user's own
    (Ctrl-C in ``autograder check``) and pass through. ``uses`` gives the forbidden means used since it was called last;
    with ``forbid`` they void what they were to give, else they are noted.
    """

    def __init__(
        self,
        setup: Setup,
        folder: Path,
        interrupts: tuple[type[BaseException], ...] = (),
        uses: Callable[[], Sequence[Use]] = tuple,
        *,
        forbid: bool = True,
    ) -> None:
        self.setup = setup
        self.uses = uses
        self.forbid = forbid
        self.at_load: Fault | None = None
        self.calls: Calls = parse_calls(setup.calls)
        self.folder = folder
        self.file = folder / setup.module
        self.interrupts = interrupts
        self._code: CodeType | None = None
        self._modules = len(sys.modules)

    def load(self) -> ModuleType | Fault:
        """A fresh module, or why there is none. Helper modules of the submission are loaded afresh as well."""
        # Only what was imported since: to look at every module would touch, and so copy, 8 MB of a forked process.
        for name in list(itertools.islice(reversed(sys.modules), max(0, len(sys.modules) - self._modules))):
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(f"{self.folder}{os.sep}"):
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
            fault = _fault(error, "", self.folder, kind="import", module=self.setup.module)
            return self.forbidden("") or fault
        self.at_load = self.used("")
        return self.at_load if self.at_load is not None and self.forbid else module

    def forbidden(self, statement: str) -> Fault | None:
        """The first forbidden means used since the last time, where that voids what was computed."""
        found = self.used(statement)
        return found if self.forbid else None

    def used(self, statement: str) -> Fault | None:
        """The first forbidden means used since the last time."""
        for use in self.uses():
            return Fault(
                "forbidden", statement, "", shown(use.what), use.line, shown(use.function), file=shown(use.file)
            )
        return None


def run(
    student: Student, request: Request, arrays: Arrays, on_statement: Callable[[int], None] = lambda _: None
) -> tuple[Outcome, dict[str, np.ndarray]]:
    """Run one case: its outcome, and an array for each wanted name that has no fault.

    ``on_statement`` is called with the number of each statement before it runs.
    """
    module = student.load()
    if isinstance(module, Fault):
        return Outcome(faults=dict.fromkeys(student.setup.wanted, module)), {}
    mine = {name: array for name, array in arrays.items() if not name.startswith("other/")}
    inputs = {**mine, **request.scalars}
    session = Session(student, module, inputs, strided=request.variant == "strided")
    sessions = [session]
    if request.variant == "interleaved":
        theirs = {name.removeprefix("other/"): a for name, a in arrays.items() if name.startswith("other/")}
        sessions.append(Session(student, module, {**theirs, **request.other_scalars}))

    def steps(sessions: list[Session]) -> None:
        for number, statement in enumerate(student.calls.statements):
            for one in sessions:
                if number in request.stopped:
                    one.fail(statement, request.stopped[number])
                else:
                    on_statement(number)
                    one.step(statement)

    steps(sessions)
    if request.variant == "again":
        session = Session(student, module, inputs)
        steps([session])
    return session.outcome()


class Session:
    """One pass through the calls: the names known so far, and why others are not."""

    def __init__(
        self, student: Student, module: ModuleType, inputs: Mapping[str, Any], *, strided: bool = False
    ) -> None:
        self.student = student
        self.module = module
        as_numpy = student.setup.arrays == "numpy"
        self.inputs = {
            name: _Input(value, as_numpy, strided) for name, value in inputs.items() if isinstance(value, np.ndarray)
        }
        self.names: dict[str, Any] = {**inputs, **{name: one.given for name, one in self.inputs.items()}}
        self.spoiled: dict[str, Fault] = {}
        self.troubled: dict[str, Fault] = {}
        self.faults: dict[str, Fault] = {}
        self.values: dict[str, np.ndarray] = {}
        self.dtypes: dict[str, str] = {}
        self.changed: dict[str, tuple[str, ...]] = {}
        self.noted: dict[str, Fault] = {}
        if student.at_load is not None:
            self.noted = dict.fromkeys(student.setup.wanted, student.at_load)

    def step(self, statement: Statement) -> None:
        """Run one statement; what fails is recorded under the names that it was to give."""
        cause = next((self.spoiled[name] for name in sorted(statement.needs) if name in self.spoiled), None)
        if cause is not None:
            self.fail(statement, _because(cause))
            return
        for name in sorted(statement.needs):
            if not (name in self.names or name in self.module.__dict__ or hasattr(builtins, name)):
                self.fail(statement, Fault("undefined", statement=statement.text, message=name))
                return
        try:
            try:
                given = self._evaluate(statement)
            finally:
                self._restore(statement)
        except self.student.interrupts:
            raise
        except BaseException as error:
            fault = self.student.forbidden(statement.text) or _fault(error, statement.text, self.student.folder)
            earlier = [self.troubled[name] for name in sorted(statement.receivers) if name in self.troubled]
            if earlier and fault.kind not in ("not_attempted", "forbidden"):
                fault = _because(earlier[0])
            self.fail(statement, fault)
            return
        use = self.student.used(statement.text)
        if use is not None and self.student.forbid:  # it was caught, and something else computed instead
            self.fail(statement, use)
            return
        if use is not None:
            self.noted.update(dict.fromkeys(statement.gives or self.student.setup.wanted, use))
        self._pass_on(statement)
        for name in given:
            # A name that is given again is sound again, whatever happened to what it stood for before.
            self.spoiled.pop(name, None)
            self.troubled.pop(name, None)
            self._keep(name, given[name], statement)

    def _evaluate(self, statement: Statement) -> dict[str, Any]:
        # One dictionary for globals and locals, so that comprehensions and lambdas in the calls see every name.
        scope = {**self.module.__dict__, **self.names}
        if self._constructs(statement):
            # An object owns its parameters and may update them in place: it gets copies of the inputs.
            scope |= {name: _copy(self.inputs[name].given) for name in statement.needs & self.inputs.keys()}
        if statement.several:
            given = self._taken_apart(eval(statement.code, scope), statement)
            self.names.update(given)
            return given
        if not statement.entries:
            exec(statement.code, scope)
            given = {name: scope[name] for name in statement.gives if name in scope}
            self.names.update(given)
            return given
        mapping = eval(statement.code, scope)
        if not isinstance(mapping, Mapping):
            kind: FaultKind = "missing" if mapping is None else "unusable"
            for name in statement.gives:
                self.spoiled[name] = Fault(kind, statement.text, shown(type(mapping).__name__), "dict")
                self._lack(name, self.spoiled[name])
            return {}
        for name in statement.gives:
            if name not in mapping:
                self.spoiled[name] = Fault("missing", statement.text, message="key")
                self._lack(name, self.spoiled[name])
        given = {name: mapping[name] for name in statement.gives if name in mapping}
        self.names.update(given)
        return given

    def _taken_apart(self, value: Any, statement: Statement) -> dict[str, Any]:
        """What was returned, by name; nothing where it is not as many things as names."""
        # A tensor of as many rows could be taken apart as well, and its rows be told as answers of a wrong shape.
        if not isinstance(value, (torch.Tensor, np.ndarray, Mapping, str)) and hasattr(value, "__iter__"):
            found = tuple(itertools.islice(value, len(statement.gives) + 1))
            if len(found) == len(statement.gives):
                return dict(zip(statement.gives, found, strict=True))
        what = type(value).__name__
        if isinstance(value, (tuple, list)):
            what = f"{what} of {len(value)}"
        if value is None:
            fault = Fault("missing", statement.text, "NoneType")
        else:
            fault = Fault("count", statement.text, shown(what), ", ".join(statement.gives))
        self.fail(statement, fault)
        return {}

    def _constructs(self, statement: Statement) -> bool:
        return any(isinstance(self.module.__dict__.get(name), type) for name in statement.needs)

    def _restore(self, statement: Statement) -> None:
        """Note which inputs a statement has changed in place, and put them back for the statements that follow."""
        changed = [name for name, one in self.inputs.items() if one.is_changed()]
        for name in changed:
            self.inputs[name].put_back()
            self.names[name] = self.inputs[name].given
        if changed:
            self.changed.update(dict.fromkeys(statement.gives or self.student.setup.wanted, tuple(changed)))

    def _pass_on(self, statement: Statement) -> None:
        """What was changed for a name that is no part, a dictionary that is taken apart later, counts for what it gives."""
        for needed in sorted(statement.needs & self.changed.keys() - set(self.student.setup.wanted)):
            for name in statement.gives:
                self.changed.setdefault(name, self.changed[needed])

    def fail(self, statement: Statement, fault: Fault) -> None:
        """A statement gave nothing: what it was to give has this fault, and what it was to change is spoiled."""
        for name in statement.gives:
            self._lack(name, fault)
        self.spoiled.update(dict.fromkeys(statement.spoils, fault))
        self.troubled.update(dict.fromkeys(statement.receivers, fault))

    def _lack(self, name: str, fault: Fault) -> None:
        """A wanted name has no value, or no longer one."""
        self.faults[name] = fault
        self.values.pop(name, None)
        self.dtypes.pop(name, None)

    def _keep(self, name: str, value: Any, statement: Statement) -> None:
        """Snapshot a wanted value at once: what the student's code does later cannot change it."""
        if name not in self.student.setup.wanted:
            return
        self.faults.pop(name, None)
        if value is None:
            blank = statement.entries
            kind: FaultKind = "not_attempted" if blank else "missing"
            self._lack(name, Fault(kind, statement=statement.text, type="NoneType"))
            return
        try:
            array, dtype = _as_array(value)
        except self.student.interrupts:
            raise
        except BaseException as error:
            message = str(error) if isinstance(error, _UnusableError) else ""
            self._lack(name, Fault("unusable", statement.text, shown(type(value).__name__), shown(message)))
            return
        if array.nbytes > self.student.setup.max_bytes // max(1, len(self.student.setup.wanted)):
            message = f"{array.nbytes} bytes"
            self._lack(name, Fault("unusable", statement.text, shown(type(value).__name__), shown(message)))
            return
        if extent(array.shape) > EXTENT_LIMIT:
            message = f"no elements, shape {array.shape}"
            self._lack(name, Fault("unusable", statement.text, shown(type(value).__name__), shown(message)))
            return
        self.values[name] = array
        self.dtypes.pop(name, None)
        if dtype != _dtype_name(array.dtype):
            self.dtypes[name] = dtype

    def outcome(self) -> tuple[Outcome, dict[str, np.ndarray]]:
        """What goes back to the grader."""
        for name in self.student.setup.wanted:
            if name not in self.values and name not in self.faults:
                self.faults[name] = Fault("missing", message="key")
        faults = {name: fault for name, fault in self.faults.items() if name in self.student.setup.wanted}
        changed = {name: inputs for name, inputs in self.changed.items() if name in self.student.setup.wanted}
        noted = {name: fault for name, fault in self.noted.items() if name in self.student.setup.wanted}
        return Outcome(faults, self.dtypes, changed, noted), self.values


class _UnusableError(Exception):
    """A value that is not a dense array of numbers; the text says why."""


class _Input:
    """An array as the student gets it: a fresh array or tensor each time, and whether it is as it was."""

    def __init__(self, original: np.ndarray, as_numpy: bool, strided: bool) -> None:
        self.original = original
        self.as_numpy = as_numpy
        self.strided = strided
        self.content = original.tobytes()
        self.put_back()

    def put_back(self) -> None:
        """Make a new one."""
        self.array = _laid_out(self.original, self.strided)
        self.given: Any = self.array if self.as_numpy else torch.from_numpy(self.array)
        self.form = _form(self.given)

    def is_changed(self) -> bool:
        """Whether it has been changed in place: its elements, its form, or the memory that it stands for.

        Looked up by methods of C types alone, which student code cannot replace.
        """
        return self.array.tobytes() != self.content or _form(self.given) != self.form


def _laid_out(original: np.ndarray, strided: bool) -> np.ndarray:
    """A copy, not contiguous on request."""
    copy = np.array(original)
    if strided and copy.ndim == 1 and copy.size > 1:
        return np.repeat(copy, 2)[::2]
    if strided and copy.ndim > 1:
        return np.ascontiguousarray(copy.T).T
    return copy


_Tensor = torch._C.TensorBase
_shape, _dtype = (vars(_Tensor)[name].__get__ for name in ("shape", "dtype"))


def _form(given: Any) -> tuple[Any, ...]:
    if isinstance(given, np.ndarray):
        return given.shape, given.strides, given.dtype
    return _Tensor.data_ptr(given), _shape(given), _Tensor.stride(given), _dtype(given)


def _copy(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray) else value


@functools.cache
def _dtype_name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _as_array(value: Any) -> tuple[np.ndarray, str]:
    """A dense array of a dtype that the wire knows, and the dtype that the student's value has."""
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu":
            raise _UnusableError(f"a {value.layout} tensor on {value.device.type}")
        dtype = _dtype_name(value.dtype)
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
    dtype = _dtype_name(array.dtype)
    if array.dtype.kind == "u" and array.dtype.itemsize > 1:
        array = array.astype(np.int64)
    return np.array(array), dtype


def shown(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Text of the student's code as the wire can carry it."""
    return text[:limit].encode("utf-8", "replace").decode()


def _because(cause: Fault) -> Fault:
    """The fault of a value that could not be had because an earlier statement failed."""
    if cause.kind in ("not_attempted", "skipped"):
        return cause
    return Fault("skipped", cause.statement, cause.type, cause.message, cause.line, cause=cause.kind)


def _fault(error: BaseException, statement: str, folder: Path, kind: str = "raised", module: str = "") -> Fault:
    """An exception as a fault. Its text comes from the student's code, so every step may itself fail."""
    if isinstance(error, NotImplementedError) and kind == "raised":
        return Fault("not_attempted", statement=statement, message=_message(error))
    message = _message(error)
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "allocate memory" in message):
        return Fault("memory", statement=statement, type=shown(type(error).__name__))
    line, function, trace = _where(error, folder)
    if isinstance(error, SyntaxError):
        message = shown(str(error.msg))
        file = Path(error.filename or "").name
        if kind == "import" and file and file != module:
            message = f"in {file}: {message}"
    return Fault(
        "import" if kind == "import" else "raised",
        statement=statement,
        type=shown(type(error).__name__),
        message=message.replace(f"{folder}{os.sep}", ""),
        line=line,
        function=shown(function),
        trace=shown(trace, TRACE_LIMIT),
    )


def _message(error: BaseException) -> str:
    try:
        return shown(str(error))
    except BaseException:
        return "(its message could not be read)"


def _where(error: BaseException, folder: Path) -> tuple[int | None, str, str]:
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(str(folder)):
        return error.lineno, "", (error.text or "")[:TRACE_LIMIT]
    try:
        linecache.checkcache()
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(folder))]
        trace = "".join(traceback.format_list(frames)[-20:])[-TRACE_LIMIT:].replace(f"{folder}{os.sep}", "")
    except BaseException:
        return None, "", ""
    return (frames[-1].lineno, frames[-1].name, trace) if frames else (None, "", "")
