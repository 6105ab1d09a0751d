"""A block of a transformer: RMS norm, causal attention, a residual; RMS norm, SwiGLU, a residual. All gradients by hand.

For X (N, T, D), N examples of T tokens with D features each:

    U = rms_norm(X, g1)                                                   (N, T, D)
    P = softmax(U Uᵀ / √D), where token t sees the tokens s <= t alone    (N, T, T)
    V = U Wvᵀ                                                             (N, T, D)
    Y = X + P V                                   first residual          (N, T, D)
    M = rms_norm(Y, g2)                                                   (N, T, D)
    G = M Wgᵀ     Z = M Wuᵀ                       gate and way up         (N, T, F)
    H = silu(G) ∘ Z                               SwiGLU                  (N, T, F)
    out = Y + H Wdᵀ                               second residual         (N, T, D)

with rms_norm(x, g) = g ∘ x / √(mean of x² over the features + eps), separately for each token, and
silu(z) = z / (1 + exp(-z)), element by element; ∘ is the product of elements. P is exactly 0 for s > t.

The attention is a simple one, so that the block fits on a page: U itself is queries and keys, and there is one head. Wv
stands for the projection of the values and the last one together. Shapes of the parameters: g1 and g2 (D,), Wv (D, D),
Wg and Wu (F, D), Wd (D, F). There are no biases. `eps` is a number from 0 on, at times a large one.

`upstream` (N, T, D) is the derivative of some loss with respect to out. Every gradient has the name and the shape of what
it belongs to; it is the whole one, by every way to the loss: X goes into Y and into U, Y into out and into M, and U
into three places. dP is that of P as it stands in P V, for s > t as well. Values that are computed rightly from wrong
ones before them keep their points.

Formulas: Vaswani et al., 'Attention Is All You Need' (2017), 3.2; Zhang and Sennrich, 'Root Mean Square Layer
Normalization' (2019), (4); Shazeer, 'GLU Variants Improve Transformer' (2020), (6). The norms come first ('pre-norm') as
in Xiong et al., 'On Layer Normalization in the Transformer Architecture' (2020).
"""

import torch


def rms_norm(x, g, eps):
    """Return (out, cache): the norm of x (N, T, D) with the factors g (D,), and what `rms_norm_backward` needs."""
    raise NotImplementedError("transformer_block: rms_norm is not written yet")


def rms_norm_backward(upstream, cache):
    """Return {"dx": (N, T, D), "dg": (D,)}. The root depends on x as well."""
    raise NotImplementedError("transformer_block: rms_norm_backward is not written yet")


def transformer_block(X, g1, Wv, g2, Wg, Wu, Wd, eps):
    """Return ({"U", "P", "V", "Y", "M", "G", "Z", "H", "out"}, cache), with the shapes above.

    `cache` is whatever you want `transformer_block_backward` to have.
    """
    raise NotImplementedError("transformer_block: transformer_block is not written yet")


def transformer_block_backward(upstream, cache):
    """Return every gradient:

    {"dWd": (D, F), "dH": (N, T, F), "dG": (N, T, F), "dZ": (N, T, F), "dWg": (F, D), "dWu": (F, D), "dM": (N, T, D),
     "dg2": (D,), "dY": (N, T, D), "dV": (N, T, D), "dP": (N, T, T), "dWv": (D, D), "dU": (N, T, D), "dg1": (D,),
     "dX": (N, T, D)}
    """
    raise NotImplementedError("transformer_block: transformer_block_backward is not written yet")
