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
    ### BEGIN SOLUTION
    gate = (1 + torch.erf(x / sqrt(2))) / 2
    return x * gate, (x, gate)
    ### END SOLUTION


def gelu_erf_backward(upstream, cache):
    """Return {"dx": like x}."""
    ### BEGIN SOLUTION
    x, gate = cache
    density = torch.exp(-(x**2) / 2) / sqrt(2 * pi)
    return {"dx": upstream * (gate + x * density)}
    ### END SOLUTION


def gelu_tanh(x):
    """Return (out, cache): gelu_tanh(x), of the shape of x, and whatever `gelu_tanh_backward` will need."""
    ### BEGIN SOLUTION
    t = torch.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))
    return x * (1 + t) / 2, (x, t)
    ### END SOLUTION


def gelu_tanh_backward(upstream, cache):
    """Return {"dx": like x}."""
    ### BEGIN SOLUTION
    x, t = cache
    du = sqrt(2 / pi) * (1 + 3 * 0.044715 * x**2)
    return {"dx": upstream * (1 + t + x * (1 - t**2) * du) / 2}
    ### END SOLUTION


def silu(x):
    """Return (out, cache): silu(x), of the shape of x, and whatever `silu_backward` will need."""
    ### BEGIN SOLUTION
    s = torch.sigmoid(x)
    return x * s, (x, s)
    ### END SOLUTION


def silu_backward(upstream, cache):
    """Return {"dx": like x}."""
    ### BEGIN SOLUTION
    x, s = cache
    return {"dx": upstream * (s + x * s * (1 - s))}
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x):
    # Three ways for one x: each has a gradient of its own.
    erf = mark("gelu_erf", F.gelu(mark("x_gelu_erf", x)))
    tanh = mark("gelu_tanh", F.gelu(mark("x_gelu_tanh", x), approximate="tanh"))
    return erf + tanh + mark("silu", F.silu(mark("x_silu", x)))


def inputs(draw, N, D, ends=False):
    x = draw.normal(N, D)
    if ends:
        x[:, 0], x[:, -1] = 5, -5
    return {"x": x, "upstream": draw.normal(N, D)}


def nought_and_one(draw):
    # At 0 every gate is 1/2, and x times its slope is 0. At 1 the tables of the normal distribution have both terms.
    return {
        "x": torch.tensor([[0.0, 1.0, -1.0]], dtype=torch.float64),
        "upstream": torch.tensor([[6.0, 1.0, -1.0]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=4,
    difficulty=3,
    hours=2.0,
    builds_on=("sigmoid_tanh",),
    points={"gelu_erf": 1, "dx_gelu_erf": 3, "gelu_tanh": 1, "dx_gelu_tanh": 4, "silu": 1, "dx_silu": 3},
    calls="""
        gelu_erf, erf_cache = gelu_erf(x)
        dx_gelu_erf = gelu_erf_backward(upstream, erf_cache)["dx"]
        gelu_tanh, tanh_cache = gelu_tanh(x)
        dx_gelu_tanh = gelu_tanh_backward(upstream, tanh_cache)["dx"]
        silu, silu_cache = silu(x)
        dx_silu = silu_backward(upstream, silu_cache)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three rows", N=3, D=5),
        Case(
            "0, 1 and -1",
            inputs=nought_and_one,
            known={
                "gelu_erf": [["0", "0.841345", "-0.158655"]],
                "dx_gelu_erf": [["3", "1.083315", "0.083315"]],
                "gelu_tanh": [["0", "0.841192", "-0.158808"]],
                "dx_gelu_tanh": [["3", "1.082964", "0.082964"]],
                "silu": [["0", "0.731059", "-0.268941"]],
                "dx_silu": [["3", "0.927671", "-0.072329"]],
            },
        ),
        Case("from -5 to 5", N=2, D=4, ends=True),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(4, 7), D=between(2, 7)),
        Case("others from -5 to 5", N=between(3, 5), D=between(3, 5), ends=True),
        Case("one number", tier="edge", N=1, D=1),
        Case("one row", tier="edge", N=1, D=between(3, 6)),
        Case("as many rows as columns", tier="edge", N=3, D=3),
    ],
    ### END HIDDEN TESTS
)
