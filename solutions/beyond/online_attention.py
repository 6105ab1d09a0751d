"""Attention that never holds the whole matrix of scores: online softmax forward, recomputation backward.

For T queries and S keys, with d numbers in each:

    scores[i, j] = Q[i] · K[j] / sqrt(d)        P = softmax(scores), row by row        out = P V

Shapes: Q (T, d), K (S, d), V (S, e), out (T, e). There is no mask.

scores and P have T S entries, far more than all of Q, K, V and out together when T and S are large. So the keys (and
their values) are taken `block` at a time, in order; the last block may be smaller, and `block` may be larger than S.

Forward. For each query three things are kept while the blocks go by: the greatest score so far, m; the sum so far of
exp(score - m); and the sum so far of exp(score - m) times the value. A new block may have a greater score. Then m rises,
and both sums, which were taken relative to the old m, must be brought to the new one before the block is added. In the
end out is the quotient of the two. `attention` also returns

    L (T,), L[i] = log of the sum over all j of exp(scores[i, j]).

Backward. P is not in the cache; with L each block of it can be made again, P[i, j] = exp(scores[i, j] - L[i]). The
softmax's derivative has the sum over j of P[i, j] dP[i, j] in it, over all keys, not over a block: show on paper that
it is the sum over the e columns of out * upstream, which needs no P at all. dQ adds up over the blocks; dK and dV are
made block by block.

Neither the cache nor anything that you make may grow with T S: at most T `block`, or the size of an argument, in a few
arrays at a time. That is measured, not graded: `peak_numbers` runs your functions on larger inputs, counts how many
numbers are alive at once in what PyTorch's operations made, and reports the greatest count as a share of T S (whoever
builds P and its gradient whole has about 4). Scores of a thousand and more are ordinary: no inf, no nan. No
`scaled_dot_product_attention`, no `torch.softmax` or `torch.logsumexp` over all keys: the count shows who has used them.

Sources: M. Milakov and N. Gimelshein, 'Online normalizer calculation for softmax' (2018); T. Dao and others,
'FlashAttention' (2022), section 3 and appendix B.
"""

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode


def attention(Q, K, V, block):
    """Return (out, L, cache): (T, e), (T,), and what the backward pass needs."""
    T, d = Q.shape
    e = V.shape[1]
    ### BEGIN SOLUTION
    scaled = Q / d**0.5
    m = torch.full((T, 1), -torch.inf)
    total, weighted = torch.exp(m), torch.exp(m.expand(T, e))
    for k, v in zip(K.split(block), V.split(block)):
        scores = scaled @ k.T
        top = torch.maximum(m, scores.amax(dim=1, keepdim=True))
        powers = torch.exp(scores - top)
        shrink = torch.exp(m - top)
        total = shrink * total + powers.sum(dim=1, keepdim=True)
        weighted = shrink * weighted + powers @ v
        m = top
    L = m + torch.log(total)
    out = weighted / total
    return out, L.squeeze(1), (scaled, K, V, out, L, block, d)
    ### END SOLUTION


def attention_backward(upstream, cache):
    """Return {"dQ": (T, d), "dK": (S, d), "dV": (S, e)}. `upstream` is the derivative with respect to out; L has none."""
    ### BEGIN SOLUTION
    scaled, K, V, out, L, block, d = cache
    dot = (upstream * out).sum(dim=1, keepdim=True)
    dQ, dK, dV = torch.zeros_like(scaled), [], []
    for k, v in zip(K.split(block), V.split(block)):
        P = torch.exp(scaled @ k.T - L)
        dscores = P * (upstream @ v.T - dot)
        dQ = dscores @ k / d**0.5 + dQ
        dK.append(dscores.T @ scaled)
        dV.append(P.T @ upstream)
    return {"dQ": dQ, "dK": torch.cat(dK), "dV": torch.cat(dV)}
    ### END SOLUTION


class Memory(TorchFunctionMode):
    """Counts the numbers that are alive at once in what the operations inside it have made. It is given: read it."""

    def __init__(self, *given):
        super().__init__()
        self.given = {one.untyped_storage()._cdata for one in given}
        self.alive, self.most = {}, 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for one in made if isinstance(made, (list, tuple)) else [made]:
            if isinstance(one, torch.Tensor) and one.untyped_storage()._cdata not in self.given:
                memory = one.untyped_storage()
                self.alive[memory._cdata] = StorageWeakRef(memory), memory.nbytes() // one.element_size()
        self.alive = {key: (weak, size) for key, (weak, size) in self.alive.items() if not weak.expired()}
        self.most = max(self.most, sum(size for _, size in self.alive.values()))
        return made


def peak_numbers(T=48, S=40, d=2, e=2, block=4):
    """How many numbers are alive at once in your two functions, as a share of T S."""
    draw = torch.Generator().manual_seed(0)
    Q, K, V, upstream = (torch.randn(*shape, generator=draw) for shape in ((T, d), (S, d), (S, e), (T, e)))
    with Memory(Q, K, V, upstream) as memory:
        _, _, cache = attention(Q, K, V, block)
        attention_backward(upstream, cache)
    return memory.most / (T * S)


if __name__ == "__main__":
    print(f"At most {peak_numbers():.2f} T S numbers are alive at once.")


### BEGIN GRADING
import math

import torch

from autograder import Case, Exercise, between
from autograder.functional import attention_scores


def reference(mark, Q, K, V):
    scores = mark("scores", attention_scores(Q, K))
    return torch.matmul(mark("P", torch.softmax(scores, dim=-1)), V)


def outputs(trace, Q):
    # The peak is reported and not judged: whatever it is lies within the tolerance, which comes from the float32 run.
    peak = Q.new_tensor(0.0 if Q.dtype == torch.float64 else 1e6)
    return {"L": torch.logsumexp(trace["scores"], dim=1), "peak": peak}


def figures(parts):
    return {"numbers alive at once, as a share of T S": parts["peak"]}


def inputs(draw, T, S, d, e, block):
    return {
        "Q": draw.normal(T, d),
        "K": draw.normal(S, d),
        "V": draw.normal(S, e),
        "upstream": draw.normal(T, e),
        "block": block,
    }


def large_scores(draw, T, S, e, block, shift=0):
    # Scores rise to a thousand and more from one end of the keys to the other. The first and the last key have the same
    # greatest score and are not the same, so that no gradient is 0. All products are exact in float32.
    values = inputs(draw, T, S, 4, e, block)
    K = (torch.arange(S, dtype=torch.float64) - shift)[:, None].expand(S, 4).clone()
    K[0] = K[-1]
    K[0, :2] += torch.tensor([1.0, -1.0])
    K[-1, :2] -= torch.tensor([1.0, -1.0])
    Q = torch.round(8 * values["Q"][:, :1].abs() + 8) / 8
    return {**values, "Q": Q.expand(T, 4).clone(), "K": 128 * K}


def three_keys(draw):
    # The powers of the first query are 1, 2 and 5, those of the second are all 1.
    values = {
        "Q": [[1], [0]],
        "K": [[0], [math.log(2)], [math.log(5)]],
        "V": [[8], [0], [16]],
        "upstream": [[8], [3]],
    }
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()} | {"block": 2}


EXERCISE = Exercise(
    order=4,
    difficulty=5,
    hours=4,
    builds_on=("transformer/attention", "softmax_classifier/softmax_cross_entropy"),
    points={"out": 3, "L": 1, "dQ": 3, "dK": 3, "dV": 2},
    calls="""
        out, L, cache = attention(Q, K, V, block)
        dQ, dK, dV = entries(attention_backward(upstream, cache))
        peak = peak_numbers()
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    upstream="upstream",
    figures=figures,
    public=[
        Case("blocks of two", T=4, S=5, d=3, e=6, block=2),
        Case(
            "powers 1, 2 and 5",
            inputs=three_keys,
            known={
                "out": [["11.0000"], ["8.0000"]],
                "L": ["2.0794415", "1.0986123"],
                "dQ": [["24.9867098"], ["7.3303259"]],
                "dK": [["-3.0000"], ["-22.0000"], ["25.0000"]],
                "dV": [["2.0000"], ["3.0000"], ["6.0000"]],
            },
        ),
        Case("large scores", tier="stability", inputs=large_scores, T=3, S=6, e=2, block=4),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", T=between(3, 5), S=between(6, 8), d=between(2, 6), e=between(2, 5), block=3),
        Case("one key at a time", T=between(3, 5), S=between(4, 6), d=between(2, 6), e=between(2, 5), block=1),
        Case("one block", T=between(3, 5), S=between(4, 6), d=between(2, 6), e=between(2, 5), block=9),
        Case("one query", tier="edge", T=1, S=between(4, 6), d=between(2, 3), e=between(2, 5), block=2),
        Case("two keys", tier="edge", T=between(3, 5), S=2, d=between(3, 5), e=between(3, 6), block=1),
        Case("one number in each", tier="edge", T=between(3, 5), S=4, d=1, e=1, block=3),
        Case("other large scores", tier="stability", inputs=large_scores, T=between(3, 5), S=7, e=3, block=2),
        Case("scores far below 0", tier="stability", inputs=large_scores, T=between(3, 5), S=7, e=2, block=3, shift=20),
    ],
    ### END HIDDEN TESTS
)
