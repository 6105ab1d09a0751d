#!/usr/bin/env python3
# Oluwaseun
"""One step of gradient descent on XOR, every gradient by hand.

A network with one ReLU layer and a sigmoid output layer looks at one example:

    z1 = x w1 + b1      h   = max(z1, 0)
    z2 = h w2 + b2      out = sigmoid(z2)
    loss = sum over k of (out_k - y_k)^2

Shapes: x (n_x,), y (n_y,), w1 (n_x, n_h), b1 (n_h,), w2 (n_h, n_y), b2 (n_y,). Weights are indexed [in, out] here, and
an example stands on the left of them: the opposite of `mazur.py` and of `torch.nn.Linear`. A matrix has one row for
each unit that it starts from, so no transpose is needed on the way forward.

Conventions:
- The loss is the plain sum of squares: no half and no mean.
- ReLU'(0) = 0: a unit whose z1 is exactly 0 passes no gradient back.
- `dw1` is the derivative of the loss with respect to w1 and has w1's shape; the same for every other name.
- An output may be saturated (|z2| in the hundreds): values and gradients must stay finite.

XOR itself has x in {0, 1}^2 and one output. For x = [0, 0] the gradient of w1 is zero whatever the formula, so that
example alone cannot tell you whether dw1 is right: check all four. The numbers of the public XOR cases are those of a
public introduction to PyTorch: two hidden units, lr = 0.01.
"""

import torch


def forward(x, w1, b1, w2, b2):
    """Return {"z1": (n_h,), "h": (n_h,), "z2": (n_y,), "out": (n_y,)}: every value on the way."""
    z1 = torch.matmul(x, w1) + b1
    h = z1.clamp(min=0)
    z2 = torch.matmul(h, w2) + b2
    return dict(z1=z1, h=h, z2=z2, out=z2.sigmoid())


def squared_error(out, y):
    """Return the loss, a scalar: the sum of squared differences."""
    return (y - out).pow(2).sum()


def backward(x, y, w1, b1, w2, b2):
    """Return the gradient of the loss, from the output back to the first layer.

    {"dz2": (n_y,), "dw2": (n_h, n_y), "db2": (n_y,), "dh": (n_h,), "dz1": (n_h,), "dw1": (n_x, n_h), "db1": (n_h,)}
    """
    v = forward(x, w1, b1, w2, b2)
    o = v["out"]
    d2 = 2 * (o - y) * o * (1 - o)
    dh = torch.matmul(d2, w2.t())
    d1 = torch.where(v["z1"] > 0, dh, torch.zeros_like(dh))
    return dict(dz2=d2, dw2=v["h"][:, None] * d2, db2=d2, dh=dh, dz1=d1, dw1=x[:, None] * d1, db1=d1)


def step(x, y, w1, b1, w2, b2, lr):
    """Return {"new_w1", "new_b1", "new_w2", "new_b2"}: the parameters after one step against the gradient.

    All gradients belong to the parameters as they were given. The arguments themselves must not change.
    """
    g = backward(x, y, w1, b1, w2, b2)
    new = {}
    for name, p in (("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2)):
        new["new_" + name] = p - lr * g["d" + name]
    return new
