"""Public cases of cs231n/batchnorm, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "1859a937995b540d"
MORE_CASES = True

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
)
from dataclasses import replace


def outputs(mark, trace, x, gamma, beta, running_mean, running_var, eps):
    # A quarter is new: torch.lerp goes that far from the old statistics to the batch's.
    batch_var, batch_mean = torch.var_mean(x, dim=0, correction=0)
    mark("mean_after", torch.lerp(running_mean, batch_mean, 0.25))
    mark("var_after", torch.lerp(running_var, batch_var, 0.25))
    return {"out_test": torch.batch_norm(x, gamma, beta, running_mean, running_var, False, 0.0, eps, False)}


EXERCISE = replace(
    EXERCISE,
    order=5,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"out": 2, "mean_after": 0.5, "var_after": 0.5, "out_test": 1, "dx": 5, "dgamma": 2, "dbeta": 1},
    outputs=outputs,
    # Copies, as a student may bring the running statistics up to date in place.
    calls="""
        train = {"mode": "train", "eps": eps, "momentum": 0.75}
        train = {**train, "running_mean": 1 * running_mean, "running_var": 1 * running_var}
        test = {**train, "mode": "test", "running_mean": 1 * running_mean, "running_var": 1 * running_var}
        out, cache, after = [*batchnorm_forward(x, gamma, beta, train), train]
        mean_after = after["running_mean"]
        var_after = after["running_var"]
        out_test = batchnorm_forward(x, gamma, beta, test)[0]
        dx, dgamma, dbeta = batchnorm_backward(upstream, cache)
    """,
    public=[case for case in EXERCISE.public if case.sizes.get("mode", "train") == "train"],
)
