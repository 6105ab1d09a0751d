import torch


def rms_norm(x, gamma, eps):
    x, gamma = x.float(), gamma.float()
    root = (x.pow(2).mean(-1, keepdim=True) + eps).sqrt()
    return x / root * gamma, (x / root, root, gamma)


def rms_norm_backward(upstream, cache):
    normal, root, gamma = cache
    upstream = upstream.float()
    g = upstream * gamma
    dx = (g - normal * (g * normal).mean(-1, keepdim=True)) / root
    return {"dx": dx, "dgamma": (upstream * normal).flatten(0, -2).sum(0)}
