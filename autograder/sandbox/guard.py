"""Take PyTorch's ways of differentiating out of a process, for good, before student code is forked from it.

This is a second line, not the boundary. Nothing that Python can reach leads back to what is taken out, but student code
runs in the same process: native code (ctypes, an extension, writes past an array's end) can do anything there. What
keeps marks honest is that no verdict is made in this process; the source is searched as well.

The places are the lowest that Python meets, since every public function ends at one of them:

- the autograd engine: its method, and, for callers that are C++ themselves (TorchScript, ``torch.ops.aten.grad``), the
  compiler that every backward pass asks first;
- the nodes of a graph, each of which applies its own backward when it is called (``y.grad_fn(upstream)``);
- the levels of forward mode and of ``torch.func``; those of vmap stay;
- the kernels whose names say that they are derivatives, in the dispatcher, where every spelling of them ends, and the
  same formulas written in Python (``torch._decomp``);
- what makes, loads or runs a TorchScript graph or a compiled one.

A built-in function is not replaced but changed in place, so that references to it held anywhere are changed as well.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType
from typing import Any, Literal

import torch

__all__ = ["ForbiddenError", "Mode", "Use", "install", "taken", "watch"]

Mode = Literal["block", "record"]
Function = Callable[..., Any]

USES_LIMIT = 1000  # a hostile submission can make up as many lines as it likes
TORCH = str(Path(torch.__file__).parent) + os.sep

# Attributes by the path of their owner below torch._C: functions of modules, methods of pybind11 classes.
ENTRANCES = {
    "": r"_enter_dual_level|_initExtension|_autograd_init|_jit_(pass|script|trace|to|register)_\w+|_jit_(differentiate|interpret_graph|run_cpp_tests)|"
    r"_create_(function|graph|method)_\w+|(_?import_ir_module|_load_(jit_module|mobile_module|for_lite_interpreter))\w*|parse_ir",
    "_functorch": r"_(grad|jvp)_(increment|decrement)_nesting",
    "_distributed_autograd": r"backward|_init",
    "ScriptFunction": r"__call__",
    "ScriptMethod": r"__call__",
    "ScriptModule": r"_define|_create_method_from_trace\w*",
    "CompilationUnit": r"create_function",
    "LiteScriptModule": r"__call__|forward|run_method",
    "_te.TensorExprKernel": r"__init__|run|fallback",
    "_aoti.AOTIModelContainerRunnerCpu": r"__init__",
    "_aoti.AOTIModelPackageLoader": r"__init__",
    "_nativert.PyModelRunner": r"__init__",
}
KERNELS = re.compile(r"\w+::(\w*backward\w*|\w+_jvp|_make_dual\w*|_(dirichlet|standard_gamma)_grad)(\.\w+)?")
# Where a kernel can have been registered that a tensor on this machine can reach.
KEYS = (
    *("Autograd", "ADInplaceOrView", "FuncTorchBatched", "FuncTorchBatchedDecomposition", "FuncTorchVmapMode"),
    *("CompositeImplicitAutograd", "CompositeImplicitAutogradNestedTensor"),
    *("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional"),
    *("CPU", "Meta", "MkldnnCPU", "NestedTensorCPU", "QuantizedCPU", "SparseCPU", "SparseCsrCPU"),
)
ENGINE_OPERATORS = ("aten::grad", "aten::backward", "aten::_backward")  # from Python to the engine without a kernel
HARMLESS_NODES = ("DelayedError", "UndefinedGrad")  # no derivatives: once_differentiable calls them
FORMULAS = tuple(f"{TORCH}_decomp{os.sep}{name}.py" for name in ("decompositions", "decompositions_for_jvp"))
NATIVE = ("ctypes.dlopen", "ctypes.dlsym", "ctypes.call_function", "ctypes.cdata", "ctypes.PyObj_FromPtr")
# Frames between the student's and the function that he named.
PLUMBING = (
    r"torch\.(_ops|_compile|_dynamo\.eval_frame|_prims_common\.wrappers|utils\._contextlib)\.|torch\._decomp\.(?!.*backward)|"
    r"torch\._functorch\.(vmap|predispatch)\.|torch\._functorch\.apis\.vmap\b"
)


@dataclass(frozen=True)
class Use:
    """One forbidden means and the line that used it; ``file`` is relative to the student's folder.

    Where no frame of the student's is on the stack (a thread that starts in a library's function), ``file`` and
    ``function`` are empty and ``line`` is None.
    """

    what: str
    file: str
    line: int | None
    function: str


class ForbiddenError(BaseException):
    """A forbidden means was used. Not an Exception, so that a student's ``except Exception`` does not swallow it."""

    def __init__(self, use: Use) -> None:
        super().__init__(f"{use.what} is not available here: derive the gradients by hand")
        self.use = use


class _Notes:
    """The student's folder, as its files may be named in code objects, and the uses so far in their order."""

    folders: tuple[str, ...] = ()
    uses: dict[Use, None]

    def __init__(self) -> None:
        self.uses = {}

    def note(self, hint: str) -> Use:
        use = _use(hint, self.folders)
        if len(self.uses) < USES_LIMIT:
            self.uses[use] = None
        return use


_notes = _Notes()


def watch(folder: Path) -> None:
    """Attribute uses to the files in this folder from now on, and forget the uses so far."""
    _notes.folders = tuple({f"{path}{os.sep}" for path in (folder, folder.absolute(), folder.resolve())})
    _notes.uses.clear()


def taken() -> list[Use]:
    """The uses since the last call, or since ``watch``, in order and without repetitions."""
    uses = list(_notes.uses)
    _notes.uses.clear()
    return uses


def install(mode: Mode) -> None:
    """Make every way of differentiating raise ForbiddenError ('block'), or note its use and work ('record').

    Once in a process; it cannot be undone. RuntimeError where this Python lays out its objects in a way unknown here.
    """
    _check_layout()
    torch.vmap(torch.sigmoid)(torch.ones(1))  # registers kernels for derivatives, which must be there to be taken out
    keep = mode == "record"
    for owner, name, function in list(_entrances()):
        hint = ".".join(part for part in ("torch._C", owner, name) if part not in ("", "__init__"))
        _redirect(function, partial(_guard, hint), keep)
    _take_methods(keep)
    _take_kernels(keep)
    _take_formulas(keep)
    _take_operators(keep)
    if not keep:
        _take_engine()
    sys.addaudithook(_audit(keep))


# Who used it


def _use(hint: str, folders: tuple[str, ...]) -> Use:
    frame: FrameType | None = sys._getframe(1)
    called = None
    while frame is not None and not frame.f_code.co_filename.startswith(folders or "\0"):
        module = str(frame.f_globals.get("__name__"))
        if module.split(".")[0] in ("torch", "functorch") and not re.match(
            PLUMBING, f"{module}.{frame.f_code.co_qualname}"
        ):
            called = frame
        frame = frame.f_back
    what = _public_name(called) if called else hint
    if frame is None:
        return Use(what, "", None, "")
    path = frame.f_code.co_filename
    folder = next(folder for folder in folders if path.startswith(folder))
    return Use(what, path.removeprefix(folder), frame.f_lineno, frame.f_code.co_qualname)


def _public_name(frame: FrameType) -> str:
    """'torch.func.jacrev' for a frame of wrapper_fn in jacrev in torch._functorch.eager_transforms."""
    own = frame.f_globals["__name__"]
    module = "torch.func" if "functorch" in own else own
    parts = re.sub(r"^_(\w+)_with_argnums", r"\1", frame.f_code.co_qualname.split(".<locals>")[0]).split(".")
    if parts == ["<module>"]:
        return module
    while "." in module:
        parent, _, last = module.rpartition(".")
        found = getattr(sys.modules.get(parent), parts[0], None)
        if not (callable(found) and (last.startswith("_") or getattr(found, "__module__", None) == own)):
            break
        module = parent
    name = ".".join(part for part in parts if not part.startswith("__"))
    return name if parts[0] == "Tensor" else f"{module}.{name}"


def _guard(hint: str, original: Function | None) -> Function:
    def guard(*args: Any, **kwargs: Any) -> Any:
        use = _notes.note(hint)
        if original is None:
            raise ForbiddenError(use)
        return original(*args, **kwargs)

    return guard


# Built-in functions, changed in place


class _MethodDef(ctypes.Structure):
    """CPython's PyMethodDef."""

    _fields_ = (("name", ctypes.c_char_p), ("call", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


WORD = ctypes.sizeof(ctypes.c_void_p)
METH_VARARGS_KEYWORDS = 3
# CPython's PyCFunctionObject (definition, self, module, weak references, vectorcall) and PyTypeObject.
DEFINITION, SELF, _, _, VECTORCALL = (object.__basicsize__ + WORD * place for place in range(5))
TP_CALL = object.__basicsize__ + WORD * (1 + 13)

_definitions: list[_MethodDef] = []  # CPython keeps only their addresses


class _Callable:
    def __call__(self) -> None: ...


def _word(address: int) -> ctypes.c_void_p:
    return ctypes.c_void_p.from_address(address)


def _check_layout() -> None:
    """Known places must hold known things before anything is written to them."""
    known: Any = len  # a built-in function of a module: its self is the module
    called, not_called = (_word(id(kind) + TP_CALL).value for kind in (_Callable, _Notes))
    if sys.implementation.name != "cpython" or not (
        called and not not_called and _word(id(known) + SELF).value == id(known.__self__)
    ):
        raise RuntimeError("the guard does not know how this Python lays out its objects")


def _entrances() -> Iterator[tuple[str, str, BuiltinFunctionType]]:
    """Owner, name and function of every attribute that ENTRANCES names and this version of PyTorch has."""
    for owner, pattern in ENTRANCES.items():
        place: Any = torch._C
        for part in filter(None, owner.split(".")):
            place = getattr(place, part, None)
        for name, value in vars(place).items() if place is not None else ():
            function = getattr(value, "__func__", value)
            if re.fullmatch(pattern, name) and isinstance(function, BuiltinFunctionType):
                yield owner, name, function


def _redirect(function: Any, make: Callable[[Function | None], Function], keep: bool) -> None:
    """Turn a built-in function into a call of PyObject_Call on its guard, which stands where its self was.

    ``make`` gets the original when it is to be kept, and else None: then nothing in Python leads to it any more.
    """
    address = id(function)
    original = None
    if keep:
        new = ctypes.PYFUNCTYPE(ctypes.py_object, *[ctypes.c_void_p] * 3)(("PyCFunction_NewEx", ctypes.pythonapi))
        original = new(_word(address + DEFINITION).value, _word(address + SELF).value, None)
    guard = make(original)
    call = ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value
    definition = _MethodDef(function.__name__.encode(), call, METH_VARARGS_KEYWORDS, (function.__doc__ or "").encode())
    _definitions.append(definition)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(guard))
    _word(address + SELF).value = id(guard)
    _word(address + DEFINITION).value = ctypes.addressof(definition)
    _word(address + VECTORCALL).value = None


# Methods of C types


def _take_methods(keep: bool) -> None:
    _replace(torch._C._ImperativeEngine, "run_backward", "torch._C._ImperativeEngine.run_backward", keep)
    for name, node in vars(torch._C._functions).items():
        if isinstance(node, type) and name not in HARMLESS_NODES and "__call__" in vars(node):
            _replace(node, "__call__", f"{name}.__call__", keep)
            # The slot as Python classes have it: it looks '__call__' up in the type.
            _word(id(node) + TP_CALL).value = _word(id(_Callable) + TP_CALL).value


def _replace(kind: type, name: str, hint: str, keep: bool) -> None:
    attributes = gc.get_referents(vars(kind))[0]  # the dictionary itself: these types refuse setattr
    attributes[name] = _guard(hint, attributes[name] if keep else None)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _take_engine() -> None:
    """Every backward pass, started from C++ as well, goes to the compiler of backward passes if there is one."""
    place = torch._C._dynamo.compiled_autograd
    place.set_autograd_compiler(_guard("torch.autograd", None), False)
    _redirect(place.set_autograd_compiler, lambda _: lambda *_: (None, False), keep=False)


# Formulas: kernels in the dispatcher, and Python


def _take_kernels(keep: bool) -> None:
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    keys = [key for key in KEYS if key in torch._C.DispatchKey.__members__]
    libraries: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that kernels are overridden
        for name in filter(KERNELS.fullmatch, torch._C._dispatch_get_all_op_names()):
            space, _, short = name.partition("::")
            hint = f"torch.{short}" if hasattr(torch._C._VariableFunctions, short) else f"torch.ops.{space}.{short}"
            if space not in libraries:
                libraries[space] = torch._C._dispatch_library("IMPL", space, "")
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(libraries[space]))  # its end would bring the kernels back
            if keep:
                if name not in ENGINE_OPERATORS:
                    _record_kernel(libraries[space], name, hint)
                continue
            for key in keys:
                if has(name, key):
                    libraries[space].impl(short, key, _guard(hint, None))


def _record_kernel(library: Any, name: str, hint: str) -> None:
    composite = torch._C._dispatch_has_kernel_for_dispatch_key(name, "CompositeImplicitAutograd")
    key, computed = ("CompositeImplicitAutograd", "AutogradCPU") if composite else ("CPU", "CPU")
    if torch._C._dispatch_has_computed_kernel_for_dispatch_key(name, computed):
        kernel = torch._C._dispatch_get_computed_kernel_for_dispatch_key(name, computed)
        library.impl(name.partition("::")[2], key, _guard(hint, kernel.call_boxed), True)


def _take_operators(keep: bool) -> None:
    """Let these operators be found, and guard what is found; the finding itself differentiates nothing."""

    def make(find: Any) -> Function:
        def finder(name: str, *rest: Any) -> Any:
            found = find(name, *rest)
            if name not in ENGINE_OPERATORS:
                return found
            return (_guard(f"torch.ops.{name.replace('::', '.')}", found[0] if keep else None), *found[1:])

        return finder

    _redirect(torch._C._jit_get_operation, make, keep=True)
    _redirect(torch._C._get_operation_overload, make, keep=True)


def _take_formulas(keep: bool) -> None:
    """Give the functions other code: whoever holds them (tables of decompositions, closures) has the guard then."""
    if keep:
        import torch._decomp.decompositions_for_jvp  # noqa: F401 - it compiles formulas from their source

    def stop(*args: Any, **kwargs: Any) -> Any:
        guard: Any = "guard"
        return guard(*args, **kwargs)

    for function in gc.get_objects():
        if type(function) is not FunctionType:
            continue
        code = function.__code__
        if code.co_filename in FORMULAS and "backward" in code.co_name:
            original = None
            if keep:
                parts = (function.__globals__, function.__name__, function.__defaults__, function.__closure__)
                original = FunctionType(code, *parts)
                original.__kwdefaults__ = function.__kwdefaults__
            guard = _guard(f"{function.__module__}.{code.co_name}", original)
            constants = tuple(guard if constant == "guard" else constant for constant in stop.__code__.co_consts)
            function.__code__ = stop.__code__.replace(
                co_consts=constants, co_name=code.co_name, co_qualname=code.co_qualname, co_freevars=code.co_freevars
            )


# What would bring the originals back


def _audit(keep: bool) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "exec":
            code = arguments[0]
            forbidden = isinstance(code, CodeType) and code.co_filename in FORMULAS
            what = "torch._decomp"
        elif event == "import":  # with a path when a compiled module is initialised: torch's own has long been
            forbidden = str(arguments[1]).startswith(TORCH)
            what = f"import of {arguments[0]}"
        elif event in NATIVE:
            forbidden, what = _student_is_next(), "ctypes"
        else:
            forbidden, what = event == "cpython.PyInterpreterState_New", "another interpreter"
        if forbidden:
            use = _notes.note(what)
            if not keep:
                raise ForbiddenError(use)

    return hook


def _student_is_next() -> bool:
    """Whether the student's file itself calls ctypes: libraries do so for reasons of their own."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") == "ctypes":
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(_notes.folders or "\0")
