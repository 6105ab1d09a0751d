"""Vectors instead of matrices: every example has its own way through time."""

import torch


def rnn_step(x, h, W, U, b):
    rows = [torch.tanh(W @ x_n + U @ h_n + b) for x_n, h_n in zip(x, h)]
    return torch.stack(rows), (x, h, W, U, torch.stack(rows))


def rnn_step_backward(upstream, cache):
    x, h, W, U, new = cache
    dx, dh = torch.zeros_like(x), torch.zeros_like(h)
    dW, dU, db = torch.zeros_like(W), torch.zeros_like(U), torch.zeros_like(U[0])
    for n, slope in enumerate(upstream):
        dz = slope - slope * new[n] * new[n]
        dx[n], dh[n] = W.T @ dz, U.T @ dz
        dW += torch.outer(dz, x[n])
        dU += torch.outer(dz, h[n])
        db += dz
    return {"dx": dx, "dh": dh, "dW": dW, "dU": dU, "db": db}


def rnn(x, h0, W, U, b):
    out, caches = torch.zeros(len(x), *h0.shape, dtype=x.dtype), []
    h = h0
    for t, x_t in enumerate(x):
        h, cache = rnn_step(x_t, h, W, U, b)
        out[t] = h
        caches.append(cache)
    return out, caches


def rnn_backward(upstream, caches):
    steps, dh, way_back = [], [], torch.zeros_like(upstream[0])
    for slope, cache in zip(reversed(upstream), reversed(caches)):
        dh.append(slope + way_back)
        steps.append(rnn_step_backward(dh[-1], cache))
        way_back = steps[-1]["dh"]
    found = {"dh": torch.stack(dh[::-1]), "dx": torch.stack([step["dx"] for step in steps[::-1]]), "dh0": way_back}
    for name in ("dW", "dU", "db"):
        found[name] = torch.stack([step[name] for step in steps]).sum(0)
    return found
