"""(1 + tanh u) / 2 is sigmoid(2u), and every slope is kept on the way forward."""

from math import pi

import torch

C = (8 / pi) ** 0.5


def gelu_erf(x):
    normal = torch.distributions.Normal(torch.zeros_like(x), torch.ones_like(x))
    gate = normal.cdf(x)
    return x * gate, gate + x * normal.log_prob(x).exp()


def gelu_erf_backward(upstream, slope):
    return {"dx": upstream * slope}


def gelu_tanh(x):
    v = C * (x + 0.044715 * x * x * x)
    gate, rest = torch.sigmoid(v), torch.sigmoid(-v)
    return gate * x, gate * (1 + x * rest * C * (1 + 0.134145 * x * x))


def gelu_tanh_backward(upstream, slope):
    return {"dx": slope * upstream}


def silu(x):
    y = x / (1 + torch.exp(-x))
    return y, (y, torch.sigmoid(x))


def silu_backward(upstream, cache):
    y, s = cache
    return {"dx": upstream * (y + s * (1 - y))}
