import torch


def split_heads(Z, heads):
    return Z.view(*Z.shape[:2], heads, -1).transpose(1, 2).contiguous()


def merge_heads(Y):
    return Y.transpose(1, 2).contiguous().view(len(Y), Y.shape[2], -1)


def multi_head_attention(X, Wq, Wk, Wv, Wo, heads):
    X, W, Wo = X.float(), torch.cat([Wq, Wk, Wv]).float(), Wo.float()
    Q, K, V = (split_heads(one, heads) for one in (X @ W.T).chunk(3, dim=2))
    S = torch.matmul(Q, K.transpose(2, 3)) * Q.shape[3] ** -0.5
    E = torch.exp(S - S.max(dim=3, keepdim=True)[0])
    P = E / E.sum(3, keepdim=True)
    A = merge_heads(P @ V)
    return {"Q": Q, "K": K, "V": V, "P": P, "A": A, "out": A @ Wo.T}, (X, W, Wo, Q, K, V, P, A)


def multi_head_attention_backward(upstream, cache):
    X, W, Wo, Q, K, V, P, A = cache
    upstream = upstream.float()
    dA = upstream @ Wo
    dY = split_heads(dA, Q.shape[1])
    dP = dY @ V.transpose(2, 3)
    dS = P * dP
    dS = (dS - P * dS.sum(3, keepdim=True)) * Q.shape[3] ** -0.5
    dQ, dK, dV = dS @ K, dS.transpose(2, 3) @ Q, P.transpose(2, 3) @ dY
    together = torch.cat([merge_heads(dQ), merge_heads(dK), merge_heads(dV)], dim=2)
    dWq, dWk, dWv = (together.flatten(0, 1).T @ X.flatten(0, 1)).chunk(3)
    return {
        "dWo": upstream.flatten(0, 1).T @ A.flatten(0, 1),
        "dA": dA, "dV": dV, "dP": dP, "dQ": dQ, "dK": dK, "dWq": dWq, "dWk": dWk, "dWv": dWv, "dX": together @ W,
    }  # fmt: skip
