"""Public cases of normalization/batch_norm_nodes, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "normalization"
STUB = "1cfde65d8d082844"
MORE_CASES = True

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
)
