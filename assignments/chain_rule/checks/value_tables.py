"""Public cases of chain_rule/value_tables, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases alone.
"""

### BEGIN GRADING
ASSIGNMENT = "chain_rule"
STUB = "7abd6304571653ce"
MORE_CASES = False

import torch
from torch.autograd.functional import jacobian

from autograder import Case, Exercise


def bce(y_hat, y):
    return torch.nn.functional.binary_cross_entropy(y_hat, y)


def reference(mark, x, y, W1, b1, W2, b2, w3, b3):
    z2 = mark("z2", torch.nn.functional.linear(x, W1, b1))
    h2 = mark("h2", torch.relu(z2))
    z3 = mark("z3", torch.nn.functional.linear(h2, W2, b2))
    h3 = mark("h3", torch.relu(z3))
    z = mark("z", torch.dot(w3, h3) + b3)
    y_hat = mark("y_hat", torch.sigmoid(z))
    return bce(y_hat, y)


def outputs(mark, trace, x, y, W1, W2, w3):
    h2, h3, y_hat = trace["h2"], trace["h3"], trace["y_hat"]
    # A weight matrix's Jacobian has an axis for the output and two for the weight: entry [j, j, i], for j = 0.
    dz2_dW1 = mark("dz2_dW1", jacobian(lambda W: W @ x, W1)[0, 0])
    mark("dz2_dx", jacobian(lambda v: W1 @ v, x))
    dh2_dz2 = mark("dh2_dz2", jacobian(torch.relu, trace["z2"]).diagonal())
    dz3_dW2 = mark("dz3_dW2", jacobian(lambda W: W @ h2, W2)[0, 0])
    dz3_dh2 = mark("dz3_dh2", jacobian(lambda v: W2 @ v, h2))
    dh3_dz3 = mark("dh3_dz3", jacobian(torch.relu, trace["z3"]).diagonal())
    dz_dw3 = mark("dz_dw3", jacobian(lambda w: w @ h3, w3))
    dz_dh3 = mark("dz_dh3", jacobian(lambda v: w3 @ v, h3))
    dy_hat_dz = mark("dy_hat_dz", jacobian(torch.sigmoid, torch.logit(y_hat)))
    dL_dy_hat = mark("dL_dy_hat", trace["dy_hat"])
    # Products of the student's own entries, so that an error in one of them is carried forward.
    dL_dz = mark("dL_dz", dL_dy_hat * dy_hat_dz)
    dL_dz3 = dL_dz * dz_dh3 * dh3_dz3
    dL_dz2 = dL_dz3 @ dz3_dh2 * dh2_dz2
    return {
        "L": trace["loss"],
        "dL_dw3": dL_dz * dz_dw3,
        "dL_db3": dL_dz,
        "dL_dW2": torch.outer(dL_dz3, dz3_dW2),
        "dL_db2": dL_dz3,
        "dL_dW1": torch.outer(dL_dz2, dz2_dW1),
        "dL_db1": dL_dz2,
    }


def inputs(draw):
    return {
        "x": torch.tensor([1.0, -1.0], dtype=torch.float64),
        "y": torch.tensor(0.0, dtype=torch.float64),
        "W1": torch.eye(2, dtype=torch.float64),
        "b1": torch.zeros(2, dtype=torch.float64),
        "W2": torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]], dtype=torch.float64),
        "b2": torch.zeros(3, dtype=torch.float64),
        "w3": torch.tensor([1.0, -1.0, 0.0], dtype=torch.float64),
        "b3": torch.tensor(0.0, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=2,
    difficulty=1,
    hours=1.0,
    points={
        "z2": 0.5,
        "h2": 0.5,
        "z3": 0.5,
        "h3": 0.5,
        "z": 0.5,
        "y_hat": 0.5,
        "L": 0.5,
        "dz2_dW1": 0.5,
        "dz2_dx": 0.5,
        "dh2_dz2": 0.5,
        "dz3_dW2": 0.5,
        "dz3_dh2": 0.5,
        "dh3_dz3": 0.5,
        "dz_dw3": 0.5,
        "dz_dh3": 0.5,
        "dy_hat_dz": 0.5,
        "dL_dy_hat": 0.5,
        "dL_dz": 1,
        "dL_dw3": 1,
        "dL_db3": 0.5,
        "dL_dW2": 1,
        "dL_db2": 0.5,
        "dL_dW1": 1,
        "dL_db1": 0.5,
    },
    calls="""
        z2, h2, z3, h3, z, y_hat, L = entries(FORWARD)
        dz2_dW1, dz2_dx, dh2_dz2, dz3_dW2, dz3_dh2 = entries(LOCAL)
        dh3_dz3, dz_dw3, dz_dh3, dy_hat_dz, dL_dy_hat = entries(LOCAL)
        dL_dz, dL_dw3, dL_db3, dL_dW2, dL_db2, dL_dW1, dL_db1 = entries(CHAIN)
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case(
            "the worksheet's numbers",
            known={
                "z2": ["1", "-1"],
                "h2": ["1", "0"],
                "z3": ["1", "-1", "1"],
                "h3": ["1", "0", "1"],
                "z": "1",
                "y_hat": "0.7310586",
                "L": "1.3132617",
                "dL_dy_hat": "3.7182820",  # computed in float32; it is 1 + e
                "dL_dz": "0.7310586",
                "dL_dw3": ["0.7310586", "0", "0.7310586"],
                "dL_dW2": [["0.7310586", "0"], ["0", "0"], ["0", "0"]],
            },
        ),
    ],
    pure=False,
)
