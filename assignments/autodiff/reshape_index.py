"""Permute, reshape, and choose rows by index: operations that only move numbers, and their gradients.

    y   = x with its axes in the order `order`, then reshaped to a matrix of `rows` rows
    out = the rows of y whose numbers stand in `index`, one after the other

Shapes: x (d0, d1, d2), whose axes all have at least one element; `order` (3,) holds 0, 1 and 2 in some order (int64): axis i
of the permuted tensor is axis order[i] of x, as `x.permute(*order.tolist())` does it. y (rows, columns), where rows times
columns is d0 · d1 · d2. `index` (k,) holds row numbers from 0 to rows - 1 (int64); out (k, columns).

A row of y may be chosen several times, once, or never. What is chosen several times is used several times: the
contributions of all uses are added up. A row that is never chosen has the gradient 0.

`upstream` (k, columns) is the derivative of some loss with respect to out. dy is that with respect to y, (rows, columns),
and dx that with respect to x, (d0, d1, d2): the two operations have a backward function each, and the second one gets the
dy that the first one gave.

Mind what an assignment or `+=` does with an index in which a number stands twice (read about `accumulate` there):
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
"""

import torch


def permute_reshape(x, order, rows):
    """Return (y, cache): the permuted and reshaped x, (rows, columns), and whatever the backward function needs."""
    raise NotImplementedError("reshape_index: permute_reshape is not written yet")


def permute_reshape_backward(dy, cache):
    """Return {"dx": (d0, d1, d2)} from the gradient of y."""
    raise NotImplementedError("reshape_index: permute_reshape_backward is not written yet")


def choose_rows(y, index):
    """Return (out, cache): the chosen rows, (k, columns)."""
    raise NotImplementedError("reshape_index: choose_rows is not written yet")


def choose_rows_backward(upstream, cache):
    """Return {"dy": (rows, columns)}."""
    raise NotImplementedError("reshape_index: choose_rows_backward is not written yet")
