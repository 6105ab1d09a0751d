"""Public cases of beyond/double_backward, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "beyond"
STUB = "d154adc9984b6c04"
MORE_CASES = True

import math

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between
from autograder.functional import saved, use


def reference(mark, X, W, b, G, vX, vW, vb):
    Z = mark("Z", F.linear(use(X), use(W), b))
    H = mark("H", torch.tanh(Z))
    kept = saved(H)
    gZ = mark("gZ", torch.mul(G, torch.addcmul(torch.ones_like(H), kept, kept, value=-1)))
    Xc, Wc = mark("Xc", saved(X)), mark("Wc", saved(W))
    gX = mark("gX", torch.matmul(use(gZ), saved(Wc)))
    parameters = use(gZ)
    gW = mark("gW", torch.matmul(use(parameters).mT, saved(Xc)))
    gb = mark("gb", use(parameters).sum(dim=0))
    return (vX * gX).sum() + (vW * gW).sum() + (vb * gb).sum()


def inputs(draw, N, n, m, scale=1.0):
    W = draw.normal(m, n, scale=1 / n**0.5)
    W[::2] *= scale
    return {
        "X": draw.normal(N, n),
        "W": W,
        "b": draw.normal(m, scale=0.5),
        "G": draw.normal(N, m),
        "vX": draw.normal(N, n),
        "vW": draw.normal(m, n),
        "vb": draw.normal(m),
    }


def halves(draw):
    # The rows of X are perpendicular to those of W: Z is b, and H is 1/2 or -1/2.
    values = {
        "X": [[2, 1], [4, 2], [-2, -1]],
        "W": [[1, -2], [-2, 4]],
        "b": [math.atanh(0.5), -math.atanh(0.5)],
        "G": [[4, 8], [-4, 4], [8, 4]],
        "vX": [[1, 0], [0, 1], [1, 1]],
        "vW": [[1, 2], [0, -1]],
        "vb": [3, 1],
    }
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}


EXERCISE = Exercise(
    order=1,
    difficulty=4,
    hours=2.5,
    builds_on=("layers/linear", "layers/sigmoid_tanh"),
    points={
        "H": 1,
        "gZ": 0.5,
        "gX": 0.5,
        "gW": 0.5,
        "gb": 0.5,
        "dgZ": 3,
        "dXc": 1,
        "dWc": 1,
        "dG": 1,
        "dZ": 3,
        "dX": 1,
        "dW": 1,
        "db": 1,
    },
    calls="""
        H, cache = layer(X, W, b)
        gZ, gX, gW, gb = entries(backward(G, cache))
        dgZ, dXc, dWc = entries(linear_double_backward(vX, vW, vb, gZ, cache))
        dG, dZ = entries(tanh_double_backward(dgZ, G, cache))
        dX, dW, db = entries(both_ways(dZ, dXc, dWc, cache))
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("four examples", N=4, n=3, m=5),
        Case(
            "slopes of 3/4",
            inputs=halves,
            known={
                "H": [["0.5", "-0.5"]] * 3,
                "gZ": [["3", "6"], ["-3", "3"], ["6", "3"]],
                "gX": [["-9", "18"], ["-9", "18"], ["0", "0"]],
                "gW": [["-18", "-9"], ["18", "9"]],
                "gb": ["6", "12"],
                "dgZ": [["8", "-2"], ["9", "3"], ["-2", "4"]],
                "dXc": [["3", "0"], ["-3", "-9"], ["6", "9"]],
                "dWc": [["9", "3"], ["9", "6"]],
                "dG": [["6", "-1.5"], ["6.75", "2.25"], ["-1.5", "3"]],
                "dZ": [["-24.0000", "-12.0000"], ["27.0000", "9.0000"], ["12.0000", "12.0000"]],
                "dX": [["3.0000", "0.0000"], ["6.0000", "-27.0000"], ["-6.0000", "33.0000"]],
                "dW": [["45.0000", "21.0000"], ["-3.0000", "0.0000"]],
                "db": ["15.0000", "9.0000"],
            },
        ),
    ],
)
