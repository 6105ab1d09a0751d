"""Layer normalisation: every example, or every place of a text, by its own mean and variance.

x has its features along the last axis. There is one axis in front of it, or there are two (a batch of B texts of T
places): x is (N, D) or (B, T, D). Each row of D features is brought to mean 0 and variance 1, whatever the other rows
are, and then to a scale gamma and a shift beta that are learned, one for each feature. For a row x[d]:

    out[d] = gamma[d] * xhat[d] + beta[d]        xhat[d] = (x[d] - mean) / sqrt(var + eps)

where mean is the mean of the row's D features and var the mean of their squares (x[d] - mean)²: the divisor is D, not
D - 1. Shapes: x, out, upstream (N, D) or (B, T, D); gamma, beta (D,); eps is a number. D is at least 2.

`dx`, `dgamma` and `dbeta` are the derivatives of the loss with respect to x, gamma and beta and have their shapes;
`upstream` is its derivative with respect to out. gamma differs among the features that are normalised together: mind on
which side of a mean it belongs. `cache` is whatever `layer_norm` hands to `layer_norm_backward`.

A row may have the same number in every feature: its variance is 0, and nothing may become inf or nan (eps is positive).

Formulas: J. L. Ba, J. R. Kiros, G. E. Hinton, 'Layer Normalization' (2016), section 3.
"""

import torch


def layer_norm(x, gamma, beta, eps):
    """Return (out, cache): out has the shape of x."""
    ### BEGIN SOLUTION
    centred = x - x.mean(dim=-1, keepdim=True)
    inv = 1 / torch.sqrt((centred**2).mean(dim=-1, keepdim=True) + eps)
    xhat = centred * inv
    return gamma * xhat + beta, (xhat, inv, gamma)
    ### END SOLUTION


def layer_norm_backward(upstream, cache):
    """Return {"dx": the shape of x, "dgamma": (D,), "dbeta": (D,)}."""
    ### BEGIN SOLUTION
    xhat, inv, gamma = cache
    dxhat = upstream * gamma
    by_mean = dxhat.mean(dim=-1, keepdim=True)
    by_var = xhat * (dxhat * xhat).mean(dim=-1, keepdim=True)
    rows = tuple(range(upstream.ndim - 1))
    return {
        "dx": (dxhat - by_mean - by_var) * inv,
        "dgamma": (upstream * xhat).sum(dim=rows),
        "dbeta": upstream.sum(dim=rows),
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(5, 7), D=between(3, 4), eps=1e-3),
        Case("other texts", B=between(3, 4), T=between(2, 5), D=between(6, 7), eps=0.5),
        Case("two features", tier="edge", N=between(3, 6), D=2, eps=0.5),
        Case("one example", tier="edge", N=1, D=between(3, 6)),
        Case("texts of one place", tier="edge", B=between(2, 3), T=1, D=between(4, 6)),
        Case("as many examples as features", tier="edge", N=4, D=4),
        Case("other rows without variance", tier="stability", inputs=without_variance, N=between(5, 7), D=4),
        Case("hardly any variance", tier="stability", inputs=without_variance, N=4, D=between(5, 7), spread=1e-3),
    ],
    ### END HIDDEN TESTS
)
