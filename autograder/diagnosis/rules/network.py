"""Mistakes in the operations of fully connected networks: activations, linear layers, softmax and losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation, again, at_first, from_slope
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "FUSED", "OPERATIONS", "SIGMOID", "TANH", "fused", "weight_from"]


def _sigmoid_slope(y: torch.Tensor) -> torch.Tensor:
    return y * (1 - y)


SIGMOID = ("sigmoid",)
TANH = ("tanh",)
CLAMPS = ("clamp", "clip", "clamp_min")
RELU = ("relu", "threshold", *CLAMPS)
PRODUCTS = ("mul", "div")
LAYERS = ("linear", "matmul", "addmm")
FUSED = ("binary_cross_entropy_with_logits",)


def _over_everything(call: Call) -> torch.Tensor:
    """Powers of each row divided by the sum of all rows' powers."""
    powers = (call.x - call.x.amax(dim=-1, keepdim=True)).exp()
    shares = powers / powers.sum()
    return shares if call.operation == "softmax" else shares.log()


def _other_axis(call: Call) -> torch.Tensor:
    """A softmax, or its logarithm, over the first axis where it should be over the last."""
    axis = 0 if call.dim in (-1, call.x.ndim - 1) else -1
    return torch.softmax(call.x, dim=axis) if call.operation == "softmax" else torch.log_softmax(call.x, dim=axis)


def _labels(call: Call) -> torch.Tensor:
    """One-hot labels, or the targets as they are, of a fused loss."""
    target: torch.Tensor = call.args[1]
    if target.is_floating_point():
        return target
    known = target.clamp(0, call.x.shape[-1] - 1)
    return torch.nn.functional.one_hot(known, call.x.shape[-1]).to(call.x.dtype)


def fused(
    gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> Derivative:
    """Gradient of a fused loss from probabilities p and labels, mean over what the right one is the mean over."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        z = call.x
        logits = call.operation in FUSED
        p = torch.sigmoid(z) if logits else torch.softmax(z, dim=-1)
        labels = _labels(call)
        counted = z.numel() if logits else z.shape[0] if z.ndim > 1 else 1
        if call.kwargs.get("reduction") == "sum":
            counted = 1
        return {0: g * gradient(p, labels) / counted}

    return wrong


def _transposed_input(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of what a square weight is multiplied with, by the weight the other way round."""
    for position, other in ((1, 0), (0, 1)):
        weight = call.args[position]
        if weight.ndim == 2 and weight.shape[0] == weight.shape[1] and call.right.get(other) is not None:
            right = call.right[other]
            for wrong, usual in ((g @ weight, g @ weight.T), (g @ weight.T, g @ weight)):
                if right is not None and usual.shape == right.shape and torch.allclose(usual, right):
                    return {other: wrong}
    return {}


def _weight(call: Call) -> tuple[int, int]:
    """The positions of what a product multiplies and of its weight: the argument that is no result of the network."""
    if call.operation in ("linear", "addmm"):
        return (0, 1) if call.operation == "linear" else (1, 2)
    return (1, 0) if call.args[1].ndim == 1 else (0, 1)


def _first_row(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The weight's gradient from the first example alone."""
    x, weight = _weight(call)
    if g.ndim != 2 or call.args[x].ndim != 2 or call.right.get(weight) is None:
        return {}
    rows = torch.zeros_like(g)
    rows[0] = g[0]
    return {weight: again(call, weight, rows)}


def weight_from(operand: Callable[[Call, int], torch.Tensor | None]) -> Derivative:
    """The weight's gradient with another tensor of the same shape in the place of what the weight multiplies."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        x, weight = _weight(call)
        other = operand(call, x)
        if other is None or other.shape != call.args[x].shape or call.right.get(weight) is None:
            return {}
        args = list(call.args)
        args[x] = other.detach()
        return {weight: again(replace(call, args=tuple(args)), weight, g)}

    return wrong


def _weight_by_upstream(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The weight's gradient from the gradient of the activation in the place of that before it."""
    _, weight = _weight(call)
    upstream = call.activated[1]
    if upstream is None or upstream.shape != g.shape or call.right.get(weight) is None:
        return {}
    return {weight: again(call, weight, upstream)}


def _after_update(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of what a weight is multiplied with, by the weight after its own step of size lr."""
    lr, (x, weight) = call.known.get("lr"), _weight(call)
    slope = call.right.get(weight)
    if not isinstance(lr, float) or slope is None or call.right.get(x) is None:
        return {}
    args = list(call.args)
    args[weight] = args[weight] - lr * slope
    return {x: again(replace(call, args=tuple(args)), x, g)}


def _weight_of_round(step: int) -> Derivative:
    """The gradient of what a weight is multiplied with, by the weight of another round of the loop."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        x, weight = _weight(call)
        other = call.in_round(call.round + step)
        if len(call.rounds) < 2 or other is None or other[weight].shape != call.args[weight].shape:
            return {}
        args = (*call.args[:weight], other[weight].detach(), *call.args[weight + 1 :])
        return {x: again(replace(call, args=args), x, g)} if call.right.get(x) is not None else {}

    return wrong


def _drop(position: int) -> Derivative:
    def wrong(call: Call, _: torch.Tensor) -> Mapping[int, torch.Tensor]:
        value = call.args[position] if position < len(call.args) else None
        return {position: torch.zeros_like(value)} if isinstance(value, torch.Tensor) else {}

    return wrong


def _without_factor(position: int) -> Derivative:
    """The product rule without the other factor."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        value = call.args[position] if position < len(call.args) else None
        return {position: g.sum_to_size(value.shape)} if isinstance(value, torch.Tensor) else {}

    return wrong


def _log_softmax(gradient: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]) -> Derivative:
    """Gradient of the logarithm of a softmax from its probabilities and the upstream gradient."""
    return lambda call, g: {0: gradient(call.output.exp(), g, call.dim)}


def _numbers_subtracted(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The probabilities minus the class numbers themselves."""
    labels = [v for v in call.known.values() if isinstance(v, torch.Tensor) and v.dtype == torch.int64 and v.ndim == 1]
    if not labels or len(labels[0]) != len(g):
        return {}
    share = -g.sum(-1, keepdim=True)
    return {0: (call.output.exp() - labels[0][:, None]) * share}


def _softmax(gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    return lambda call, g: {0: gradient(call.output, g)}


def _labelled(derivative: Derivative) -> Derivative:
    """A mistake with the labels of a classifier: where there are none, nobody makes it."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        tensors = [value for value in call.known.values() if isinstance(value, torch.Tensor)]
        return derivative(call, g) if any(not value.is_floating_point() for value in tensors) else {}

    return wrong


def _softmax_product(p: torch.Tensor, g: torch.Tensor, dim: int) -> torch.Tensor:
    """The Jacobian of a softmax p, times an upstream gradient."""
    return p * (g - (g * p).sum(dim, keepdim=True))


def _sums(value: torch.Tensor, dim: int | None) -> torch.Tensor:
    """Sums along an axis, or of everything, to be taken away from the value itself."""
    return value.sum() if dim is None else value.sum(dim, keepdim=True)


def _softmax_summed(dim: int | None) -> Derivative:
    """A softmax's derivative, or that of its logarithm, with its sum over another axis than the one that was asked for."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        if not isinstance(call.known.get("dim"), int):
            return {}
        if call.operation == "softmax":
            return {0: call.output * (g - _sums(g * call.output, dim))}
        return {0: g - call.output.exp() * _sums(g, dim)}

    return wrong


def _given_axis(dim: int) -> Instead:
    """A softmax, or its logarithm, always over the same axis, where another can be asked for."""

    def wrong(call: Call) -> torch.Tensor:
        function = torch.softmax if call.operation == "softmax" else torch.log_softmax
        return function(call.x, dim=dim) if isinstance(call.known.get("dim"), int) else call.run()

    return wrong


def _over_all_lines(call: Call) -> torch.Tensor:
    """Powers divided by the sum of all of them, after the greatest of each line was taken away along the axis asked for."""
    shifted = call.x - call.x.amax(dim=call.dim, keepdim=True)
    out = shifted - shifted.exp().sum().log()
    return out.exp() if call.operation == "softmax" else out


def _over_all_powers(call: Call) -> torch.Tensor:
    """Powers of the logits as they are, divided by the sum of all of them."""
    out = call.x - call.x.flatten().logsumexp(dim=0)
    return out.exp() if call.operation == "softmax" else out


def _once_per_row(always: bool) -> Derivative:
    """The label's entry of each row moved once, and not once for every other class that it is compared with."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        if call.x.ndim != 2 or g.shape != (len(call.x), 1):
            return {}
        index: torch.Tensor = call.args[2]
        once = -torch.ones_like(g) if always else g.sign()
        return {0: torch.zeros_like(call.x).scatter(1, index, once / len(g))}

    return wrong


def _without_margin(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The mask of a hinge from the difference of two scores alone."""
    margin = call.known.get("margin")
    return {0: g * (call.x > margin)} if isinstance(margin, float) else {}


def _first_rows_entries(call: Call) -> torch.Tensor:
    """Every row's entry taken from the first row."""
    return call.run(call.x[:1].expand_as(call.x))


def _square_of_half(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """Half the derivative of a square, as that of x² / 2."""
    return {0: g * call.x}


DERIVATIVES: Sequence[WrongDerivative] = [
    WrongDerivative("activation_derivative_missing", "1 for the slope of the activation", (*SIGMOID, *TANH, *RELU),
                    from_slope(lambda x, y: torch.ones_like(y))),
    WrongDerivative("activation_derivative_twice", "the sigmoid's slope squared", SIGMOID,
                    from_slope(lambda x, y: _sigmoid_slope(y) ** 2)),
    WrongDerivative("activation_derivative_twice", "the tanh's slope squared", TANH,
                    from_slope(lambda x, y: (1 - y * y) ** 2)),
    WrongDerivative("other_activation", "the tanh's slope 1 - y² for the sigmoid", SIGMOID,
                    from_slope(lambda x, y: 1 - y * y)),
    WrongDerivative("other_activation", "the tanh's slope 1 - tanh(z)² for the sigmoid", SIGMOID,
                    from_slope(lambda x, y: 1 - torch.tanh(x) ** 2)),
    WrongDerivative("other_activation", "the sigmoid's slope y (1 - y) for the tanh", TANH,
                    from_slope(lambda x, y: _sigmoid_slope(y))),
    WrongDerivative("other_activation", "the sigmoid's slope at z for the tanh", TANH,
                    from_slope(lambda x, y: _sigmoid_slope(torch.sigmoid(x)))),
    WrongDerivative("other_activation", "the relu's slope", (*SIGMOID, *TANH),
                    from_slope(lambda x, y: (x > 0).to(y.dtype))),
    WrongDerivative("other_activation", "the sigmoid's slope y (1 - y) for the relu", RELU,
                    from_slope(lambda x, y: _sigmoid_slope(y))),
    WrongDerivative("other_activation", "the sigmoid's slope at z for the relu", RELU,
                    from_slope(lambda x, y: _sigmoid_slope(torch.sigmoid(x)))),
    WrongDerivative("other_activation", "the tanh's slope for the relu", RELU, from_slope(lambda x, y: 1 - y * y)),
    WrongDerivative("wrong_argument", "the sigmoid's slope at the sigmoid of the output", SIGMOID,
                    from_slope(lambda x, y: _sigmoid_slope(torch.sigmoid(y)))),
    WrongDerivative("wrong_argument", "z (1 - z)", SIGMOID, from_slope(lambda x, y: _sigmoid_slope(x))),
    WrongDerivative("wrong_argument", "1 - tanh(y)²", TANH, from_slope(lambda x, y: 1 - torch.tanh(y) ** 2)),
    WrongDerivative("wrong_argument", "1 - z²", TANH, from_slope(lambda x, y: 1 - x * x)),
    WrongDerivative("dropped_term", "y for y (1 - y)", SIGMOID, from_slope(lambda x, y: y)),
    WrongDerivative("dropped_term", "1 - y for y (1 - y)", SIGMOID, from_slope(lambda x, y: 1 - y)),
    WrongDerivative("dropped_term", "1 - y for 1 - y²", TANH, from_slope(lambda x, y: 1 - y)),
    WrongDerivative("dropped_term", "y² for 1 - y²", TANH, from_slope(lambda x, y: y * y)),
    WrongDerivative("kink", "slope 1 where z is 0", ("relu", "threshold"), at_first(lambda call, g: g * (call.x >= 0))),
    WrongDerivative("kink", "slope 0 at the bound", CLAMPS, at_first(lambda call, g: g * (call.x > 0))),
    WrongDerivative("kink", "slope 1/2 where z is 0", RELU,
                    at_first(lambda call, g: g * ((call.x > 0).to(g.dtype) + (call.x == 0) / 2))),
    WrongDerivative("mask_on_upstream", "the upstream gradient where it is positive", RELU,
                    at_first(lambda call, g: g * (g > 0))),
    WrongDerivative("mask_on_upstream", "the upstream gradient where it and z are positive", RELU,
                    at_first(lambda call, g: g * (g > 0) * (call.x > 0))),
    WrongDerivative("wrong_operand", "the value instead of the slope", (*SIGMOID, *TANH, *RELU),
                    from_slope(lambda x, y: y), {"used": "the activation", "meant": "its derivative"}),
    WrongDerivative("wrong_operand", "z instead of the slope", (*SIGMOID, *TANH, *RELU), from_slope(lambda x, y: x),
                    {"used": "the pre-activation", "meant": "the derivative of the activation"}),
    WrongDerivative("sign", "the mask of the relu inverted", RELU, at_first(lambda call, g: g * (call.x <= 0))),
    WrongDerivative("transposed", "W for Wᵀ, where W is square", ("linear", "matmul"), _transposed_input),
    WrongDerivative("wrong_operand", "the weight's gradient with the pre-activation", LAYERS,
                    weight_from(lambda call, x: call.before(x)),
                    {"used": "the pre-activation", "meant": "the activation"}),
    WrongDerivative("wrong_operand", "the weight's gradient with the layer's output", LAYERS,
                    weight_from(lambda call, x: call.activated[0]),
                    {"used": "the layer's output", "meant": "its input"}),
    WrongDerivative("wrong_operand", "the weight's gradient with the gradient of the activation", LAYERS,
                    _weight_by_upstream,
                    {"used": "the gradient of the activation", "meant": "that of the pre-activation"}),
    WrongDerivative("changed_in_place", "the weight's gradient with the square of what was squared in place", LAYERS,
                    weight_from(lambda call, x: call.args[x] ** 2)),
    WrongDerivative("first_example_only", "the weight's gradient from the first row", LAYERS,
                    _first_row),
    WrongDerivative("after_update", "the weight after its step for the one before", LAYERS,
                    _after_update, {"meant": "the weight"}),
    WrongDerivative("wrong_operand", "the weights of the layer below on the way back", LAYERS,
                    _weight_of_round(-1), {"used": "the weight matrix of the layer below", "meant": "the layer's own"}),
    WrongDerivative("wrong_operand", "the weights of the layer above on the way back", LAYERS,
                    _weight_of_round(1), {"used": "the weight matrix of the layer above", "meant": "the layer's own"}),
    WrongDerivative("one_hot_missing", "p for p - y", (*FUSED, "cross_entropy"), fused(lambda p, y: p)),
    WrongDerivative("activation_derivative_twice", "(p - y) p (1 - p)", (*FUSED, "cross_entropy"),
                    fused(lambda p, y: (p - y) * p * (1 - p))),
    WrongDerivative("sign", "y - p", (*FUSED, "cross_entropy"), fused(lambda p, y: y - p)),
    WrongDerivative("softmax_axis", "the softmax over the first axis", ("cross_entropy",),
                    lambda call, g: {0: g * (torch.softmax(call.x, dim=0) - _labels(call)) / len(call.x)}),
    WrongDerivative("one_hot_missing", "p for p - y", ("log_softmax",),
                    _labelled(_log_softmax(lambda p, g, dim: -p * g.sum(dim, keepdim=True)))),
    WrongDerivative("dropped_term", "the labels without the probabilities", ("log_softmax",),
                    _labelled(_log_softmax(lambda p, g, dim: g))),
    WrongDerivative("activation_derivative_twice", "(p - y) p (1 - p)", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: (g - p * g.sum(dim, keepdim=True)) * p * (1 - p))),
    WrongDerivative("softmax_jacobian", "the diagonal alone", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: g * (1 - p))),
    WrongDerivative("one_hot_missing", "the labels' numbers subtracted", ("log_softmax",), _numbers_subtracted),
    WrongDerivative("softmax_axis", "the softmax over the first axis", ("log_softmax",),
                    lambda call, g: {0: g - torch.softmax(call.x, dim=0) * g.sum(call.dim, keepdim=True)}),
    WrongDerivative("mask_ignored", "the probabilities of rows that do not count as well", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: g - p * g.sum(dim, keepdim=True).min())),
    WrongDerivative("softmax_jacobian", "the diagonal p (1 - p) alone", ("softmax",),
                    _softmax(lambda p, g: p * (1 - p) * g)),
    WrongDerivative("softmax_jacobian", "p g without the dot product", ("softmax",), _softmax(lambda p, g: p * g)),
    WrongDerivative("dropped_term", "the first addend without a gradient", ("add", "sub"), _drop(0)),
    WrongDerivative("dropped_term", "the second addend without a gradient", ("add", "sub"), _drop(1)),
    WrongDerivative("dropped_term", "the product rule without the second factor", PRODUCTS, _without_factor(0)),
    WrongDerivative("dropped_term", "the product rule without the first factor", ("mul",), _without_factor(1)),
    WrongDerivative("dropped_term", "1 for the derivative 1 / x of the logarithm", ("log", "log1p"),
                    at_first(lambda call, g: g)),
    WrongDerivative("dropped_term", "1 for the slope of the exponential", ("exp",), at_first(lambda call, g: g)),
    WrongDerivative("wrong_axis", "the sum over the last axis", ("softmax", "log_softmax"), _softmax_summed(-1)),
    WrongDerivative("wrong_axis", "the sum over the first axis", ("softmax", "log_softmax"), _softmax_summed(0)),
    WrongDerivative("wrong_axis", "the sum over everything", ("softmax", "log_softmax"), _softmax_summed(None)),
    WrongDerivative("dropped_term", "the sum of the upstream gradient without the probabilities", ("softmax",),
                    at_first(lambda call, g: call.output * (g - g.sum(call.dim, keepdim=True)))),
    WrongDerivative("dropped_term", "the dot product taken away without the factor p", ("softmax",),
                    at_first(lambda call, g: g - (g * call.output).sum(call.dim, keepdim=True))),
    WrongDerivative("dropped_term", "the dot product alone", ("softmax",),
                    at_first(lambda call, g: -call.output * (g * call.output).sum(call.dim, keepdim=True))),
    WrongDerivative("sign", "plus for minus before the dot product", ("softmax",),
                    at_first(lambda call, g: call.output * (g + (g * call.output).sum(call.dim, keepdim=True)))),
    WrongDerivative("wrong_operand", "z for p", ("softmax",),
                    at_first(lambda call, g: call.x * (g - (g * call.x).sum(call.dim, keepdim=True))),
                    {"used": "the logits", "meant": "the probabilities"}),
    WrongDerivative("wrong_argument", "the softmax of the probabilities", ("softmax",),
                    at_first(lambda call, g: _softmax_product(torch.softmax(call.output, call.dim), g, call.dim))),
    WrongDerivative("upstream_ignored", "p (1 - p)", ("softmax",),
                    at_first(lambda call, g: call.output * (1 - call.output))),
    WrongDerivative("dropped_term", "the upstream gradient without the sum over its line", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: g * 1)),
    WrongDerivative("dropped_term", "the sum over the line without the upstream gradient itself", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: -p * g.sum(dim, keepdim=True))),
    WrongDerivative("dropped_term", "p without the sum of the upstream gradient", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: g - p)),
    WrongDerivative("dropped_term", "the sum of the upstream gradient without p", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: g - g.sum(dim, keepdim=True))),
    WrongDerivative("sign", "plus for minus before p", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: g + p * g.sum(dim, keepdim=True))),
    WrongDerivative("other_activation", "the derivative of the softmax for that of its logarithm", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: _softmax_product(p, g, dim))),
    WrongDerivative("other_activation", "the derivative of the logarithm of the softmax for that of the softmax", ("softmax",),
                    at_first(lambda call, g: g - call.output * g.sum(call.dim, keepdim=True))),
    WrongDerivative("wrong_operand", "log p for p", ("log_softmax",),
                    at_first(lambda call, g: g - call.output * g.sum(call.dim, keepdim=True)),
                    {"used": "log p", "meant": "p"}),
    WrongDerivative("wrong_operand", "z for p", ("log_softmax",),
                    at_first(lambda call, g: g - call.x * g.sum(call.dim, keepdim=True)),
                    {"used": "the logits", "meant": "the probabilities"}),
    WrongDerivative("overwritten", "one for several classes at the label", ("gather",), _once_per_row(always=False)),
    WrongDerivative("overwritten", "one at every label", ("gather",), _once_per_row(always=True)),
    WrongDerivative("sign", "plus for minus at the label", ("gather",),
                    lambda call, g: {0: torch.zeros_like(call.x).scatter_add(call.args[1], call.args[2], -g)}),
    WrongDerivative("dropped_term", "the margin left out of the mask", ("relu",), _without_margin),
    WrongDerivative("dropped_term", "x for 2 x, the derivative of a square", ("square",), _square_of_half),
]  # fmt: skip


def _square_transposed(call: Call) -> torch.Tensor:
    weight = call.args[1]
    if not isinstance(weight, torch.Tensor) or weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
        return call.run()
    return call.run(call.x, weight.T)


def _pairs(call: Call) -> torch.Tensor:
    """The mean or sum over all pairs of a prediction and a target: what (N,) minus (N, 1) makes."""
    x, target = call.args[0], call.args[1]
    if x.ndim != 1 or target.shape != x.shape:
        return call.run()
    squares: torch.Tensor = (x[:, None] - target[None, :]) ** 2
    return squares.sum() if call.kwargs.get("reduction") == "sum" else squares.mean()


def _all_rows(call: Call) -> torch.Tensor:
    """The mean over all rows, and not over those that count."""
    return call.run(reduction="sum") / len(call.args[1])


def _over_rows(call: Call) -> torch.Tensor:
    """Cross-entropy with the softmax over the batch."""
    kept = {key: value for key, value in call.kwargs.items() if key in ("ignore_index", "reduction")}
    return torch.nn.functional.nll_loss(torch.log_softmax(call.x, dim=0), call.args[1], **kept)


def _counted(call: Call) -> torch.Tensor:
    """The rows of a loss that count."""
    counted: torch.Tensor = call.args[1] != call.kwargs.get("ignore_index", -100)
    return counted


def _each_with_each(call: Call) -> torch.Tensor:
    """The mean over all pairs of a row and a label, of the rows that count."""
    counted = _counted(call)
    return -call.x[counted][:, call.args[1][counted]].mean()


def _first_of_rows(call: Call) -> torch.Tensor:
    """The loss of the first row that counts."""
    counted = _counted(call)
    return call.run(call.x[counted][:1], call.args[1][counted][:1])


def _negative_left_out(call: Call) -> torch.Tensor:
    """Only labels below 0 are left out, not those of a class that does not count."""
    target = call.args[1]
    return call.run(call.x, torch.where(target < 0, -100, target), ignore_index=-100)


def _all_count(call: Call) -> torch.Tensor:
    """Every row counts; labels below 0 stand for the first class."""
    return call.run(call.x, call.args[1].clamp(min=0), ignore_index=-100)


def _after(activation: Callable[[torch.Tensor], torch.Tensor]) -> Instead:
    return lambda call: call.run(activation(call.x))


def _summed(call: Call) -> torch.Tensor:
    return call.run(reduction="sum")


def _without_mask(call: Call) -> torch.Tensor:
    """A product without its second factor, where that is a mask of zeros and ones."""
    mask = call.args[1]
    is_mask = isinstance(mask, torch.Tensor) and bool(((mask == 0) | (mask == 1)).all())
    return call.args[0] * 1 if is_mask else call.run()


MEANS = ("nll_loss", "cross_entropy", "mse_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")

OPERATIONS: Sequence[WrongOperation] = [
    WrongOperation("wrong_factor", "the sum for the mean", MEANS, _summed, {"factor": "as many as there are rows"}),
    WrongOperation("broadcast", "every row with every label", ("nll_loss",), _each_with_each),
    WrongOperation("first_example_only", "the first row", ("nll_loss",), _first_of_rows),
    WrongOperation("first_example_only", "every example with the first one's target", ("mse_loss",),
                   lambda call: call.run(call.x, call.args[1][:1].expand_as(call.x))),
    WrongOperation("mask_ignored", "only labels below 0 are left out", ("nll_loss", "cross_entropy"), _negative_left_out),
    WrongOperation("mask_ignored", "every row counts", ("nll_loss", "cross_entropy"), _all_count),
    WrongOperation("softmax_axis", "over the batch", ("cross_entropy",), _over_rows),
    WrongOperation("other_activation", "a sigmoid before the loss", ("cross_entropy",), _after(torch.sigmoid)),
    WrongOperation("other_activation", "a softmax before the loss", ("cross_entropy",),
                   _after(lambda z: torch.softmax(z, dim=-1))),
    WrongOperation("activation_derivative_missing", "without the mask", ("mul",), _without_mask),
    WrongOperation("other_activation", "tanh for the sigmoid", SIGMOID, lambda call: torch.tanh(call.x)),
    WrongOperation("other_activation", "relu for the sigmoid or tanh", (*SIGMOID, *TANH),
                   lambda call: torch.relu(call.x)),
    WrongOperation("other_activation", "sigmoid for the tanh or relu", (*TANH, *RELU),
                   lambda call: torch.sigmoid(call.x)),
    WrongOperation("other_activation", "tanh for the relu", RELU, lambda call: torch.tanh(call.x)),
    WrongOperation("other_activation", "no activation", (*SIGMOID, *TANH, *RELU), lambda call: call.x * 1),
    WrongOperation("dropped_term", "no bias", ("linear",), lambda call: torch.nn.functional.linear(*call.args[:2])),
    WrongOperation("dropped_term", "no bias", ("addmm",), lambda call: call.args[1] @ call.args[2]),
    WrongOperation("dropped_term", "without the first factor", ("mul",), lambda call: call.args[1] * 1),
    WrongOperation("dropped_term", "without the second factor", ("mul",), lambda call: call.args[0] * 1),
    WrongOperation("dropped_term", "without the first addend", ("add",), lambda call: call.args[1] * 1),
    WrongOperation("dropped_term", "without the second addend", ("add", "sub"), lambda call: call.args[0] * 1),
    WrongOperation("sign", "plus for minus", ("sub",), lambda call: call.args[0] + call.args[1]),
    WrongOperation("sign", "minus for plus", ("add",), lambda call: call.args[0] - call.args[1]),
    WrongOperation("transposed", "W for Wᵀ, where W is square", ("linear", "matmul"), _square_transposed),
    WrongOperation("softmax_axis", "over everything", ("softmax", "log_softmax"),
                   _over_everything),
    WrongOperation("softmax_axis", "over the other axis", ("softmax", "log_softmax"), _other_axis),
    WrongOperation("broadcast", "every prediction with every target", ("mse_loss",), _pairs),
    WrongOperation("wrong_factor", "the mean over all rows, also those that do not count", ("nll_loss",), _all_rows,
                   {"factor": "the share of rows that count"}),
    WrongOperation("softmax_axis", "always over the last axis", ("softmax", "log_softmax"), _given_axis(-1)),
    WrongOperation("softmax_axis", "always over the first axis", ("softmax", "log_softmax"), _given_axis(0)),
    WrongOperation("softmax_axis", "over all lines", ("softmax", "log_softmax"), _over_all_lines),
    WrongOperation("softmax_axis", "over all powers", ("softmax", "log_softmax"), _over_all_powers),
    WrongOperation("mask_ignored", "what is left out counts as well", ("masked_fill",), lambda call: call.x * 1),
    WrongOperation("first_example_only", "each from the first row", ("gather",), _first_rows_entries),
    WrongOperation("sign", "the difference the other way round", ("sub",), lambda call: call.args[1] - call.args[0]),
    WrongOperation("dropped_term", "x for its square", ("square",), lambda call: call.x * 1),
    WrongOperation("wrong_factor", "the sum for the mean in one term", ("mean",),
                   lambda call: call.x.sum() if len(call.args) == 1 and not call.kwargs else call.run(),
                   {"factor": "(in one of its terms) as many as there are examples"}),
    WrongOperation("dropped_term", "x for its root", ("sqrt",), lambda call: call.x * 1),
]  # fmt: skip
