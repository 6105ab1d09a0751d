"""Mistakes in the operations of attention and transformer blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation, at_first, from_slope
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]

SCORES = ("attention_scores",)
MASKED = ("masked_softmax",)
SPLIT = ("split_heads",)
MERGED = ("merge_heads",)
TURNED = ("rotate_pairs",)


def _scaled(scale: Callable[[float], float]) -> Instead:
    """The scores with another scale than 1/√d, from d."""
    return lambda call: call.args[0] @ call.args[1].mT * scale(float(call.x.shape[-1]))


def _of_all_heads(call: Call) -> torch.Tensor:
    """The scores divided by the root of the length of all heads together."""
    heads = call.x.shape[1] if call.x.ndim > 3 else 1
    result: torch.Tensor = call.run() / heads**0.5
    return result


def _scale_of(position: int, scale: Callable[[float], float]) -> Derivative:
    """The gradient of Q (position 0) or of K (1) alone with another scale than 1/√d."""

    def wrong(call: Call, _: torch.Tensor) -> Mapping[int, torch.Tensor]:
        d, right = float(call.x.shape[-1]), call.right.get(position)
        return {} if right is None else {position: right * scale(d) * d**0.5}

    return wrong


def _without_masks(*left_out: int) -> Instead:
    """A softmax without some of its masks, by position; with none given, without any."""

    def instead(call: Call) -> torch.Tensor:
        masks = call.args[1:]
        kept = [mask for n, mask in enumerate(masks) if left_out and n not in left_out]
        result: torch.Tensor = call.func(call.x, *kept)
        return result

    return instead


def _visible(call: Call) -> torch.Tensor:
    """Where all masks let a score through, 1, and elsewhere 0."""
    visible = torch.ones_like(call.x)
    for mask in call.args[1:]:
        visible = visible * mask
    return visible


def _over_queries(call: Call) -> torch.Tensor:
    """The softmax over the first of the last two axes; a key that no query sees has weights of 0, and not nan."""
    visible = _visible(call)
    return torch.softmax(call.x.masked_fill(visible == 0, torch.finfo(call.x.dtype).min), dim=-2) * visible


def _from_weights(gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient of the scores from the weights and their gradient."""
    return lambda call, g: {0: gradient(call.output, g)}


def _weights_of_all(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The derivative with weights that were computed again, without the masks."""
    p = torch.softmax(call.x, dim=-1)
    return {0: p * (g - (p * g).sum(-1, keepdim=True))}


def _in_turn(call: Call) -> torch.Tensor:
    """Head h has the columns h, h + heads, h + 2 heads and so on."""
    return call.x.reshape(*call.x.shape[:2], -1, call.args[1]).permute(0, 3, 1, 2)


def _cut(call: Call) -> torch.Tensor:
    """The whole row of numbers cut into heads, tokens and columns, without a swap of axes."""
    N, T, D = call.x.shape
    return call.x.reshape(N, call.args[1], T, D // call.args[1])


def _joined(call: Call) -> torch.Tensor:
    """Heads, tokens and columns read one after the other, without a swap of axes."""
    N, heads, T, d = call.x.shape
    return call.x.reshape(N, T, heads * d)


def _turn(first: Callable[..., torch.Tensor], second: Callable[..., torch.Tensor]) -> Instead:
    """Pairs (a, b) of neighbours made into others with the cosine and sine of the angle."""

    def instead(call: Call) -> torch.Tensor:
        a, b = call.x[..., 0::2], call.x[..., 1::2]
        cos, sin = call.args[1].cos(), call.args[1].sin()
        return torch.stack([first(a, b, cos, sin), second(a, b, cos, sin)], dim=-1).flatten(-2)

    return instead


def _halves(call: Call) -> torch.Tensor:
    """Each number of the first half of a row is turned with that of the second half, not with its neighbour."""
    *rows, d = call.x.shape
    pairs = call.x.reshape(*rows, 2, d // 2).mT.flatten(-2)
    turned: torch.Tensor = call.func(pairs, call.args[1])
    return turned.reshape(*rows, d // 2, 2).mT.flatten(-2)


def _power(change: Callable[[torch.Tensor], torch.Tensor]) -> Instead:
    """A number to other powers."""

    def instead(call: Call) -> torch.Tensor:
        base, exponents = call.args[:2]
        if (isinstance(base, torch.Tensor) and base.ndim) or not isinstance(exponents, torch.Tensor):
            return call.run()  # type: ignore[no-any-return]
        return torch.pow(base, change(exponents))

    return instead


def _outer(change: Callable[[torch.Tensor], torch.Tensor]) -> Instead:
    """An outer product with other numbers in the place of the first."""
    return lambda call: call.run(change(call.x))


def _one_use(which: int) -> Derivative:
    """The gradient of one of several uses, which lie side by side along a new first axis."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        return {0: g[which]} if g.ndim == call.x.ndim + 1 else {}

    return wrong


DERIVATIVES: Sequence[WrongDerivative] = [
    WrongDerivative("attention_scale", "1/√d left out of dQ", SCORES, _scale_of(0, lambda d: 1.0)),
    WrongDerivative("attention_scale", "1/√d left out of dK", SCORES, _scale_of(1, lambda d: 1.0)),
    WrongDerivative("attention_scale", "1/d for 1/√d in dQ", SCORES, _scale_of(0, lambda d: 1 / d)),
    WrongDerivative("attention_scale", "1/d for 1/√d in dK", SCORES, _scale_of(1, lambda d: 1 / d)),
    WrongDerivative("dropped_term", "no gradient by way of the queries", SCORES,
                    lambda call, g: {0: torch.zeros_like(call.args[0])}),
    WrongDerivative("dropped_term", "no gradient by way of the keys", SCORES,
                    lambda call, g: {1: torch.zeros_like(call.args[1])}),
    WrongDerivative("mask_ignored", "the weights computed again without the mask", MASKED, _weights_of_all),
    WrongDerivative("softmax_jacobian", "the diagonal p (1 - p) alone", MASKED, _from_weights(lambda p, g: p * (1 - p) * g)),
    WrongDerivative("softmax_jacobian", "p g without the dot product", MASKED, _from_weights(lambda p, g: p * g)),
    WrongDerivative("softmax_jacobian", "the sum of g for that of p g", MASKED,
                    _from_weights(lambda p, g: p * (g - g.sum(-1, keepdim=True)))),
    WrongDerivative("softmax_jacobian", "the mean of g for the sum of p g", MASKED,
                    _from_weights(lambda p, g: p * (g - g.mean(-1, keepdim=True)))),
    WrongDerivative("dropped_term", "g minus the dot product, without the factor p", MASKED,
                    _from_weights(lambda p, g: g - (p * g).sum(-1, keepdim=True))),
    WrongDerivative("sign", "the dot product added", MASKED,
                    _from_weights(lambda p, g: p * (g + (p * g).sum(-1, keepdim=True)))),
    WrongDerivative("wrong_axis", "the dot product over the queries", MASKED,
                    _from_weights(lambda p, g: p * (g - (p * g).sum(-2, keepdim=True)))),
    WrongDerivative("activation_derivative_missing", "the gradient of the weights for that of the scores", MASKED,
                    _from_weights(lambda p, g: g)),
    WrongDerivative("overwritten", "the last use alone of what is used several times", ("expand",), _one_use(-1)),
    WrongDerivative("overwritten", "the first use alone of what is used several times", ("expand",), _one_use(0)),
    WrongDerivative("dropped_term", "no gradient by way of a layer", ("linear",),
                    at_first(lambda call, g: torch.zeros_like(call.x))),
    WrongDerivative("activation_derivative_missing", "1 for the slope of the activation", ("silu",),
                    from_slope(lambda x, y: torch.ones_like(x))),
    WrongDerivative("dropped_term", "the gate alone, without z times its slope", ("silu",),
                    from_slope(lambda x, y: torch.sigmoid(x))),
    WrongDerivative("other_activation", "the sigmoid's slope for the SiLU", ("silu",),
                    from_slope(lambda x, y: torch.sigmoid(x) * torch.sigmoid(-x))),
]  # fmt: skip

OPERATIONS: Sequence[WrongOperation] = [
    WrongOperation("attention_scale", "1/√d left out", SCORES, _scaled(lambda d: 1.0)),
    WrongOperation("attention_scale", "1/d for 1/√d", SCORES, _scaled(lambda d: 1 / d)),
    WrongOperation("attention_scale", "1/√(heads d) for 1/√d", SCORES, _of_all_heads),
    WrongOperation("attention_scale", "√d for 1/√d", SCORES, _scaled(lambda d: d**0.5)),
    WrongOperation("mask_ignored", "no mask at all", MASKED, _without_masks()),
    WrongOperation("mask_ignored", "without the first mask", MASKED, _without_masks(0)),
    WrongOperation("mask_ignored", "without the second mask", MASKED, _without_masks(1)),
    WrongOperation("mask_ignored", "the score 0 for what is hidden", MASKED,
                   lambda call: torch.softmax(call.x * _visible(call), dim=-1)),
    WrongOperation("mask_ignored", "masked after the softmax", MASKED,
                   lambda call: torch.softmax(call.x, dim=-1) * _visible(call)),
    WrongOperation("softmax_axis", "over the queries", MASKED, _over_queries),
    WrongOperation("heads_order", "split without swapping the axes", SPLIT, _cut),
    WrongOperation("heads_order", "every head takes one column in turn", SPLIT, _in_turn),
    WrongOperation("heads_order", "merged without swapping the axes back", MERGED, _joined),
    WrongOperation("heads_order", "the columns of the heads in turn", MERGED,
                   lambda call: call.x.permute(0, 2, 3, 1).flatten(2)),
    WrongOperation("sign", "turned by the opposite angle", TURNED, lambda call: call.run(call.x, -call.args[1])),
    WrongOperation("sign", "the sine added in both numbers", TURNED,
                   _turn(lambda a, b, cos, sin: a * cos + b * sin, lambda a, b, cos, sin: b * cos + a * sin)),
    WrongOperation("sign", "the sine subtracted in both numbers", TURNED,
                   _turn(lambda a, b, cos, sin: a * cos - b * sin, lambda a, b, cos, sin: b * cos - a * sin)),
    WrongOperation("dropped_term", "the cosine alone", TURNED,
                   _turn(lambda a, b, cos, sin: a * cos, lambda a, b, cos, sin: b * cos)),
    WrongOperation("wrong_operand", "cosine and sine exchanged", TURNED,
                   _turn(lambda a, b, cos, sin: a * sin - b * cos, lambda a, b, cos, sin: b * sin + a * cos),
                   {"used": "the sine", "meant": "the cosine"}),
    WrongOperation("wrong_operand", "halves for pairs", TURNED, _halves,
                   {"used": "the number half a row further on", "meant": "the neighbour"}),
    WrongOperation("wrong_operand", "the place in the row for the position", ("outer",),
                   _outer(lambda x: torch.arange(len(x)).to(x)),
                   {"used": "the place in the row", "meant": "the given position"}),
    WrongOperation("wrong_operand", "the position plus 1", ("outer",), _outer(lambda x: x + 1),
                   {"used": "the position plus 1", "meant": "the given position"}),
    WrongOperation("other_activation", "the sigmoid for the SiLU", ("silu",), lambda call: torch.sigmoid(call.x)),
    WrongOperation("dropped_term", "the exponent without its factor 2", ("pow",), _power(lambda x: x / 2)),
    WrongOperation("sign", "the exponent with the opposite sign", ("pow",), _power(lambda x: -x)),
]  # fmt: skip
