"""Public cases of cs231n/softmax_loss, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "c68c87f0d980ed73"
MORE_CASES = True

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
)
from dataclasses import replace

# Here every row counts.
EXERCISE = replace(
    EXERCISE,
    order=3,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"loss": 2, "dz": 4},
    calls="loss, dz = softmax_loss(z, y)",
    public=[case for case in EXERCISE.public if "ignored" not in case.sizes],
)
