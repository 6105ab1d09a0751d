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
    ### BEGIN SOLUTION
    residual = X @ W - Y
    loss = (residual**2).sum(dim=1).mean() + l2 * (W**2).sum()
    return {"loss": loss, "dW": 2 * X.T @ residual / residual.shape[0] + 2 * l2 * W}
    ### END SOLUTION


class SGD:
    """Gradient descent with weight decay. It has no state."""

    def __init__(self, lr, weight_decay):
        self.lr, self.weight_decay = lr, weight_decay

    def step(self, W, dW):
        """Return the new parameters, (D, C)."""
        ### BEGIN SOLUTION
        return W - self.lr * (dW + self.weight_decay * W)
        ### END SOLUTION


class Momentum:
    """Gradient descent with momentum. Its state is the attribute `velocity`."""

    def __init__(self, lr, beta):
        self.lr, self.beta = lr, beta
        self.velocity = 0.0

    def step(self, W, dW):
        """Return the new parameters, (D, C), and keep the new `self.velocity`, (D, C)."""
        ### BEGIN SOLUTION
        self.velocity = self.beta * self.velocity + dW
        return W - self.lr * self.velocity
        ### END SOLUTION


class Adam:
    """Adam. Its state are the attributes `m`, `v` and the number of steps so far, `t`."""

    def __init__(self, lr, beta1, beta2, eps):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def step(self, W, dW):
        """Return the new parameters, (D, C), and keep the new `self.m` and `self.v`, (D, C), and `self.t`."""
        ### BEGIN SOLUTION
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * dW
        self.v = self.beta2 * self.v + (1 - self.beta2) * dW**2
        mean = self.m / (1 - self.beta1**self.t)
        root = torch.sqrt(self.v / (1 - self.beta2**self.t))
        return W - self.lr * mean / (root + self.eps)
        ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, X, Y, W, l2):
    squares = torch.square(X.matmul(W) - Y)
    return torch.mean(squares.sum(dim=1)) + torch.square(W).sum() * l2


def outputs(mark, trace, gradients, W, learning_rate, weight_decay, beta, beta1, beta2, eps):
    # The step size has another name than in the answers: the operations of an update are looked at one by one here.
    ends = [W, W, W]
    velocity, m, v = torch.zeros_like(W), torch.zeros_like(W), torch.zeros_like(W)
    for t, g in enumerate(gradients, start=1):
        first = mark if t == 1 else lambda _, value: value
        plain, heavy, adam = ends
        plain = first("W_sgd", plain - (g + plain * weight_decay) * learning_rate)
        velocity = first("velocity", velocity * beta + g)
        heavy = first("W_momentum", heavy - velocity * learning_rate)
        m = first("m", torch.lerp(m, g, 1 - beta1))
        v = first("v", torch.lerp(v, torch.square(g), 1 - beta2))
        left = 1 - torch.pow(torch.tensor([beta1, beta2], dtype=W.dtype), t)
        adam = first("W_adam", adam - m / left[0] / (torch.sqrt(v / left[1]) + eps) * learning_rate)
        ends = [plain, heavy, adam]
    last = {"velocity": velocity, "m": m, "v": v}
    last |= dict(zip(("W_sgd", "W_momentum", "W_adam"), ends, strict=True))
    return {f"last_{name}": value for name, value in last.items()}


def inputs(draw, N, D, C, T, eps=0.1):
    return {
        "X": draw.normal(N, D),
        "Y": draw.normal(N, C),
        "W": draw.normal(D, C),
        "l2": float(draw.uniform(low=0.2, high=0.6)),
        "gradients": draw.normal(T, D, C),
        "learning_rate": float(draw.uniform(low=0.2, high=0.45)),
        "weight_decay": float(draw.uniform(low=0.3, high=0.8)),
        "beta": float(draw.uniform(low=0.6, high=0.9)),
        "beta1": float(draw.uniform(low=0.55, high=0.75)),
        "beta2": float(draw.uniform(low=0.8, high=0.95)),
        "eps": eps,
    }


def unused(draw, N, D, C, T):
    """Some weights never have a gradient: Adam leaves them where they are."""
    values = inputs(draw, N, D, C, T)
    values["gradients"][:, 0] = 0
    return values


def on_paper(draw):
    def matrix(*rows):
        return torch.tensor(rows).double()

    return {
        "X": matrix([1.0], [2.0]),
        "Y": matrix([0.0, 0.0], [3.0, -5.0]),
        "W": matrix([1.0, -2.0]),
        "l2": 0.1,
        "gradients": matrix([[4.0, -2.0]], [[4.0, 2.0]]),
        "learning_rate": 0.5,
        "weight_decay": 0.1,
        "beta": 0.5,
        "beta1": 0.5,
        "beta2": 0.75,
        "eps": 1.0,
    }


EXERCISE = Exercise(
    order=4,
    difficulty=3,
    hours=2.0,
    builds_on=("layers/linear",),
    points={
        "loss": 1,
        "dW": 3,
        "W_sgd": 2,
        "last_W_sgd": 0.5,
        "velocity": 1,
        "W_momentum": 1,
        "last_velocity": 0.5,
        "last_W_momentum": 0.5,
        "m": 1,
        "v": 1,
        "W_adam": 2,
        "last_m": 0.5,
        "last_v": 0.5,
        "last_W_adam": 1.5,
    },
    calls="""
        loss, dW = entries(loss_and_gradient(X, Y, W, l2))
        sgd = SGD(learning_rate, weight_decay)
        momentum = Momentum(learning_rate, beta)
        adam = Adam(learning_rate, beta1, beta2, eps)
        W_sgd = sgd.step(W, gradients[0])
        last_W_sgd = W_sgd
        for gradient in gradients[1:]:
            last_W_sgd = sgd.step(last_W_sgd, gradient)
        velocity, W_momentum = reversed([momentum.step(W, gradients[0]), momentum.velocity])
        last_velocity, last_W_momentum = velocity, W_momentum
        for gradient in gradients[1:]:
            last_velocity, last_W_momentum = reversed([momentum.step(last_W_momentum, gradient), momentum.velocity])
        v, m, W_adam = reversed([adam.step(W, gradients[0]), adam.m, adam.v])
        last_v, last_m, last_W_adam = v, m, W_adam
        for gradient in gradients[1:]:
            last_v, last_m, last_W_adam = reversed([adam.step(last_W_adam, gradient), adam.m, adam.v])
    """,
    # The state stands before the parameters that are computed with it, and has no value without a step: so it is reversed.
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("three steps", N=5, D=4, C=2, T=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "loss": "4",
                "dW": [["-0.8", "-0.4"]],
                "W_sgd": [["-1.05", "-0.9"]],
                "last_W_sgd": [["-2.9975", "-1.855"]],
                "velocity": [["4", "-2"]],
                "W_momentum": [["-1", "-1"]],
                "last_velocity": [["6", "1"]],
                "last_W_momentum": [["-4", "-1.5"]],
                "m": [["2", "-1"]],
                "v": [["4", "1"]],
                "W_adam": [["0.6", "-1.6666667"]],
                "last_m": [["3", "0.5"]],
                "last_v": [["7", "1.75"]],
                "last_W_adam": [["0.2", "-1.7777778"]],
            },
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes, two steps", N=between(5, 7), D=between(3, 6), C=between(3, 6), T=2, eps=0.3),
        Case("five steps", N=between(3, 7), D=between(2, 4), C=between(3, 6), T=5),
        Case("one step", tier="edge", N=between(3, 7), D=between(3, 5), C=2, T=1),
        Case("one example, one output", tier="edge", N=1, D=between(4, 6), C=1, T=3),
        Case("weights without a gradient", tier="edge", inputs=unused, N=6, D=between(3, 5), C=2, T=4),
    ],
    ### END HIDDEN TESTS
)
