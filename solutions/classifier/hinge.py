"""The multi-class hinge loss of a support vector machine with linear scores, and its gradients by hand.

Each example has a score for each class, and the score of its own class should lie above every other one by `margin`:

    scores = X W
    loss   = mean over n of (sum over j ≠ y[n] of max(0, scores[n, j] - scores[n, y[n]] + margin))

Shapes: X (N, D), W (D, C), y (N,) with whole numbers (int64), `margin` a number above 0. The class of the example itself
is not in the sum; the sum over the classes stays a sum, and the mean is over the N examples.

`dscores` (N, C), `dW` (D, C) and `dX` (N, D) are the derivatives of this mean loss with respect to `scores`, W and X.

The derivative of max(0, t) at t = 0 is taken to be 0: a class that keeps its distance exactly has no share in it.

Formula: Weston and Watkins, 'Support Vector Machines for Multi-Class Pattern Recognition' (1999); with these names it
stands in the notes of Stanford's CS231n, 'Linear Classification'. The public case with scores of 3.2, 5.1 and -1.7 is
that course's example from the lecture, with the loss 5.27.
"""

import torch


def hinge(X, W, y, margin):
    """Return ({"scores": (N, C), "loss": ()}, cache): scores and loss, and whatever `hinge_backward` needs."""
    ### BEGIN SOLUTION
    scores = X @ W
    excess = torch.relu(scores - scores.gather(1, y[:, None]) + margin).scatter(1, y[:, None], 0)
    return {"scores": scores, "loss": excess.sum(dim=1).mean()}, (X, W, y, excess)
    ### END SOLUTION


def hinge_backward(cache):
    """Return {"dscores": (N, C), "dW": (D, C), "dX": (N, D)}.

    A score of another class stands in one term of its example, that of the right class in all of them.
    """
    ### BEGIN SOLUTION
    X, W, y, excess = cache
    active = (excess > 0).to(excess.dtype)
    pulled = active.scatter(1, y[:, None], -active.sum(dim=1, keepdim=True))
    dscores = pulled / pulled.shape[0]
    return {"dscores": dscores, "dW": X.T @ dscores, "dX": dscores @ W.T}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(4, 7), D=between(3, 6), C=between(3, 6), margin=0.75),
        Case("a wide margin", N=between(4, 7), D=between(3, 6), C=between(3, 6), margin=2.5),
        Case("other margins of exactly 0", tier="edge", inputs=whole_numbers, N=between(5, 8), D=3, C=between(4, 5)),
        Case("one example", tier="edge", N=1, D=between(2, 4), C=between(5, 6)),
        Case("two classes", tier="edge", N=between(4, 6), D=3, C=2),
        Case("one input", tier="edge", N=between(3, 5), D=1, C=between(6, 7)),
        Case("as many examples as classes", tier="edge", N=4, D=4, C=4),
    ],
    ### END HIDDEN TESTS
)
