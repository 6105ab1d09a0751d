"""Public cases of layers/mse_bce, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "layers"
STUB = "79998720990503b7"
MORE_CASES = True

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
)
