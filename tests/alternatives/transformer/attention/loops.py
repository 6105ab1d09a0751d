"""One query at a time; only the keys that it may see are ever looked at."""

import torch


def visible_keys(keep, causal, t):
    return [s for s in range(len(keep)) if keep[s] and (s <= t or not causal)]


def attention(Q, K, V, keep, causal):
    N, T, d = Q.shape
    scores = torch.stack([Q[n] @ K[n].T for n in range(N)]) / d**0.5
    P = torch.zeros_like(scores)
    for n in range(N):
        for t in range(T):
            seen = visible_keys(keep[n], causal, t)
            row = scores[n, t, seen]
            powers = torch.exp(row - row.max())
            P[n, t, seen] = powers / powers.sum()
    out = torch.stack([P[n] @ V[n] for n in range(N)])
    return {"scores": scores, "P": P, "out": out}, {"Q": Q, "K": K, "V": V, "P": P, "keep": keep, "causal": causal}


def attention_backward(upstream, cache):
    Q, K, V, P = cache["Q"], cache["K"], cache["V"], cache["P"]
    N, T, d = Q.shape
    dQ, dK, dV = torch.zeros_like(Q), torch.zeros_like(K), torch.zeros_like(V)
    dP, dscores = torch.zeros_like(P), torch.zeros_like(P)
    for n in range(N):
        for t in range(T):
            dP[n, t] = V[n] @ upstream[n, t]
            seen = visible_keys(cache["keep"][n], cache["causal"], t)
            p = P[n, t, seen]
            jacobian = torch.diag(p) - torch.outer(p, p)
            dscores[n, t, seen] = jacobian @ dP[n, t, seen]
            for s in seen:
                dV[n, s] += P[n, t, s] * upstream[n, t]
                dQ[n, t] += dscores[n, t, s] * K[n, s] / d**0.5
                dK[n, s] += dscores[n, t, s] * Q[n, t] / d**0.5
    return {"dV": dV, "dP": dP, "dscores": dscores, "dQ": dQ, "dK": dK}
