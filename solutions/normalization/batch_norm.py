"""Batch normalisation, in training and in evaluation: the layer, and its gradient in one formula.

Each column of x is a feature, each row an example. Every feature is brought to mean 0 and variance 1, and then to a
scale gamma and a shift beta that are learned:

    out[n, d] = gamma[d] * xhat[n, d] + beta[d]        xhat[n, d] = (x[n, d] - mean[d]) / sqrt(var[d] + eps)

Shapes: x, xhat, out, upstream (N, D); gamma, beta, mean, var, running_mean, running_var (D,); eps is a number.

`mode` says where the mean and the variance come from:

    "train"   from the batch: mean[d] is the mean of x[n, d] over n, var[d] the mean of (x[n, d] - mean[d])² over n.
              The divisor is N, not N - 1. N is at least 2. The running statistics are not used.
    "eval"    they are running_mean and running_var, which are constants: x has no share in them. N may be 1.

The running statistics are not updated here. eps stands under the root, beside the variance; it may be large (0.5) or
small (1e-5), and a feature may be the same number in every row: its variance is 0, and nothing may become inf or nan.

`dx`, `dgamma` and `dbeta` are the derivatives of the loss with respect to x, gamma and beta and have their shapes;
`upstream` is its derivative with respect to out. In training x enters in three places: as itself, in the mean, and in
the variance. `cache` is whatever `batch_norm` hands to `batch_norm_backward`.

Formulas: S. Ioffe, C. Szegedy, 'Batch Normalization' (2015), algorithm 1 and section 3.
"""

import torch


def batch_norm(x, gamma, beta, running_mean, running_var, mode, eps):
    """Return (out, cache): the normalised batch, (N, D), and what the backward pass needs."""
    ### BEGIN SOLUTION
    if mode == "train":
        mean = x.mean(dim=0)
        var = ((x - mean) ** 2).mean(dim=0)
    else:
        mean, var = running_mean, running_var
    inv = 1 / torch.sqrt(var + eps)
    xhat = (x - mean) * inv
    return gamma * xhat + beta, (xhat, inv, gamma, mode)
    ### END SOLUTION


def batch_norm_backward(upstream, cache):
    """Return {"dx": (N, D), "dgamma": (D,), "dbeta": (D,)}."""
    ### BEGIN SOLUTION
    xhat, inv, gamma, mode = cache
    dxhat = upstream * gamma
    if mode == "train":
        by_mean = dxhat.mean(dim=0)
        by_var = xhat * (dxhat * xhat).mean(dim=0)
    else:
        by_mean = by_var = 0
    return {
        "dx": (dxhat - by_mean - by_var) * inv,
        "dgamma": (upstream * xhat).sum(dim=0),
        "dbeta": upstream.sum(dim=0),
    }
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, x, gamma, beta, running_mean, running_var, mode, eps):
    # Two lines for two modes: a mistake in one of them is told from one in both.
    if mode == "eval":
        mean, var = running_mean.detach(), running_var.detach()
        return torch.batch_norm(x, gamma, beta, mean, var, False, 0.0, eps, False)
    return torch.batch_norm(x, gamma, beta, None, None, True, 0.0, eps, False)


def inputs(draw, N, D, mode="train", eps=0.1):
    return {
        "x": draw.normal(N, D) * draw.uniform(D, low=0.7, high=1.5) + draw.normal(D),
        "gamma": draw.uniform(D, low=0.5, high=2.0) * draw.signs(D),
        "beta": draw.normal(D),
        "running_mean": draw.normal(D),
        "running_var": draw.uniform(D, low=0.3, high=2.0),
        "upstream": draw.normal(N, D),
        "mode": mode,
        "eps": eps,
    }


def on_paper(draw, mode):
    # Column variances 1 and 13, eps 3: the roots are 2 and 4. The running ones give the roots 4 and 2.
    return {
        "x": torch.tensor([[1, 7], [3, -3], [1, 3], [3, 1]], dtype=torch.float64),
        "gamma": torch.tensor([4, -2], dtype=torch.float64),
        "beta": torch.tensor([1, 0.5], dtype=torch.float64),
        "running_mean": torch.tensor([-1, 1], dtype=torch.float64),
        "running_var": torch.tensor([13, 1], dtype=torch.float64),
        "upstream": torch.tensor([[1, 4], [2, 0], [0, -4], [3, 8]], dtype=torch.float64),
        "mode": mode,
        "eps": 3.0,
    }


def without_variance(draw, N, D, eps=1e-5, spread=0.0):
    """The first feature is the same in every row, or nearly: multiples of 1/4096, which float32 holds exactly."""
    values = inputs(draw, N, D, eps=eps)
    values["x"][:, 0] = 2 + torch.round(draw.normal(N) * spread * 4096) / 4096
    values["gamma"][0] /= 100
    return values


EXERCISE = Exercise(
    order=1,
    difficulty=3,
    hours=2.0,
    builds_on=("layers/linear",),
    points={"out": 2, "dx": 5, "dgamma": 2, "dbeta": 1},
    calls="""
        out, cache = batch_norm(x, gamma, beta, running_mean, running_var, mode, eps)
        dx, dgamma, dbeta = entries(batch_norm_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("training, five examples", N=5, D=3),
        Case("evaluation", N=4, D=6, mode="eval"),
        Case(
            "training, worked on paper",
            inputs=on_paper,
            mode="train",
            known={
                "out": [["-1", "-2"], ["3", "3"], ["-1", "0"], ["3", "1"]],
                "dx": [["-0.5", "-0.6875"], ["0.5", "0.6875"], ["-2.5", "3.0625"], ["2.5", "-3.0625"]],
                "dgamma": ["2", "2"],
                "dbeta": ["6", "8"],
            },
        ),
        Case(
            "evaluation, worked on paper",
            inputs=on_paper,
            mode="eval",
            known={
                "out": [["3", "-5.5"], ["5", "4.5"], ["3", "-1.5"], ["5", "0.5"]],
                "dx": [["1", "-4"], ["2", "0"], ["0", "4"], ["3", "-8"]],
                "dgamma": ["5.5", "8"],
                "dbeta": ["6", "8"],
            },
        ),
        Case("a feature without variance", tier="stability", inputs=without_variance, N=4, D=3),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("training, other sizes", N=between(6, 9), D=between(3, 5), eps=1e-3),
        Case("training, more features than examples", N=between(3, 4), D=between(5, 7), eps=0.5),
        Case("evaluation, other sizes", N=between(3, 5), D=between(6, 8), mode="eval", eps=0.3),
        Case("two examples", tier="edge", N=2, D=between(3, 5), eps=0.5),
        Case("one feature", tier="edge", N=between(4, 7), D=1),
        Case("as many examples as features", tier="edge", N=4, D=4),
        Case("one example, evaluation", tier="edge", N=1, D=between(3, 5), mode="eval"),
        Case("other features without variance", tier="stability", inputs=without_variance, N=between(5, 8), D=2),
        Case("hardly any variance", tier="stability", inputs=without_variance, N=between(5, 8), D=3, spread=1e-3),
    ],
    ### END HIDDEN TESTS
)
