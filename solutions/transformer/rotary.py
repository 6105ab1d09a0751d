"""Rotary position embedding: each pair of features is turned by an angle that grows with the token's position.

A row x of d features (d is even) is read as d/2 pairs of *neighbours*: pair i is (x[2i], x[2i + 1]), for i = 0 ...
d/2 - 1. At position p, pair i is turned by the angle

    angles[t, i] = p base^(-2i/d)        where p = positions[t]

counter-clockwise: with a = angles[t, i],

    out[2i]     = x[2i] cos a - x[2i + 1] sin a
    out[2i + 1] = x[2i] sin a + x[2i + 1] cos a

Shapes: x and out (N, T, d); `positions` (T,) whole numbers, the same for each of the N examples; angles (T, d/2). `base`
is a positive number, 10000 in most models. The positions need not be 0, 1, 2, ...: a text may go on from an earlier part,
or tokens stand in any order.

(Some programs turn x[i] with x[i + d/2] instead of neighbours. That is another order of the features; here it is wrong.)

`upstream` (N, T, d) is the derivative of some loss with respect to out, and dx (N, T, d) that with respect to x.

Formulas: Su et al., 'RoFormer: Enhanced Transformer with Rotary Position Embedding' (2021), section 3.2.2.
"""

import torch


def rotary(x, positions, base):
    """Return ({"angles": (T, d/2), "out": (N, T, d)}, cache). `cache` is whatever you want `rotary_backward` to have."""
    ### BEGIN SOLUTION
    exponent = torch.arange(0, x.shape[2], 2).to(x) / x.shape[2]
    angles = positions[:, None] / base**exponent
    cos, sin = torch.cos(angles), torch.sin(angles)
    even, odd = x[:, :, 0::2], x[:, :, 1::2]
    out = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=3).reshape(x.shape)
    return {"angles": angles, "out": out}, (cos, sin)
    ### END SOLUTION


def rotary_backward(upstream, cache):
    """Return {"dx": (N, T, d)}. What is the transpose of a rotation?"""
    ### BEGIN SOLUTION
    cos, sin = cache
    even, odd = upstream[:, :, 0::2], upstream[:, :, 1::2]
    dx = torch.empty_like(upstream)
    dx[:, :, 0::2] = even * cos + odd * sin
    dx[:, :, 1::2] = odd * cos - even * sin
    return {"dx": dx}
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between
from autograder.functional import rotate_pairs


def reference(mark, x, positions, base):
    half = x.shape[-1] // 2
    steps = torch.pow(float(base), -torch.arange(half).to(x) / half)
    return rotate_pairs(x, mark("angles", torch.outer(positions.to(x), steps)))


def inputs(draw, N, T, d, start=0, base=100.0, shuffled=False):
    order = draw.permutation(T) if shuffled else torch.arange(T)
    return {
        "x": draw.normal(N, T, d),
        "positions": start + order,
        "base": base,
        "upstream": draw.normal(N, T, d),
    }


def quarter_turns(draw):
    """One pair, base 1, so that the angle is the position: 0, 1 and 2; known are sine and cosine of these."""
    return {
        "x": torch.tensor([[[3, 4], [1, 0], [0, 1]]], dtype=torch.float64),
        "positions": torch.tensor([0, 1, 2]),
        "base": 10000.0,
        "upstream": torch.tensor([[[5, 6], [0, 1], [1, 0]]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=2,
    difficulty=2,
    hours=1,
    builds_on=("attention",),
    points={"angles": 1, "out": 2, "dx": 3},
    calls="""
        values, cache = rotary(x, positions, base)
        angles, out = entries(values)
        dx = rotary_backward(upstream, cache)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three pairs", N=2, T=4, d=6, start=1),
        Case("a later part of a text", N=3, T=5, d=4, start=7, base=10000.0),
        Case(
            "one pair",
            inputs=quarter_turns,
            known={
                "angles": [["0"], ["1"], ["2"]],
                "out": [[["3", "4"], ["0.5403023", "0.8414710"], ["-0.9092974", "-0.4161468"]]],
                "dx": [[["5", "6"], ["0.8414710", "0.5403023"], ["-0.4161468", "-0.9092974"]]],
            },
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(2, 4), T=between(5, 7), d=8, start=2, base=50.0),
        Case("tokens in any order", N=2, T=5, d=4, start=3, shuffled=True, base=20.0),
        Case("one example", tier="edge", N=1, T=between(2, 5), d=6, start=1),
        Case("one token", tier="edge", N=between(2, 5), T=1, d=4, start=between(3, 9)),
        Case("as many of all", tier="edge", N=4, T=4, d=4, start=1, base=30.0),
    ],
    ### END HIDDEN TESTS
)
