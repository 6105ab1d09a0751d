"""Squared error, as a sum and as a mean, and the binary cross-entropy of probabilities, forward and backward.

Each example has M outputs, and all N · M elements count alike:

    mse_sum:   loss = sum over n and m of (y_hat - t)²
    mse_mean:  loss = mean over n and m of (y_hat - t)²
    bce:       loss = mean over n and m of -(y log p + (1 - y) log(1 - p))

Shapes: all of y_hat, t, p and y are (N, M), also for M = 1; a loss is a scalar. There is no factor 1/2, and every mean
is over all N · M elements. t and y are given (targets; labels, each exactly 0 or 1); y_hat and p are predictions. The
logarithm is the natural one. Cross-entropy has a minus sign, so that it is never negative and training makes it
smaller.

`upstream` is a scalar here: the derivative of what is computed last with respect to this loss (1 if the loss is the
last, another number if it is one of several that are weighted). The backward functions return the derivative of what
is computed last with respect to the prediction, (N, M).

p lies between 0 and 1 and is neither exactly, but may be as near to 0 as 1e-10 and as near to 1 as 1e-7, on the right
side or on the wrong one. The formulas are fine there. What is added or cut off for safety (log(p + 1e-8),
p.clamp(0.001)) is wrong there, and the grader sees it.

The gradients are graded as dy_hat_sum, dy_hat_mean and dp_bce.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 5.5 and 6.2; the walkthrough derives them.
"""

import torch


def mse_sum(y_hat, t):
    """Return (loss, cache): a scalar, and whatever `mse_sum_backward` will need."""
    ### BEGIN SOLUTION
    error = y_hat - t
    return (error**2).sum(), error
    ### END SOLUTION


def mse_sum_backward(upstream, cache):
    """Return {"dy_hat": (N, M)}."""
    ### BEGIN SOLUTION
    return {"dy_hat": upstream * 2 * cache}
    ### END SOLUTION


def mse_mean(y_hat, t):
    """Return (loss, cache): a scalar, and whatever `mse_mean_backward` will need."""
    ### BEGIN SOLUTION
    error = y_hat - t
    return (error**2).mean(), error
    ### END SOLUTION


def mse_mean_backward(upstream, cache):
    """Return {"dy_hat": (N, M)}."""
    ### BEGIN SOLUTION
    return {"dy_hat": upstream * 2 * cache / cache.numel()}
    ### END SOLUTION


def bce(p, y):
    """Return (loss, cache): a scalar, and whatever `bce_backward` will need."""
    ### BEGIN SOLUTION
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean(), (p, y)
    ### END SOLUTION


def bce_backward(upstream, cache):
    """Return {"dp": (N, M)}."""
    ### BEGIN SOLUTION
    p, y = cache
    slope = (1 - y) / (1 - p) - y / p
    return {"dp": upstream * slope / slope.numel()}
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, y_hat, t, p, y):
    # Two ways for one y_hat: each has a gradient of its own. (p has a mark as it cannot be shifted near 0 and 1.)
    total = mark("mse_sum", F.mse_loss(mark("y_hat_sum", y_hat), t, reduction="sum"))
    average = mark("mse_mean", F.mse_loss(mark("y_hat_mean", y_hat), t))
    return total + average + mark("bce", cross_entropy(mark("p_bce", p), y))


def cross_entropy(p, y):
    if not ((p >= 0) & (p <= 1)).all():  # a shift by `verify`: PyTorch raises there
        return p.sum() * float("nan")
    return F.binary_cross_entropy(p, y)


def inputs(draw, N, M):
    return {
        "y_hat": draw.normal(N, M),
        "t": draw.normal(N, M),
        "p": draw.uniform(N, M, low=0.1, high=0.9),
        "y": draw.binary(N, M),
        "upstream": draw.signs() * draw.uniform(low=0.5, high=2.0),
    }


def near(draw, M):
    """Rows near 0 and near 1, on the wrong side and on the right one: within a row the gradients are of one size."""
    steps = torch.tensor([[draw.integer(1, 7) for _ in range(M)] for _ in range(4)], dtype=torch.float64)
    p = torch.cat([steps[:2] / 2**32, 1 - steps[2:] / 2**22])
    y = torch.tensor([[1.0], [0.0], [0.0], [1.0]], dtype=torch.float64).expand(4, M).clone()
    return {**inputs(draw, 4, M), "p": p, "y": y}


def on_paper(draw):
    return {
        "y_hat": torch.tensor([[1, -2, 0.5], [3, 0, -1]], dtype=torch.float64),
        "t": torch.tensor([[0, -1, 0], [1, 3, -1.5]], dtype=torch.float64),
        "p": torch.tensor([[0.5, 0.25, 0.75], [0.5, 0.25, 0.8]], dtype=torch.float64),
        "y": torch.tensor([[1, 0, 1], [0, 1, 0]], dtype=torch.float64),
        "upstream": torch.tensor(1.5, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=5,
    difficulty=2,
    hours=1.5,
    builds_on=("chain_rule/mazur", "linear"),
    points={"mse_sum": 1, "dy_hat_sum": 2, "mse_mean": 1, "dy_hat_mean": 2, "bce": 1, "dp_bce": 3},
    calls="""
        mse_sum, sum_cache = mse_sum(y_hat, t)
        dy_hat_sum = mse_sum_backward(upstream, sum_cache)["dy_hat"]
        mse_mean, mean_cache = mse_mean(y_hat, t)
        dy_hat_mean = mse_mean_backward(upstream, mean_cache)["dy_hat"]
        bce, bce_cache = bce(p, y)
        dp_bce = bce_backward(upstream, bce_cache)["dp"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three outputs", N=5, M=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "mse_sum": "15.5",
                "dy_hat_sum": [["3", "-3", "1.5"], ["6", "-9", "1.5"]],
                "mse_mean": "2.583333",
                "dy_hat_mean": [["0.5", "-0.5", "0.25"], ["1", "-1.5", "0.25"]],
                "bce": "0.826232",
                "dp_bce": [["-0.5", "0.333333", "-0.333333"], ["0.5", "-1", "1.25"]],
            },
        ),
        Case("near 0 and near 1", tier="stability", inputs=near, M=3),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(4, 7), M=between(2, 7)),
        Case("one output", tier="edge", N=between(3, 6), M=1),
        Case("one example", tier="edge", N=1, M=between(3, 6)),
        Case("one number", tier="edge", N=1, M=1),
        Case("others near 0 and near 1", tier="stability", inputs=near, M=between(2, 5)),
    ],
    ### END HIDDEN TESTS
)
