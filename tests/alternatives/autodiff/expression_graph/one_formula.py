"""out = (q - p σ)² - p with q = p + c: every gradient as one formula of p and q."""

import torch


def graph(a, b, c):
    p = a * b
    q = p + c
    r = torch.sigmoid(q)
    t = q - p * r
    return {"p": p, "q": q, "r": r, "s": p * r, "t": t, "u": t.square(), "out": t.square() - p}, (a, b, p, q)


def graph_backward(upstream, cache):
    a, b, p, q = cache
    r = torch.sigmoid(q)
    slope = torch.sigmoid(q) * torch.sigmoid(-q)
    t = q - p * r
    by_q = 2 * t * (1 - p * slope)
    by_p = 2 * t * (1 - r - p * slope) - 1
    found = {
        "du": torch.ones_like(p), "dt": 2 * t, "ds": -2 * t, "dr": -2 * t * p, "dq": by_q, "dp": by_p,
        "da": by_p * b, "db": by_p * a, "dc": by_q,
    }  # fmt: skip
    return {name: upstream * value for name, value in found.items()}
