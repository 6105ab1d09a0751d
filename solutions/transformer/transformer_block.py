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
    ### BEGIN SOLUTION
    inverse = (x.square().mean(dim=2, keepdim=True) + eps) ** -0.5
    return x * inverse * g, (x * inverse, inverse, g)
    ### END SOLUTION


def rms_norm_backward(upstream, cache):
    """Return {"dx": (N, T, D), "dg": (D,)}. The root depends on x as well."""
    ### BEGIN SOLUTION
    normed, inverse, g = cache
    dnormed = upstream * g
    dx = inverse * (dnormed - normed * (dnormed * normed).mean(dim=2, keepdim=True))
    return {"dx": dx, "dg": (upstream * normed).sum(dim=(0, 1))}
    ### END SOLUTION


def transformer_block(X, g1, Wv, g2, Wg, Wu, Wd, eps):
    """Return ({"U", "P", "V", "Y", "M", "G", "Z", "H", "out"}, cache), with the shapes above.

    `cache` is whatever you want `transformer_block_backward` to have.
    """
    ### BEGIN SOLUTION
    _, T, D = X.shape
    U, first = rms_norm(X, g1, eps)
    scores = U @ U.mT / D**0.5
    future = torch.arange(T) > torch.arange(T)[:, None]
    P = torch.softmax(scores.masked_fill(future, -torch.inf), dim=2)
    V = U @ Wv.T
    Y = X + P @ V
    M, second = rms_norm(Y, g2, eps)
    G, Z = M @ Wg.T, M @ Wu.T
    H = G * torch.sigmoid(G) * Z
    values = {"U": U, "P": P, "V": V, "Y": Y, "M": M, "G": G, "Z": Z, "H": H, "out": Y + H @ Wd.T}
    return values, (values, Wv, Wg, Wu, Wd, first, second)
    ### END SOLUTION


def transformer_block_backward(upstream, cache):
    """Return every gradient:

    {"dWd": (D, F), "dH": (N, T, F), "dG": (N, T, F), "dZ": (N, T, F), "dWg": (F, D), "dWu": (F, D), "dM": (N, T, D),
     "dg2": (D,), "dY": (N, T, D), "dV": (N, T, D), "dP": (N, T, T), "dWv": (D, D), "dU": (N, T, D), "dg1": (D,),
     "dX": (N, T, D)}
    """
    ### BEGIN SOLUTION
    values, Wv, Wg, Wu, Wd, first, second = cache
    U, P, V, M, G, Z, H = [values[name] for name in "UPVMGZH"]
    dH = upstream @ Wd
    s = torch.sigmoid(G)
    dG = dH * Z * (s + G * s * (1 - s))
    dZ = dH * G * s
    dM = dG @ Wg + dZ @ Wu
    above = rms_norm_backward(dM, second)
    dY = upstream + above["dx"]
    dV = P.mT @ dY
    dP = dY @ V.mT
    dscores = P * (dP - (P * dP).sum(dim=2, keepdim=True)) / len(Wv) ** 0.5
    dU = dscores @ U + dscores.mT @ U + dV @ Wv
    below = rms_norm_backward(dU, first)
    return {
        "dWd": torch.einsum("nti,ntj->ij", upstream, H),
        "dH": dH,
        "dG": dG,
        "dZ": dZ,
        "dWg": torch.einsum("nti,ntj->ij", dG, M),
        "dWu": torch.einsum("nti,ntj->ij", dZ, M),
        "dM": dM,
        "dg2": above["dg"],
        "dY": dY,
        "dV": dV,
        "dP": dP,
        "dWv": torch.einsum("nti,ntj->ij", dV, U),
        "dU": dU,
        "dg1": below["dg"],
        "dX": dY + below["dx"],
    }
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between
from autograder.functional import attention_scores, masked_softmax


def reference(mark, X, g1, Wv, g2, Wg, Wu, Wd, eps):
    causal = torch.ones(2 * X.shape[1:2], dtype=torch.bool).tril()
    past, into = X.expand(2, *X.shape).unbind(0)
    queries, keys, both = mark("U", torch.rms_norm(into, list(g1.shape), g1, eps)).expand(3, *X.shape).unbind(0)
    P = mark("P", masked_softmax(attention_scores(queries, keys), causal))
    V = mark("V", F.linear(both, Wv))
    past, into = mark("Y", past + P.bmm(V)).expand(2, *X.shape).unbind(0)
    gate, up = mark("M", torch.rms_norm(into, list(g2.shape), g2, eps)).expand(2, *X.shape).unbind(0)
    gate, up = mark("G", F.linear(gate, Wg)), mark("Z", F.linear(up, Wu))
    return past + F.linear(mark("H", F.silu(gate).mul(up)), Wd)


def inputs(draw, N, T, D, F, eps=0.1):
    return {
        "X": draw.normal(N, T, D),
        "g1": draw.uniform(D, low=0.5, high=1.5) * draw.signs(D),
        "Wv": draw.normal(D, D, scale=D**-0.5),
        "g2": draw.uniform(D, low=0.5, high=1.5) * draw.signs(D),
        "Wg": draw.normal(F, D, scale=D**-0.5),
        "Wu": draw.normal(F, D, scale=D**-0.5),
        "Wd": draw.normal(D, F, scale=F**-0.5),
        "eps": eps,
        "upstream": draw.normal(N, T, D),
    }


def on_paper(draw):
    """X is (1, 7) and Y is (7, 1): both have the root 5, as eps is 0. The gate is log 3, its sigmoid 3/4."""
    three = torch.tensor(3.0, dtype=torch.float64).log().item()
    return {
        "X": torch.tensor([[[1, 7]]], dtype=torch.float64),
        "g1": torch.tensor([5, 5], dtype=torch.float64),
        "Wv": torch.tensor([[-1, 1], [1, -1]], dtype=torch.float64),
        "g2": torch.tensor([5, 5], dtype=torch.float64),
        "Wg": torch.tensor([[0, three]], dtype=torch.float64),
        "Wu": torch.tensor([[1, -5]], dtype=torch.float64),
        "Wd": torch.tensor([[2], [1]], dtype=torch.float64),
        "eps": 0.0,
        "upstream": torch.tensor([[[1, 2]]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=4,
    difficulty=5,
    hours=5,
    builds_on=("attention", "multi_head_attention", "normalization/rms_norm", "layers/gelu_silu"),
    points={
        "U": 1,
        "P": 0.5,
        "V": 0.5,
        "Y": 1,
        "M": 0.5,
        "G": 0.5,
        "Z": 0.5,
        "H": 1,
        "out": 0.5,
        "dWd": 1,
        "dH": 0.5,
        "dG": 2,
        "dZ": 1,
        "dWg": 0.5,
        "dWu": 0.5,
        "dM": 1,
        "dg2": 1,
        "dY": 3,
        "dV": 0.5,
        "dP": 0.5,
        "dWv": 0.5,
        "dU": 3,
        "dg1": 0.5,
        "dX": 2.5,
    },
    calls="""
        values, cache = transformer_block(X, g1, Wv, g2, Wg, Wu, Wd, eps)
        U, P, V, Y, M, G, Z, H, out = entries(values)
        dWd, dH, dG, dZ, dWg, dWu, dM, dg2, dY, dV, dP, dWv, dU, dg1, dX = entries(
            transformer_block_backward(upstream, cache)
        )
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three tokens", N=2, T=3, D=4, F=5),
        Case("more tokens than features", N=3, T=5, D=2, F=4, eps=1.0),
        Case(
            "one token, worked on paper",
            tier="edge",
            inputs=on_paper,
            known={
                "U": [[["1", "7"]]],
                "V": [[["6", "-6"]]],
                "Y": [[["7", "1"]]],
                "M": [[["7", "1"]]],
                "G": [[["1.0986123"]]],
                "Z": [[["2"]]],
                "H": [[["1.6479184"]]],
                "out": [[["10.295837", "2.6479184"]]],
                "dWd": [["1.6479184"], ["3.2958369"]],
                "dH": [[["4"]]],
                "dG": [[["7.6479184"]]],
                "dZ": [[["3.2958369"]]],
                "dWg": [["53.535429", "7.6479184"]],
                "dWu": [["23.070858", "3.2958369"]],
                "dM": [[["3.2958369", "-8.077087"]]],
            },
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=2, T=between(3, 5), D=between(4, 6), F=between(3, 7)),
        Case("one example", tier="edge", N=1, T=between(2, 4), D=between(3, 5), F=between(2, 6)),
        Case("one hidden unit", tier="edge", N=3, T=2, D=4, F=1, eps=1e-5),
    ],
    ### END HIDDEN TESTS
)
