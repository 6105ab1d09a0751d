"""A single neuron with a sigmoid and the squared error: five derivatives, multiplied one by one.

    z = w · x + b        a = sigmoid(z) = 1 / (1 + exp(-z))        loss = (a - y)²

Shapes: x and w (n,); y, b, z, a and the loss are scalars, tensors of shape (). The target y is any number.

The square has no 1/2 before it. Every gradient is the derivative of the loss with respect to what it is named after, and
has its shape: dw and dx are (n,), also for n = 1; da, dz and db are ().

The neuron may be saturated. At z = 40 the sigmoid is exactly 1 in float64, so that 1 - a is 0; the true 1 - sigmoid(40) is
4.2e-18, and every gradient behind it is to be right to its leading digits, however small. Note that

    1 - sigmoid(z) = sigmoid(-z),

where nothing cancels. At z = -800, too, no result may be inf or nan; `torch.sigmoid` is safe there.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 3.10 (sigmoid) and 6.5 (chain rule).
"""

import torch


def neuron(x, y, w, b):
    """Return ({"z": (), "a": (), "loss": ()}, cache); the cache is whatever `neuron_backward` needs, in any form."""
    raise NotImplementedError("neuron: neuron is not written yet")


def neuron_backward(cache):
    """Return {"da": (), "dz": (), "dw": (n,), "db": (), "dx": (n,)}, the gradients of the loss."""
    raise NotImplementedError("neuron: neuron_backward is not written yet")
