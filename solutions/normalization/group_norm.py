"""Group normalisation: images, each by the mean and variance of groups of its channels.

x is a batch of images, (N, C, H, W). The C channels are split into `groups` groups of neighbours: with C = 6 and
groups = 2 the channels 0, 1, 2 are one group and 3, 4, 5 the other. C is a multiple of groups. The elements of one group
in one image, all its channels and all their places, share a mean and a variance:

    xhat = (x - mean) / sqrt(var + eps)        out[n, c, h, w] = gamma[c] * xhat[n, c, h, w] + beta[c]

mean is the mean of the C/groups · H · W elements, and var the mean of their squares (x - mean)²: no -1 in the divisor.
Nothing is shared among images. The scale gamma and the shift beta are learned, one for each channel.

Shapes: x, out, upstream (N, C, H, W); gamma, beta (C,); groups is a whole number, eps a positive number. One group makes
a layer norm of the image, as many groups as channels an 'instance norm'. A group has at least two elements. They may all
be equal: the variance is 0 then, and nothing may become inf or nan.

`dx`, `dgamma` and `dbeta` are the derivatives of the loss with respect to x, gamma and beta and have their shapes;
`upstream` is its derivative with respect to out. `cache` is whatever `group_norm` hands to `group_norm_backward`.

Formulas: Y. Wu, K. He, 'Group Normalization' (2018), section 3.
"""

import torch


def group_norm(x, gamma, beta, groups, eps):
    """Return (out, cache): out has the shape of x."""
    ### BEGIN SOLUTION
    grouped = x.reshape(len(x), groups, -1)
    centred = grouped - grouped.mean(dim=2, keepdim=True)
    inv = 1 / torch.sqrt((centred**2).mean(dim=2, keepdim=True) + eps)
    xhat = centred * inv
    out = gamma[:, None, None] * xhat.reshape(x.shape) + beta[:, None, None]
    return out, (xhat, inv, gamma)
    ### END SOLUTION


def group_norm_backward(upstream, cache):
    """Return {"dx": (N, C, H, W), "dgamma": (C,), "dbeta": (C,)}."""
    ### BEGIN SOLUTION
    xhat, inv, gamma = cache
    dxhat = (upstream * gamma[:, None, None]).reshape(xhat.shape)
    by_mean = dxhat.mean(dim=2, keepdim=True)
    by_var = xhat * (dxhat * xhat).mean(dim=2, keepdim=True)
    return {
        "dx": ((dxhat - by_mean - by_var) * inv).reshape(upstream.shape),
        "dgamma": (upstream * xhat.reshape(upstream.shape)).sum(dim=(0, 2, 3)),
        "dbeta": upstream.sum(dim=(0, 2, 3)),
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=2, groups=between(3, 4), each=2, H=between(3, 5), W=between(3, 6), eps=1e-3),
        Case("groups of four channels", N=between(2, 3), groups=2, each=4, H=3, W=between(2, 4), eps=0.5),
        Case("one group", tier="edge", N=2, groups=1, each=between(3, 5), H=between(3, 4), W=2),
        Case("each channel for itself", tier="edge", N=2, groups=between(3, 5), each=1, H=2, W=between(3, 4)),
        Case("one place", tier="edge", N=between(3, 5), groups=2, each=3, H=1, W=1, eps=0.5),
        Case("one image", tier="edge", N=1, groups=3, each=2, H=2, W=between(3, 4)),
        Case(
            "hardly any variance",
            tier="stability",
            inputs=without_variance,
            N=2,
            groups=3,
            each=2,
            H=4,
            W=3,
            spread=1e-3,
        ),
    ],
    ### END HIDDEN TESTS
)
