"""Mistakes in the operations of fully connected networks: activations, linear layers, softmax and losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation, at_first, from_slope
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]


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


def _fused(
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
    return {weight: _again(call, weight, rows)}


def _weight_from(operand: Callable[[Call, int], torch.Tensor | None]) -> Derivative:
    """The weight's gradient with another tensor of the same shape in the place of what the weight multiplies."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        x, weight = _weight(call)
        other = operand(call, x)
        if other is None or other.shape != call.args[x].shape or call.right.get(weight) is None:
            return {}
        args = list(call.args)
        args[x] = other.detach()
        return {weight: _again(replace(call, args=tuple(args)), weight, g)}

    return wrong


def _weight_by_upstream(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The weight's gradient from the gradient of the activation in the place of that before it."""
    _, weight = _weight(call)
    upstream = call.activated[1]
    if upstream is None or upstream.shape != g.shape or call.right.get(weight) is None:
        return {}
    return {weight: _again(call, weight, upstream)}


def _again(call: Call, position: int, g: torch.Tensor) -> torch.Tensor:
    """The gradient of one argument for another upstream gradient."""
    args = [
        a.detach().requires_grad_(n == position) if isinstance(a, torch.Tensor) else a for n, a in enumerate(call.args)
    ]
    with torch.enable_grad():
        (wrong,) = torch.autograd.grad(call.func(*args, **call.kwargs), args[position], g)
    return wrong


def _after_update(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of what a weight is multiplied with, by the weight after its own step of size lr."""
    lr, (x, weight) = call.known.get("lr"), _weight(call)
    slope = call.right.get(weight)
    if not isinstance(lr, float) or slope is None or call.right.get(x) is None:
        return {}
    args = list(call.args)
    args[weight] = args[weight] - lr * slope
    return {x: _again(replace(call, args=tuple(args)), x, g)}


def _weight_of_round(step: int) -> Derivative:
    """The gradient of what a weight is multiplied with, by the weight of another round of the loop."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        x, weight = _weight(call)
        other = call.in_round(call.round + step)
        if len(call.rounds) < 2 or other is None or other[weight].shape != call.args[weight].shape:
            return {}
        args = (*call.args[:weight], other[weight].detach(), *call.args[weight + 1 :])
        return {x: _again(replace(call, args=args), x, g)} if call.right.get(x) is not None else {}

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


LEAKY = ("leaky_relu",)
GELU = ("gelu",)
SILU = ("silu",)
GATED = (*GELU, *SILU)
BCE = ("binary_cross_entropy",)
ROOT_2PI = (2 * torch.pi) ** 0.5
ROOT_2_PI = (2 / torch.pi) ** 0.5
CUBIC = 0.044715


def _slope(call: Call) -> float:
    """The slope of a leaky relu below 0."""
    given = call.args[1] if len(call.args) > 1 else call.kwargs.get("negative_slope", 0.01)
    return float(given)


def _leaky(slope: Callable[[torch.Tensor, float], torch.Tensor]) -> Derivative:
    """A leaky relu's gradient from a slope of its argument, and of what its slope below 0 is."""
    return at_first(lambda call, g: g * slope(call.x, _slope(call)))


def _is_tanh(call: Call) -> bool:
    return call.kwargs.get("approximate") == "tanh"


def _gate(call: Call) -> tuple[torch.Tensor, torch.Tensor]:
    """What an activation z · gate(z) multiplies z with, and the slope of that."""
    x = call.x
    if call.operation == "silu":
        s = torch.sigmoid(x)
        return s, s * (1 - s)
    if _is_tanh(call):
        t = torch.tanh(ROOT_2_PI * (x + CUBIC * x**3))
        return (1 + t) / 2, (1 - t * t) / 2 * ROOT_2_PI * (1 + 3 * CUBIC * x * x)
    return (1 + torch.erf(x / 2**0.5)) / 2, (-x * x / 2).exp() / ROOT_2PI


def _gated(slope: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient of z · gate(z) from z, the gate and its slope."""
    return at_first(lambda call, g: g * slope(call.x, *_gate(call)))


def _exact(density: Callable[[torch.Tensor], torch.Tensor]) -> Derivative:
    """The exact GELU's gradient with another density; the other form's stays right."""
    return lambda call, g: {} if _is_tanh(call) else {0: g * (_gate(call)[0] + call.x * density(call.x))}


def _inside(slope: Callable[[torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient of the GELU by a tanh, with another slope of what is inside it; the exact one's stays right."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        if not _is_tanh(call):
            return {}
        t = 2 * _gate(call)[0] - 1
        return {0: g * ((1 + t) / 2 + call.x * (1 - t * t) / 2 * slope(call.x))}

    return wrong


def _form(call: Call) -> Mapping[str, str]:
    """The keywords of the GELU in its other form."""
    return {"approximate": "none" if _is_tanh(call) else "tanh"}


def _other_form(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    return {0: _again(replace(call, kwargs=_form(call)), 0, g)}


def _of_bce(gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient of a binary cross-entropy at the probabilities."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        counted = 1 if call.kwargs.get("reduction") == "sum" else call.x.numel()
        return {0: g * gradient(call.x, call.args[1]) / counted}

    return wrong


def _fused_logits(gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient of a binary cross-entropy with logits, from the logits and the labels."""
    return lambda call, g: _of_bce(gradient)(call, g)


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
                    _weight_from(lambda call, x: call.before(x)),
                    {"used": "the pre-activation", "meant": "the activation"}),
    WrongDerivative("wrong_operand", "the weight's gradient with the layer's output", LAYERS,
                    _weight_from(lambda call, x: call.activated[0]),
                    {"used": "the layer's output", "meant": "its input"}),
    WrongDerivative("wrong_operand", "the weight's gradient with the gradient of the activation", LAYERS,
                    _weight_by_upstream,
                    {"used": "the gradient of the activation", "meant": "that of the pre-activation"}),
    WrongDerivative("changed_in_place", "the weight's gradient with the square of what was squared in place", LAYERS,
                    _weight_from(lambda call, x: call.args[x] ** 2)),
    WrongDerivative("first_example_only", "the weight's gradient from the first row", LAYERS,
                    _first_row),
    WrongDerivative("after_update", "the weight after its step for the one before", LAYERS,
                    _after_update, {"meant": "the weight"}),
    WrongDerivative("wrong_operand", "the weights of the layer below on the way back", LAYERS,
                    _weight_of_round(-1), {"used": "the weight matrix of the layer below", "meant": "the layer's own"}),
    WrongDerivative("wrong_operand", "the weights of the layer above on the way back", LAYERS,
                    _weight_of_round(1), {"used": "the weight matrix of the layer above", "meant": "the layer's own"}),
    WrongDerivative("one_hot_missing", "p for p - y", (*FUSED, "cross_entropy"), _fused(lambda p, y: p)),
    WrongDerivative("activation_derivative_twice", "(p - y) p (1 - p)", (*FUSED, "cross_entropy"),
                    _fused(lambda p, y: (p - y) * p * (1 - p))),
    WrongDerivative("sign", "y - p", (*FUSED, "cross_entropy"), _fused(lambda p, y: y - p)),
    WrongDerivative("softmax_axis", "the softmax over the first axis", ("cross_entropy",),
                    lambda call, g: {0: g * (torch.softmax(call.x, dim=0) - _labels(call)) / len(call.x)}),
    WrongDerivative("one_hot_missing", "p for p - y", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: -p * g.sum(dim, keepdim=True))),
    WrongDerivative("dropped_term", "the labels without the probabilities", ("log_softmax",),
                    _log_softmax(lambda p, g, dim: g)),
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
    WrongDerivative("first_example_only", "the weight's gradient from the first item", ("linear",),
                    lambda call, g: {1: torch.outer(g.flatten(end_dim=-2)[0], call.x.flatten(end_dim=-2)[0])}),
    WrongDerivative("first_example_only", "the weight's gradient from the first sequence", ("linear",),
                    lambda call, g: {1: g[:1].flatten(end_dim=-2).T @ call.x[:1].flatten(end_dim=-2)}),
    WrongDerivative("dropped_term", "1 / cosh z, not squared", TANH, from_slope(lambda x, y: 1 / torch.cosh(x))),
    WrongDerivative("kink", "slope 1 where z is 0", LEAKY, _leaky(lambda x, s: torch.where(x >= 0, 1.0, s))),
    WrongDerivative("kink", "slope 0 where z is 0", LEAKY,
                    _leaky(lambda x, s: torch.where(x < 0, s, (x > 0).to(x.dtype)))),
    WrongDerivative("kink", "the mean of both slopes where z is 0", LEAKY,
                    _leaky(lambda x, s: torch.where(x > 0, 1.0, torch.where(x < 0, s, (1 + s) / 2)))),
    WrongDerivative("activation_derivative_missing", "1 for the slope of the activation", LEAKY,
                    _leaky(lambda x, s: torch.ones_like(x))),
    WrongDerivative("activation_derivative_twice", "the slope below 0 squared", LEAKY,
                    _leaky(lambda x, s: torch.where(x > 0, 1.0, s * s))),
    WrongDerivative("mask_on_upstream", "the slope below 0 where the upstream gradient is negative", LEAKY,
                    at_first(lambda call, g: torch.where(g > 0, g, _slope(call) * g))),
    WrongDerivative("other_activation", "the relu's slope for the leaky relu", LEAKY,
                    _leaky(lambda x, s: (x > 0).to(x.dtype))),
    WrongDerivative("other_call", "0.01 for the slope of this call", LEAKY,
                    _leaky(lambda x, s: torch.where(x > 0, 1.0, 0.01)), {"size": "the slope", "fixed": "0.01"}),
    WrongDerivative("sign", "the two slopes exchanged", LEAKY, _leaky(lambda x, s: torch.where(x > 0, s, 1.0))),
    WrongDerivative("wrong_operand", "the value instead of the slope", LEAKY,
                    from_slope(lambda x, y: y), {"used": "the activation", "meant": "its derivative"}),
    WrongDerivative("activation_derivative_missing", "1 for the slope of the activation", GATED,
                    from_slope(lambda x, y: torch.ones_like(x))),
    WrongDerivative("wrong_operand", "the value instead of the slope", GATED,
                    from_slope(lambda x, y: y), {"used": "the activation", "meant": "its derivative"}),
    WrongDerivative("dropped_term", "the gate alone, without z times its slope", GATED,
                    _gated(lambda x, gate, slope: gate)),
    WrongDerivative("dropped_term", "z times the slope of the gate alone, without the gate", GATED,
                    _gated(lambda x, gate, slope: x * slope)),
    WrongDerivative("dropped_term", "the slope of the gate without the factor z", GATED,
                    _gated(lambda x, gate, slope: gate + slope)),
    WrongDerivative("sign", "minus for plus between the two terms", GATED,
                    _gated(lambda x, gate, slope: gate - x * slope)),
    WrongDerivative("dropped_term", "exp(-z²) for exp(-z²/2)", GELU, _exact(lambda x: (-x * x).exp() / ROOT_2PI)),
    WrongDerivative("dropped_term", "the density without 1/√(2π)", GELU, _exact(lambda x: (-x * x / 2).exp())),
    WrongDerivative("other_activation", "the slope of the other form of the GELU", GELU, _other_form),
    WrongDerivative("dropped_term", "without the derivative of what is inside the tanh", GELU,
                    _inside(lambda x: torch.ones_like(x))),
    WrongDerivative("dropped_term", "the cube inside the tanh without its derivative", GELU,
                    _inside(lambda x: torch.full_like(x, ROOT_2_PI))),
    WrongDerivative("dropped_term", "the cube inside the tanh without the factor 3", GELU,
                    _inside(lambda x: ROOT_2_PI * (1 + CUBIC * x * x))),
    WrongDerivative("dropped_term", "without √(2/π) in the derivative of what is inside the tanh", GELU,
                    _inside(lambda x: 1 + 3 * CUBIC * x * x)),
    WrongDerivative("other_activation", "the tanh's slope 1 - s² for the sigmoid", SILU,
                    from_slope(lambda x, y: torch.sigmoid(x) + x * (1 - torch.sigmoid(x) ** 2))),
    WrongDerivative("wrong_argument", "y + s (1 - s): the roles of z and y exchanged", SILU,
                    from_slope(lambda x, y: y + torch.sigmoid(x) * (1 - torch.sigmoid(x)))),
    WrongDerivative("dropped_term", "-y / p alone, without (1 - y) / (1 - p)", BCE, _of_bce(lambda p, y: -y / p)),
    WrongDerivative("dropped_term", "(1 - y) / (1 - p) alone, without -y / p", BCE,
                    _of_bce(lambda p, y: (1 - y) / (1 - p))),
    WrongDerivative("dropped_term", "p - y, without the denominator p (1 - p)", BCE, _of_bce(lambda p, y: p - y)),
    WrongDerivative("dropped_term", "(p - y) / p, without the factor 1 - p in the denominator", BCE,
                    _of_bce(lambda p, y: (p - y) / p)),
    WrongDerivative("wrong_operand", "z - y", FUSED, _fused_logits(lambda z, y: z - y),
                    {"used": "the logit", "meant": "its sigmoid"}),
    WrongDerivative("other_activation", "tanh(z) - y", FUSED, _fused_logits(lambda z, y: torch.tanh(z) - y)),
    WrongDerivative("dropped_term", "(p - y) / (p (1 - p)), the gradient at p", FUSED,
                    _fused(lambda p, y: (p - y) / (p * (1 - p)))),
]  # fmt: skip


def _square_transposed(call: Call) -> torch.Tensor:
    weight = call.args[1]
    if not isinstance(weight, torch.Tensor) or weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
        return call.run()  # type: ignore[no-any-return]
    return call.run(call.x, weight.T)  # type: ignore[no-any-return]


def _pairs(call: Call) -> torch.Tensor:
    """The mean or sum over all pairs of a prediction and a target: what (N,) minus (N, 1) makes."""
    x, target = call.args[0], call.args[1]
    if x.ndim != 1 or target.shape != x.shape:
        return call.run()  # type: ignore[no-any-return]
    squares: torch.Tensor = (x[:, None] - target[None, :]) ** 2
    return squares.sum() if call.kwargs.get("reduction") == "sum" else squares.mean()


def _all_rows(call: Call) -> torch.Tensor:
    """The mean over all rows, and not over those that count."""
    return call.run(reduction="sum") / len(call.args[1])  # type: ignore[no-any-return]


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
    return call.run(call.x[counted][:1], call.args[1][counted][:1])  # type: ignore[no-any-return]


def _negative_left_out(call: Call) -> torch.Tensor:
    """Only labels below 0 are left out, not those of a class that does not count."""
    target = call.args[1]
    return call.run(call.x, torch.where(target < 0, -100, target), ignore_index=-100)  # type: ignore[no-any-return]


def _all_count(call: Call) -> torch.Tensor:
    """Every row counts; labels below 0 stand for the first class."""
    return call.run(call.x, call.args[1].clamp(min=0), ignore_index=-100)  # type: ignore[no-any-return]


def _after(activation: Callable[[torch.Tensor], torch.Tensor]) -> Instead:
    return lambda call: call.run(activation(call.x))


def _summed(call: Call) -> torch.Tensor:
    return call.run(reduction="sum")  # type: ignore[no-any-return]


def _without_mask(call: Call) -> torch.Tensor:
    """A product without its second factor, where that is a mask of zeros and ones."""
    mask = call.args[1]
    is_mask = isinstance(mask, torch.Tensor) and bool(((mask == 0) | (mask == 1)).all())
    return call.args[0] * 1 if is_mask else call.run()  # type: ignore[no-any-return]


def _with_gate(tanh: bool, inside: Callable[[torch.Tensor], torch.Tensor]) -> Instead:
    """A GELU whose gate has something wrong inside, handed on to a derivative that is right but for that."""

    def wrong(call: Call) -> torch.Tensor:
        x, fixed = call.x, call.x.detach()
        if _is_tanh(call) is not tanh:
            return call.run()  # type: ignore[no-any-return]
        if tanh:
            t = torch.tanh(inside(fixed))
            gate, slope = (1 + t) / 2, (1 - t * t) / 2 * ROOT_2_PI * (1 + 3 * CUBIC * fixed * fixed)
        else:
            gate, slope = (1 + torch.erf(inside(fixed))) / 2, (-fixed * fixed / 2).exp() / ROOT_2PI
        return x * gate + fixed * slope * (x - fixed)  # type: ignore[no-any-return]

    return wrong


def _half(call: Call, labels: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """One of the two terms of a binary cross-entropy."""
    each = -labels * p.log()
    return each.sum() if call.kwargs.get("reduction") == "sum" else each.mean()


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
    WrongOperation("sign", "minus the bias", ("linear",),
                   lambda call: call.run(call.x, call.args[1], -call.args[2]) if len(call.args) > 2 else call.run()),
    WrongOperation("other_activation", "relu for the leaky relu", LEAKY, lambda call: torch.relu(call.x)),
    WrongOperation("other_activation", "no activation", (*LEAKY, *GATED), lambda call: call.x * 1),
    WrongOperation("other_call", "0.01 for the slope of this call", LEAKY,
                   lambda call: torch.nn.functional.leaky_relu(call.x, 0.01), {"size": "the slope", "fixed": "0.01"}),
    WrongOperation("sign", "minus the slope below 0", LEAKY,
                   lambda call: torch.nn.functional.leaky_relu(call.x, -_slope(call))),
    WrongOperation("other_activation", "the other form of the GELU", GELU, lambda call: call.run(**_form(call))),
    WrongOperation("other_activation", "SiLU for GELU", GELU, lambda call: torch.nn.functional.silu(call.x)),
    WrongOperation("other_activation", "z sigmoid(1.702 z) for GELU", GELU,
                   lambda call: call.x * torch.sigmoid(1.702 * call.x)),
    WrongOperation("other_activation", "GELU for SiLU", SILU, lambda call: torch.nn.functional.gelu(call.x)),
    WrongOperation("dropped_term", "the gate without the factor z", GATED, lambda call: _gate(call)[0]),
    WrongOperation("dropped_term", "erf(z) for erf(z/√2)", GELU,
                   lambda call: call.run() if _is_tanh(call) else call.x * (1 + torch.erf(call.x)) / 2),
    WrongOperation("dropped_term", "without the cube inside the tanh", GELU,
                   lambda call: call.x * (1 + torch.tanh(ROOT_2_PI * call.x)) / 2 if _is_tanh(call) else call.run()),
    WrongOperation("dropped_term", "without √(2/π) inside the tanh", GELU, lambda call: call.x
                   * (1 + torch.tanh(call.x + CUBIC * call.x**3)) / 2 if _is_tanh(call) else call.run()),
    WrongOperation("dropped_term", "erf(z) for erf(z/√2) in the gate, with the right density", GELU,
                   _with_gate(False, lambda x: x)),
    WrongOperation("dropped_term", "without the cube inside the tanh, but with its derivative", GELU,
                   _with_gate(True, lambda x: ROOT_2_PI * x)),
    WrongOperation("dropped_term", "without √(2/π) inside the tanh, but with its derivative", GELU,
                   _with_gate(True, lambda x: x + CUBIC * x**3)),
    WrongOperation("dropped_term", "y log p alone", BCE, lambda call: _half(call, call.args[1], call.x)),
    WrongOperation("dropped_term", "(1 - y) log(1 - p) alone", BCE,
                   lambda call: _half(call, 1 - call.args[1], 1 - call.x)),
    WrongOperation("dropped_term", "log(1 + exp(z)) alone, without y z", FUSED,
                   lambda call: call.run(call.x, torch.zeros_like(call.x))),
    WrongOperation("sign", "labels 0 and 1 exchanged", (*BCE, *FUSED), lambda call: call.run(call.x, 1 - call.args[1])),
]  # fmt: skip
