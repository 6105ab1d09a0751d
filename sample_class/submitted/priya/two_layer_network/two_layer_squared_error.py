"""The two-layer network with another loss: the mean squared error.

Only the loss differs from `two_layer_bce.py`, and that the targets Y may be any numbers from 0 to 1:

    Z1 = X W1ᵀ + b1      A1 = sigmoid(Z1)
    Z2 = A1 W2ᵀ + b2     A2 = sigmoid(Z2)
    loss = mean over n and k of (A2_nk - Y_nk)²

Shapes: X (N, n_x), Y (N, n_y), W1 (n_1, n_x), b1 (n_1,), W2 (n_y, n_1), b2 (n_y,). One row of X is one example; a
weight matrix has one row for each unit that it leads to.

The mean is over all N * n_y elements, and there is no factor 1/2. Every gradient is that of this mean loss, also dA2
and dZ2, and has the shape of what it belongs to. N is the size of the batch that the network saw last; the next batch
may have another.

With this loss nothing cancels: dZ2 keeps the slope of the sigmoid. So an output that is saturated and wrong hardly
learns, which is why yes-or-no questions get cross-entropy. Logits Z2 up to 900 in size are tested: nothing may become
nan or inf. `torch.sigmoid` is safe; exp(z) / (1 + exp(z)) is not, because exp(z) overflows.
"""

import torch

from helpers import slope


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
        self.Z1 = X @ self.W1.T + self.b1
        self.A1 = torch.sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = torch.sigmoid(self.Z2)
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        """Return the loss of the latest forward pass for the targets Y, a scalar."""
        self.Y = Y
        return torch.mean((self.A2 - Y) ** 2)

    def backward(self):
        """Return the gradients of the latest loss, and keep them for `update`. The parameters stay as they are.

        {"dA2": (N, n_y), "dZ2": (N, n_y), "dW2": (n_y, n_1), "db2": (n_y,),
         "dA1": (N, n_1), "dZ1": (N, n_1), "dW1": (n_1, n_x), "db1": (n_1,)}
        """
        M = self.Y.numel()  # batch size times number of outputs
        self.dA2 = 2 * (self.A2 - self.Y) / M
        self.dZ2 = self.dA2 * slope(self.A2)
        self.dW2 = self.dZ2.T @ self.A1
        self.db2 = self.dZ2.sum(dim=0)
        self.dA1 = self.dZ2 @ self.W2
        self.dZ1 = self.dA1 * slope(self.A1)
        self.dW1 = self.dZ1.T @ self.X
        self.db1 = self.dZ1.sum(dim=0)
        return {
            "dA2": self.dA2, "dZ2": self.dZ2, "dW2": self.dW2, "db2": self.db2,
            "dA1": self.dA1, "dZ1": self.dZ1, "dW1": self.dW1, "db1": self.db1,
        }

    def update(self):
        """Take one step of size lr against the gradients of the latest backward: change W1, b1, W2 and b2."""
        self.W1 = self.W1 - self.lr * self.dW1
        self.b1 = self.b1 - self.lr * self.db1
        self.W2 = self.W2 - self.lr * self.dW2
        self.b2 = self.b2 - self.lr * self.db2
