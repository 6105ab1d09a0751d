"""A pair is a complex number, and turning it is a product with exp(ia); on the way back with the conjugate."""

import torch


def rotary(x, positions, base):
    d = x.shape[-1]
    angles = torch.outer(positions.to(x.dtype), base ** (-2 * torch.arange(d // 2, dtype=x.dtype) / d))
    turns = torch.polar(torch.ones_like(angles), angles)
    return {"angles": angles, "out": product(x, turns)}, turns


def product(x, turns):
    pairs = torch.view_as_complex(x.contiguous().view(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2)


def rotary_backward(upstream, turns):
    return {"dx": product(upstream, turns.conj())}
