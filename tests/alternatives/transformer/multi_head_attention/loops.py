"""One head of one example at a time, by slices of the weights; the heads' shares of a gradient are added."""

import torch


def split_heads(Z, heads):
    return torch.stack(Z.chunk(heads, dim=-1), dim=1)


def merge_heads(Y):
    return torch.cat(list(Y.unbind(1)), dim=-1)


def multi_head_attention(X, Wq, Wk, Wv, Wo, heads):
    N, T, D = X.shape
    d = len(Wq) // heads
    Q, K, V, Y = (torch.empty(N, heads, T, d, dtype=X.dtype) for _ in range(4))
    P = torch.empty(N, heads, T, T, dtype=X.dtype)
    for n in range(N):
        for h in range(heads):
            rows = slice(h * d, (h + 1) * d)
            Q[n, h], K[n, h], V[n, h] = X[n] @ Wq[rows].T, X[n] @ Wk[rows].T, X[n] @ Wv[rows].T
            P[n, h] = torch.softmax(Q[n, h] @ K[n, h].T / d**0.5, dim=1)
            Y[n, h] = P[n, h] @ V[n, h]
    A = merge_heads(Y)
    values = {"Q": Q, "K": K, "V": V, "P": P, "A": A, "out": A @ Wo.T}
    return values, (X, Wq, Wk, Wv, Wo, values)


def multi_head_attention_backward(upstream, cache):
    X, Wq, Wk, Wv, Wo, values = cache
    Q, K, V, P = (values[name] for name in "QKVP")
    N, heads, T, d = Q.shape
    dA = upstream @ Wo
    dQ, dK, dV, dP = (torch.zeros_like(values[name]) for name in "QKVP")
    dWq, dWk, dWv, dX = torch.zeros_like(Wq), torch.zeros_like(Wk), torch.zeros_like(Wv), torch.zeros_like(X)
    for n in range(N):
        for h in range(heads):
            rows = slice(h * d, (h + 1) * d)
            dY = dA[n, :, rows]
            dV[n, h], dP[n, h] = P[n, h].T @ dY, dY @ V[n, h].T
            dS = P[n, h] * (dP[n, h] - (P[n, h] * dP[n, h]).sum(1)[:, None]) / d**0.5
            dQ[n, h], dK[n, h] = dS @ K[n, h], dS.T @ Q[n, h]
            for g, W, dW in ((dQ, Wq, dWq), (dK, Wk, dWk), (dV, Wv, dWv)):
                dW[rows] += g[n, h].T @ X[n]
                dX[n] += g[n, h] @ W[rows]
    dWo = sum(upstream[n].T @ values["A"][n] for n in range(N))
    return {
        "dWo": dWo, "dA": dA, "dV": dV, "dP": dP, "dQ": dQ, "dK": dK, "dWq": dWq, "dWk": dWk, "dWv": dWv, "dX": dX,
    }  # fmt: skip
