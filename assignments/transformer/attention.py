"""Scaled dot-product attention with a padding mask and a causal mask, forward and backward.

Every query looks at all keys that it may see, and takes a weighted mean of their values:

    scores = Q Kᵀ / √d
    P[t, s] = exp(scores[t, s]) / (sum of exp(scores[t, j]) over the visible keys j)    where s is visible to t, else 0
    out = P V

for each of N examples on its own. Shapes: Q (N, T, d), K (N, S, d), V (N, S, d_v); scores and P (N, T, S), out
(N, T, d_v). There are T queries and S keys, and T and S may differ; so may d and d_v.

Key s of example n is visible to query t if `keep[n, s]` is 1 and, where `causal` is True, s <= t as well. (Query t
stands at the same place as key t, whatever T and S are: with S > T the last keys are seen by no query.) `keep` (N, S)
holds whole numbers: 1 for a key, 0 for padding. The first key is never padding, so every query sees something.

`scores` are those of all keys, before any mask. In P what is hidden is exactly 0. Scores of ±1000 are ordinary, and those
of hidden keys may be the greatest of all: no result may be inf or nan. `torch.softmax` may be used.

`upstream` (N, T, d_v) is the derivative of some loss with respect to out. Each gradient has the shape of what it belongs
to; dscores is the gradient of `scores` as they are above, divided by √d already, and is 0 where a key is hidden. dP (N, T, S)
is that of P as it stands in `out = P V`, for hidden keys as well.

Formulas: Vaswani et al., 'Attention Is All You Need' (2017), section 3.2.1; the derivative of a softmax as in
Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.2.2.3.
"""

import torch


def attention(Q, K, V, keep, causal):
    """Return ({"scores": (N, T, S), "P": (N, T, S), "out": (N, T, d_v)}, cache).

    `cache` is whatever you want `attention_backward` to have.
    """
    raise NotImplementedError("attention: attention is not written yet")


def attention_backward(upstream, cache):
    """Return {"dV": (N, S, d_v), "dP": (N, T, S), "dscores": (N, T, S), "dQ": (N, T, d), "dK": (N, S, d)}."""
    raise NotImplementedError("attention: attention_backward is not written yet")
