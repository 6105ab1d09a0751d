"""Functions for references: those that stay exact, in value and derivative, where PyTorch's own round to 0, and steps of
attention that are one operation here, so that a diagnosis can put a wrong one in its place.

In float32 they round as PyTorch's do, as long as that is not to 0: the tolerance of a part comes from the reference in
float32, and has to allow for right answers that round there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import handle_torch_function, has_torch_function

__all__ = [
    "attention_scores",
    "complement",
    "masked_softmax",
    "merge_heads",
    "rotate_pairs",
    "sigmoid",
    "split_heads",
]


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


def _one_operation(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """A function that a mode around tensors sees as a whole, and not what it is made of."""

    @functools.wraps(function)
    def seen(*args: Any) -> torch.Tensor:
        given = tuple(value for value in args if isinstance(value, torch.Tensor))
        if has_torch_function(given):
            result: torch.Tensor = handle_torch_function(seen, given, *args)
            return result
        return function(*args)

    return seen


@_one_operation
def attention_scores(Q: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """``Q Kᵀ / √d`` over the last two axes: Q (..., T, d) and K (..., S, d) give (..., T, S)."""
    return Q @ K.mT / math.sqrt(Q.shape[-1])


@_one_operation
def masked_softmax(scores: torch.Tensor, *visible: torch.Tensor) -> torch.Tensor:
    """The softmax over the last axis of what is visible, by every one of these boolean masks; the rest is exactly 0."""
    for mask in visible:
        scores = scores.masked_fill(~mask, -torch.inf)
    return torch.softmax(scores, dim=-1)


@_one_operation
def split_heads(X: torch.Tensor, heads: int) -> torch.Tensor:
    """From (N, T, heads · d) to (N, heads, T, d): head h has the columns from h d on."""
    return X.reshape(*X.shape[:2], heads, -1).transpose(1, 2)


@_one_operation
def merge_heads(X: torch.Tensor) -> torch.Tensor:
    """From (N, heads, T, d) to (N, T, heads · d), the heads side by side."""
    return X.transpose(1, 2).flatten(2)


@_one_operation
def rotate_pairs(x: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """Each pair of neighbours of the last axis, (..., d), turned by its angle, (..., d / 2)."""
    points = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    turned = points * torch.complex(angles.cos(), angles.sin())
    return torch.view_as_real(turned).flatten(-2)
