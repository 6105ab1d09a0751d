"""GELU, exact and by a tanh, and SiLU: activations of the form x · gate(x), each with a product rule.

All work element by element, on x of any shape. Let s be the sigmoid and Φ the distribution function of the standard
normal distribution, the share of it that lies below x:

    gelu_erf(x)  = x Φ(x),                 Φ(x) = (1 + erf(x / √2)) / 2
    gelu_tanh(x) = x (1 + tanh(u)) / 2,    u = √(2/π) (x + 0.044715 x³)
    silu(x)      = x s(x),                 s(x) = 1 / (1 + exp(-x))

`upstream` is the derivative of the loss with respect to the function's value, of its shape; the backward functions
return dx, the derivative of the loss with respect to x, of the shape of x. All three functions are called with the
same x and the same upstream, but have nothing to do with each other. gelu_tanh stands in for gelu_erf where erf is
slow; the values differ by less than 0.001, and that is more than is allowed here: each has the derivative of its own
formula.

The slope of Φ is the normal density, Φ′(x) = exp(-x²/2) / √(2π). `torch.erf`, `torch.tanh` and `torch.sigmoid` may be
used. x from -5 to 5 counts, where the gates are nearly 0 or 1.

The gradients are graded as dx_gelu_erf, dx_gelu_tanh and dx_silu.

Formulas: Hendrycks and Gimpel (2016), 'Gaussian error linear units', section 2; Elfwing, Uchibe and Doya (2017),
'Sigmoid-weighted linear units for neural network function approximation in reinforcement learning', for the SiLU.
"""

from math import pi, sqrt

import torch


def gelu_erf(x):
    """Return (out, cache): gelu_erf(x), of the shape of x, and whatever `gelu_erf_backward` will need."""
    raise NotImplementedError("gelu_silu: gelu_erf is not written yet")


def gelu_erf_backward(upstream, cache):
    """Return {"dx": like x}."""
    raise NotImplementedError("gelu_silu: gelu_erf_backward is not written yet")


def gelu_tanh(x):
    """Return (out, cache): gelu_tanh(x), of the shape of x, and whatever `gelu_tanh_backward` will need."""
    raise NotImplementedError("gelu_silu: gelu_tanh is not written yet")


def gelu_tanh_backward(upstream, cache):
    """Return {"dx": like x}."""
    raise NotImplementedError("gelu_silu: gelu_tanh_backward is not written yet")


def silu(x):
    """Return (out, cache): silu(x), of the shape of x, and whatever `silu_backward` will need."""
    raise NotImplementedError("gelu_silu: silu is not written yet")


def silu_backward(upstream, cache):
    """Return {"dx": like x}."""
    raise NotImplementedError("gelu_silu: silu_backward is not written yet")
