"""RMS normalisation: layer normalisation without the mean, as in most language models of today.

x has its features along the last axis, and one or two axes in front of it: it is (N, D) or (B, T, D). Each row of D
features is divided by its root mean square, and scaled by gamma, which is learned, one number for each feature. There is
no mean to subtract and no shift to add. For a row x[d]:

    out[d] = gamma[d] * xhat[d]        xhat[d] = x[d] / sqrt(ms + eps)        ms = mean over d of x[d]²

Shapes: x, out, upstream (N, D) or (B, T, D); gamma (D,); eps is a positive number and stands under the root. A row of
zeros is an ordinary input: nothing may become inf or nan. D may be 1.

`dx` and `dgamma` are the derivatives of the loss with respect to x and gamma and have their shapes; `upstream` is its
derivative with respect to out. Every feature of a row enters the row's mean square. `cache` is whatever `rms_norm` hands
to `rms_norm_backward`.

Formulas: B. Zhang, R. Sennrich, 'Root Mean Square Layer Normalization' (2019), section 3.
"""

import torch


def rms_norm(x, gamma, eps):
    """Return (out, cache): out has the shape of x."""
    ### BEGIN SOLUTION
    inv = 1 / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + eps)
    xhat = x * inv
    return gamma * xhat, (xhat, inv, gamma)
    ### END SOLUTION


def rms_norm_backward(upstream, cache):
    """Return {"dx": the shape of x, "dgamma": (D,)}."""
    ### BEGIN SOLUTION
    xhat, inv, gamma = cache
    dxhat = upstream * gamma
    by_square = xhat * (dxhat * xhat).mean(dim=-1, keepdim=True)
    rows = tuple(range(upstream.ndim - 1))
    return {"dx": (dxhat - by_square) * inv, "dgamma": (upstream * xhat).sum(dim=rows)}
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, x, gamma, eps):
    return torch.rms_norm(x, (x.shape[-1],), gamma, eps)


def inputs(draw, N=None, B=None, T=None, D=None, eps=0.1, scale=1.0):
    shape = (N, D) if B is None else (B, T, D)
    return {
        # A mean that is not 0, so that a student who subtracts it can tell.
        "x": scale * (draw.normal(*shape) + 0.7 * draw.signs(*shape[:-1], 1)),
        "gamma": draw.uniform(D, low=0.5, high=2.0) * draw.signs(D),
        "upstream": draw.normal(*shape),
        "eps": eps,
    }


def on_paper(draw):
    # The mean squares of the rows are 1 and 13, eps is 3: the roots are 2 and 4.
    return {
        "x": torch.tensor([[1, 1, -1, 1], [5, -5, 1, -1]], dtype=torch.float64),
        "gamma": torch.tensor([4, -2, 1, 2], dtype=torch.float64),
        "upstream": torch.tensor([[1, 2, -3, 1], [4, 0, 2, -1]], dtype=torch.float64),
        "eps": 3.0,
    }


def small_rows(draw, N, D, size=0.0):
    """The first row is 0, or nearly."""
    values = inputs(draw, N=N, D=D, eps=1e-5)
    values["x"][0] *= size
    values["upstream"][0] /= 100
    return values


EXERCISE = Exercise(
    order=5,
    difficulty=2,
    hours=1.0,
    builds_on=("layer_norm",),
    points={"out": 2, "dx": 5, "dgamma": 2},
    calls="""
        out, cache = rms_norm(x, gamma, eps)
        dx, dgamma = entries(rms_norm_backward(upstream, cache))
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
                "out": [["2", "-1", "-0.5", "1"], ["5", "2.5", "0.25", "-0.5"]],
                "dx": [
                    ["1.84375", "-2.15625", "-1.34375", "0.84375"],
                    ["2.359375", "1.640625", "0.171875", "-0.171875"],
                ],
                "dgamma": ["5.5", "1", "2", "0.75"],
            },
        ),
        Case("a row of zeros", tier="stability", inputs=small_rows, N=4, D=3),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(5, 7), D=between(3, 4), eps=1e-3),
        Case("other texts", B=between(3, 4), T=between(2, 5), D=between(6, 7), eps=0.5),
        Case("one feature", tier="edge", N=between(3, 6), D=1, eps=0.5),
        Case("one example", tier="edge", N=1, D=between(3, 6)),
        Case("texts of one place", tier="edge", B=between(2, 3), T=1, D=between(4, 6)),
        Case("as many examples as features", tier="edge", N=4, D=4),
        Case("a row near 0", tier="stability", inputs=small_rows, N=between(4, 6), D=3, size=1e-3),
    ],
    ### END HIDDEN TESTS
)
