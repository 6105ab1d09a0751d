"""Rotary position embedding: each pair of features is turned by an angle that grows with the token's position.

A row x of d features (d is even) is read as d/2 pairs of *neighbours*: pair i is (x[2i], x[2i + 1]), for i = 0 ...
d/2 - 1. At position p, pair i is turned by the angle

    angles[t, i] = p base^(-2i/d)        where p = positions[t]

counter-clockwise: with a = angles[t, i],

    out[2i]     = x[2i] cos a - x[2i + 1] sin a
    out[2i + 1] = x[2i] sin a + x[2i + 1] cos a

Shapes: x and out (N, T, d); `positions` (T,) whole numbers, the same for each of the N examples; angles (T, d/2). `base`
is a positive number, 10000 in most models. The positions need not be 0, 1, 2, ...: a text may go on from an earlier part,
or tokens stand in any order.

(Some programs turn x[i] with x[i + d/2] instead of neighbours. That is another order of the features; here it is wrong.)

`upstream` (N, T, d) is the derivative of some loss with respect to out, and dx (N, T, d) that with respect to x.

Formulas: Su et al., 'RoFormer: Enhanced Transformer with Rotary Position Embedding' (2021), section 3.2.2.
"""

import torch


def rotary(x, positions, base):
    """Return ({"angles": (T, d/2), "out": (N, T, d)}, cache). `cache` is whatever you want `rotary_backward` to have."""
    raise NotImplementedError("rotary: rotary is not written yet")


def rotary_backward(upstream, cache):
    """Return {"dx": (N, T, d)}. What is the transpose of a rotation?"""
    raise NotImplementedError("rotary: rotary_backward is not written yet")
