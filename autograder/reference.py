"""The author's reference as a trace: its values by name, and the gradient of the loss for each of them.

The reference names intermediate values with ``mark``. A mark cuts the graph there and starts a new leaf, so that the
gradient of the loss with respect to each named value can be had, and the local derivative between two marks is at hand
(autograd's vector-Jacobian products, walked from the last mark to the first). Going on from a mark with a value that
is not the true one, a student's own, gives what a right next step makes of it: error carried forward.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch

from autograder.course import call_with_known
from autograder.sandbox.runner import Inputs

__all__ = ["Mark", "Own", "Swap", "Trace", "differentiate", "one_thread", "swapped", "tensors", "trace_reference"]

Mark = Callable[[str, torch.Tensor], torch.Tensor]

Own = Mapping[str, torch.Tensor]
"""Values to go on with in place of those found, by name: of a mark (``A1``) or of a gradient (``dA1``)."""


class Swap(Protocol):
    """Something that makes the reference compute otherwise, as a mistaken student would (see `autograder.diagnosis`)."""

    def running(self) -> AbstractContextManager[Any]:
        """Around every run of an author's function."""

    def aside(self) -> AbstractContextManager[Any]:
        """Around code of this project that runs inside an author's function."""

    def marked(self, tensor: torch.Tensor, own: torch.Tensor, leaf: torch.Tensor | None = None) -> None:
        """An operation's result is replaced by a student's own from here on, and goes on as ``leaf``."""

    def loss(self, loss: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        """What the reference returns is to count as this."""

    def gradient(self, name: str, gradient: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        """The gradient found for a name is to count as this."""


_swap: ContextVar[Swap | None] = ContextVar("swap", default=None)


@contextmanager
def swapped(swap: Swap | None) -> Iterator[None]:
    """Let every reference run in here, those inside an author's ``outputs`` as well, compute as ``swap`` says."""
    token = _swap.set(swap)
    try:
        if swap is None:
            yield
        else:
            with swap.running():
                yield
    finally:
        _swap.reset(token)


def _aside(swap: Swap | None) -> AbstractContextManager[Any]:
    return nullcontext() if swap is None else swap.aside()


class Trace(Mapping[str, torch.Tensor]):
    """Values by name (``A1``, ``loss``) and gradients of the loss by ``d`` and name (``dA1``, ``dW1``).

    Where the trace went on with values of its ``own``, these are what the names give, and `found` has what was computed
    there.
    """

    def __init__(
        self,
        values: Mapping[str, torch.Tensor],
        names: Collection[str],
        walk: Callable[[], tuple[Mapping[str, torch.Tensor], Mapping[str, tuple[str, ...]]]],
        own: Own,
    ) -> None:
        self.values_by_name = values
        self._names = names
        self._walk = walk
        self.own = own

    @cached_property
    def _walked(self) -> tuple[Mapping[str, torch.Tensor], Mapping[str, tuple[str, ...]]]:
        return self._walk()

    @property
    def gradients(self) -> Mapping[str, torch.Tensor]:
        """Gradients by the name of what they belong to; they are computed when the first is asked for."""
        return self._walked[0]

    @property
    def uses(self) -> Mapping[str, tuple[str, ...]]:
        """By name of an input or mark, the marks (or ``loss``) that are computed directly from it."""
        return self._walked[1]

    def __getitem__(self, name: str) -> torch.Tensor:
        found = self.found(name)
        return self.own.get(name, found)

    def __iter__(self) -> Iterator[str]:
        yield from self.values_by_name
        yield from (f"d{name}" for name in self._names)

    def __len__(self) -> int:
        return len(self.values_by_name) + len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self.values_by_name or (isinstance(name, str) and name[:1] == "d" and name[1:] in self._names)

    def found(self, name: str) -> torch.Tensor:
        """What the reference computed under a name, from the own values before it."""
        if name in self.values_by_name:
            return self.values_by_name[name]
        if name in self:
            return self.gradients[name[1:]]
        raise KeyError(name)

    def sources(self, part: str, parts: Collection[str]) -> list[str]:
        """The nearest of ``parts`` that a part is computed from: of a value those before it, of a gradient those after.

        A gradient of ``A1`` is computed from those of the marks that use A1 (the chain rule); empty for other names.
        """
        if part in self.values_by_name:
            before = {
                name: [leaf for leaf, users in self.uses.items() if name in users] for name in self.values_by_name
            }
            return _nearest(part, before, parts, "")
        if part in self:
            return _nearest(part[1:], self.uses, parts, "d")
        return []


def differentiate(reference: Callable[..., torch.Tensor], own: Mark | None = None, /, **inputs: Any) -> Trace:
    """Values and gradients of ``reference(mark, **inputs)``, a scalar loss, at the inputs.

    An author's ``outputs`` may pass its own ``mark`` on, ``lambda name, value: mark(f"{name}_next", value)``, so that a
    student's values of this pass, too, are gone on with.
    """
    return trace_reference(reference, inputs, mark=own)


def trace_reference(
    reference: Callable[..., torch.Tensor],
    inputs: Mapping[str, Any],
    upstream: str | None = None,
    *,
    own: Own | None = None,
    mark: Mark | None = None,
) -> Trace:
    """Values and gradients of ``reference(mark, **inputs)`` at the inputs, by reverse-mode differentiation.

    ``upstream`` names the input that is the upstream gradient, of the shape of what the reference returns; a scalar loss
    needs none. After each value and each gradient the trace goes on with that of ``own``, where there is one; ``mark`` is
    told each of them by name and gives what to go on with.
    """
    swap = _swap.get()
    chosen: dict[str, torch.Tensor] = dict(own or {})
    with _aside(swap):
        leaves = {
            name: value.detach().clone().requires_grad_()
            for name, value in inputs.items()
            if isinstance(value, torch.Tensor) and value.is_floating_point()
        }
    found: dict[str, torch.Tensor] = {}
    marks: list[tuple[str, torch.Tensor]] = []

    def go_on(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if mark is not None:
            other = mark(name, tensor)
            if other is not tensor:
                chosen[name] = other
        return chosen.get(name, tensor)

    def mark_value(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if name in leaves:
            raise ValueError(f"the name '{name}' is marked twice, or is that of an input")
        with _aside(swap):
            marks.append((name, tensor))
            found[name] = tensor.detach()
            value = go_on(name, found[name])
            leaves[name] = value.detach().clone().requires_grad_()
            if swap is not None:
                swap.marked(tensor, value, leaves[name])
        return leaves[name]

    with torch.enable_grad():
        result = call_with_known(reference, mark_value, known={**inputs, **leaves})
        if swap is not None:
            result = swap.loss(result, inputs)
        last = "loss" if result.ndim == 0 else "out"
        found[last] = result.detach()
        final = go_on(last, found[last])
        if swap is not None and final is not found[last]:
            swap.marked(result, final)
        if upstream is None and result.ndim:
            raise ValueError("the reference returns a tensor: name the input that is its upstream gradient")
        seed = torch.ones_like(result) if upstream is None else inputs[upstream].to(result.dtype)

    def walk() -> tuple[Mapping[str, torch.Tensor], Mapping[str, tuple[str, ...]]]:
        """From the loss back to the inputs, mark by mark."""
        gradients = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
        uses: dict[str, tuple[str, ...]] = dict.fromkeys(leaves, ())

        def towards(name: str) -> torch.Tensor:
            """The gradient of a name, all of whose uses have been walked, to go on with."""
            if swap is not None:
                gradients[name] = swap.gradient(name, gradients[name], inputs)
            return go_on(f"d{name}", gradients[name])

        for step, (name, tensor) in enumerate([("loss", result), *reversed(marks)]):
            given = towards(name) if step else seed
            if not tensor.requires_grad:
                continue
            parts = torch.autograd.grad(tensor, list(leaves.values()), given, retain_graph=True, allow_unused=True)
            for leaf_name, gradient in zip(leaves, parts, strict=True):
                if gradient is not None:
                    gradients[leaf_name] = gradients[leaf_name] + gradient if uses[leaf_name] else gradient
                    uses[leaf_name] = (name, *uses[leaf_name])
        for name in leaves.keys() - dict(marks).keys():
            towards(name)
        return gradients, uses

    def walk_aside() -> tuple[Mapping[str, torch.Tensor], Mapping[str, tuple[str, ...]]]:
        with _aside(swap):
            return walk()

    return Trace(found, leaves.keys(), walk_aside, chosen)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread: arrays here are small, and threads that wait for each other cost most of the time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def tensors(inputs: Inputs, dtype: torch.dtype = torch.float64) -> dict[str, Any]:
    """Inputs of a case as an author's functions get them."""
    return {
        name: torch.from_numpy(np.array(value)).to(dtype if value.dtype.kind == "f" else torch.int64)
        if isinstance(value, np.ndarray)
        else value
        for name, value in inputs.items()
    }


def _nearest(name: str, links: Mapping[str, Iterable[str]], parts: Collection[str], prefix: str) -> list[str]:
    """Follow links from a name, and stop on each way at the first name that (with its prefix) is a part."""
    found: dict[str, None] = {}
    for other in links.get(name, ()):
        if prefix + other in parts:
            found[prefix + other] = None
        else:
            found.update(dict.fromkeys(_nearest(other, links, parts, prefix)))
    return list(found)
