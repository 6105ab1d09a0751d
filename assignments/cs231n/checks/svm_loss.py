"""Public cases of cs231n/svm_loss, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "789e49ba37c7e344"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, X, W, y, margin):
    scores = mark("scores", X.matmul(W))
    own = torch.gather(scores, 1, y.unsqueeze(1))
    violations = F.relu(torch.sub(scores, own) + margin)
    others = violations.masked_fill(F.one_hot(y, W.shape[1]).bool(), 0)
    return others.sum() / len(X)


def violated(X, W, y, margin):
    """Each class's distance to its bound, N by C; that of the right class is left out as minus infinity."""
    S = X @ W
    t = S - S[range(len(y)), y].reshape(-1, 1) + margin
    t[range(len(y)), y] = -float("inf")
    return t


def inputs(draw, N, D, C, margin=1.0):
    """Nothing lies at a kink, some term counts and some does not; where there is room, a row with several that count."""
    several = C > 2
    while True:
        X, W, y = draw.normal(N, D), draw.normal(D, C, scale=1.5 / D**0.5), draw.labels(N, classes=C)
        t = violated(X, W, y, margin)
        counts = (t > 0).sum(dim=1)
        if t.abs().min() > 1e-2 and counts.max() > several and (N < 3 or counts.min() < C - 1):
            return {"X": X, "W": W, "y": y, "margin": margin}


def whole_numbers(draw, N, D, C):
    """Small whole numbers, so that some margins are kept exactly, and others are not."""
    while True:
        X, W = torch.round(1.5 * draw.normal(N, D)), torch.round(draw.normal(D, C))
        y = draw.labels(N, classes=C)
        t = violated(X, W, y, 1.0)
        every = [*(t > 0).any(dim=1).tolist(), X.any(), W.any()]
        if all(every) and (t == 0).sum() >= 3:
            return {"X": X, "W": W, "y": y, "margin": 1.0}


def cat_car_frog(draw):
    # X is the identity, so W has the scores of the lecture: the rows lose 2.9, 0 and 12.9.
    W = torch.tensor([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]).double()
    return {"X": torch.eye(3).double(), "W": (W * 10).round() / 10, "y": torch.tensor([0, 1, 2]), "margin": 1.0}


EXERCISE = Exercise(
    order=3,
    difficulty=3,
    hours=1.5,
    builds_on=("layers/linear",),
    points={"scores": 1, "loss": 1, "dscores": 4, "dW": 2, "dX": 1},
    calls="""
        values, cache = hinge(X, W, y, margin)
        scores, loss = entries(values)
        dscores, dW, dX = entries(hinge_backward(cache))
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("four classes", N=5, D=3, C=4),
        Case("another margin", N=4, D=3, C=5, margin=1.25),
        Case(
            "cat, car, frog",
            inputs=cat_car_frog,
            known={
                "loss": "5.2666667",
                "dscores": [["-0.33333333", "0.33333333", "0"], ["0"] * 3, ["0.33333333", "0.33333333", "-0.66666667"]],
                "dW": [["-0.33333333", "0.33333333", "0"], ["0"] * 3, ["0.33333333", "0.33333333", "-0.66666667"]],
                "dX": [["0.63333333", "1.2", "0.1"], ["0"] * 3, ["3.9", "0.73333333", "3.6333333"]],
            },
        ),
        Case("margins of exactly 0", tier="edge", inputs=whole_numbers, N=6, D=2, C=4),
    ],
)
from dataclasses import replace

# The margin is 1, and the scores are given.
EXERCISE = replace(
    EXERCISE,
    order=4,
    hours=1.0,
    builds_on=("softmax_loss",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"loss": 1, "dscores": 4},
    calls="loss, dscores = svm_loss(X @ W, y)",
    public=[case for case in EXERCISE.public if case.sizes.get("margin", 1.0) == 1.0],
)
