"""One layer more: a network of three layers with binary cross-entropy, every gradient by hand.

    Z1 = X W1ᵀ + b1      A1 = sigmoid(Z1)
    Z2 = A1 W2ᵀ + b2     A2 = sigmoid(Z2)
    Z3 = A2 W3ᵀ + b3     A3 = sigmoid(Z3)
    loss = mean over n and k of -(Y_nk log A3_nk + (1 - Y_nk) log(1 - A3_nk))

Shapes: X (N, n_x), Y (N, n_y) of zeros and ones, W1 (n_1, n_x), b1 (n_1,), W2 (n_2, n_1), b2 (n_2,), W3 (n_y, n_2),
b3 (n_y,). One row of X is one example; a weight matrix has one row for each unit that it leads to.

The conventions are those of `two_layer_bce.py`: the loss is the mean over all N * n_y elements, with the minus sign;
every gradient is that of this mean loss and has the shape of what it belongs to; N is the size of the batch that the
network saw last, and the next batch may have another.

A layer in the middle does nothing new: what it receives from above it turns into the gradients of its own parameters
and into what it hands down. Do it once with care and the network may be as deep as you like.

Saturated outputs count, as before: no nan and no inf for logits Z3 up to 45 in size, where A3 may be exactly 1.
Remember that 1 / A3 is 1 + exp(-Z3), and 1 / (1 - A3) is 1 + exp(Z3), and take the loss from the logits."""

import torch


class ThreeLayerNetwork:
    """The network, its parameters, and what it remembers of the latest batch.

    The parameters are plain tensors, W1, b1, W2, b2, W3 and b3, and belong to the network: whoever wants their values
    reads these attributes. `lr` is the step size. Calls come in this order: forward, loss, backward, update.
    """

    def __init__(self, W1, b1, W2, b2, W3, b3, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.W3, self.b3 = W3, b3
        self.lr = lr

    def forward(self, X):
        """Return {"A1": (N, n_1), "A2": (N, n_2), "A3": (N, n_y)}: the activations of all layers.

        Keep on the network (`self.…`) what the other methods need.
        """
        self.X = X
        ### BEGIN SOLUTION
        self.A1 = torch.sigmoid(X @ self.W1.T + self.b1)
        self.A2 = torch.sigmoid(self.A1 @ self.W2.T + self.b2)
        self.Z3 = self.A2 @ self.W3.T + self.b3
        self.A3 = torch.sigmoid(self.Z3)
        return {"A1": self.A1, "A2": self.A2, "A3": self.A3}
        ### END SOLUTION

    def loss(self, Y):
        """Return the loss of the latest forward pass for the answers Y, a scalar."""
        self.Y = Y
        ### BEGIN SOLUTION
        return (torch.logaddexp(torch.zeros_like(Y), self.Z3) - Y * self.Z3).mean()
        ### END SOLUTION

    def backward(self):
        """Return the gradients of the latest loss, and keep them for `update`. The parameters stay as they are.

        {"dA3": (N, n_y), "dZ3": (N, n_y), "dW3": (n_y, n_2), "db3": (n_y,),
         "dA2": (N, n_2), "dZ2": (N, n_2), "dW2": (n_2, n_1), "db2": (n_2,),
         "dA1": (N, n_1), "dZ1": (N, n_1), "dW1": (n_1, n_x), "db1": (n_1,)}
        """
        ### BEGIN SOLUTION
        Y, Z3, A1, A2 = self.Y, self.Z3, self.A1, self.A2
        dA3 = ((1 - Y) * (1 + torch.exp(Z3)) - Y * (1 + torch.exp(-Z3))) / Y.numel()
        dZ3 = (self.A3 - Y) / Y.numel()
        dA2 = dZ3 @ self.W3
        dZ2 = dA2 * A2 * (1 - A2)
        dA1 = dZ2 @ self.W2
        dZ1 = dA1 * A1 * (1 - A1)
        self.grads = {
            "dA3": dA3,
            "dZ3": dZ3,
            "dW3": dZ3.T @ A2,
            "db3": dZ3.sum(dim=0),
            "dA2": dA2,
            "dZ2": dZ2,
            "dW2": dZ2.T @ A1,
            "db2": dZ2.sum(dim=0),
            "dA1": dA1,
            "dZ1": dZ1,
            "dW1": dZ1.T @ self.X,
            "db1": dZ1.sum(dim=0),
        }
        return self.grads
        ### END SOLUTION

    def update(self):
        """Take one step of size lr against the gradients of the latest backward: change W1, b1, W2, b2, W3 and b3."""
        ### BEGIN SOLUTION
        for name in ("W1", "b1", "W2", "b2", "W3", "b3"):
            setattr(self, name, getattr(self, name) - self.lr * self.grads[f"d{name}"])
        ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between, differentiate
from autograder.functional import complement, sigmoid


def reference(mark, X, Y, W1, b1, W2, b2, W3, b3):
    Z1 = mark("Z1", F.linear(X, W1, b1))
    A1 = mark("A1", torch.sigmoid(Z1))
    Z2 = mark("Z2", F.linear(A1, W2, b2))
    A2 = mark("A2", torch.sigmoid(Z2))
    Z3 = mark("Z3", F.linear(A2, W3, b3))
    A3 = mark("A3", sigmoid(Z3))
    return -torch.mean(Y * A3.log() + (1 - Y) * complement(A3, Z3).log())


def outputs(mark, trace, X, Y, W1, b1, W2, b2, W3, b3, lr, X_next, Y_next):
    old = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
    new = {name: mark(f"new_{name}", value - lr * trace[f"d{name}"]) for name, value in old.items()}
    after = differentiate(reference, lambda name, value: mark(f"{name}_after", value), X=X, Y=Y, **new)
    following = differentiate(reference, lambda name, value: mark(f"{name}_next", value), X=X_next, Y=Y_next, **new)
    return {
        "loss_after": after["loss"],
        **{f"{name}_next": value for name, value in following.items()},
    }


def inputs(draw, N, N_next, n_x, n_1, n_2, n_y, lr=2.0):
    return {
        "X": draw.normal(N, n_x),
        "Y": draw.binary(N, n_y),
        "W1": draw.normal(n_1, n_x, scale=1.5),
        "b1": draw.normal(n_1),
        "W2": draw.normal(n_2, n_1, scale=1.5),
        "b2": draw.normal(n_2),
        "W3": draw.normal(n_y, n_2, scale=1.5),
        "b3": draw.normal(n_y),
        "lr": lr,
        "X_next": draw.normal(N_next, n_x),
        "Y_next": draw.binary(N_next, n_y),
    }


def saturated(draw, N, N_next, n_x, n_1, n_2, n_y):
    """The first output's logits near 40, the last one's near -40, the others between; right and wrong alike."""
    values = inputs(draw, N, N_next, n_x, n_1, n_2, n_y, lr=0.5)
    column = torch.arange(n_y)
    return {
        **values,
        "b3": values["b3"] / 4 + torch.linspace(40, -40, n_y, dtype=torch.float64),
        "Y": ((torch.arange(N)[:, None] + column) % 2).double(),
        "Y_next": ((torch.arange(N_next)[:, None] + column) % 2).double(),
        "W3": values["W3"] / 3,
    }


def on_paper(draw):
    """W1 and b1 are 0, so A1 is 1/2 everywhere; the rows of W2 and of W3 sum to 0, so A2 and A3 are 1/2 as well."""
    return {
        **inputs(draw, N=4, N_next=6, n_x=1, n_1=5, n_2=3, n_y=2),
        "X": torch.tensor([[1], [2], [-1], [3]], dtype=torch.float64),
        "Y": torch.tensor([[1, 1], [0, 0], [0, 1], [0, 1]], dtype=torch.float64),
        "W1": torch.zeros(5, 1, dtype=torch.float64),
        "b1": torch.zeros(5, dtype=torch.float64),
        "W2": torch.tensor([[1, -1, 2, -2, 0], [2, 1, -1, 1, -3], [-1, -2, 1, 3, -1]], dtype=torch.float64),
        "b2": torch.zeros(3, dtype=torch.float64),
        "W3": torch.tensor([[1, -2, 1], [2, 1, -3]], dtype=torch.float64),
        "b3": torch.zeros(2, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=2,
    difficulty=3,
    hours=1.5,
    builds_on=("two_layer_bce",),
    points={
        "A1": 0.5,
        "A2": 0.5,
        "A3": 0.5,
        "loss": 0.5,
        "dA3": 1,
        "dZ3": 1,
        "dW3": 1,
        "db3": 1,
        "dA2": 1,
        "dZ2": 1,
        "dW2": 2,
        "db2": 1,
        "dA1": 1,
        "dZ1": 1,
        "dW1": 2,
        "db1": 1,
        "new_W1": 0.5,
        "new_b1": 0.5,
        "new_W2": 0.5,
        "new_b2": 0.5,
        "new_W3": 0.5,
        "new_b3": 0.5,
        "loss_after": 0.5,
        "loss_next": 0.5,
        "dW3_next": 0.5,
        "dW1_next": 0.5,
    },
    calls="""
        net = ThreeLayerNetwork(W1, b1, W2, b2, W3, b3, lr)
        A1, A2, A3 = entries(net.forward(X))
        loss = net.loss(Y)
        dA3, dZ3, dW3, db3, dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1 = entries(net.backward())
        net.update()
        new_W1 = net.W1
        new_b1 = net.b1
        new_W2 = net.W2
        new_b2 = net.b2
        new_W3 = net.W3
        new_b3 = net.b3
        after = net.forward(X)
        A1_after = after["A1"]
        A2_after = after["A2"]
        A3_after = after["A3"]
        loss_after = net.loss(Y)
        following = net.forward(X_next)
        A1_next = following["A1"]
        A2_next = following["A2"]
        A3_next = following["A3"]
        loss_next = net.loss(Y_next)
        gradients = net.backward()
        dA3_next = gradients["dA3"]
        dZ3_next = gradients["dZ3"]
        dW3_next = gradients["dW3"]
        dA2_next = gradients["dA2"]
        dZ2_next = gradients["dZ2"]
        dA1_next = gradients["dA1"]
        dZ1_next = gradients["dZ1"]
        dW1_next = gradients["dW1"]
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("three outputs", N=4, N_next=6, n_x=2, n_1=5, n_2=7, n_y=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "A1": [["0.5"] * 5] * 4,
                "A2": [["0.5"] * 3] * 4,
                "A3": [["0.5"] * 2] * 4,
                "loss": "0.69314718",
                "dA3": [["-0.25", "-0.25"], ["0.25", "0.25"], ["0.25", "-0.25"], ["0.25", "-0.25"]],
                "dZ3": [["-0.0625", "-0.0625"], ["0.0625", "0.0625"], ["0.0625", "-0.0625"], ["0.0625", "-0.0625"]],
                "dW3": [["0.0625"] * 3, ["-0.0625"] * 3],
                "db3": ["0.125", "-0.125"],
                "dA2": [
                    ["-0.1875", "0.0625", "0.125"],
                    ["0.1875", "-0.0625", "-0.125"],
                    ["-0.0625", "-0.1875", "0.25"],
                    ["-0.0625", "-0.1875", "0.25"],
                ],
                "dZ2": [
                    ["-0.046875", "0.015625", "0.03125"],
                    ["0.046875", "-0.015625", "-0.03125"],
                    ["-0.015625", "-0.046875", "0.0625"],
                    ["-0.015625", "-0.046875", "0.0625"],
                ],
                "dW2": [["-0.015625"] * 5, ["-0.046875"] * 5, ["0.0625"] * 5],
                "db2": ["-0.03125", "-0.09375", "0.125"],
                "dA1": [
                    ["-0.046875", "0.000000", "-0.078125", "0.203125", "-0.078125"],
                    ["0.046875", "0.000000", "0.078125", "-0.203125", "0.078125"],
                    ["-0.171875", "-0.15625", "0.078125", "0.171875", "0.078125"],
                    ["-0.171875", "-0.15625", "0.078125", "0.171875", "0.078125"],
                ],
                "dZ1": [
                    ["-0.01171875", "0.00000000", "-0.01953125", "0.05078125", "-0.01953125"],
                    ["0.01171875", "0.00000000", "0.01953125", "-0.05078125", "0.01953125"],
                    ["-0.04296875", "-0.0390625", "0.01953125", "0.04296875", "0.01953125"],
                    ["-0.04296875", "-0.0390625", "0.01953125", "0.04296875", "0.01953125"],
                ],
                "dW1": [["-0.07421875"], ["-0.078125"], ["0.05859375"], ["0.03515625"], ["0.05859375"]],
                "db1": ["-0.0859375", "-0.078125", "0.0390625", "0.0859375", "0.0390625"],
                "new_W1": [["0.1484375"], ["0.15625"], ["-0.1171875"], ["-0.0703125"], ["-0.1171875"]],
                "new_b1": ["0.171875", "0.15625", "-0.078125", "-0.171875", "-0.078125"],
                "new_W2": [
                    ["1.03125", "-0.96875", "2.03125", "-1.96875", "0.03125"],
                    ["2.09375", "1.09375", "-0.90625", "1.09375", "-2.90625"],
                    ["-1.125", "-2.125", "0.875", "2.875", "-1.125"],
                ],
                "new_b2": ["0.0625", "0.1875", "-0.25"],
                "new_W3": [["0.875", "-2.125", "0.875"], ["2.125", "1.125", "-2.875"]],
                "new_b3": ["-0.25", "0.25"],
            },
        ),
        Case("saturated outputs", tier="stability", inputs=saturated, N=4, N_next=5, n_x=2, n_1=6, n_2=7, n_y=3),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case(
            "other sizes",
            N=between(3, 9),
            N_next=between(3, 9),
            n_x=between(2, 6),
            n_1=between(3, 8),
            n_2=between(3, 8),
            n_y=between(3, 6),
        ),
        Case(
            "a larger batch", N=between(20, 30), N_next=between(8, 12), n_x=between(2, 6), n_1=7, n_2=5, n_y=3, lr=1.7
        ),
        Case("one example", tier="edge", N=1, N_next=between(3, 6), n_x=4, n_1=2, n_2=between(2, 5), n_y=between(3, 6)),
        Case("one example after a batch", tier="edge", N=between(3, 6), N_next=1, n_x=2, n_1=4, n_2=5, n_y=3),
        Case("one output", tier="edge", N=between(3, 6), N_next=between(3, 6), n_x=3, n_1=between(2, 5), n_2=2, n_y=1),
        Case("one unit in a hidden layer", tier="edge", N=3, N_next=between(3, 6), n_x=3, n_1=4, n_2=1, n_y=2),
        Case("one of everything", tier="edge", N=1, N_next=1, n_x=1, n_1=1, n_2=1, n_y=1),
        Case(
            "other saturated outputs",
            tier="stability",
            inputs=saturated,
            N=between(4, 8),
            N_next=between(4, 8),
            n_x=between(2, 6),
            n_1=between(3, 8),
            n_2=between(3, 8),
            n_y=between(3, 5),
        ),
    ],
    ### END HIDDEN TESTS
)
