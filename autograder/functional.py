"""Functions for references: some stay exact, in value and derivative, where PyTorch's own round to 0, others say what for.

`sigmoid` and `complement` are exact. In float32 they round as PyTorch's do, as long as that is not to 0: the tolerance of a part comes from the reference in
float32, and has to allow for right answers that round there.

`saved` and `use` change nothing: a diagnosis sees what they are given as one use of several, and tries what comes of
forgetting it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import handle_torch_function, has_torch_function

__all__ = ["complement", "saved", "sigmoid", "use"]


def sigmoid(z: torch.Tensor) -> torch.Tensor:
    """Like `torch.sigmoid`, but the derivative does not round to 0 where the value rounds to 1: it is computed from -z, too."""
    if has_torch_function((z,)):
        result: torch.Tensor = handle_torch_function(sigmoid, (z,), z)
    else:
        result = _Sigmoid.apply(z)  # type: ignore[no-untyped-call]
    return result


def complement(y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """``1 - y`` for ``y = sigmoid(z)``, exact where y rounds to 1; its derivative with respect to y is -1, and 0 for z."""
    if has_torch_function((y, z)):
        result: torch.Tensor = handle_torch_function(complement, (y, z), y, z)
        return result
    z = z.detach()
    exact = torch.sigmoid(-z) - (y - torch.sigmoid(z))
    if z.dtype == torch.float64:
        return exact
    return torch.where((1 - y).detach() == 0, exact, 1 - y)


def saved(value: torch.Tensor) -> torch.Tensor:
    """``value`` as a backward pass takes it from the cache: a second derivative has to go through it as well."""
    if has_torch_function((value,)):
        result: torch.Tensor = handle_torch_function(saved, (value,), value)
    else:
        result = value.view_as(value)
    return result


def use(value: torch.Tensor) -> torch.Tensor:
    """``value`` in one of several places where it is used: its gradient is the sum over all of them."""
    if has_torch_function((value,)):
        result: torch.Tensor = handle_torch_function(use, (value,), value)
    else:
        result = value.view_as(value)
    return result


class _Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(z)
        return torch.sigmoid(z)

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> torch.Tensor:
        (z,) = ctx.saved_tensors
        y = torch.sigmoid(z)
        exact = torch.sigmoid(-z)
        return upstream * y * (exact if z.dtype == torch.float64 else torch.where(1 - y == 0, exact, 1 - y))
