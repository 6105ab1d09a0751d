"""Public cases of layers/bce_with_logits, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "layers"
STUB = "a4db250ae0528234"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, z, y):
    return F.binary_cross_entropy_with_logits(z, y)


def inputs(draw, N, M, size=0.0):
    z = draw.normal(N, M)
    y = draw.binary(N, M)
    if size:
        # Every sign with every label; the first of each row is wrong, so that no row's gradients are all 0.
        z = size * draw.signs(N, M) + z
        y[:, 0] = (z[:, 0] < 0).to(y.dtype)
    return {"z": z, "y": y, "upstream": draw.signs() * draw.uniform(low=0.5, high=2.0)}


def quarters(draw):
    # exp(z) is 1, 3 and 1/3, so the sigmoid of each row is 1/2, 3/4, 1/4.
    log3 = torch.log(torch.tensor(3.0, dtype=torch.float64))
    return {
        "z": torch.stack([0 * log3, log3, -log3]).repeat(2, 1),
        "y": torch.tensor([[1, 1, 1], [0, 0, 1]], dtype=torch.float64),
        "upstream": torch.tensor(12.0, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=6,
    difficulty=3,
    hours=1.5,
    builds_on=("sigmoid_tanh", "mse_bce"),
    points={"loss": 2, "dz": 4},
    calls="""
        loss, cache = bce_with_logits(z, y)
        dz = bce_with_logits_backward(upstream, cache)["dz"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three outputs", N=5, M=3),
        Case(
            "quarters",
            inputs=quarters,
            known={"loss": "0.972143", "dz": [["-1", "-0.5", "-1.5"], ["1", "1.5", "-1.5"]]},
        ),
        Case("logits of 100", tier="stability", N=4, M=3, size=100.0),
    ],
)
