"""Public cases of classifier/softmax, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "classifier"
STUB = "80625ebe831b2e42"
MORE_CASES = True

import math

import torch

from autograder import Case, Exercise, between


def reference(mark, z, dim):
    return torch.softmax(z, dim)


def inputs(draw, N, C, dim, T=None, level=0.0, low=0):
    """Logits of ordinary size; lines along dim lie at levels from -level to level, `low` places on each 2000 below it."""
    shape = [N, C] if T is None else [N, T, C]
    z, upstream = draw.normal(*shape), draw.normal(*shape)
    lines = list(shape)
    lines[dim] = 1
    z = z + torch.linspace(-level, level, math.prod(lines), dtype=z.dtype).reshape(lines)
    for place in draw.permutation(shape[dim])[:low].tolist():
        z.select(dim, place).sub_(2000)
    # Multiples of 1/64: float32 holds them exactly at all of these levels.
    return {"z": torch.round(64 * z) / 64, "dim": dim, "upstream": upstream}


def on_paper(draw):
    # Powers 1, 2, 5 and 1, 3, 1: eighths and fifths. Then p (u - u · p): in the first row u · p is 11/8, in the second 2/5.
    z = [[0.0, math.log(2), math.log(5)], [-1.0, math.log(3) - 1, -1.0]]
    u = [[3.0, -1.0, 2.0], [2.0, 1.0, -3.0]]
    return {"z": torch.tensor(z).double(), "dim": 1, "upstream": torch.tensor(u).double()}


EXERCISE = Exercise(
    order=1,
    difficulty=2,
    hours=1.0,
    builds_on=("layers/sigmoid_tanh",),
    points={"out": 1, "dz": 4},
    calls="""
        out, cache = softmax(z, dim)
        dz = entries(softmax_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        # First the case in which neither the first axis nor the last one is right.
        Case("the middle one of three axes", N=2, T=4, C=3, dim=1),
        Case("rows of a matrix", N=3, C=5, dim=1),
        Case("columns of a matrix", N=4, C=3, dim=0),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [["0.125", "0.25", "0.625"], ["0.2", "0.6", "0.2"]],
                "dz": [["0.203125", "-0.59375", "0.390625"], ["0.32", "0.36", "-0.68"]],
            },
        ),
        Case("rows near 1000 and near -1000", tier="stability", N=2, C=4, dim=1, level=1000.0),
    ],
)
