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
    raise NotImplementedError("online_attention: attention is not written yet")


def attention_backward(upstream, cache):
    """Return {"dQ": (T, d), "dK": (S, d), "dV": (S, e)}. `upstream` is the derivative with respect to out; L has none."""
    raise NotImplementedError("online_attention: attention_backward is not written yet")


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
