"""Public cases of classifier/log_softmax, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "classifier"
STUB = "e5a4ba55d0b3f76a"
MORE_CASES = True

import math

import torch

from autograder import Case, Exercise, between


def reference(mark, z, dim):
    return torch.log_softmax(z, dim)


def inputs(draw, N, C, dim, T=None, level=0.0, scale=1.0):
    """Logits of about `scale` in size; lines along dim lie at levels from -level to level."""
    shape = [N, C] if T is None else [N, T, C]
    z, upstream = scale * draw.normal(*shape), draw.normal(*shape)
    lines = list(shape)
    lines[dim] = 1
    z = z + torch.linspace(-level, level, math.prod(lines), dtype=z.dtype).reshape(lines)
    # Multiples of 1/64: float32 holds them exactly at all of these sizes.
    return {"z": torch.round(64 * z) / 64, "dim": dim, "upstream": upstream}


def on_paper(draw):
    # p is (1, 2, 5) / 8 and (1, 1, 1) / 3; the upstream gradients of a row sum to 4 and to 3: dz = u - 4 p and u - 3 p.
    z = [[0.0, math.log(2), math.log(5)], [7.0, 7.0, 7.0]]
    u = [[3.0, -1.0, 2.0], [2.0, 1.0, 0.0]]
    return {"z": torch.tensor(z).double(), "dim": 1, "upstream": torch.tensor(u).double()}


EXERCISE = Exercise(
    order=2,
    difficulty=2,
    hours=0.75,
    builds_on=("softmax",),
    points={"out": 2, "dz": 3},
    calls="""
        out, cache = log_softmax(z, dim)
        dz = entries(log_softmax_backward(upstream, cache))
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
                "out": [["-2.0794415", "-1.3862944", "-0.4700036"], ["-1.0986123"] * 3],
                "dz": [["2.5", "-2", "-0.5"], ["1", "0", "-1"]],
            },
        ),
        Case("logits of 800", tier="stability", N=4, C=3, dim=1, scale=800.0),
    ],
)
