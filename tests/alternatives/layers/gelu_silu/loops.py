from math import cosh, erf, exp, pi, sqrt, tanh

import torch


def each(f, x):
    return torch.tensor([[f(v) for v in row] for row in x.tolist()], dtype=x.dtype)


def cdf(v):
    return 0.5 * (1 + erf(v / sqrt(2)))


def inner(v):
    return sqrt(2 / pi) * (v + 0.044715 * v**3)


def logistic(v):
    return 1 / (1 + exp(-v))


def gelu_erf(x):
    return each(lambda v: v * cdf(v), x), x


def gelu_erf_backward(upstream, x):
    return {"dx": upstream * each(lambda v: cdf(v) + v * exp(-v * v / 2) / sqrt(2 * pi), x)}


def gelu_tanh(x):
    return each(lambda v: 0.5 * v * (1 + tanh(inner(v))), x), x


def slope(v):
    return 0.5 * (1 + tanh(inner(v))) + 0.5 * v / cosh(inner(v)) ** 2 * sqrt(2 / pi) * (1 + 0.134145 * v * v)


def gelu_tanh_backward(upstream, x):
    return {"dx": upstream * each(slope, x)}


def silu(x):
    return each(lambda v: v * logistic(v), x), x


def silu_backward(upstream, x):
    return {"dx": upstream * each(lambda v: logistic(v) * (1 + v * logistic(-v)), x)}
