import torch


def attention(Q, K, V, keep, causal):
    Q, K, V = Q.float(), K.float(), V.float()
    T, S = Q.shape[1], K.shape[1]
    scores = torch.baddbmm(torch.zeros(len(Q), T, S), Q, K.transpose(1, 2), alpha=1 / Q.shape[2] ** 0.5)
    mask = torch.where(keep == 1, 0.0, -1e9)[:, None, :]
    if causal:
        mask = mask + torch.full((T, S), -1e9).triu(1)
    P = (scores + mask).softmax(-1)
    return {"scores": scores, "P": P, "out": torch.bmm(P, V)}, [Q, K, V, P]


def attention_backward(upstream, cache):
    Q, K, V, P = cache
    g = {"dV": torch.bmm(P.transpose(1, 2), upstream.float()), "dP": torch.bmm(upstream.float(), V.transpose(1, 2))}
    weighted = P * g["dP"]
    g["dscores"] = weighted - P * weighted.sum(2)[:, :, None]
    g["dQ"] = torch.bmm(g["dscores"], K) / Q.shape[2] ** 0.5
    g["dK"] = torch.bmm(g["dscores"].transpose(1, 2), Q) / Q.shape[2] ** 0.5
    return g
