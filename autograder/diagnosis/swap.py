"""Run the reference as somebody would who makes a certain mistake: one operation at one place differentiated wrongly.

A mode around the author's functions (`torch.overrides.TorchFunctionMode`) sees every operation with the place in the
author's file that calls it, and puts a wrong derivative, or another operation, in the place of the right one. Autograd
then yields exactly the gradients that the mistake would give.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import CodeType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from autograder import functional

__all__ = ["Author", "Call", "Derivative", "Instead", "Site", "Swaps", "record"]

Site = tuple[int, ...]
"""Where in the author's file an operation is called: the instruction in each function on the way there. Rounds of a
loop are one site, calls of a helper from two lines are two."""


@dataclass(frozen=True)
class Author:
    """Whose operations are looked at: those in the file of an exercise, told apart inside its reference."""

    path: str
    reference: CodeType | None


LIBRARIES = (str(Path(torch.__file__).parent), functional.__file__)

NAMES: Mapping[str, str] = {
    "mm": "matmul",
    "mv": "matmul",
    "rsub": "sub",
    "radd": "add",
    "rmul": "mul",
    "truediv": "div",
    "true_divide": "div",
    "rtruediv": "rdiv",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
    "rmatmul": "matmul",
}


@dataclass
class Call:
    """One operation that the author's code calls: its name, place, arguments, and what it gave.

    ``right`` are the right gradients of its tensor arguments by position, ``known`` the inputs of the case.
    """

    operation: str
    site: Site
    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: Any = None
    right: Mapping[int, torch.Tensor | None] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    swaps: Swaps | None = None
    result: torch.Tensor | None = None
    given: tuple[Any, ...] = ()
    rounds: list[tuple[Any, ...]] = field(default_factory=list)
    round: int = 0

    def in_round(self, number: int) -> tuple[Any, ...] | None:
        """The arguments of the same operation in another round of a loop; before the first comes the last, as in a list."""
        return self.rounds[number] if -len(self.rounds) <= number < len(self.rounds) else None

    def before(self, position: int) -> torch.Tensor | None:
        """What the activation was computed from that is the argument at a position."""
        return None if self.swaps is None else self.swaps.followed.get(id(self.given[position]), (None, None))[1]

    @property
    def activated(self) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """The activation that is computed from the result, and its upstream gradient once that is known."""
        if self.swaps is None or self.result is None:
            return None, None
        _, goes_on = self.swaps.leaves.get(id(self.result), (None, self.result))
        return self.swaps.activations.get(id(goes_on), (None, None))

    @property
    def dim(self) -> int:
        """The axis that it works on, by default the last."""
        named = self.kwargs.get("dim"), self.args[1] if len(self.args) > 1 else None
        return next((value for value in named if isinstance(value, int)), -1)

    @property
    def x(self) -> torch.Tensor:
        """The first argument."""
        first: torch.Tensor = self.args[0]
        return first

    def run(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """The operation on these arguments in place of its first ones, its keywords changed by these."""
        result: torch.Tensor = self.func(*args, *self.args[len(args) :], **{**self.kwargs, **kwargs})
        return result


Derivative = Callable[[Call, torch.Tensor], Mapping[int, torch.Tensor]]
"""``derivative(call, upstream)`` gives wrong gradients of some arguments by position; the others stay right."""

Instead = Callable[[Call], torch.Tensor]
"""``instead(call)`` is computed in the place of the operation, and differentiated rightly."""


class Swaps:
    """What is swapped while the reference runs: derivatives and operations by site, and what becomes of named gradients.

    ``later`` changes gradients in all runs of the reference but the first: those of a training run in ``outputs``; there
    those of ``adds_up`` are added up, and with ``alone``, a number and how many examples an epoch has, only the example of
    that number has a gradient. Operations in ``slopes`` have the derivative of another, those in ``values`` another value
    with the right derivative.
    ``from_outputs`` lets an activation be differentiated at a student's own value of it, as formulas written with the
    value (``s (1 - s)``) are. Each run of the author's functions is told apart by `running`.
    """

    def __init__(
        self,
        author: Author,
        derivatives: Mapping[tuple[Site, str], Derivative] | None = None,
        instead: Mapping[tuple[Site, str], Instead] | None = None,
        gradients: Mapping[str, Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]] | None = None,
        loss: Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor] | None = None,
        *,
        values: Mapping[tuple[Site, str], Instead] | None = None,
        slopes: Mapping[tuple[Site, str], Instead] | None = None,
        later: Mapping[str, Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]] | None = None,
        adds_up: Collection[str] = (),
        alone: tuple[int, int] | None = None,
        from_outputs: bool = False,
        known: Mapping[str, Any] | None = None,
        seen: Callable[[Call], None] | None = None,
    ) -> None:
        self.author = author
        self.derivatives = dict(derivatives or {})
        self.instead = dict(instead or {})
        self.gradients = dict(gradients or {})
        self.change_loss = loss
        self.values = dict(values or {})
        self.slopes = dict(slopes or {})
        self.later = dict(later or {})
        self.sums: dict[str, torch.Tensor | None] = dict.fromkeys(adds_up)
        self.known = known or {}
        self.alone = alone
        self._runs = 0
        self.from_outputs = from_outputs
        self.seen = seen
        self.followed: dict[int, tuple[torch.Tensor | None, torch.Tensor | None]] = {}
        self.activations: dict[int, tuple[torch.Tensor | None, torch.Tensor | None]] = {}
        self.leaves: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}  # with the tensor, so that its id stays its own
        matters = (
            self.derivatives or self.instead or self.values or self.slopes or self.from_outputs or seen is not None
        )
        self._mode = _Mode(self) if matters else None
        self._sees = False
        self._rounds: dict[tuple[Site, str], list[tuple[Any, ...]]] = {}
        self._held: dict[int, tuple[torch.Tensor, dict[str, torch.Tensor]]] = {}

    def running(self) -> AbstractContextManager[None]:
        """Around an author's function: see its operations, where any of them matters."""
        return self._seeing(True)

    def aside(self) -> AbstractContextManager[None]:
        """Around code of this project inside of an author's function: to see its operations costs time."""
        return self._seeing(False)

    @contextmanager
    def _seeing(self, on: bool) -> Iterator[None]:
        if self._mode is None or self._sees == on:
            yield
            return
        self._turn(on)
        try:
            yield
        finally:
            self._turn(not on)

    def _turn(self, on: bool) -> None:
        assert self._mode is not None
        self._sees = on
        if on:
            self._mode.__enter__()  # type: ignore[no-untyped-call]
        else:
            self._mode.__exit__(None, None, None)  # type: ignore[no-untyped-call]

    def marked(self, tensor: torch.Tensor, own: torch.Tensor, leaf: torch.Tensor | None = None) -> None:
        """An operation's result is followed by a student's own value of it, and goes on as ``leaf``."""
        if leaf is not None and self.derivatives:
            self.leaves[id(tensor)] = tensor, leaf
            if id(tensor) in self.followed:
                self.followed[id(leaf)] = leaf, self.followed[id(tensor)][1]
        if id(tensor) in self._held:
            self._held.pop(id(tensor))[1]["output"] = own

    def loss(self, loss: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        """The loss of a mistaken loss function; the next run's loops begin anew."""
        self._runs += 1
        self._rounds = {}
        return loss if self.change_loss is None else self.change_loss(loss, inputs)

    def gradient(self, name: str, gradient: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        """What a mistake makes of the gradient of a name."""
        if name in self.gradients:
            gradient = self.gradients[name](gradient, inputs)
        if self.alone is not None and self._runs > 1:
            number, examples = self.alone
            if (self._runs - 2 - number) % examples:
                gradient = gradient * 0
        if self._runs > 1 and name in self.later:
            gradient = self.later[name](gradient, self.known)
        if self._runs > 1 and name in self.sums:
            before = self.sums[name]
            self.sums[name] = gradient = gradient if before is None else gradient + before
        return gradient

    def call(self, call: Call) -> Any:
        """An operation of the author's code."""
        key = call.site, call.operation
        if self.seen is not None:
            call.output = call.func(*call.args, **call.kwargs)
            self.seen(call)
            return call.output
        if key in self.instead:
            return self.instead[key](call)
        if key in self.values:  # whatever else is wrong with its derivative
            wrong, right = self.values[key](call), self._differentiated(call, key)
            return right + (wrong - right).detach() if right.shape == wrong.shape else right
        return self._differentiated(call, key)

    def _differentiated(self, call: Call, key: tuple[Site, str]) -> Any:
        """An operation of the right value, with whatever derivative."""
        if key in self.slopes:
            right, wrong = call.func(*call.args, **call.kwargs), self.slopes[key](call)
            return right.detach() + (wrong - wrong.detach()) if right.shape == wrong.shape else right
        if key in self.derivatives:
            call.swaps, call.given = self, call.args
            call.rounds = self._rounds.setdefault(key, [])
            call.round = len(call.rounds)
            call.rounds.append(call.args)
            call.result = _with_derivative(call, self.derivatives[key])
            if call.operation in SLOPES:
                self.followed[id(call.result)] = call.result, call.x
            return call.result
        if self.derivatives and call.operation in SLOPES:
            return self._followed(call)
        if self.from_outputs and call.operation == "binary_cross_entropy":
            return _cross_entropy(call)
        if self.from_outputs and call.operation in SLOPES:
            held: dict[str, torch.Tensor] = {}
            output = _FromOutput.apply(held, call, call.x)  # type: ignore[no-untyped-call]
            self._held[id(output)] = output, held
            return output
        return call.func(*call.args, **call.kwargs)

    def _followed(self, call: Call) -> torch.Tensor:
        """An activation whose argument, value and upstream gradient can be looked up from what is before and after it."""
        x = call.x

        def note(_: Call, upstream: torch.Tensor) -> Mapping[int, torch.Tensor]:
            self.activations[id(x)] = self.activations[id(x)][0], upstream
            return {}

        result = _with_derivative(call, note)
        self.followed[id(result)] = result, x
        self.activations[id(x)] = result, None
        return result


def record(author: Author) -> tuple[Swaps, list[Call]]:
    """Swaps that change nothing and note every operation of the author's code."""
    calls: list[Call] = []
    return Swaps(author, seen=calls.append), calls


SLOPES: Mapping[str, Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]] = {
    "sigmoid": lambda y, g, _: g * y * (1 - y),
    "tanh": lambda y, g, _: g * (1 - y * y),
    "relu": lambda y, g, _: g * (y > 0),
    "exp": lambda y, g, _: g * y,
    "rsqrt": lambda y, g, _: -0.5 * g * y**3,
    "softmax": lambda y, g, dim: y * (g - (g * y).sum(dim, keepdim=True)),
    "masked_softmax": lambda y, g, dim: y * (g - (g * y).sum(dim, keepdim=True)),
    "log_softmax": lambda y, g, dim: g - y.exp() * g.sum(dim, keepdim=True),
}
"""Derivatives of operations written with their value ``y``."""


class _Mode(TorchFunctionMode):
    def __init__(self, swaps: Swaps) -> None:
        super().__init__()
        self.swaps = swaps

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Every use of a tensor comes by here; only operations in the author's own file are looked at."""
        operation = _operation(func)
        if not operation:
            return func(*args, **(kwargs or {}))
        site = _site(self.swaps.author)
        if not site:
            return func(*args, **(kwargs or {}))
        return self.swaps.call(Call(operation, site, func, args, kwargs or {}, known=self.swaps.known))


@functools.cache
def _operation(func: Any) -> str:
    """The operation that a function or method does; empty for attributes and for what makes no new values."""
    name = getattr(func, "__name__", "")
    if name in ("__get__", "__set__"):
        return ""
    name = name.strip("_")
    return NAMES.get(name, name)


def _site(author: Author) -> Site:
    """The place in the author's file that called, by way of library code only."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(LIBRARIES):
        frame = frame.f_back  # type: ignore[assignment]
    site: list[int] = []
    while frame is not None and frame.f_code.co_filename == author.path:
        site += (frame.f_lineno, frame.f_lasti)
        if frame.f_code is author.reference:  # whoever calls the reference: it is the same place
            break
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(site)


def _cross_entropy(call: Call) -> torch.Tensor:
    """Binary cross-entropy of any number: PyTorch's refuses what is no probability, as a student's value may be."""
    p, target = call.args[0], call.args[1]
    each = -(target * p.log() + (1 - target) * (1 - p).log())
    # The logarithm of what is below 0 is nan; its derivative is 1 / x all the same.
    each = torch.where(each.isnan(), -(target * p.abs().log() + (1 - target) * (1 - p).abs().log()), each)
    reduction = call.kwargs.get("reduction", "mean")
    return each.mean() if reduction == "mean" else each.sum() if reduction == "sum" else each


def _with_derivative(call: Call, derivative: Derivative) -> torch.Tensor:
    positions = [n for n, value in enumerate(call.args) if isinstance(value, torch.Tensor)]
    return _Swapped.apply(call, derivative, positions, *(call.args[n] for n in positions))  # type: ignore[no-untyped-call, no-any-return]


class _Swapped(torch.autograd.Function):
    """An operation with another derivative. Arguments that the derivative does not speak of keep the right one."""

    @staticmethod
    def forward(
        ctx: Any, call: Call, derivative: Derivative, positions: list[int], *given: torch.Tensor
    ) -> torch.Tensor:
        with torch.enable_grad():
            # Only where a gradient is wanted: PyTorch has none for some arguments (a batch norm's running statistics).
            wanted = ctx.needs_input_grad[3:]
            inner = [value.detach().requires_grad_(needs) for value, needs in zip(given, wanted, strict=True)]
            args = list(call.args)
            for position, value in zip(positions, inner, strict=True):
                args[position] = value
            call.args = tuple(args)
            call.output = call.func(*call.args, **call.kwargs)
        ctx.call, ctx.derivative, ctx.positions, ctx.inner = call, derivative, positions, inner
        output: torch.Tensor = call.output.detach()
        return output

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> Any:
        call: Call = ctx.call
        wanted = [value for value in ctx.inner if value.requires_grad]
        found = iter(torch.autograd.grad(call.output, wanted, upstream, retain_graph=True, allow_unused=True))
        right = {p: next(found) if v.requires_grad else None for p, v in zip(ctx.positions, ctx.inner, strict=True)}
        call.right = right
        with torch.no_grad():
            plain = replace(
                call, args=tuple(a.detach() if isinstance(a, torch.Tensor) else a for a in call.args),
                output=call.output.detach(), right=right,
            )  # fmt: skip
            wrong = ctx.derivative(plain, upstream)
        gradients = []
        for position, value in zip(ctx.positions, ctx.inner, strict=True):
            gradient = wrong.get(position, right[position])
            gradients.append(gradient if gradient is None or gradient.shape == value.shape else right[position])
        return (None, None, None, *gradients)


class _FromOutput(torch.autograd.Function):
    """An activation whose derivative is taken at ``held["output"]``, where that is given by the time it is asked for."""

    @staticmethod
    def forward(ctx: Any, held: dict[str, torch.Tensor], call: Call, x: torch.Tensor) -> torch.Tensor:
        ctx.held, ctx.call = held, call
        ctx.output = call.func(x, *call.args[1:], **call.kwargs)
        output: torch.Tensor = ctx.output
        return output.clone()

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> Any:
        output = ctx.held.get("output", ctx.output)
        return None, None, SLOPES[ctx.call.operation](output, upstream, ctx.call.dim)
