"""Softmax and cross-entropy, with rows to leave out: the loss of almost every classifier, and its gradient by hand.

Each row of z holds the logits of one example, one column for each class; y holds the class numbers:

    p[n, c] = exp(z[n, c]) / sum over k of exp(z[n, k])
    loss    = mean over the rows n that count of -log p[n, y[n]]

Shapes: z (N, C), y (N,) with whole numbers (int64).

A row n counts unless y[n] equals `ignore_index`. The mean is over the rows that count, not over all N. At least one
row counts. `ignore_index` may be any whole number: one that is no class, such as -100 or -1, or one of the classes
(the padding of a text often has a number of its own). A row that does not count has the gradient 0.

`dz` is the derivative of the loss with respect to z and has its shape (N, C), also for N = 1. Logits of 1000 and of
-1000 are ordinary inputs: no result may be inf or nan. (exp(1000) is inf in float64; softmax does not change when the
same number is added to all logits of a row.)

Write everything with exp, log, max and sums: no `torch.softmax`, no `torch.nn.functional`.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 4.1 and 6.2.2.3.
"""

import torch


def softmax(z):
    """Return the probabilities, (N, C): every row is positive and sums to 1."""
    ### BEGIN SOLUTION
    powers = torch.exp(z - z.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)
    ### END SOLUTION


def cross_entropy(z, y, ignore_index):
    """Return the loss, a scalar: the mean of -log p[n, y[n]] over the rows that count."""
    ### BEGIN SOLUTION
    rows = (y != ignore_index).nonzero().flatten()
    shifted = z[rows] - z[rows].amax(dim=1, keepdim=True)
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -log_p[torch.arange(len(rows)), y[rows]].mean()
    ### END SOLUTION


def cross_entropy_backward(z, y, ignore_index):
    """Return dz, (N, C): the gradient of `cross_entropy(z, y, ignore_index)`.

    Softmax and logarithm together have a derivative that is much simpler than either: derive it for one row first.
    """
    ### BEGIN SOLUTION
    rows = (y != ignore_index).nonzero().flatten()
    dz = torch.zeros_like(z)
    dz[rows] = softmax(z)[rows]
    dz[rows, y[rows]] -= 1
    return dz / len(rows)
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, z, y, ignore_index):
    loss = F.nll_loss(F.log_softmax(z, dim=-1), y, ignore_index=ignore_index)
    # dz starts from the probabilities: what is wrong in a student's own shows there again. True ones add 0.
    p = F.softmax(z.detach(), dim=-1)
    error = (mark("probabilities", p) - p).detach() * (y != ignore_index)[:, None]
    return loss + (error * (z - z.detach())).sum() / (y != ignore_index).sum()


def inputs(draw, N, C, ignored=0, ignore_index=-100, scale=1.0, shift=0.0):
    # Multiples of 1/64: float32 holds them exactly at any of these scales.
    z = torch.round(64 * (scale * draw.normal(N, C) + shift)) / 64
    y = draw.labels(N, classes=C)
    rows = draw.permutation(N)
    if 0 <= ignore_index < C:
        y[y == ignore_index] = (ignore_index + 1) % C
    # One row that counts is far from right, so that saturated probabilities do not make the whole gradient 0.
    others = z[rows[0]].clone()
    if 0 <= ignore_index < C:
        others[ignore_index] = float("inf")
    y[rows[0]] = others.argmin()
    y[rows[N - ignored :]] = ignore_index
    return {"z": z, "y": y, "ignore_index": ignore_index}


def uniform_logits(draw, N, C):
    # The same logit in every column: p = 1/C whatever its value, and the loss is ln C.
    z = torch.round(64 * draw.normal(N, 1)) / 64
    y = draw.labels(N, classes=C)
    return {"z": z.expand(N, C).clone(), "y": y, "ignore_index": -100}


def seed_42(draw):
    stream = torch.Generator().manual_seed(42)
    z = torch.rand(100, 10, generator=stream)
    y = torch.randint(0, 10, (100,), generator=stream)
    return {"z": z.double(), "y": y, "ignore_index": -100}


EXERCISE = Exercise(
    order=1,
    difficulty=3,
    hours=2.0,
    builds_on=("classifier/softmax", "classifier/log_softmax"),
    points={"probabilities": 1, "loss": 2, "dz": 4},
    calls="""
        probabilities = softmax(z)
        loss = cross_entropy(z, y, ignore_index)
        dz = cross_entropy_backward(z, y, ignore_index)
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("two rows left out", N=5, C=3, ignored=2),
        Case(
            "equal logits",
            inputs=uniform_logits,
            N=3,
            C=5,
            known={"probabilities": [["0.2"] * 5] * 3, "loss": "1.6094379"},
        ),
        Case("a hundred rows from seed 42", inputs=seed_42, known={"loss": "2.3436"}),
        Case("logits of 800", tier="stability", N=4, C=3, scale=800.0),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(6, 9), C=between(3, 5)),
        Case("more classes than rows, -1 is left out", N=between(4, 6), C=between(7, 11), ignored=1, ignore_index=-1),
        Case("a class is left out", N=between(7, 10), C=between(4, 6), ignored=3, ignore_index=2),
        Case("one row", tier="edge", N=1, C=between(3, 6)),
        Case("as many rows as classes", tier="edge", N=5, C=5, ignored=1),
        Case("all but one left out", tier="edge", N=6, C=between(3, 5), ignored=5),
        Case("two classes", tier="edge", N=between(3, 6), C=2),
        Case("logits of 100", tier="stability", N=between(5, 8), C=between(3, 4), scale=100.0),
        Case("logits of 1000", tier="stability", N=between(5, 8), C=between(3, 4), ignored=1, scale=1000.0),
        Case("logits near -1000", tier="stability", N=between(5, 8), C=between(3, 4), shift=-1000.0),
    ],
    ### END HIDDEN TESTS
)
