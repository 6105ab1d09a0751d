"""Each formula as the layer's literature has it: not every gradient from the one before."""

import torch


def batch_norm(x, gamma, beta, eps):
    var, mean = torch.var_mean(x, dim=0)
    centred = x - mean[None]
    inv = torch.rsqrt(var + eps)
    kept = {"x": x, "mean": mean, "centred": centred, "squares": centred * centred, "var": var, "inv": inv, "xhat": centred * inv}
    return torch.addcmul(beta, gamma, centred * inv), {**kept, "gamma": gamma, "root": (var + eps).sqrt()}


def batch_norm_backward(upstream, nodes):
    N = upstream.size(0)
    ones = torch.ones(N, dtype=upstream.dtype)
    g = torch.einsum("nd,d->nd", upstream, nodes["gamma"])
    dinv = ones @ (g * nodes["centred"])
    dvar = -dinv / (2 * nodes["root"] ** 3)
    dcentred = g / nodes["root"] + 2 / (N - 1) * dvar * nodes["centred"]
    # The differences sum to 0, and so does what reaches the mean by way of the variance.
    dmean = -(ones @ g) * nodes["inv"]
    return {
        "dgamma": ones @ (upstream * nodes["xhat"]),
        "dbeta": ones @ upstream,
        "dxhat": g,
        "dinv": dinv,
        "dvar": dvar,
        "dsquares": torch.outer(ones, dvar) / (N - 1),
        "dcentred": dcentred,
        "dmean": dmean,
        "dx": dcentred - dcentred.mean(0, keepdim=True),
    }
