"""Mistakes in the activations and losses that are operations of their own in PyTorch: leaky ReLU, GELU, SiLU, cross-entropies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch

from autograder.diagnosis.rules.network import FUSED, TANH, fused
from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation, again, at_first, from_slope
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]

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
    return {0: again(replace(call, kwargs=_form(call)), 0, g)}


def _of_bce(gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient of a binary cross-entropy at the probabilities."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        counted = 1 if call.kwargs.get("reduction") == "sum" else call.x.numel()
        return {0: g * gradient(call.x, call.args[1]) / counted}

    return wrong


def _fused_logits(gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient of a binary cross-entropy with logits, from the logits and the labels."""
    return lambda call, g: _of_bce(gradient)(call, g)


def _with_gate(tanh: bool, inside: Callable[[torch.Tensor], torch.Tensor]) -> Instead:
    """A GELU whose gate has something wrong inside, handed on to a derivative that is right but for that."""

    def wrong(call: Call) -> torch.Tensor:
        x, fixed = call.x, call.x.detach()
        if _is_tanh(call) is not tanh:
            return call.run()
        if tanh:
            t = torch.tanh(inside(fixed))
            gate, slope = (1 + t) / 2, (1 - t * t) / 2 * ROOT_2_PI * (1 + 3 * CUBIC * fixed * fixed)
        else:
            gate, slope = (1 + torch.erf(inside(fixed))) / 2, (-fixed * fixed / 2).exp() / ROOT_2PI
        value: torch.Tensor = x * gate + fixed * slope * (x - fixed)
        return value

    return wrong


def _half(call: Call, labels: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """One of the two terms of a binary cross-entropy."""
    each = -labels * p.log()
    return each.sum() if call.kwargs.get("reduction") == "sum" else each.mean()


DERIVATIVES: Sequence[WrongDerivative] = [
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
                    fused(lambda p, y: (p - y) / (p * (1 - p)))),
]  # fmt: skip

OPERATIONS: Sequence[WrongOperation] = [
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
