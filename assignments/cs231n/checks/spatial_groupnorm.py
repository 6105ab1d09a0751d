"""Public cases of cs231n/spatial_groupnorm, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "cebe81e8ce9f0104"
MORE_CASES = True

import torch

from autograder import Case, Exercise, between


def reference(mark, x, gamma, beta, groups, eps):
    return torch.group_norm(x, groups, gamma, beta, eps, False)


def inputs(draw, N, groups, each, H, W, eps=0.1):
    C = groups * each
    return {
        "x": draw.normal(N, C, H, W) * draw.uniform(N, C, 1, 1, low=0.7, high=1.5) + draw.normal(N, C, 1, 1),
        "gamma": draw.uniform(C, low=0.5, high=2.0) * draw.signs(C),
        "beta": draw.normal(C),
        "upstream": draw.normal(N, C, H, W),
        "groups": groups,
        "eps": eps,
    }


def on_paper(draw):
    # Two groups of two channels; their variances are 1 and 13, eps is 3: the roots are 2 and 4.
    return {
        "x": torch.tensor([[[[1, 3]], [[1, 3]], [[7, -3]], [[3, 1]]]], dtype=torch.float64),
        "gamma": torch.tensor([4, -2, 1, 2], dtype=torch.float64),
        "beta": torch.tensor([1, 0, -1, 0.5], dtype=torch.float64),
        "upstream": torch.tensor([[[[1, 2]], [[-3, 1]], [[4, 0]], [[2, -1]]]], dtype=torch.float64),
        "groups": 2,
        "eps": 3.0,
    }


def without_variance(draw, N, groups, each, H, W, spread=0.0):
    """The first group of the first image is constant, or nearly: multiples of 1/4096, which float32 holds exactly."""
    values = inputs(draw, N, groups, each, H, W, eps=1e-5)
    noise = torch.round(draw.normal(each, H, W) * spread * 4096) / 4096
    values["x"][0, :each] = 2 + noise
    values["upstream"][0, :each] /= 100
    return values


EXERCISE = Exercise(
    order=4,
    difficulty=4,
    hours=2.0,
    builds_on=("layer_norm",),
    points={"out": 2, "dx": 5, "dgamma": 2, "dbeta": 1},
    calls="""
        out, cache = group_norm(x, gamma, beta, groups, eps)
        dx, dgamma, dbeta = entries(group_norm_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("two groups of three channels", N=4, groups=2, each=3, H=2, W=5),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [[[["-1", "3"]], [["1", "-1"]], [["0.25", "-2.25"]], [["1", "0"]]]],
                "dx": [
                    [
                        [["-0.125", "2.125"]],
                        [["0.875", "-2.875"]],
                        [["0.1171875", "0.1328125"]],
                        [["0.5234375", "-0.7734375"]],
                    ]
                ],
                "dgamma": ["0.5", "2", "5", "0.75"],
                "dbeta": ["3", "-2", "4", "1"],
            },
        ),
        Case("a group without variance", tier="stability", inputs=without_variance, N=3, groups=2, each=2, H=2, W=3),
    ],
)
from dataclasses import replace

EXERCISE = replace(
    EXERCISE,
    order=10,
    builds_on=("layernorm",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        scale, shift = gamma[None, :, None, None], beta[None, :, None, None]
        out, cache = spatial_groupnorm_forward(x, scale, shift, groups, {"eps": eps})
        dx, dscale, dshift = spatial_groupnorm_backward(upstream, cache)
        dgamma = dscale[0, :, 0, 0]
        dbeta = dshift[0, :, 0, 0]
    """,
)
