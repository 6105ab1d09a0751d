"""Mistakes in the operations of normalisation layers and dropout.

The layers are hooked whole, as ``torch.batch_norm``, ``torch.layer_norm``, ``torch.group_norm`` and ``torch.rms_norm``
with positional arguments: a mistake in their derivative is a formula of its own, since what students lose (a path, γ in
a mean) is spread over several small operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]

CENTRED = ("batch_norm", "layer_norm", "group_norm")
NORMS = (*CENTRED, "rms_norm")
WITHIN = ("layer_norm", "group_norm", "rms_norm")
"""Those whose γ differs among the elements that are normalised together."""

Tensor = torch.Tensor
Average = Callable[[Tensor], Tensor]
"""The mean over what is normalised together, at every element."""


@dataclass(frozen=True)
class Norm:
    """A normalisation layer: y = γ x̂ + β, x̂ = (x - mean) · inv, everything stretched to the shape of x."""

    x: Tensor
    gamma: Tensor
    beta: Tensor | None
    eps: float
    average: Average
    others: Sequence[Average]
    count: float
    fixed: tuple[Tensor, Tensor] | None = None
    centres: bool = True
    gamma_at: int = 1
    gamma_shape: Sequence[int] = ()

    @property
    def mean(self) -> Tensor:
        if self.fixed is not None:
            return self.fixed[0]
        return self.average(self.x) if self.centres else torch.zeros_like(self.x)

    @property
    def var(self) -> Tensor:
        return self.average((self.x - self.mean) ** 2) if self.fixed is None else self.fixed[1]

    @property
    def inv(self) -> Tensor:
        return torch.rsqrt(self.var + self.eps)

    def x_hat(self, inv: Tensor | None = None) -> Tensor:
        return (self.x - self.mean) * (self.inv if inv is None else inv)

    def forward(self, inv: Tensor | None = None) -> Tensor:
        return self.scaled(self.x_hat(inv))

    def scaled(self, x_hat: Tensor) -> Tensor:
        y = self.gamma * x_hat
        return y if self.beta is None else y + self.beta

    def backward(
        self, d: Tensor, *, inv: Tensor | None = None, mean: float = 1.0, variance: float = 1.0,
        average: Average | None = None,
    ) -> Tensor:  # fmt: skip
        """The gradient of x from that of x̂, each of the two paths through the statistics times a number."""
        inv, average = self.inv if inv is None else inv, average or self.average
        x_hat = self.x_hat(inv)
        if self.fixed is not None:
            mean = variance = 0.0
        return inv * (d - mean * self.centres * average(d) - variance * x_hat * average(d * x_hat))

    def to_gamma(self, g: Tensor) -> Tensor:
        """Summed to the shape of γ."""
        return g.sum_to_size(self.gamma.shape).reshape(*self.gamma_shape)


def _over(*axes: int) -> Average:
    return lambda t: t.mean(axes, keepdim=True).expand_as(t)


def _in_groups(groups: int, *axes: int, strided: bool = False) -> Average:
    """Over axes of (N, groups, channels of a group, …); where they are ``strided``, a group is every so many channels."""

    def average(t: Tensor) -> Tensor:
        n, c, *rest = t.shape
        order = (c // groups, groups) if strided else (groups, c // groups)
        split = t.reshape(n, *order, *rest)
        split = split.transpose(1, 2) if strided else split
        mean = split.mean([a for a in axes if a < split.ndim], keepdim=True).expand_as(split)
        return (mean.transpose(1, 2) if strided else mean).reshape(t.shape)

    return average


def _norm(call: Call) -> Norm | None:
    """The layer that a call is; None where it is called in a way that the rules do not know."""
    if getattr(torch, call.operation, None) is not call.func or not isinstance(call.args[0], Tensor):
        return None
    x, last = call.x, call.x.ndim - 1
    every = tuple(range(x.ndim))
    if call.operation == "rms_norm":
        gamma, eps = call.args[2], call.args[3]
        others = [_over(*every[:-1]), _over(*every[1:]) if last > 1 else _over(*every), _over(*every)]
        return Norm(x, gamma, None, eps, _over(last), others, x.shape[-1], None, False, 2, gamma.shape)
    if call.operation == "layer_norm":
        gamma, beta, eps = call.args[2], call.args[3], call.args[4]
        others = [_over(*every[:-1]), _over(*every[1:]) if last > 1 else _over(*every), _over(*every)]
        return Norm(x, gamma, beta, eps, _over(last), others, x.shape[-1], None, True, 2, gamma.shape)
    stretched = (-1, *[1] * (last - 1))
    if call.operation == "group_norm":
        groups, gamma, beta, eps = call.args[1], call.args[2], call.args[3], call.args[4]
        others = [
            _over(*every[2:]) if last > 1 else _over(1), _over(*every[1:]),
            _in_groups(groups, 0, 2, *range(3, last + 2)), _in_groups(groups, 2, *range(3, last + 2), strided=True),
            _over(0, *every[2:]), _in_groups(groups, 2),
        ]  # fmt: skip
        average, count = _in_groups(groups, 2, *range(3, last + 2)), x[0].numel() / groups
        return Norm(x, gamma.reshape(stretched), beta.reshape(stretched), eps, average, others, count, None, True, 2,
                    gamma.shape)  # fmt: skip
    gamma, beta, *running = call.args[1:5]
    fixed = None if call.args[5] else tuple(one.reshape(stretched).expand_as(x) for one in running)
    others = [_over(*every[1:]), _over(*every)]
    return Norm(x, gamma.reshape(stretched), beta.reshape(stretched), call.args[7], _over(0, *every[2:]), others,
                x.numel() / x.shape[1], fixed, True, 1, gamma.shape)  # fmt: skip


Inv = Callable[[Norm], Tensor]


def _path(gradient: Callable[[Norm, Tensor], Tensor]) -> Derivative:
    """A wrong gradient of x from the layer and the upstream gradient."""

    def wrong(call: Call, g: Tensor) -> dict[int, Tensor]:
        norm = _norm(call)
        return {} if norm is None else {0: gradient(norm, g)}

    return wrong


def _from_batch(gradient: Callable[[Norm, Tensor], Tensor]) -> Derivative:
    """The same where the statistics are those of x."""
    whole = _path(gradient)
    return lambda call, g: {} if (norm := _norm(call)) is None or norm.fixed is not None else whole(call, g)


def _gamma(operand: Callable[[Norm], Tensor]) -> Derivative:
    """A wrong gradient of γ: the upstream gradient times something else than x̂."""

    def wrong(call: Call, g: Tensor) -> dict[int, Tensor]:
        norm = _norm(call)
        return {} if norm is None else {norm.gamma_at: norm.to_gamma(g * operand(norm))}

    return wrong


def _beta_as_mean(call: Call, g: Tensor) -> dict[int, Tensor]:
    """The mean of the upstream gradient where its sum belongs."""
    norm = _norm(call)
    return {} if norm is None else {norm.gamma_at + 1: norm.to_gamma(g) * norm.gamma.numel() / norm.x.numel()}


def _with_inv(inv: Inv, others: Callable[[Norm], bool] = lambda norm: True) -> Derivative:
    """The right formulas with another 1 / σ, and with the x̂ that comes of it."""

    def wrong(call: Call, g: Tensor) -> dict[int, Tensor]:
        norm = _norm(call)
        if norm is None or not others(norm):
            return {}
        made = inv(norm)
        return {0: norm.backward(g * norm.gamma, inv=made), norm.gamma_at: norm.to_gamma(g * norm.x_hat(made))}

    return wrong


def _instead(forward: Callable[[Norm], Tensor | None]) -> Instead:
    def other(call: Call) -> Tensor:
        norm = _norm(call)
        made = None if norm is None else forward(norm)
        return call.run() if made is None else made

    return other


def _of_batch(norm: Norm) -> bool:
    return norm.fixed is None


def _unbiased(norm: Norm) -> Tensor:
    """1 / σ with N - 1 in the place of N."""
    return torch.rsqrt(norm.var * norm.count / max(norm.count - 1, 1) + norm.eps)


def _eps_outside(norm: Norm) -> Tensor:
    return 1 / (norm.var.sqrt() + norm.eps)


def _without_eps(norm: Norm) -> Tensor:
    return torch.rsqrt(norm.var)


def _of_sum(norm: Norm) -> Tensor:
    return torch.rsqrt(norm.var * norm.count + norm.eps)


def _other_average(norm: Norm, number: int) -> Norm | None:
    """The layer with statistics over other axes; None where there are no more."""
    if norm.fixed is not None or number >= len(norm.others):
        return None
    return replace(norm, average=norm.others[number])


def _over_others(number: int) -> tuple[Instead, Derivative, Derivative]:
    """Statistics over other axes: in the layer, in its formulas, in the means of the way back alone."""

    def forward(norm: Norm) -> Tensor | None:
        other = _other_average(norm, number)
        return None if other is None else other.forward()

    def formulas(call: Call, g: Tensor) -> dict[int, Tensor]:
        norm = _norm(call)
        other = None if norm is None else _other_average(norm, number)
        if norm is None or other is None:
            return {}
        return {0: norm.backward(g * norm.gamma, inv=None, average=other.average)}

    def statistics(call: Call, g: Tensor) -> dict[int, Tensor]:
        norm = _norm(call)
        other = None if norm is None else _other_average(norm, number)
        if norm is None or other is None:
            return {}
        # The statistics alone are wrong: on the way back the means are over the right axes.
        inv, x_hat = other.inv, other.x_hat()
        d = g * norm.gamma
        gradient = inv * (d - norm.centres * norm.average(d) - x_hat * norm.average(d * x_hat))
        return {0: gradient, norm.gamma_at: norm.to_gamma(g * x_hat)}

    return _instead(forward), formulas, statistics


OTHER_AXES = [_over_others(number) for number in range(6)]


def _of_running(call: Call) -> Tensor:
    """The running statistics in training, where the case has some."""
    mean, var = call.known.get("running_mean"), call.known.get("running_var")
    if call.func is not torch.batch_norm or not call.args[5] or mean is None or var is None:
        return call.run()
    x, gamma, beta = call.args[:3]
    return torch.batch_norm(x, gamma, beta, mean.detach(), var.detach(), False, 0.0, call.args[7], False)


def _of_this_batch(norm: Norm) -> Tensor | None:
    """The statistics of the batch where the running ones belong."""
    return None if norm.fixed is None else replace(norm, fixed=None).forward()


def _as_in_training(call: Call, g: Tensor) -> dict[int, Tensor]:
    """The paths through the statistics where these are constants."""
    norm = _norm(call)
    if norm is None or norm.fixed is None:
        return {}
    d, x_hat = g * norm.gamma, norm.x_hat()
    return {0: norm.inv * (d - norm.average(d) - x_hat * norm.average(d * x_hat))}


def _formulas_of_batch(call: Call, g: Tensor) -> dict[int, Tensor]:
    """The formulas for constants with the batch's statistics where the running ones belong."""
    norm = _norm(call)
    if norm is None or norm.fixed is None:
        return {}
    of_batch = replace(norm, fixed=None)
    return {0: of_batch.inv * g * norm.gamma, norm.gamma_at: norm.to_gamma(g * of_batch.x_hat())}


def _layer_for_rms(norm: Norm) -> Tensor:
    return replace(norm, centres=True).forward()


def _mean_kept(norm: Norm, d: Tensor) -> Tensor:
    """Layer norm's gradient for RMS norm: with a path through a mean that is not there."""
    x_hat = norm.x_hat()
    return norm.inv * (d - norm.average(d) - x_hat * norm.average(d * x_hat))


def _formulas_of_layer(call: Call, g: Tensor) -> dict[int, Tensor]:
    """RMS norm's formulas for x less its mean."""
    norm = _norm(call)
    if norm is None:
        return {}
    less = replace(norm, x=norm.x - norm.average(norm.x))
    return {0: less.backward(g * norm.gamma), norm.gamma_at: norm.to_gamma(g * less.x_hat())}


def _less_one(norm: Norm) -> float:
    return norm.count / max(norm.count - 1, 1)


# Node by node: the inputs gamma and eps of the case say that it is a normalisation.


def _is_nodes(call: Call) -> bool:
    return isinstance(call.known.get("gamma"), Tensor) and isinstance(call.known.get("eps"), float)


def _in_nodes(gradient: Callable[[Call, Tensor], Tensor]) -> Derivative:
    """A wrong gradient of the first argument, where the operation is one of a normalisation."""
    return lambda call, g: {0: gradient(call, g)} if _is_nodes(call) else {}


def _other_divisor(call: Call) -> Tensor:
    """N where a sum is divided by N - 1."""
    by = call.args[1]
    fits = _is_nodes(call) and isinstance(by, int) and by + 1 == len(call.known["x"])
    return call.run(call.x, by + 1) if fits else call.run()


def _mean_by_less(call: Call, _: Tensor) -> dict[int, Tensor]:
    """N - 1 where the mean has N."""
    n = call.x.shape[0]
    right = call.right.get(0)
    return {0: right * n / (n - 1)} if _is_nodes(call) and right is not None and n > 1 else {}


def _of_root(slope: Callable[[Tensor, float], Tensor]) -> Derivative:
    """Another slope of 1 / √(var + eps) from var + eps, and eps."""
    return _in_nodes(lambda call, g: g * slope(call.x, call.known["eps"]))


# Dropout with a given mask: torch.where(mask, x / (1 - p), 0), where p and the mask are inputs of the case.


def _is_dropout(call: Call) -> bool:
    return isinstance(call.known.get("p"), float) and isinstance(call.known.get("mask"), Tensor)


def _drop_scale(factor: Callable[[float], float]) -> Derivative:
    """A gradient off by a factor that follows from p."""

    def wrong(call: Call, _: Tensor) -> dict[int, Tensor]:
        right = call.right.get(0)
        return {0: right * _factor(call, factor)} if _is_dropout(call) and right is not None else {}

    return wrong


def _scaled_value(factor: Callable[[float], float]) -> Instead:
    return lambda call: call.run() * (_factor(call, factor) if _is_dropout(call) else 1)


def _factor(call: Call, factor: Callable[[float], float]) -> float:
    try:
        return factor(call.known["p"])
    except ZeroDivisionError:
        return float("inf")


SCALES: Sequence[tuple[str, str, Callable[[float], float]]] = [
    ("not divided by 1 - p", "1 - p", lambda p: 1 - p),
    ("times 1 - p for divided by it", "(1 - p)²", lambda p: (1 - p) ** 2),
    ("divided by 1 - p twice", "1 / (1 - p)", lambda p: 1 / (1 - p)),
    ("divided by p", "(1 - p) / p", lambda p: (1 - p) / p),
    ("divided by a fixed 1/2", "2 (1 - p)", lambda p: 2 * (1 - p)),
]


def _in_training(call: Call) -> Tensor:
    """What training does, in evaluation."""
    if not _is_dropout(call):
        return call.run()
    return torch.where(call.known["mask"] > 0, call.x / (1 - call.known["p"]), 0.0)


def _masked(call: Call) -> Tensor:
    """The mask without its scale, in evaluation."""
    return call.x * call.known["mask"] if _is_dropout(call) else call.run()


def _unmasked(call: Call, g: Tensor) -> dict[int, Tensor]:
    return {1: g} if _is_dropout(call) else {}


def _passed_on(call: Call, g: Tensor) -> dict[int, Tensor]:
    """As it came: what is divided by 1 - p behind this comes out unchanged."""
    return {1: g * (1 - call.known["p"])} if _is_dropout(call) else {}


def _by_share(call: Call) -> Tensor:
    """Divided by the share that the mask happens to keep."""
    return call.x / call.known["mask"].mean() if _is_dropout(call) else call.run()


def _inverted(call: Call, g: Tensor) -> dict[int, Tensor]:
    return {1: g - torch.where(call.args[0], g, 0.0)} if _is_dropout(call) else {}


def _where_not_zero(call: Call, g: Tensor) -> dict[int, Tensor]:
    return {1: torch.where(call.output != 0, g, 0.0)} if _is_dropout(call) else {}


DERIVATIVES: Sequence[WrongDerivative] = [
    WrongDerivative("mean_path_missing", "no gradient through the mean", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, mean=0.0))),
    WrongDerivative("variance_path_missing", "no gradient through the variance", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, variance=0.0))),
    WrongDerivative("variance_path_missing", "no gradient through the mean square", ("rms_norm",),
                    _path(lambda n, g: n.backward(g * n.gamma, variance=0.0))),
    WrongDerivative("variance_path_missing", "mean and variance as constants", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, mean=0.0, variance=0.0))),
    WrongDerivative("gamma_missing", "the gradient of x without γ", NORMS, _path(lambda n, g: n.backward(g))),
    WrongDerivative("gamma_missing", "γ outside of the means", WITHIN, _path(lambda n, g: n.gamma * n.backward(g))),
    WrongDerivative("gamma_missing", "γ in the first term alone", CENTRED,
                    _from_batch(lambda n, g: n.backward(g) + n.inv * (n.gamma - 1) * g)),
    WrongDerivative("gamma_missing", "γ in the first term alone", ("rms_norm",),
                    _path(lambda n, g: n.backward(g) + n.inv * (n.gamma - 1) * g)),
    WrongDerivative("wrong_operand", "γ's gradient with x", NORMS, _gamma(lambda n: n.x),
                    {"used": "x", "meant": "the normalised x̂"}),
    WrongDerivative("wrong_operand", "γ's gradient with x - mean", CENTRED, _gamma(lambda n: n.x - n.mean),
                    {"used": "x - mean", "meant": "the normalised x̂"}),
    WrongDerivative("wrong_operand", "γ's gradient with the output", NORMS, _gamma(lambda n: n.forward()),
                    {"used": "the output", "meant": "the normalised x̂"}),
    WrongDerivative("dropped_term", "γ's gradient without x̂", NORMS, _gamma(lambda n: torch.ones_like(n.x))),
    WrongDerivative("wrong_factor", "a mean for the sum, in γ's gradient", NORMS,
                    _gamma(lambda n: n.x_hat() * n.gamma.numel() / n.x.numel()), {"factor": "1/(number of rows)"}),
    WrongDerivative("wrong_factor", "a mean for the sum, in β's gradient", CENTRED, _beta_as_mean,
                    {"factor": "1/(number of rows)"}),
    WrongDerivative("dropped_term", "the gradient of x without 1 / σ", NORMS,
                    _path(lambda n, g: n.backward(g * n.gamma) / n.inv)),
    WrongDerivative("dropped_term", "the second x̂ of the variance's term", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, variance=0.0)
                                - n.inv * n.average(g * n.gamma * n.x_hat()))),
    WrongDerivative("dropped_term", "the second x̂ of the mean square's term", ("rms_norm",),
                    _path(lambda n, g: n.backward(g * n.gamma, variance=0.0)
                          - n.inv * n.average(g * n.gamma * n.x_hat()))),
    WrongDerivative("wrong_operand", "x for x̂ in the mean square's term", ("rms_norm",),
                    _path(lambda n, g: n.backward(g * n.gamma, variance=0.0)
                          - n.inv * n.x * n.average(g * n.gamma * n.x)),
                    {"used": "x", "meant": "the normalised x̂"}),
    WrongDerivative("wrong_operand", "1 / σ² for 1 / σ", NORMS, _path(lambda n, g: n.backward(g * n.gamma) * n.inv),
                    {"used": "1 / σ²", "meant": "1 / σ"}),
    WrongDerivative("sign", "the variance's term added", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, variance=-1.0))),
    WrongDerivative("sign", "the mean square's term added", ("rms_norm",),
                    _path(lambda n, g: n.backward(g * n.gamma, variance=-1.0))),
    WrongDerivative("sign", "the mean's term added", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, mean=-1.0))),
    WrongDerivative("wrong_factor", "sums for means in the paths", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, mean=n.count, variance=n.count)),
                    {"factor": "in the terms of mean and variance as many"}),
    WrongDerivative("wrong_factor", "a sum for the mean in the variance's term", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, variance=n.count)),
                    {"factor": "in the variance's term as many"}),
    WrongDerivative("wrong_factor", "a sum for the mean in the mean's term", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, mean=n.count)),
                    {"factor": "in the mean's term as many"}),
    WrongDerivative("wrong_factor", "a sum for the mean in the mean square's term", ("rms_norm",),
                    _path(lambda n, g: n.backward(g * n.gamma, variance=n.count)),
                    {"factor": "in the mean square's term as many"}),
    WrongDerivative("wrong_factor", "the variance's term without its 2 or 1/2", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, variance=0.5)),
                    {"factor": "in the variance's term 1/2"}),
    WrongDerivative("wrong_factor", "the variance's term twice", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, variance=2.0)),
                    {"factor": "in the variance's term 2"}),
    WrongDerivative("wrong_factor", "the mean square's term without its 2 or 1/2", ("rms_norm",),
                    _path(lambda n, g: n.backward(g * n.gamma, variance=0.5)),
                    {"factor": "in the mean square's term 1/2"}),
    WrongDerivative("wrong_factor", "the mean square's term twice", ("rms_norm",),
                    _path(lambda n, g: n.backward(g * n.gamma, variance=2.0)),
                    {"factor": "in the mean square's term 2"}),
    WrongDerivative("ddof", "the formulas with the variance of N - 1", NORMS, _with_inv(_unbiased, _of_batch)),
    WrongDerivative("ddof", "N - 1 for N in the variance's term", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, variance=_less_one(n)))),
    WrongDerivative("ddof", "N - 1 for N in both terms", CENTRED,
                    _from_batch(lambda n, g: n.backward(g * n.gamma, mean=_less_one(n), variance=_less_one(n)))),
    *(
        WrongDerivative("ddof", f"the means of the way back over other axes ({number + 1})",
                        ("group_norm",) if number > 2 else WITHIN if number > 1 else NORMS, OTHER_AXES[number][1])
        for number in range(6)
    ),
    *(
        WrongDerivative("ddof", f"the formulas with statistics over other axes ({number + 1})",
                        ("group_norm",) if number > 2 else WITHIN if number > 1 else NORMS, OTHER_AXES[number][2])
        for number in range(6)
    ),
    WrongDerivative("wrong_operand", "the formulas with √var + ε", NORMS, _with_inv(_eps_outside),
                    {"used": "√var + ε", "meant": "√(var + ε)"}),
    WrongDerivative("dropped_term", "the formulas without ε", NORMS, _with_inv(_without_eps)),
    WrongDerivative("wrong_factor", "the formulas with a sum for the mean square", ("rms_norm",), _with_inv(_of_sum),
                    {"factor": "about 1/√D"}),
    WrongDerivative("wrong_operand", "the paths of training through constant statistics", ("batch_norm",),
                    _as_in_training, {"used": "the formula of training", "meant": "that for constant statistics"}),
    WrongDerivative("wrong_operand", "the batch's statistics for the running ones", ("batch_norm",), _formulas_of_batch,
                    {"used": "the batch's mean and variance", "meant": "the running ones"}),
    WrongDerivative("wrong_operand", "layer norm's formula for that of RMS norm", ("rms_norm",),
                    _path(lambda n, g: _mean_kept(n, g * n.gamma)),
                    {"used": "layer norm's formula", "meant": "that of RMS norm"}),
    WrongDerivative("wrong_operand", "the formulas for x less its mean", ("rms_norm",), _formulas_of_layer,
                    {"used": "x less its mean", "meant": "x"}),
    # Node by node.
    WrongDerivative("mean_path_missing", "no gradient through the mean", ("mean",),
                    _in_nodes(lambda call, g: torch.zeros_like(call.x))),
    WrongDerivative("variance_path_missing", "no gradient through the square", ("square",),
                    _in_nodes(lambda call, g: torch.zeros_like(call.x))),
    WrongDerivative("dropped_term", "no gradient but that through the square", ("mul",),
                    _in_nodes(lambda call, g: torch.zeros_like(call.x))),
    WrongDerivative("dropped_term", "the square's derivative without its 2", ("square",),
                    _in_nodes(lambda call, g: g * call.x)),
    WrongDerivative("dropped_term", "the square's derivative without what is squared", ("square",),
                    _in_nodes(lambda call, g: 2 * g)),
    WrongDerivative("wrong_factor", "no -1/2 in the derivative of 1 / √", ("rsqrt",), _of_root(lambda v, e: v**-1.5),
                    {"factor": "-2"}),
    WrongDerivative("dropped_term", "the power of 1 / √ is not lowered", ("rsqrt",),
                    _of_root(lambda v, e: -0.5 * v**-0.5)),
    WrongDerivative("dropped_term", "the power of 1 / √ is lowered by 1/2", ("rsqrt",),
                    _of_root(lambda v, e: -0.5 / v)),
    WrongDerivative("dropped_term", "the derivative of 1 / √ without ε", ("rsqrt",),
                    _of_root(lambda v, e: -0.5 * (v - e) ** -1.5)),
    WrongDerivative("sign", "the exponent -1/2 without its minus", ("rsqrt",), _of_root(lambda v, e: 0.5 * v**-1.5)),
    WrongDerivative("wrong_operand", "the derivative of the root for that of 1 / √", ("rsqrt",),
                    _of_root(lambda v, e: 0.5 * v**-0.5), {"used": "the derivative of √", "meant": "that of 1 / √"}),
    WrongDerivative("ddof", "N - 1 for N in the mean", ("mean",), _mean_by_less),
    WrongDerivative("gamma_missing", "the gradient of x̂ without γ", ("addcmul",),
                    lambda call, g: {2: g} if _is_nodes(call) else {}),
    WrongDerivative("dropped_term", "γ's gradient without x̂", ("addcmul",),
                    lambda call, g: {1: g.sum_to_size(call.args[1].shape)} if _is_nodes(call) else {}),
    *(
        WrongDerivative("wrong_factor", f"{how}, on the way back", ("div",), _drop_scale(factor), {"factor": label})
        for how, label, factor in SCALES
    ),
    WrongDerivative("mask_ignored", "the gradient without the mask", ("where",), _unmasked),
    WrongDerivative("mask_ignored", "neither mask nor scale on the way back", ("where",), _passed_on),
    WrongDerivative("mask_ignored", "the gradient of what was dropped", ("where",), _inverted),
    WrongDerivative("kink", "the mask from the output that is not 0", ("where",), _where_not_zero),
]  # fmt: skip


OPERATIONS: Sequence[WrongOperation] = [
    WrongOperation("ddof", "N for N - 1", ("div",), _other_divisor),
    WrongOperation("gamma_missing", "no γ", ("addcmul",),
                   lambda call: call.args[0] + call.args[2] if _is_nodes(call) else call.run()),
    WrongOperation("dropped_term", "no β", ("addcmul",),
                   lambda call: call.args[1] * call.args[2] if _is_nodes(call) else call.run()),
    WrongOperation("wrong_operand", "the root itself", ("rsqrt",),
                   lambda call: call.x.sqrt() if _is_nodes(call) else call.run(),
                   {"used": "√(var + ε)", "meant": "1 / √(var + ε)"}),
    WrongOperation("wrong_operand", "no root", ("rsqrt",),
                   lambda call: 1 / call.x if _is_nodes(call) else call.run(),
                   {"used": "1 / (var + ε)", "meant": "1 / √(var + ε)"}),
    WrongOperation("wrong_operand", "√var + ε", ("rsqrt",),
                   lambda call: 1 / ((call.x - call.known["eps"]).sqrt() + call.known["eps"])
                   if _is_nodes(call) else call.run(), {"used": "√var + ε", "meant": "√(var + ε)"}),
    WrongOperation("ddof", "the variance of N - 1", NORMS,
                   _instead(lambda n: n.forward(_unbiased(n)) if _of_batch(n) else None)),
    *(
        WrongOperation("ddof", f"statistics over other axes ({number + 1})",
                       ("group_norm",) if number > 2 else WITHIN if number > 1 else NORMS, OTHER_AXES[number][0])
        for number in range(6)
    ),
    WrongOperation("gamma_missing", "no γ", NORMS,
                   _instead(lambda n: replace(n, gamma=torch.ones_like(n.gamma)).forward())),
    WrongOperation("dropped_term", "no β", CENTRED, _instead(lambda n: n.gamma * n.x_hat())),
    WrongOperation("dropped_term", "no ε", NORMS, _instead(lambda n: n.forward(_without_eps(n)))),
    WrongOperation("dropped_term", "the mean is not subtracted", CENTRED, _instead(lambda n: n.scaled(n.x * n.inv))),
    WrongOperation("wrong_operand", "√var + ε", NORMS, _instead(lambda n: n.forward(_eps_outside(n))),
                   {"used": "√var + ε", "meant": "√(var + ε)"}),
    WrongOperation("wrong_operand", "var + ε for its root", NORMS, _instead(lambda n: n.forward(n.inv**2)),
                   {"used": "var + ε", "meant": "its square root"}),
    WrongOperation("wrong_operand", "the running statistics in training", ("batch_norm",), _of_running,
                   {"used": "the running mean and variance", "meant": "the batch's"}),
    WrongOperation("wrong_operand", "the batch's statistics for the running ones", ("batch_norm",),
                   _instead(_of_this_batch), {"used": "the batch's mean and variance", "meant": "the running ones"}),
    WrongOperation("wrong_operand", "layer norm for RMS norm", ("rms_norm",), _instead(_layer_for_rms),
                   {"used": "layer norm", "meant": "RMS norm"}),
    WrongOperation("wrong_factor", "a sum for the mean square", ("rms_norm",),
                   _instead(lambda n: n.forward(_of_sum(n))), {"factor": "about 1/√D"}),
    WrongOperation("wrong_factor", "scaled by 1 - p in evaluation, not in training", ("div", "clone"),
                   _scaled_value(lambda p: 1 - p), {"factor": "1 - p"}),
    *(
        WrongOperation("wrong_factor", how, ("div",), _scaled_value(factor), {"factor": label})
        for how, label, factor in SCALES
    ),
    WrongOperation("wrong_operand", "the share that the mask keeps", ("div",), _by_share,
                   {"used": "the mean of the mask", "meant": "1 - p"}),
    WrongOperation("wrong_operand", "dropped in evaluation as well", ("clone",), _in_training,
                   {"used": "the dropout of training", "meant": "x as it is"}),
    WrongOperation("wrong_operand", "the mask in evaluation as well", ("clone",), _masked,
                   {"used": "the mask", "meant": "x as it is"}),
    *(
        WrongOperation("wrong_factor", f"{how}, in evaluation", ("clone",), _scaled_value(factor), {"factor": label})
        for how, label, factor in (("times 1 - p", "1 - p", lambda p: 1 - p), ("divided by 1 - p", "1 / (1 - p)",
                                                                               lambda p: 1 / (1 - p)))
    ),
    WrongOperation("mask_ignored", "nothing is dropped", ("where",),
                   lambda call: call.args[1] * 1 if _is_dropout(call) else call.run()),
    WrongOperation("mask_ignored", "the mask the other way round", ("where",),
                   lambda call: torch.where(call.args[0], 0.0, call.args[1]) if _is_dropout(call) else call.run()),
]  # fmt: skip
