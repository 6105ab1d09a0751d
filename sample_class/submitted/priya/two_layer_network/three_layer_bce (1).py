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
import torch.nn.functional as F


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
        self.A1 = torch.sigmoid(F.linear(X, self.W1, self.b1))
        self.A2 = torch.sigmoid(F.linear(self.A1, self.W2, self.b2))
        self.Z3 = F.linear(self.A2, self.W3, self.b3)
        self.A3 = torch.sigmoid(self.Z3)
        return dict(A1=self.A1, A2=self.A2, A3=self.A3)

    def loss(self, Y):
        """Return the loss of the latest forward pass for the answers Y, a scalar."""
        self.Y = Y
        return F.binary_cross_entropy_with_logits(self.Z3, Y)

    def backward(self):
        """Return the gradients of the latest loss, and keep them for `update`. The parameters stay as they are.

        {"dA3": (N, n_y), "dZ3": (N, n_y), "dW3": (n_y, n_2), "db3": (n_y,),
         "dA2": (N, n_2), "dZ2": (N, n_2), "dW2": (n_2, n_1), "db2": (n_2,),
         "dA1": (N, n_1), "dZ1": (N, n_1), "dW1": (n_1, n_x), "db1": (n_1,)}
        """
        Y = self.Y
        N, K = Y.shape
        dA3 = ((1 - Y) * (1 + self.Z3.exp()) - Y * (1 + (-self.Z3).exp())) / (N * K)
        dZ3 = (self.A3 - Y) / (N * K)
        dW3, db3 = dZ3.t() @ self.A2, dZ3.sum(0)
        dA2 = dZ3 @ self.W3
        dZ2 = dA2 * self.A2 * (1 - self.A2)
        dW2, db2 = dZ2.t() @ self.A1, dZ2.sum(0)
        dA1 = dZ2 @ self.W2
        dZ1 = dA1 * self.A1 * (1 - self.A1)
        dW1, db1 = dZ1.t() @ self.X, dZ1.sum(0)
        self.step = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
        return {"dA3": dA3, "dZ3": dZ3, "dW3": dW3, "db3": db3, "dA2": dA2, "dZ2": dZ2, "dW2": dW2,
                "db2": db2, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}

    def update(self):
        """Take one step of size lr against the gradients of the latest backward: change W1, b1, W2, b2, W3 and b3."""
        for name, d in self.step.items():
            setattr(self, name, getattr(self, name) - self.lr * d)
