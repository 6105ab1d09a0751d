"""The logarithm of the softmax, in one piece: log-probabilities that never become log(0), and the way back.

Along the axis `dim` of z, for each fixed position on the other axes,

    out[i] = log(exp(z[i]) / sum over k of exp(z[k])) = z[i] - log(sum over k of exp(z[k]))

Shapes: z, out and `upstream` all have the same shape, with one axis or several. `dim` is a whole number and counts as in
PyTorch: 0 is the first axis, -1 the last.

`upstream` is the derivative of some loss with respect to out; the loss itself does not matter here. `dz` is the
derivative of that loss with respect to z. Each out[i] depends on all z[k] on its line. With p = exp(out), the softmax,

    ∂out[i] / ∂z[k] = [i = k] - p[k]        where [i = k] is 1 if i = k, else 0


Logits of 1000 and of -1000 are ordinary inputs, also next to each other along the axis. No result may be inf or nan: the
logarithm of a probability that is 0 in float64 is a number like -2000 here.

Write everything with exp, log, max and sums: no `torch.log_softmax`, no `torch.softmax`, no `torch.logsumexp`.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 4.1 and 6.2.2.3.
"""

import torch


def log_softmax(z, dim):
    """Return (out, cache): the log-probabilities, of z's shape, and whatever `log_softmax_backward` needs."""
    ### BEGIN SOLUTION
    shifted = z - z.amax(dim=dim, keepdim=True)
    out = shifted - shifted.exp().sum(dim=dim, keepdim=True).log()
    return out, (out.exp(), dim)
    ### END SOLUTION


def log_softmax_backward(upstream, cache):
    """Return {"dz": z's shape}."""
    ### BEGIN SOLUTION
    p, dim = cache
    return {"dz": upstream - p * upstream.sum(dim=dim, keepdim=True)}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other columns", N=between(4, 7), C=between(2, 6), dim=0),
        Case("the last axis, counted from the end", N=between(4, 7), C=between(3, 6), dim=-1),
        Case("another middle axis", N=between(2, 3), T=between(3, 5), C=between(2, 5), dim=1),
        Case("the first of three axes", N=between(3, 5), T=between(2, 4), C=between(2, 5), dim=0),
        Case("as many rows as columns", tier="edge", N=4, C=4, dim=0),
        Case("one row", tier="edge", N=1, C=between(4, 6), dim=1),
        Case("one column", tier="edge", N=between(4, 6), C=1, dim=0),
        Case("columns far apart", tier="stability", N=between(3, 5), C=between(2, 6), dim=0, level=1000.0),
        Case("columns with logits of 500", tier="stability", N=6, C=between(3, 5), dim=0, scale=500.0),
    ],
    ### END HIDDEN TESTS
)
