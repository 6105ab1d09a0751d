"""Sigmoid and tanh, forward and backward, with derivatives that stay exact where the functions are saturated.

Both work element by element, on x of any shape:

    sigmoid(x) = 1 / (1 + exp(-x))
    tanh(x)    = (exp(x) - exp(-x)) / (exp(x) + exp(-x))

`upstream` is the derivative of the loss with respect to the function's value, of its shape; the backward functions
return dx, the derivative of the loss with respect to x, of the shape of x. Both functions are called with the same x
and the same upstream, but have nothing to do with each other.

Saturated inputs count, |x| up to 50. Where every x is large, every slope is tiny, and has to be right all the same:

- sigmoid(40) is exactly 1 in float64, so s (1 - s) gives the slope 0. The true slope is about 4e-18. The difference can
  be avoided: 1 - sigmoid(x) is sigmoid(-x), and that is an ordinary small number.
- tanh(40) is exactly 1 as well, so 1 - t² gives 0 for a slope of about 7e-35. Go back to exp: what is 1 - tanh(x)² when
  you write tanh(x) = sinh(x) / cosh(x)?

For the values, `torch.sigmoid` and `torch.tanh` may be used. Neither nan nor inf may come out.

The gradients are graded as dx_sigmoid and dx_tanh.

Formulas: the walkthrough derives them. On saturation: LeCun, Bottou, Orr, Müller, 'Efficient BackProp' (1998), 4.4.
"""

import torch


def sigmoid(x):
    """Return (out, cache): sigmoid(x), of the shape of x, and whatever `sigmoid_backward` will need."""
    raise NotImplementedError("sigmoid_tanh: sigmoid is not written yet")


def sigmoid_backward(upstream, cache):
    """Return {"dx": like x}."""
    raise NotImplementedError("sigmoid_tanh: sigmoid_backward is not written yet")


def tanh(x):
    """Return (out, cache): tanh(x), of the shape of x, and whatever `tanh_backward` will need."""
    raise NotImplementedError("sigmoid_tanh: tanh is not written yet")


def tanh_backward(upstream, cache):
    """Return {"dx": like x}."""
    raise NotImplementedError("sigmoid_tanh: tanh_backward is not written yet")
