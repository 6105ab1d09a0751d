"""Batch normalisation node by node: every intermediate value, and the gradient of every one of them.

The layer in training, taken apart into steps so small that each has a derivative that you know. Each line holds for
every example n and feature d:

    mean[d]       = (1 / N) · sum over n of x[n, d]
    centred[n, d] = x[n, d] - mean[d]
    squares[n, d] = centred[n, d]²
    var[d]        = (1 / (N - 1)) · sum over n of squares[n, d]
    inv[d]        = (var[d] + eps) to the power -1/2
    xhat[n, d]    = centred[n, d] · inv[d]
    out[n, d]     = gamma[d] · xhat[n, d] + beta[d]

Shapes: x, centred, squares, xhat, out, upstream (N, D); mean, var, inv, gamma, beta (D,); eps is a number. N is at least 2.

The variance has the divisor N - 1 here (Bessel's correction), the mean has N. In `batch_norm` the variance has N, as in
the layers of PyTorch; the first thing to look up in a paper is which of the two is meant.

The gradient of a node is the derivative of the loss with respect to it, and has its shape: `dvar` (D,), `dsquares` (N, D).
`upstream` is the derivative with respect to out. A node that is used in two places gets a gradient from each of them,
and a node (D,) that is used by every example gets one from each example.

A feature may be the same number in every row: its variance is 0, and nothing may become inf or nan (eps is positive).

After: A. Karpathy, 'Building makemore, part 4: becoming a backprop ninja' (2022). Formulas: S. Ioffe, C. Szegedy, 'Batch
Normalization' (2015), section 3.
"""

import torch


def batch_norm(x, gamma, beta, eps):
    """Return (out, nodes): out (N, D), and a dictionary of the nodes.

    {"mean": (D,), "centred": (N, D), "squares": (N, D), "var": (D,), "inv": (D,), "xhat": (N, D)}

    Put into it whatever else the backward pass needs: it is handed on as it is.
    """
    ### BEGIN SOLUTION
    mean = x.mean(dim=0)
    centred = x - mean
    squares = centred**2
    var = squares.sum(dim=0) / (len(x) - 1)
    inv = (var + eps) ** -0.5
    xhat = centred * inv
    nodes = {"mean": mean, "centred": centred, "squares": squares, "var": var, "inv": inv, "xhat": xhat, "gamma": gamma}
    return gamma * xhat + beta, nodes
    ### END SOLUTION


def batch_norm_backward(upstream, nodes):
    """Return the gradient of every node, from the last to the first.

    {"dgamma": (D,), "dbeta": (D,), "dxhat": (N, D), "dinv": (D,), "dvar": (D,), "dsquares": (N, D), "dcentred": (N, D),
     "dmean": (D,), "dx": (N, D)}
    """
    ### BEGIN SOLUTION
    N = len(upstream)
    centred, inv = nodes["centred"], nodes["inv"]
    dxhat = upstream * nodes["gamma"]
    dinv = (dxhat * centred).sum(dim=0)
    dvar = -0.5 * inv**3 * dinv
    dsquares = (dvar / (N - 1)).expand_as(upstream)
    dcentred = dxhat * inv + dsquares * 2 * centred
    dmean = -dcentred.sum(dim=0)
    return {
        "dgamma": (upstream * nodes["xhat"]).sum(dim=0),
        "dbeta": upstream.sum(dim=0),
        "dxhat": dxhat,
        "dinv": dinv,
        "dvar": dvar,
        "dsquares": dsquares,
        "dcentred": dcentred,
        "dmean": dmean,
        "dx": dcentred + dmean / N,
    }
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, x, gamma, beta, eps):
    mean = mark("mean", torch.mean(x, dim=0))
    centred = mark("centred", torch.sub(x, mean))
    squares = mark("squares", torch.square(centred))
    var = mark("var", torch.sum(squares, dim=0) / (x.shape[0] - 1))
    inv = mark("inv", torch.rsqrt(var + eps))
    xhat = mark("xhat", torch.mul(centred, inv))
    return torch.addcmul(beta, gamma, xhat)


def inputs(draw, N, D, eps=0.1):
    return {
        "x": draw.normal(N, D) * draw.uniform(D, low=0.7, high=1.5) + draw.normal(D),
        "gamma": draw.uniform(D, low=0.5, high=2.0) * draw.signs(D),
        "beta": draw.normal(D),
        "upstream": draw.normal(N, D),
        "eps": eps,
    }


def on_paper(draw):
    # The variances are 1 and 13, eps is 3: the roots are 2 and 4.
    return {
        "x": torch.tensor([[1, 6], [3, 8], [2, 1]], dtype=torch.float64),
        "gamma": torch.tensor([4, -2], dtype=torch.float64),
        "beta": torch.tensor([1, 0.5], dtype=torch.float64),
        "upstream": torch.tensor([[1, 2], [-3, -4], [5, 8]], dtype=torch.float64),
        "eps": 3.0,
    }


def without_variance(draw, N, D, spread=0.0):
    """The first feature is the same in every row, or nearly: multiples of 1/4096, which float32 holds exactly."""
    values = inputs(draw, N, D, eps=1e-4)
    values["x"][:, 0] = 2 + torch.round(draw.normal(N) * spread * 4096) / 4096
    values["gamma"][0] /= 50
    return values


EXERCISE = Exercise(
    order=2,
    difficulty=3,
    hours=2.0,
    builds_on=("batch_norm", "chain_rule/value_tables"),
    points={
        "mean": 0.5,
        "centred": 0.5,
        "squares": 0.5,
        "var": 0.5,
        "inv": 0.5,
        "xhat": 0.5,
        "out": 0.5,
        "dgamma": 1,
        "dbeta": 1,
        "dxhat": 1,
        "dinv": 1,
        "dvar": 1.5,
        "dsquares": 1,
        "dcentred": 2,
        "dmean": 1,
        "dx": 2,
    },
    calls="""
        out, nodes = batch_norm(x, gamma, beta, eps)
        mean, centred, squares, var, inv, xhat = entries(nodes)
        dgamma, dbeta, dxhat, dinv, dvar, dsquares, dcentred, dmean, dx = entries(batch_norm_backward(upstream, nodes))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("five examples", N=5, D=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "mean": ["2", "5"],
                "centred": [["-1", "1"], ["1", "3"], ["0", "-4"]],
                "squares": [["1", "1"], ["1", "9"], ["0", "16"]],
                "var": ["1", "13"],
                "inv": ["0.5", "0.25"],
                "xhat": [["-0.5", "0.25"], ["0.5", "0.75"], ["0", "-1"]],
                "out": [["-1", "0"], ["3", "-1"], ["1", "2.5"]],
                "dgamma": ["-2", "-10.5"],
                "dbeta": ["3", "6"],
                "dxhat": [["4", "-4"], ["-12", "8"], ["20", "-16"]],
                "dinv": ["-16", "84"],
                "dvar": ["1", "-0.65625"],
                "dsquares": [["0.5", "-0.328125"], ["0.5", "-0.328125"], ["0.5", "-0.328125"]],
                "dcentred": [["1", "-1.65625"], ["-5", "0.03125"], ["10", "-1.375"]],
                "dmean": ["-6", "3"],
                "dx": [["-1", "-0.65625"], ["-7", "1.03125"], ["8", "-0.375"]],
            },
        ),
        Case("a feature without variance", tier="stability", inputs=without_variance, N=4, D=3),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(6, 9), D=between(3, 5), eps=1e-3),
        Case("more features than examples", N=between(3, 4), D=between(5, 7), eps=0.5),
        Case("two examples", tier="edge", N=2, D=between(3, 5), eps=0.5),
        Case("one feature", tier="edge", N=between(4, 7), D=1),
        Case("as many examples as features", tier="edge", N=4, D=4),
        Case("hardly any variance", tier="stability", inputs=without_variance, N=between(5, 8), D=3, spread=1e-2),
    ],
    ### END HIDDEN TESTS
)
