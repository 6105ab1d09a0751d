"""Multi-head attention: the features are projected, cut into heads that attend on their own, merged and projected again.

For X (N, T, D), N examples of T tokens with D features each, and weights with a row for each unit that they lead to,
Wq, Wk, Wv (E, D) and Wo (D, E), where E = heads · d:

    Q = split(X Wqᵀ)     K = split(X Wkᵀ)     V = split(X Wvᵀ)                           each (N, heads, T, d)
    P = softmax(Q Kᵀ / √d), in each head of each example, over the last axis             (N, heads, T, T)
    A = merge(P V)                                                                       (N, T, E)
    out = A Woᵀ                                                                          (N, T, D)

`split` takes (N, T, E) to (N, heads, T, d): head h has the columns h d, h d + 1, ..., h d + d - 1. `merge` is the way
back, from (N, heads, T, d) to (N, T, E). There are no biases and no mask: every token sees every token. E need not be D.

`upstream` (N, T, D) is the derivative of some loss with respect to out. Every gradient has the name of what it belongs to
with a d in front, and its shape: dQ (N, heads, T, d) is that of Q as it leaves the split, and dA (N, T, E) that of A.

Formulas: Vaswani et al., 'Attention Is All You Need' (2017), section 3.2.2.
"""

import torch


def split_heads(Z, heads):
    """Return (N, heads, T, d) for Z (N, T, heads · d)."""
    raise NotImplementedError("multi_head_attention: split_heads is not written yet")


def merge_heads(Y):
    """Return (N, T, heads · d) for Y (N, heads, T, d)."""
    raise NotImplementedError("multi_head_attention: merge_heads is not written yet")


def multi_head_attention(X, Wq, Wk, Wv, Wo, heads):
    """Return ({"Q", "K", "V": (N, heads, T, d), "P": (N, heads, T, T), "A": (N, T, E), "out": (N, T, D)}, cache).

    `cache` is whatever you want `multi_head_attention_backward` to have.
    """
    raise NotImplementedError("multi_head_attention: multi_head_attention is not written yet")


def multi_head_attention_backward(upstream, cache):
    """Return every gradient, those of intermediate values as well:

    {"dWo": (D, E), "dA": (N, T, E), "dV": (N, heads, T, d), "dP": (N, heads, T, T), "dQ": (N, heads, T, d),
     "dK": (N, heads, T, d), "dWq": (E, D), "dWk": (E, D), "dWv": (E, D), "dX": (N, T, D)}
    """
    raise NotImplementedError("multi_head_attention: multi_head_attention_backward is not written yet")
