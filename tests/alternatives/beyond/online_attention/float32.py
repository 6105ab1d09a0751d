import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode


def attention(Q, K, V, block):
    Q, K, V = Q.float(), K.float(), V.float()
    m = torch.full((len(Q), 1), float("-inf"))
    total, out = torch.zeros(len(Q), 1), torch.zeros(len(Q), V.shape[1])
    for start in range(0, len(K), block):
        scores = Q @ K[start : start + block].T / Q.shape[1] ** 0.5
        new = torch.maximum(m, scores.max(dim=1, keepdim=True).values)
        p = torch.exp(scores - new)
        total = total * torch.exp(m - new) + p.sum(1, keepdim=True)
        out = out * torch.exp(m - new) + p @ V[start : start + block]
        m = new
    out = out / total
    return out, (m + total.log())[:, 0], (Q, K, V, out, m, total, block)


def attention_backward(upstream, cache):
    Q, K, V, out, m, total, block = cache
    upstream = upstream.float()
    delta = (out * upstream).sum(1, keepdim=True)
    dQ, dK, dV = torch.zeros_like(Q), torch.zeros_like(K), torch.zeros_like(V)
    for start in range(0, len(K), block):
        keys = slice(start, start + block)
        P = torch.exp(Q @ K[keys].T / Q.shape[1] ** 0.5 - m) / total
        dS = P * (upstream @ V[keys].T - delta) / Q.shape[1] ** 0.5
        dQ += dS @ K[keys]
        dK[keys] = dS.T @ Q
        dV[keys] = P.T @ upstream
    return {"dQ": dQ, "dK": dK, "dV": dV}


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
