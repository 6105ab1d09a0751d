"""Public cases of cs231n/layernorm, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "caedabc6d13dacd1"
MORE_CASES = True

import torch

from autograder import Case, Exercise, between


def reference(mark, x, gamma, beta, eps):
    return torch.layer_norm(x, (x.shape[-1],), gamma, beta, eps, False)


def inputs(draw, N=None, B=None, T=None, D=None, eps=0.1):
    shape = (N, D) if B is None else (B, T, D)
    return {
        "x": draw.normal(*shape) * draw.uniform(*shape[:-1], 1, low=0.7, high=1.5) + draw.normal(*shape[:-1], 1),
        "gamma": draw.uniform(D, low=0.5, high=2.0) * draw.signs(D),
        "beta": draw.normal(D),
        "upstream": draw.normal(*shape),
        "eps": eps,
    }


def on_paper(draw):
    # The variances of the rows are 1 and 13, eps is 3: the roots are 2 and 4.
    return {
        "x": torch.tensor([[1, 3, 1, 3], [7, -3, 3, 1]], dtype=torch.float64),
        "gamma": torch.tensor([4, -2, 1, 2], dtype=torch.float64),
        "beta": torch.tensor([1, 0, -1, 0.5], dtype=torch.float64),
        "upstream": torch.tensor([[1, 2, -3, 1], [4, 0, 2, -1]], dtype=torch.float64),
        "eps": 3.0,
    }


def without_variance(draw, N, D, spread=0.0):
    """The first row has the same number everywhere, or nearly: multiples of 1/4096, which float32 holds exactly."""
    values = inputs(draw, N=N, D=D, eps=1e-5)
    values["x"][0] = 2 + torch.round(draw.normal(D) * spread * 4096) / 4096
    values["upstream"][0] /= 100
    return values


EXERCISE = Exercise(
    order=3,
    difficulty=3,
    hours=1.5,
    builds_on=("batch_norm",),
    points={"out": 2, "dx": 5, "dgamma": 2, "dbeta": 1},
    calls="""
        out, cache = layer_norm(x, gamma, beta, eps)
        dx, dgamma, dbeta = entries(layer_norm_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three examples", N=3, D=5),
        Case("two texts of four places", B=2, T=4, D=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [["-1", "-1", "-1.5", "1.5"], ["6", "2.5", "-0.75", "0"]],
                "dx": [
                    ["2.03125", "-1.78125", "-1.46875", "1.21875"],
                    ["1.359375", "0.640625", "-0.828125", "-1.171875"],
                ],
                "dgamma": ["4.5", "1", "2", "0.75"],
                "dbeta": ["5", "2", "-1", "0"],
            },
        ),
        Case("a row without variance", tier="stability", inputs=without_variance, N=4, D=3),
    ],
)
from dataclasses import replace

EXERCISE = replace(
    EXERCISE,
    order=6,
    hours=1.0,
    builds_on=("batchnorm",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        out, cache = layernorm_forward(x, gamma, beta, {"eps": eps})
        dx, dgamma, dbeta = layernorm_backward(upstream, cache)
    """,
    public=[case for case in EXERCISE.public if "T" not in case.sizes],
)
