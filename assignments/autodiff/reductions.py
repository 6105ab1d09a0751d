"""Sum, mean and maximum over one axis, each with its gradient.

    out = sum, mean or maximum of x over the axis `dim`

Shapes: x any with at least one axis; `dim` is a number of one of its axes, or, counted from the end, a negative one. The
axis is gone from `out`: x of shape (2, 4, 3) and dim = 1 give (2, 3), and a vector gives a scalar of shape (). `upstream`
has the shape of `out` and is the derivative of some loss with respect to it. The result is dx, with the shape of x.

- sum: every element along the axis has the derivative 1.
- mean: every element has 1 / n, where n is the size of that axis alone.
- maximum: the greatest element has 1 and the others have 0. Where k elements are greatest together, the convention here is
  equal shares: each of the k has 1 / k. It is that of `torch.amax`; `torch.max` with a dim chooses one of them instead.

The three functions are called with three different x, but the same `dim`.

Convention and formulas: https://docs.pytorch.org/docs/stable/generated/torch.amax.html; Griewank and Walther, 'Evaluating
Derivatives' (2008), chapter 14, on derivatives at ties.
"""

import torch


def sum_over(x, dim):
    """Return (out, cache): the sum over the axis `dim`, and whatever `sum_over_backward` needs."""
    raise NotImplementedError("reductions: sum_over is not written yet")


def sum_over_backward(upstream, cache):
    """Return {"dx": the gradient of x, with its shape}."""
    raise NotImplementedError("reductions: sum_over_backward is not written yet")


def mean_over(x, dim):
    """Return (out, cache): the mean over the axis `dim`."""
    raise NotImplementedError("reductions: mean_over is not written yet")


def mean_over_backward(upstream, cache):
    """Return {"dx": the gradient of x, with its shape}."""
    raise NotImplementedError("reductions: mean_over_backward is not written yet")


def max_over(x, dim):
    """Return (out, cache): the greatest element along the axis `dim`."""
    raise NotImplementedError("reductions: max_over is not written yet")


def max_over_backward(upstream, cache):
    """Return {"dx": the gradient of x, with its shape}; ties share equally."""
    raise NotImplementedError("reductions: max_over_backward is not written yet")
