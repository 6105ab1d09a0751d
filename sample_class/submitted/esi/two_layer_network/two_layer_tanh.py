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
        raise NotImplementedError("two_layer_tanh: TwoLayerNetwork.forward is not written yet")

    def loss(self, Y):
        """Return the loss of the latest forward pass for the answers Y, a scalar."""
        self.Y = Y
        raise NotImplementedError("two_layer_tanh: TwoLayerNetwork.loss is not written yet")

    def backward(self):
        """Return the gradients of the latest loss, and keep them for `update`. The parameters stay as they are.

        {"dA2": (N, n_y), "dZ2": (N, n_y), "dW2": (n_y, n_1), "db2": (n_y,),
         "dA1": (N, n_1), "dZ1": (N, n_1), "dW1": (n_1, n_x), "db1": (n_1,)}
        """
        raise NotImplementedError("two_layer_tanh: TwoLayerNetwork.backward is not written yet")

    def update(self):
        """Take one step of size lr against the gradients of the latest backward: change W1, b1, W2 and b2."""
        raise NotImplementedError("two_layer_tanh: TwoLayerNetwork.update is not written yet")
