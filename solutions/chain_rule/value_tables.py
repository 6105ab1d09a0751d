"""Value tables: one forward and backward pass with pencil and paper.

A network with two hidden ReLU layers and a sigmoid output looks at one example. Its loss is the binary cross-entropy:

    z2 = W1 x + b1      h2 = max(z2, 0)
    z3 = W2 h2 + b2     h3 = max(z3, 0)
    z  = w3 . h3 + b3   y_hat = sigmoid(z)      L = -(y log y_hat + (1 - y) log(1 - y_hat))

The numbers are given below. Work out every entry of the three tables and write it in place of None: a number, or a
list of numbers (of lists, for a matrix). An expression such as math.exp(-1) is as good as a number; a number that you
round needs at least six significant digits. PyTorch is not needed, and autograd would take the exercise away from you.

Indices follow the stored weights, [out, in], in every table: W1[j][i] leads from input i to unit j, the Jacobian
dz2_dx[j][i] is the derivative of z2[j] with respect to x[i], and dL_dW1 has W1's shape. Texts that write w_ij for the
weight from i to j use the transpose of this.

Two kinds of Jacobian are shortened, because all the rest of them is zeros or copies:
- ReLU acts on each unit by itself, so dh2_dz2 and dh3_dz3 are vectors: entry j is the derivative of unit j's output
  with respect to that same unit's z. It is 0 for z <= 0.
- z2[j] depends on row j of W1 alone, and in the same way for each j. dz2_dW1[i] is the derivative of z2[j] with respect
  to W1[j][i], the same for every j; dz3_dW2 likewise.

The network and its numbers are those of a classroom worksheet in which W1 is the identity. The identity looks the same
transposed, so these numbers do not show every mistake: `relu_network.py` goes on from here with any weights.
"""

import math

x = [1.0, -1.0]
y = 0.0
W1 = [[1.0, 0.0], [0.0, 1.0]]
b1 = [0.0, 0.0]
W2 = [[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]]
b2 = [0.0, 0.0, 0.0]
w3 = [1.0, -1.0, 0.0]
b3 = 0.0

# Every value on the way from x to the loss.
FORWARD = {
    "z2": None,  # (2,)
    "h2": None,  # (2,)
    "z3": None,  # (3,)
    "h3": None,  # (3,)
    "z": None,  # a number
    "y_hat": None,  # a number
    "L": None,  # a number
}

### BEGIN SOLUTION
_y_hat = 1 / (1 + math.exp(-1))
FORWARD.update(
    z2=[1, -1],
    h2=[1, 0],
    z3=[1, -1, 1],
    h3=[1, 0, 1],
    z=1,
    y_hat=_y_hat,
    L=-math.log(1 - _y_hat),
)
### END SOLUTION

# The derivative of each value with respect to what it is directly made of.
LOCAL = {
    "dz2_dW1": None,  # (2,)    entry i, for any j: dz2[j] / dW1[j][i]
    "dz2_dx": None,  # (2, 2)   entry [j][i]: dz2[j] / dx[i]
    "dh2_dz2": None,  # (2,)    entry j: dh2[j] / dz2[j]
    "dz3_dW2": None,  # (2,)    entry j, for any k: dz3[k] / dW2[k][j]
    "dz3_dh2": None,  # (3, 2)  entry [k][j]: dz3[k] / dh2[j]
    "dh3_dz3": None,  # (3,)    entry k: dh3[k] / dz3[k]
    "dz_dw3": None,  # (3,)     entry k: dz / dw3[k]
    "dz_dh3": None,  # (3,)     entry k: dz / dh3[k]
    "dy_hat_dz": None,  # a number
    "dL_dy_hat": None,  # a number
}

### BEGIN SOLUTION
LOCAL.update(
    dz2_dW1=[1, -1],
    dz2_dx=[[1, 0], [0, 1]],
    dh2_dz2=[1, 0],
    dz3_dW2=[1, 0],
    dz3_dh2=[[1, 1], [-1, 1], [1, 0]],
    dh3_dz3=[1, 0, 1],
    dz_dw3=[1, 0, 1],
    dz_dh3=[1, -1, 0],
    dy_hat_dz=_y_hat * (1 - _y_hat),
    dL_dy_hat=1 / (1 - _y_hat),
)
### END SOLUTION

# Products of local derivatives: the gradient of the loss, from the output back to the first layer.
CHAIN = {
    "dL_dz": None,  # a number
    "dL_dw3": None,  # (3,)
    "dL_db3": None,  # a number
    "dL_dW2": None,  # (3, 2)
    "dL_db2": None,  # (3,)
    "dL_dW1": None,  # (2, 2)
    "dL_db1": None,  # (2,)
}

### BEGIN SOLUTION
CHAIN.update(
    dL_dz=_y_hat,
    dL_dw3=[_y_hat, 0, _y_hat],
    dL_db3=_y_hat,
    dL_dW2=[[_y_hat, 0], [0, 0], [0, 0]],
    dL_db2=[_y_hat, 0, 0],
    dL_dW1=[[_y_hat, -_y_hat], [0, 0]],
    dL_db1=[_y_hat, 0],
)
### END SOLUTION


### BEGIN GRADING
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
