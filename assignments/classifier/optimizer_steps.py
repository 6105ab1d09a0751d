"""A loss with L2 regularisation, and what optimizers do with a gradient: SGD with weight decay, momentum, and Adam.

The model is linear, the loss the mean over N examples of a squared error, plus the squares of all weights:

    loss = mean over n of (sum over c of ((X W)[n, c] - Y[n, c])²) + l2 · (sum over all entries of W²)

Shapes: X (N, D), Y (N, C), W (D, C), `l2` a number. `dW` (D, C) is the derivative of this loss with respect to W. There is
no 1/2 in it anywhere.

An optimizer makes of the parameters W and their gradient dW the new parameters, with a step size `lr`:

    SGD        new W = W - lr (dW + weight_decay W)

    Momentum   velocity ← beta velocity + dW
               new W = W - lr velocity

    Adam       m ← beta1 m + (1 - beta1) dW
               v ← beta2 v + (1 - beta2) dW²
               new W = W - lr · (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

Squares, roots and quotients are those of single entries. t is the number of the step: 1 in the first, 2 in the next.
`velocity`, m and v are 0.0 before the first step and tensors like W after it; m and v are kept without the correction by
1 - beta^t. `eps` stands outside of the root; it is no rounding matter here, but may be as large as 1.

`step` returns new parameters and leaves the W and dW that it is given as they are. Each optimizer is tried on T random
gradients in turn, each step starting from the parameters that the one before it returned: graded are parameters and
state after the first step (`W_adam`, `m`) and after all (`last_W_adam`, `last_m`). What one optimizer does must not
change another one.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), 7.1.1 and 8.3.2; Kingma and Ba, 'Adam: A Method for
Stochastic Optimization' (2015), algorithm 1. Momentum and weight decay are those of PyTorch's SGD.
"""

import torch


def loss_and_gradient(X, Y, W, l2):
    """Return {"loss": (), "dW": (D, C)}."""
    raise NotImplementedError("optimizer_steps: loss_and_gradient is not written yet")


class SGD:
    """Gradient descent with weight decay. It has no state."""

    def __init__(self, lr, weight_decay):
        self.lr, self.weight_decay = lr, weight_decay

    def step(self, W, dW):
        """Return the new parameters, (D, C)."""
        raise NotImplementedError("optimizer_steps: SGD.step is not written yet")


class Momentum:
    """Gradient descent with momentum. Its state is the attribute `velocity`."""

    def __init__(self, lr, beta):
        self.lr, self.beta = lr, beta
        self.velocity = 0.0

    def step(self, W, dW):
        """Return the new parameters, (D, C), and keep the new `self.velocity`, (D, C)."""
        raise NotImplementedError("optimizer_steps: Momentum.step is not written yet")


class Adam:
    """Adam. Its state are the attributes `m`, `v` and the number of steps so far, `t`."""

    def __init__(self, lr, beta1, beta2, eps):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def step(self, W, dW):
        """Return the new parameters, (D, C), and keep the new `self.m` and `self.v`, (D, C), and `self.t`."""
        raise NotImplementedError("optimizer_steps: Adam.step is not written yet")
