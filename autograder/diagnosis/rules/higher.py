"""Mistakes in the operations of second derivatives and functions of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation
from autograder.diagnosis.swap import Call

__all__ = ["DERIVATIVES", "OPERATIONS"]


def _nothing(_: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    return {0: torch.zeros_like(g)}


def _dot_over_rows(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """A softmax's derivative with its dot product over the first axis."""
    return {0: call.output * (g - (call.output * g).sum(dim=0, keepdim=True))} if g.ndim == 2 else {}


def _last_of_each(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of an embedding with only the last of several uses of a row."""
    ids, weight = call.args[0], call.args[1]
    gradient = torch.zeros_like(weight)
    for number, row in zip(ids.flatten().tolist(), g.reshape(-1, g.shape[-1]), strict=True):
        gradient[number] = row
    return {1: gradient}


def _averaged(call: Call, _: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of an embedding divided by how often each row is used."""
    right = call.right.get(1)
    if right is None:
        return {}
    uses = torch.bincount(call.args[0].flatten(), minlength=len(right)).clamp(min=1)
    return {1: right / uses[:, None]}


def _blocks(call: Call) -> int:
    """How many keys a block has, where they are taken in blocks; else 0."""
    block = call.known.get("block")
    return block if isinstance(block, int) else 0


def _dot_in_blocks(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """A softmax's derivative with a dot product for each block of keys."""
    if not (block := _blocks(call)):
        return {}
    pairs = zip(call.output.split(block, dim=-1), g.split(block, dim=-1), strict=True)
    return {0: torch.cat([p * (one - (p * one).sum(dim=-1, keepdim=True)) for p, one in pairs], dim=-1)}


def _last_block(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of the queries from the last block of keys."""
    if not (block := _blocks(call)):
        return {}
    keys = call.args[1]
    return {0: g.split(block, dim=-1)[-1] @ keys.split(block, dim=-2)[-1] / keys.shape[-1] ** 0.5}


DERIVATIVES: Sequence[WrongDerivative] = [
    WrongDerivative("wrong_axis", "the dot product of the softmax's derivative over the batch", ("softmax",),
                    _dot_over_rows),
    WrongDerivative("overwritten", "only the last use of a row", ("embedding",), _last_of_each),
    WrongDerivative("wrong_factor", "the mean over all uses of a row", ("embedding",), _averaged,
                    {"factor": "1 over the number of uses"}),
    WrongDerivative("softmax_jacobian", "the dot product over each block of keys alone", ("softmax",), _dot_in_blocks),
    WrongDerivative("overwritten", "only the last block of keys", ("attention_scores",), _last_block),
    WrongDerivative("cache_detached", "what was saved counts as a constant", ("saved",), _nothing),
    WrongDerivative("dropped_term", "one of the ways on which the value is used has no share", ("use",), _nothing),
]  # fmt: skip

# Where the first backward pass is written out, 1 - y² is addcmul(1, y, y, value=-1).
SLOPE = ("addcmul",)

OPERATIONS: Sequence[WrongOperation] = [
    WrongOperation("wrong_factor", "the sum for the mean", ("mean",),
                   lambda call: call.x.sum(*call.args[1:], **call.kwargs), {"factor": "as many as are averaged"}),
    WrongOperation("other_activation", "the sigmoid's slope y (1 - y) for the tanh", SLOPE,
                   lambda call: call.args[1] * (1 - call.args[2])),
    WrongOperation("activation_derivative_missing", "1 for the slope of the tanh", SLOPE, lambda call: call.x * 1),
    WrongOperation("sign", "1 + y² for the slope of the tanh", SLOPE, lambda call: call.x + call.args[1] * call.args[2]),
]  # fmt: skip
