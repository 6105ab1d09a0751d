"""The weights have an axis for the heads themselves, and no features are ever moved."""

import torch


def split_heads(Z, heads):
    return Z.unflatten(2, (heads, -1)).permute(0, 2, 1, 3)


def merge_heads(Y):
    return Y.permute(0, 2, 1, 3).flatten(2)


def multi_head_attention(X, Wq, Wk, Wv, Wo, heads):
    D = X.shape[-1]
    by_head = [W.reshape(heads, -1, D) for W in (Wq, Wk, Wv)]
    last = Wo.reshape(D, heads, -1)
    Q, K, V = (torch.einsum("nti,hdi->nhtd", X, W) for W in by_head)
    P = (torch.einsum("nhtd,nhsd->nhts", Q, K) / Q.shape[-1] ** 0.5).softmax(-1)
    Y = torch.einsum("nhts,nhsd->nhtd", P, V)
    values = {"Q": Q, "K": K, "V": V, "P": P, "A": merge_heads(Y), "out": torch.einsum("nhtd,ihd->nti", Y, last)}
    return values, (X, by_head, last, Q, K, V, P, Y)


def multi_head_attention_backward(upstream, cache):
    X, (Wq, Wk, Wv), Wo, Q, K, V, P, Y = cache
    dY = torch.einsum("nti,ihd->nhtd", upstream, Wo)
    dP = torch.einsum("nhtd,nhsd->nhts", dY, V)
    dS = P * (dP - (dY * Y).sum(-1, keepdim=True)) / Q.shape[-1] ** 0.5
    dQ = torch.einsum("nhts,nhsd->nhtd", dS, K)
    dK = torch.einsum("nhts,nhtd->nhsd", dS, Q)
    dV = torch.einsum("nhts,nhtd->nhsd", P, dY)
    grads = {"dA": merge_heads(dY), "dP": dP, "dQ": dQ, "dK": dK, "dV": dV, "dX": 0}
    grads["dWo"] = torch.einsum("nti,nhtd->ihd", upstream, Y).flatten(1)
    for name, g, W in (("dWq", dQ, Wq), ("dWk", dK, Wk), ("dWv", dV, Wv)):
        grads[name] = torch.einsum("nhtd,nti->hdi", g, X).flatten(0, 1)
        grads["dX"] = grads["dX"] + torch.einsum("nhtd,hdi->nti", g, W)
    return grads
