"""A network of two layers with binary cross-entropy, as a class: every gradient by hand, and a step against them.

Each example has n_y yes-or-no questions to answer, each on its own:

    Z1 = X W1ᵀ + b1      A1 = sigmoid(Z1)
    Z2 = A1 W2ᵀ + b2     A2 = sigmoid(Z2)
    loss = mean over n and k of -(Y_nk log A2_nk + (1 - Y_nk) log(1 - A2_nk))

Shapes: X (N, n_x), Y (N, n_y) of zeros and ones, W1 (n_1, n_x), b1 (n_1,), W2 (n_y, n_1), b2 (n_y,). One row of X is
one example; a weight matrix has one row for each unit that it leads to.

The loss has a minus sign, so that it is never negative and training makes it smaller. Its mean is over all N * n_y
elements. Every gradient is that of this mean loss, also dA2 and dZ2, and has the shape of what it belongs to: dZ1 is
the derivative of the loss with respect to Z1.

N is the size of the batch that the network saw last. The next batch may have another: read it from a shape.

Saturated outputs count. Where Z2 = 40, A2 is exactly 1 in float64 and log(1 - A2) is minus infinity; yet for Y = 0 the
loss of that element is 40, and for Y = 1 it is nearly 0. No nan and no inf may come out for logits up to 45 in size:

- 1 - sigmoid(z) is sigmoid(-z), and -log sigmoid(z) is log(1 + exp(-z)), which `torch.logaddexp` computes safely;
- 1 / A2 is 1 + exp(-Z2), and 1 / (1 - A2) is 1 + exp(Z2): large at times, but finite;
- dA2 times the sigmoid's derivative is then 'huge times tiny'. Multiply the two out on paper before you write dZ2.
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
        self.saved = {"X": X, "Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
        return {"A1": A1, "A2": A2}

    def loss(self, Y):
        """Return the loss of the latest forward pass for the answers Y, a scalar."""
        self.Y = Y
        logits = self.saved["Z2"]
        # loss = -torch.mean(Y * torch.log(A2) + (1 - Y) * torch.log(1 - A2))   # nan for Z2 = 40 :(
        loss = torch.mean(torch.clamp(logits, min=0) - logits * Y + torch.log(1 + torch.exp(-torch.abs(logits))))
        return loss

    def backward(self):
        """Return the gradients of the latest loss, and keep them for `update`. The parameters stay as they are.

        {"dA2": (N, n_y), "dZ2": (N, n_y), "dW2": (n_y, n_1), "db2": (n_y,),
         "dA1": (N, n_1), "dZ1": (N, n_1), "dW1": (n_1, n_x), "db1": (n_1,)}
        """
        Y = self.Y
        X, A1, A2 = self.saved["X"], self.saved["A1"], self.saved["A2"]
        # second layer
        Z2 = self.saved["Z2"]
        dA2 = -Y * (1 + torch.exp(-Z2)) + (1 - Y) * (1 + torch.exp(Z2))
        dA2 = dA2 / Y.shape[0] / Y.shape[1]
        dZ2 = (A2 - Y) / Y.shape[0] / Y.shape[1]
        dW2 = torch.mm(dZ2.T, A1)
        db2 = torch.sum(dZ2, 0)
        # first layer
        dA1 = torch.mm(dZ2, self.W2)
        dZ1 = dA1 * A1 * (1 - A1)
        dW1 = torch.mm(dZ1.T, X)
        db1 = torch.sum(dZ1, 0)
        # print(dW1.shape, db1.shape)
        self.grads_ = (dW1, db1, dW2, db2)
        return {"dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}

    def update(self):
        """Take one step of size lr against the gradients of the latest backward: change W1, b1, W2 and b2."""
        dW1, db1, dW2, db2 = self.grads_
        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1
        self.W2 -= self.lr * dW2
        self.b2 -= self.lr * db2
