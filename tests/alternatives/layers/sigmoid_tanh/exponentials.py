"""Everything from exp(-|x|), which never overflows."""

import torch


def sigmoid(x):
    e = torch.exp(-x.abs())
    return torch.where(x < 0, e, torch.ones_like(e)) / (1 + e), e


def sigmoid_backward(upstream, e):
    return {"dx": e / (1 + e) ** 2 * upstream}


def tanh(x):
    e = torch.exp(-2 * x.abs())
    return torch.sign(x) * -torch.expm1(-2 * x.abs()) / (1 + e), e


def tanh_backward(upstream, e):
    return {"dx": 4 * e / (1 + e) ** 2 * upstream}
