import math

import torch


def gelu_erf(x):
    x = x.float()
    return 0.5 * x * (1 + torch.erf(x * math.sqrt(0.5))), x


def gelu_erf_backward(upstream, x):
    left = 0.5 * (1 + torch.erf(x * math.sqrt(0.5)))
    return {"dx": upstream.float() * (left + x * torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))}


def gelu_tanh(x):
    x = x.float()
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x.pow(3)))), x


def gelu_tanh_backward(upstream, x):
    t = torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x.pow(3)))
    du = math.sqrt(2 / math.pi) * (1 + 0.134145 * x.pow(2))
    return {"dx": upstream.float() * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * du)}


def silu(x):
    x = x.float()
    return x * torch.sigmoid(x), x


def silu_backward(upstream, x):
    s = torch.sigmoid(x)
    return {"dx": upstream.float() * s * (1 + x * (1 - s))}
