"""Binary cross-entropy of logits: sigmoid and loss in one, safe for any logit, and with a short gradient.

Each example has M yes-or-no questions; p is the probability of 'yes', and z its logit:

    p    = sigmoid(z) = 1 / (1 + exp(-z))
    loss = mean over all N · M elements of -(y log p + (1 - y) log(1 - p))

Shapes: z (N, M), y (N, M) of zeros and ones, the loss a scalar. `upstream` is a scalar: the derivative of what is
computed last with respect to this loss. dz is the derivative of what is computed last with respect to z, (N, M), and
not with respect to p.

Logits of 100 and of 1000, of either sign, are ordinary inputs: no result may be inf or nan, and none cut off.
sigmoid(100) is exactly 1 in float64, and log(1 - 1) is minus infinity; yet for y = 0 the loss of that element is 100.
So p must not be computed first and the logarithm taken afterwards. Work on paper:

- -log sigmoid(z) is log(1 + exp(-z)), and -log(1 - sigmoid(z)) is log(1 + exp(z)), which is z more;
- exp is safe for arguments below 0. Which of exp(z) and exp(-z) is that? And what is left of log(1 + exp(z)) when you
  take exp(z) out of the bracket? (`torch.log1p` and `torch.logaddexp` may be used.)
- For dz, put the sigmoid's derivative p (1 - p) into the derivative at p and cancel before you write any code.

Write it with exp, log and the like: no `torch.nn.functional`. `torch.sigmoid` may be used.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.2.2.2.
"""

import torch


def bce_with_logits(z, y):
    """Return (loss, cache): a scalar, and whatever `bce_with_logits_backward` will need."""
    ### BEGIN SOLUTION
    each = z.clamp(min=0) - y * z + torch.log1p(torch.exp(-z.abs()))
    return each.mean(), (z, y)
    ### END SOLUTION


def bce_with_logits_backward(upstream, cache):
    """Return {"dz": (N, M)}."""
    ### BEGIN SOLUTION
    z, y = cache
    error = torch.sigmoid(z) - y
    return {"dz": upstream * error / error.numel()}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(4, 7), M=between(2, 7)),
        Case("one output", tier="edge", N=between(3, 6), M=1),
        Case("one example", tier="edge", N=1, M=between(3, 6)),
        Case("one number", tier="edge", N=1, M=1),
        Case("logits of 40", tier="stability", N=between(3, 6), M=between(3, 6), size=40.0),
        Case("logits of 1000", tier="stability", N=between(3, 6), M=between(3, 6), size=1000.0),
    ],
    ### END HIDDEN TESTS
)
