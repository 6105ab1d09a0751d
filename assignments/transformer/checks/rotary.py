"""Public cases of transformer/rotary, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "transformer"
STUB = "64ef2462713fd9d2"
MORE_CASES = True

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
)
