"""From the values: both functions keep the sign of x."""

import torch


def relu(x):
    out = (x + x.abs()) / 2
    return out, out


def relu_backward(upstream, out):
    return {"dx": upstream.masked_fill(out <= 0, 0)}


def leaky_relu(x, slope):
    out = torch.max(x, slope * x)
    return out, (out > 0, slope)


def leaky_relu_backward(upstream, cache):
    on, slope = cache
    return {"dx": upstream * (on + slope * ~on)}
