import torch


def batch_norm(x, gamma, beta, eps):
    N, D = x.shape
    nodes = {name: torch.zeros_like(x) for name in ("centred", "squares", "xhat")}
    nodes |= {name: torch.zeros_like(gamma) for name in ("mean", "var", "inv")}
    nodes["scale"] = gamma
    out = torch.zeros_like(x)
    for d in range(D):
        for n in range(N):
            nodes["mean"][d] += x[n, d] / N
        for n in range(N):
            nodes["centred"][n, d] = x[n, d] - nodes["mean"][d]
            nodes["squares"][n, d] = nodes["centred"][n, d] ** 2
            nodes["var"][d] += nodes["squares"][n, d] / (N - 1)
        nodes["inv"][d] = 1 / (nodes["var"][d] + eps).sqrt()
        for n in range(N):
            nodes["xhat"][n, d] = nodes["centred"][n, d] * nodes["inv"][d]
            out[n, d] = gamma[d] * nodes["xhat"][n, d] + beta[d]
    return out, nodes


def batch_norm_backward(upstream, nodes):
    N, D = upstream.shape
    wide = {name: torch.zeros_like(upstream) for name in ("dxhat", "dsquares", "dcentred", "dx")}
    narrow = {name: torch.zeros(D, dtype=upstream.dtype) for name in ("dgamma", "dbeta", "dinv", "dvar", "dmean")}
    for d in range(D):
        inv = nodes["inv"][d]
        for n in range(N):
            wide["dxhat"][n, d] = nodes["scale"][d] * upstream[n, d]
            narrow["dgamma"][d] += nodes["xhat"][n, d] * upstream[n, d]
            narrow["dbeta"][d] += upstream[n, d]
            narrow["dinv"][d] += wide["dxhat"][n, d] * nodes["centred"][n, d]
        narrow["dvar"][d] = -narrow["dinv"][d] * inv * inv * inv / 2
        for n in range(N):
            wide["dsquares"][n, d] = narrow["dvar"][d] / (N - 1)
            wide["dcentred"][n, d] = wide["dxhat"][n, d] * inv
            wide["dcentred"][n, d] += wide["dsquares"][n, d] * 2 * nodes["centred"][n, d]
            narrow["dmean"][d] -= wide["dcentred"][n, d]
        for n in range(N):
            wide["dx"][n, d] = wide["dcentred"][n, d] + narrow["dmean"][d] / N
    return wide | narrow
