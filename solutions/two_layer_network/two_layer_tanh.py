"""The two-layer network with another activation: tanh in the hidden layer.

Only the hidden activation differs from `two_layer_bce.py`.

    Z1 = X W1ᵀ + b1      A1 = tanh(Z1)
    Z2 = A1 W2ᵀ + b2     A2 = sigmoid(Z2)
    loss = mean over n and k of -(Y_nk log A2_nk + (1 - Y_nk) log(1 - A2_nk))

Shapes: X (N, n_x), Y (N, n_y) of zeros and ones, W1 (n_1, n_x), b1 (n_1,), W2 (n_y, n_1), b2 (n_y,). One row of X is
one example; a weight matrix has one row for each unit that it leads to.

A tanh lies between -1 and 1 and is steepest, with slope 1, at 0. Written with its value t its derivative is 1 - t²:
that of the sigmoid belongs to the sigmoid alone.

The loss is the mean over all N * n_y elements, with the minus sign. Every gradient is that of this mean loss, also dA2
and dZ2, and has the shape of what it belongs to. N is the size of the batch that the network saw last; the next batch
may have another.

Saturated units count, in both layers:

- output logits Z2 up to 45 in size, where A2 may be exactly 1: as in `two_layer_bce.py`, 1 / A2 is 1 + exp(-Z2), and
  1 / (1 - A2) is 1 + exp(Z2), and the loss comes from the logits;
- hidden values Z1 up to 900 in size, where exp(Z1) is infinite: `torch.tanh` knows how to avoid it, a quotient of
  exponentials does not.
"""

import torch


class TwoLayerNetwork:
    """The network, its parameters, and what it remembers of the latest batch.

    The parameters are plain tensors, W1, b1, W2 and b2, and belong to the network: whoever wants their values reads
    these attributes. `lr` is the step size. Calls come in this order: forward, loss, backward, update.
    """

    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.lr = lr

    def forward(self, X):
        """Return {"A1": (N, n_1), "A2": (N, n_y)}: the activations of both layers.

        Keep on the network (`self.…`) what the other methods need.
        """
        self.X = X
        ### BEGIN SOLUTION
        self.A1 = torch.tanh(X @ self.W1.T + self.b1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = torch.sigmoid(self.Z2)
        return {"A1": self.A1, "A2": self.A2}
        ### END SOLUTION

    def loss(self, Y):
        """Return the loss of the latest forward pass for the answers Y, a scalar."""
        self.Y = Y
        ### BEGIN SOLUTION
        return (torch.logaddexp(torch.zeros_like(Y), self.Z2) - Y * self.Z2).mean()
        ### END SOLUTION

    def backward(self):
        """Return the gradients of the latest loss, and keep them for `update`. The parameters stay as they are.

        {"dA2": (N, n_y), "dZ2": (N, n_y), "dW2": (n_y, n_1), "db2": (n_y,),
         "dA1": (N, n_1), "dZ1": (N, n_1), "dW1": (n_1, n_x), "db1": (n_1,)}
        """
        ### BEGIN SOLUTION
        Y, Z2, A1 = self.Y, self.Z2, self.A1
        dA2 = ((1 - Y) * (1 + torch.exp(Z2)) - Y * (1 + torch.exp(-Z2))) / Y.numel()
        dZ2 = (self.A2 - Y) / Y.numel()
        dA1 = dZ2 @ self.W2
        dZ1 = dA1 * (1 - A1**2)
        self.grads = {
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
        """Take one step of size lr against the gradients of the latest backward: change W1, b1, W2 and b2."""
        ### BEGIN SOLUTION
        self.W1 = -self.lr * self.grads["dW1"] + self.W1
        self.b1 = -self.lr * self.grads["db1"] + self.b1
        self.W2 = -self.lr * self.grads["dW2"] + self.W2
        self.b2 = -self.lr * self.grads["db2"] + self.b2
        ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between, differentiate
from autograder.functional import complement, sigmoid


def reference(mark, X, Y, W1, b1, W2, b2):
    Z1 = mark("Z1", F.linear(X, W1, b1))
    A1 = mark("A1", torch.tanh(Z1))
    Z2 = mark("Z2", F.linear(A1, W2, b2))
    A2 = mark("A2", sigmoid(Z2))
    return -torch.mean(Y * A2.log() + (1 - Y) * complement(A2, Z2).log())


def outputs(mark, trace, X, Y, W1, b1, W2, b2, lr, X_next, Y_next):
    old = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    new = {name: mark(f"new_{name}", value - lr * trace[f"d{name}"]) for name, value in old.items()}
    after = differentiate(reference, lambda name, value: mark(f"{name}_after", value), X=X, Y=Y, **new)
    following = differentiate(reference, lambda name, value: mark(f"{name}_next", value), X=X_next, Y=Y_next, **new)
    return {
        "loss_after": after["loss"],
        **{f"{name}_next": value for name, value in following.items()},
    }


def inputs(draw, N, N_next, n_x, n_1, n_y, lr=0.5):
    return {
        "X": draw.normal(N, n_x),
        "Y": draw.binary(N, n_y),
        "W1": draw.normal(n_1, n_x),
        "b1": draw.normal(n_1),
        "W2": draw.normal(n_y, n_1),
        "b2": draw.normal(n_y),
        "lr": lr,
        "X_next": draw.normal(N_next, n_x),
        "Y_next": draw.binary(N_next, n_y),
    }


def saturated(draw, N, N_next, n_x, n_1, n_y):
    """The first output's logits near 40, the last one's near -40, the others between; right and wrong alike."""
    values = inputs(draw, N, N_next, n_x, n_1, n_y)
    column = torch.arange(n_y)
    return {
        **values,
        "b2": values["b2"] / 4 + torch.linspace(40, -40, n_y, dtype=torch.float64),
        "Y": ((torch.arange(N)[:, None] + column) % 2).double(),
        "Y_next": ((torch.arange(N_next)[:, None] + column) % 2).double(),
        "W2": values["W2"] / 2,
    }


def saturated_hidden(draw, **sizes):
    """The first hidden unit near 800, the last one near -800: their slope is 0, that of the others is not."""
    values = inputs(draw, **sizes)
    values["b1"][0] += 800
    values["b1"][-1] -= 800
    return values


def on_paper(draw):
    """W1 is 0 and tanh(b1) is 1/2, so A1 is 1/2 and its slope 3/4; the rows of W2 sum to 0, so A2 is 1/2 as well."""
    return {
        **inputs(draw, N=4, N_next=6, n_x=1, n_1=3, n_y=2),
        "X": torch.tensor([[1], [2], [-1], [3]], dtype=torch.float64),
        "Y": torch.tensor([[1, 1], [0, 0], [0, 1], [0, 1]], dtype=torch.float64),
        "W1": torch.zeros(3, 1, dtype=torch.float64),
        "b1": torch.full((3,), 0.5, dtype=torch.float64).atanh(),
        "W2": torch.tensor([[1, -2, 1], [2, 1, -3]], dtype=torch.float64),
        "b2": torch.zeros(2, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=4,
    difficulty=2,
    hours=1.0,
    builds_on=("two_layer_bce",),
    points={
        "A1": 1,
        "A2": 1,
        "loss": 1,
        "dA2": 1,
        "dZ2": 2,
        "dW2": 2,
        "db2": 1,
        "dA1": 1,
        "dZ1": 2,
        "dW1": 2,
        "db1": 1,
        "new_W1": 0.5,
        "new_b1": 0.5,
        "new_W2": 0.5,
        "new_b2": 0.5,
        "loss_after": 0.5,
        "loss_next": 0.5,
        "dW2_next": 0.5,
        "dW1_next": 0.5,
    },
    calls="""
        net = TwoLayerNetwork(W1, b1, W2, b2, lr)
        A1, A2 = entries(net.forward(X))
        loss = net.loss(Y)
        dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1 = entries(net.backward())
        net.update()
        new_W1 = net.W1
        new_b1 = net.b1
        new_W2 = net.W2
        new_b2 = net.b2
        after = net.forward(X)
        A1_after = after["A1"]
        A2_after = after["A2"]
        loss_after = net.loss(Y)
        following = net.forward(X_next)
        A1_next = following["A1"]
        A2_next = following["A2"]
        loss_next = net.loss(Y_next)
        gradients = net.backward()
        dA2_next = gradients["dA2"]
        dZ2_next = gradients["dZ2"]
        dW2_next = gradients["dW2"]
        dA1_next = gradients["dA1"]
        dZ1_next = gradients["dZ1"]
        dW1_next = gradients["dW1"]
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("three outputs", N=4, N_next=6, n_x=2, n_1=5, n_y=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "A1": [["0.5"] * 3] * 4,
                "A2": [["0.5"] * 2] * 4,
                "loss": "0.69314718",
                "dA2": [["-0.25", "-0.25"], ["0.25", "0.25"], ["0.25", "-0.25"], ["0.25", "-0.25"]],
                "dZ2": [["-0.0625", "-0.0625"], ["0.0625", "0.0625"], ["0.0625", "-0.0625"], ["0.0625", "-0.0625"]],
                "dW2": [["0.0625"] * 3, ["-0.0625"] * 3],
                "db2": ["0.125", "-0.125"],
                "dA1": [
                    ["-0.1875", "0.0625", "0.125"],
                    ["0.1875", "-0.0625", "-0.125"],
                    ["-0.0625", "-0.1875", "0.25"],
                    ["-0.0625", "-0.1875", "0.25"],
                ],
                "dZ1": [
                    ["-0.140625", "0.046875", "0.09375"],
                    ["0.140625", "-0.046875", "-0.09375"],
                    ["-0.046875", "-0.140625", "0.1875"],
                    ["-0.046875", "-0.140625", "0.1875"],
                ],
                "dW1": [["0.046875"], ["-0.328125"], ["0.28125"]],
                "db1": ["-0.09375", "-0.28125", "0.375"],
                "new_W1": [["-0.0234375"], ["0.1640625"], ["-0.140625"]],
                "new_b1": ["0.5961811", "0.6899311", "0.3618061"],
                "new_W2": [["0.96875", "-2.03125", "0.96875"], ["2.03125", "1.03125", "-2.96875"]],
                "new_b2": ["-0.0625", "0.0625"],
            },
        ),
        Case("saturated outputs", tier="stability", inputs=saturated, N=4, N_next=5, n_x=2, n_1=6, n_y=3),
        Case("saturated hidden units", tier="stability", inputs=saturated_hidden, N=3, N_next=6, n_x=2, n_1=5, n_y=4),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case(
            "other sizes",
            N=between(3, 9),
            N_next=between(3, 9),
            n_x=between(2, 6),
            n_1=between(3, 7),
            n_y=between(3, 6),
        ),
        Case("a larger batch", N=between(20, 30), N_next=between(8, 12), n_x=between(2, 6), n_1=7, n_y=3, lr=1.7),
        Case("one example", tier="edge", N=1, N_next=between(3, 6), n_x=4, n_1=between(2, 5), n_y=between(3, 6)),
        Case("one example after a batch", tier="edge", N=between(3, 6), N_next=1, n_x=2, n_1=4, n_y=between(3, 6)),
        Case("one output", tier="edge", N=between(3, 6), N_next=between(3, 6), n_x=3, n_1=between(2, 5), n_y=1),
        Case("one hidden unit", tier="edge", N=between(3, 6), N_next=between(3, 6), n_x=3, n_1=1, n_y=2),
        Case("one of everything", tier="edge", N=1, N_next=1, n_x=1, n_1=1, n_y=1),
        Case(
            "other saturated outputs",
            tier="stability",
            inputs=saturated,
            N=between(4, 8),
            N_next=between(4, 8),
            n_x=between(2, 6),
            n_1=between(3, 7),
            n_y=between(3, 5),
        ),
        Case(
            "other saturated hidden units",
            tier="stability",
            inputs=saturated_hidden,
            N=between(3, 9),
            N_next=between(3, 9),
            n_x=between(2, 6),
            n_1=between(3, 7),
            n_y=between(3, 6),
        ),
    ],
    ### END HIDDEN TESTS
)
