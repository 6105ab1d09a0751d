"""Mazur's 2-2-2 network: one step of gradient descent, every gradient by hand.

A network with one hidden layer and sigmoids everywhere looks at one example:

    z1 = W1 x + b1      h   = sigmoid(z1)
    z2 = W2 h + b2      out = sigmoid(z2)
    loss = 1/2 * sum over k of (out_k - y_k)^2

Shapes: x (n_x,), y (n_y,), W1 (n_h, n_x), b1 (n_h,), W2 (n_y, n_h), b2 (n_y,). A weight matrix has one row for each
unit that it leads to, and each unit has a bias of its own. The loss is the half sum, not the mean: with two outputs
`torch.nn.MSELoss` gives the same number by accident, with three it does not.

A gradient has the name of what it belongs to with a `d` in front: `dW1` is the derivative of the loss with respect to
W1 and has W1's shape.

Graded as well, from your `step`, `forward` and loss: `loss_after`, the loss after one step, and `loss_old_biases`, the
loss with the new weights and the old biases.

The numbers of the first public case are those of Matt Mazur, 'A Step by Step Backpropagation Example' (2015), with one
difference: here the biases are learned as well.
"""

import torch


def forward(x, W1, b1, W2, b2):
    """Return {"h": (n_h,), "out": (n_y,)}: the activations of both layers."""
    raise NotImplementedError("mazur: forward is not written yet")


def half_squared_error(out, y):
    """Return the loss, a scalar: half the sum of squared differences."""
    raise NotImplementedError("mazur: half_squared_error is not written yet")


def backward(x, y, W1, b1, W2, b2):
    """Return {"dz2": (n_y,), "dW2": (n_y, n_h), "db2": (n_y,), "dz1": (n_h,), "dW1": (n_h, n_x), "db1": (n_h,)}.

    Go from the loss towards the input, one factor of the chain rule at a time. The sigmoid's derivative, written with
    its value s, is s (1 - s).
    """
    raise NotImplementedError("mazur: backward is not written yet")


def step(x, y, W1, b1, W2, b2, lr):
    """Return {"new_W1", "new_b1", "new_W2", "new_b2"}: the parameters after one step against the gradient.

    The step size is lr. The arguments themselves must not change: return new tensors.
    """
    raise NotImplementedError("mazur: step is not written yet")
