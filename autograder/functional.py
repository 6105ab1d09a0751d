"""Functions for references that stay exact, in value and derivative, where PyTorch's own round to 0."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import handle_torch_function, has_torch_function

__all__ = ["complement", "sigmoid"]


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
    return torch.sigmoid(-z) - (y - torch.sigmoid(z))


class _Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(z)
        return torch.sigmoid(z)

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> torch.Tensor:
        (z,) = ctx.saved_tensors
        return upstream * torch.sigmoid(z) * torch.sigmoid(-z)
