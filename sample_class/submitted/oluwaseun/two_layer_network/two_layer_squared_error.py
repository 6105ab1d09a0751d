#!/usr/bin/env python3
# Oluwaseun
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
        Z1 = torch.mm(X, self.W1.T) + self.b1
        A1 = torch.sigmoid(Z1)
        Z2 = torch.mm(A1, self.W2.T) + self.b2
        A2 = torch.sigmoid(Z2)
        self.cache = {"X": X, "Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
        return {"A1": A1, "A2": A2}

    def loss(self, Y):
        """Return the loss of the latest forward pass for the targets Y, a scalar."""
        self.Y = Y
        A2 = self.cache["A2"]
        loss = torch.sum((A2 - Y) ** 2) / (Y.shape[0] * Y.shape[1])
        return loss

    def backward(self):
        """Return the gradients of the latest loss, and keep them for `update`. The parameters stay as they are.

        {"dA2": (N, n_y), "dZ2": (N, n_y), "dW2": (n_y, n_1), "db2": (n_y,),
         "dA1": (N, n_1), "dZ1": (N, n_1), "dW1": (n_1, n_x), "db1": (n_1,)}
        """
        Y = self.Y
        X, A1, A2 = self.cache["X"], self.cache["A1"], self.cache["A2"]
        # second layer
        dA2 = 2 * (A2 - Y)
        dA2 = dA2 / Y.shape[0] / Y.shape[1]
        dZ2 = dA2 * A2 * (1 - A2)
        dW2 = torch.mm(dZ2.T, A1)
        db2 = torch.sum(dZ2, 0)
        # first layer
        dA1 = torch.mm(dZ2, self.W2)
        dZ1 = dA1 * A1 * (1 - A1)
        dW1 = torch.mm(dZ1.T, X)
        db1 = torch.sum(dZ1, 0)
        # print(dW1.shape, db1.shape)
        self.last = (dW1, db1, dW2, db2)
        return {"dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}

    def update(self):
        """Take one step of size lr against the gradients of the latest backward: change W1, b1, W2 and b2."""
        dW1, db1, dW2, db2 = self.last
        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1
        self.W2 -= self.lr * dW2
        self.b2 -= self.lr * db2
