"""Public cases of normalization/rms_norm, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "normalization"
STUB = "867527bc8e446a0d"
MORE_CASES = True

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
)
