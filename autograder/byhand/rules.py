"""What is not deriving by hand: the means, the names by which Python knows them, and the record of one in the source."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["MEANS", "RULES", "TOO_LONG", "Finding", "means_of"]

TOO_LONG = "too long to search"

MEANS = {
    "autograd": "PyTorch's automatic differentiation",
    "forward mode": "PyTorch's forward-mode differentiation",
    "function transform": "PyTorch's function transforms",
    "jit": "compiled PyTorch code",
    "backward kernel": "PyTorch's own backward functions",
    "numerical differences": "numerical differences",
    "another library": "a library that differentiates",
    "native code": "native code",
    TOO_LONG: "a file that cannot be searched",
}


def _rule(means: str, within: str, names: str) -> tuple[str, re.Pattern[str]]:
    """What is called ``within.name``, or lies further in, is such a means; ``*`` stands for anything."""
    each = "|".join(re.escape(within + name).replace(r"\*", ".*") for name in names.split())
    return means, re.compile(rf"(?:{each})(?:\..*)?", re.DOTALL)


# The first that fits counts.
RULES = (
    _rule("forward mode", "torch.", "autograd.forward_ad"),
    _rule("autograd", "torch.autograd.", "grad backward functional gradcheck gradgradcheck *_execution_engine"),
    _rule("autograd", "torch.autograd.", "variable.ImperativeEngine graph._engine_run_backward Variable.backward"),
    _rule("autograd", "torch.", "Tensor.backward _tensor.Tensor.backward nn.Parameter.backward distributed.autograd"),
    _rule("function transform", "torch.func.", "grad grad_and_value vjp jvp jacrev jacfwd hessian linearize"),
    _rule("function transform", "", "functorch torch._functorch"),
    _rule("jit", "torch.jit.", "script trace trace_module load freeze script_if_tracing CompilationUnit"),
    _rule("jit", "torch.", "compile export _dynamo _inductor"),
    _rule("native code", "", "ctypes _ctypes cffi torch.utils.cpp_extension torch.ops.load_library torch.classes"),
    _rule("backward kernel", "torch.", "ops _C nn.grad *_backward*"),
    _rule("numerical differences", "scipy.", "optimize.approx_fprime optimize.check_grad optimize._numdiff"),
    _rule("numerical differences", "scipy.", "differentiate misc.derivative"),
    _rule("numerical differences", "", "numpy.gradient torch.gradient statsmodels.tools.numdiff"),
    _rule("another library", "", "jax autograd tensorflow tinygrad mxnet aesara pytensor theano casadi numdifftools"),
    _rule("another library", "", "micrograd mygrad sympy.diff sympy.Derivative"),
)


def means_of(path: str) -> str | None:
    """The key of `MEANS` under which a thing falls by its full dotted name."""
    return next((means for means, names in RULES if names.fullmatch(path[:400])), None)


@dataclass(frozen=True)
class Finding:
    """A place in the source where something other than deriving by hand is used.

    ``what`` is the thing by its full name (``torch.autograd.grad``) and ``means`` the key of `MEANS`. ``statements`` are
    the places in ``Calls.statements``, from 0, of those from which the code can be reached; what later statements make
    of the values is for the caller to follow. A file that cannot be searched is a finding in its line 1, reached from
    all statements.
    """

    file: str
    line: int
    what: str
    means: str
    statements: frozenset[int]
