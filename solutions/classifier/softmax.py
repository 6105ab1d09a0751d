"""Softmax along a given axis, and the way back through it for any upstream gradient.

Along the axis `dim` of z, for each fixed position on the other axes,

    p[i] = exp(z[i]) / sum over k of exp(z[k])

Shapes: z, its softmax p and `upstream` all have the same shape, with one axis or several. `dim` is a whole number and
counts as in PyTorch: 0 is the first axis, -1 the last. Probabilities along `dim` sum to 1: with dim=1 those of each row
of a matrix, with dim=0 those of each column.

`upstream` is the derivative of some loss with respect to p; the loss itself does not matter here. `dz` is the
derivative of that loss with respect to z. Each p[i] depends on all z[k] on its line:

    ∂p[i] / ∂z[k] = p[i] ([i = k] - p[k])        where [i = k] is 1 if i = k, else 0

Where the axis has length 1, p is 1 and dz is 0. Logits of 1000 and of -1000 are ordinary inputs, also side by side in
one tensor: no result may be inf or nan. (exp(1000) is inf in float64; softmax does not change when the same number is
added to all logits of a line.)

Write everything with exp, max and sums: no `torch.softmax`, no `torch.nn.functional`.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 4.1 and 6.2.2.3.
"""

import torch


def softmax(z, dim):
    """Return (p, cache): the probabilities, of z's shape, and whatever `softmax_backward` needs."""
    ### BEGIN SOLUTION
    powers = torch.exp(z - z.amax(dim=dim, keepdim=True))
    p = powers / powers.sum(dim=dim, keepdim=True)
    return p, (p, dim)
    ### END SOLUTION


def softmax_backward(upstream, cache):
    """Return {"dz": z's shape}. No Jacobian needs to be stored: multiply it with `upstream` on paper first."""
    ### BEGIN SOLUTION
    p, dim = cache
    flow = upstream * p
    return {"dz": flow - p * flow.sum(dim=dim, keepdim=True)}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other columns", N=between(4, 7), C=between(2, 6), dim=0),
        Case("the last axis, counted from the end", N=between(4, 7), C=between(3, 6), dim=-1),
        Case("another middle axis", N=between(2, 3), T=between(3, 5), C=between(2, 5), dim=1),
        Case("the first of three axes", N=between(3, 5), T=between(2, 4), C=between(2, 5), dim=0),
        Case("as many rows as columns", tier="edge", N=4, C=4, dim=0),
        Case("one row", tier="edge", N=1, C=between(4, 6), dim=1),
        Case("one column", tier="edge", N=between(4, 6), C=1, dim=0),
        Case("an axis of length 1", tier="edge", N=between(3, 5), C=1, dim=1, zeros=("dz",)),
        Case("columns far apart", tier="stability", N=between(3, 5), C=between(2, 6), dim=0, level=1000.0),
        Case("some places 2000 lower", tier="stability", N=between(3, 5), C=6, dim=1, low=2, level=700.0),
    ],
    ### END HIDDEN TESTS
)
