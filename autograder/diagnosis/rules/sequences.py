"""Mistakes in the operations of embeddings and recurrent networks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch

from autograder.diagnosis.rules.network import weight_from
from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation, at_first
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]

LOOKUP = ("embedding",)


def _of_table(call: Call, g: torch.Tensor, *, last: bool) -> Mapping[int, torch.Tensor]:
    """The gradient of a table where of all places of an id only the last counts, or their mean."""
    ids, table = call.args[0].reshape(-1), call.args[1]
    places = g.reshape(-1, g.shape[-1])
    found = torch.zeros_like(table)
    for number in ids.unique().tolist():
        shares = places[ids == number]
        found[number] = shares[-1] if last else shares.mean(dim=0)
    return {1: found}


def _without_padding(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of a table without the row of the padding."""
    padding = call.known.get("padding_idx")
    if not isinstance(padding, int) or g.ndim != 2 or not 0 <= padding < len(g):
        return {}
    kept = g.clone()
    kept[padding] = 0
    return {0: kept}


def _first_for_padding(call: Call) -> torch.Tensor:
    """What is masked where word 0 stands, and not where the padding does."""
    ids = next((v for v in call.known.values() if torch.is_tensor(v) and v.shape == call.x.shape[:-1]), None)
    if ids is None or ids.is_floating_point():
        return call.run()
    return call.run(call.x, (ids == 0)[..., None])


def _recurs(call: Call) -> bool:
    """Whether every round of a loop multiplies with the same weight: steps of time, and no layers of a network."""
    first = call.in_round(0)
    if len(call.rounds) < 2 or first is None or len(call.args) < 2:
        return False
    weight, other = first[1], call.args[1]
    return bool(weight.shape == other.shape and torch.equal(weight.detach(), other))


def _no_way_back(call: Call, _: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """No gradient goes on to the state before by the recurrent weight; that of the first state of all stays right."""
    first = call.known.get("h0", call.args[1].T)
    if not _recurs(call) or call.x.shape[-1] != first.shape[-1] or len(call.args) < 3 or call.round == 0:
        return {}
    return {0: torch.zeros_like(call.x)}


def _no_way_past(first: int) -> Derivative:
    """No gradient goes on to the state or cell before by the product with a gate, from some round on."""

    def wrong(call: Call, _: torch.Tensor) -> Mapping[int, torch.Tensor]:
        if not call.known.keys() & {"h0", "c0"} or call.round < first:
            return {}
        return {1: torch.zeros_like(call.args[1])}

    return wrong


def _upstream_again(call: Call, _: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """Every layer has the upstream gradient of the last one: what the layer above gives is never handed down."""
    upstream = call.known.get("upstream")
    if len(call.rounds) < 2 or not torch.is_tensor(upstream) or upstream.shape != call.x.shape:
        return {}
    return {0: upstream.to(call.x.dtype)}


def _of_round(position: int, number: int) -> Derivative:
    """The gradient of a parameter from one round alone."""

    def wrong(call: Call, _: torch.Tensor) -> Mapping[int, torch.Tensor]:
        if not _recurs(call) or len(call.args) <= position or call.round == number % len(call.rounds):
            return {}
        return {position: torch.zeros_like(call.args[position])}

    return wrong


def _last_output(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """Of what each round of a loop gives, only the last has an upstream gradient of its own."""
    return {} if call.round == len(call.rounds) - 1 else {0: torch.zeros_like(g)}


def _next_state(call: Call, x: int) -> torch.Tensor | None:
    """What the same weight multiplies in the next step."""
    other = call.in_round(call.round + 1) if _recurs(call) else None
    return None if other is None else other[x]


DERIVATIVES: Sequence[WrongDerivative] = [
    WrongDerivative("overwritten", "one of several uses has no share", ("clone",),
                    at_first(lambda call, g: torch.zeros_like(g))),
    WrongDerivative("dropped_term", "without the row of the padding", ("clone",), _without_padding),
    WrongDerivative("overwritten", "the last place of each id alone", LOOKUP,
                    lambda call, g: _of_table(call, g, last=True)),
    WrongDerivative("wrong_factor", "the mean over the places of each id", LOOKUP,
                    lambda call, g: _of_table(call, g, last=False),
                    {"factor": "1 by the number of places of each word"}),
    WrongDerivative("recurrent_term_dropped", "nothing comes back from the next step", ("linear",), _no_way_back),
    WrongDerivative("recurrent_term_dropped", "nothing comes back past the gate, nor to the first state", ("mul",),
                    _no_way_past(0)),
    WrongDerivative("recurrent_term_dropped", "nothing comes back past the gate", ("mul",), _no_way_past(1)),
    WrongDerivative("recurrent_term_dropped", "the upstream gradient of the last layer in every layer", ("matmul",),
                    _upstream_again),
    WrongDerivative("overwritten", "the upstream gradient of the last step alone", ("clone",), _last_output),
    WrongDerivative("overwritten", "the weight's gradient of the first step alone", ("linear",), _of_round(1, 0)),
    WrongDerivative("overwritten", "the weight's gradient of the last step alone", ("linear",), _of_round(1, -1)),
    WrongDerivative("overwritten", "the weight's gradient of the last step alone, seen from the next", ("linear",),
                    _of_round(1, -2)),
    WrongDerivative("overwritten", "the bias's gradient of the first step alone", ("linear",), _of_round(2, 0)),
    WrongDerivative("overwritten", "the bias's gradient of the last step alone", ("linear",), _of_round(2, -1)),
    WrongDerivative("overwritten", "the bias's gradient of the last step alone, seen from the next", ("linear",),
                    _of_round(2, -2)),
    WrongDerivative("wrong_operand", "the weight's gradient with the state after the step", ("linear",),
                    weight_from(_next_state), {"used": "the state after the step", "meant": "that before it"}),
]  # fmt: skip


def _exchanged(one: int, other: int) -> Instead:
    """Two of the blocks into which a pre-activation is cut, each in the place of the other."""

    def wrong(call: Call) -> torch.Tensor:
        blocks = list(call.run())
        if max(one, other) < len(blocks):
            blocks[one], blocks[other] = blocks[other], blocks[one]
        return call.run(torch.cat(blocks, dim=call.kwargs.get("dim", 0)))

    return wrong


PLACES = ("first", "second", "third", "fourth")

OPERATIONS: Sequence[WrongOperation] = [
    *(
        WrongOperation("wrong_operand", f"the {PLACES[one]} and the {PLACES[other]} block exchanged", ("chunk",),
                       _exchanged(one, other),
                       {"used": f"the {PLACES[one]} block of numbers", "meant": f"the {PLACES[other]}"})
        for one, other in itertools.combinations(range(len(PLACES)), 2)
    ),
    WrongOperation("mask_ignored", "what is masked as well", ("masked_fill",), lambda call: call.x * 1),
    WrongOperation("mask_ignored", "0 for the number of the padding", ("masked_fill",), _first_for_padding),
]  # fmt: skip
