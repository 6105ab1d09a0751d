# mei, week 5
"""Backward pass of a three-layer ReLU network, for any weights.

The network of `value_tables.py`, now with weights of any size, as a function. It looks at one example:

    z2 = W1 x + b1      h2 = max(z2, 0)
    z3 = W2 h2 + b2     h3 = max(z3, 0)
    z  = W3 h3 + b3     y_hat = sigmoid(z)
    loss = -(y log y_hat + (1 - y) log(1 - y_hat))

Shapes: x (n_1,), W1 (n_2, n_1), b1 (n_2,), W2 (n_3, n_2), b2 (n_3,), W3 (1, n_3), b3 (1,), y (1,). y is 0 or 1. Weights
are indexed [out, in], as `torch.nn.Linear` stores them: one row for each unit that they lead to.

Conventions:
- ReLU'(0) = 0: a unit whose z is exactly 0 passes no gradient back.
- `dW1` is the derivative of the loss with respect to W1 and has W1's shape; the same for every other name.
- Each call answers for its own arguments: nothing is kept from one call to the next, no argument changes.
- The gradients must stay finite and right for any z. When |z| is large, sigmoid rounds to 0 or 1, the loss's
  derivative divides by 0, and multiplying by the sigmoid's derivative (0 by then) gives nan. So do not compute these
  two factors apart: multiply them on paper, simplify, and code only what is left.
"""

import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    """Return the gradient of the loss with respect to every value and parameter, as a dictionary.

    {"dz": (1,), "dW3": (1, n_3), "db3": (1,), "dh3": (n_3,),
     "dz3": (n_3,), "dW2": (n_3, n_2), "db2": (n_3,), "dh2": (n_2,),
     "dz2": (n_2,), "dW1": (n_2, n_1), "db1": (n_2,), "dx": (n_1,)}

    Go forward first and keep what the way back needs.
    """
    z2 = torch.matmul(W1, x) + b1
    h2 = z2.clamp(min=0)
    z3 = torch.matmul(W2, h2) + b2
    h3 = z3.clamp(min=0)
    out = 1 / (1 + torch.exp(-(torch.matmul(W3, h3) + b3)))
    g = {}
    g['dz'] = g['db3'] = out - y
    g['dW3'] = g['dz'].unsqueeze(1) * h3
    g['dh3'] = torch.matmul(g['dz'], W3)
    g['dz3'] = g['db2'] = torch.where(z3 > 0, g['dh3'], torch.zeros_like(g['dh3']))
    g['dW2'] = g['dz3'].unsqueeze(1) * h2
    g['dh2'] = torch.matmul(g['dz3'], W2)
    g['dz2'] = g['db1'] = torch.where(z2 > 0, g['dh2'], torch.zeros_like(g['dh2']))
    g['dW1'] = g['dz2'].unsqueeze(1) * x
    g['dx'] = torch.matmul(g['dz2'], W1)
    return g
