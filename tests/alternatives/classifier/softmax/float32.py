import torch


def softmax(z, dim):
    z = z.float()
    shifted = z - z.max(dim, keepdim=True)[0]
    p = shifted.exp()
    p /= p.sum(dim, keepdim=True)
    return p, [p, dim]


def softmax_backward(upstream, cache):
    p, dim = cache
    upstream = upstream.float()
    mean = (p * upstream).sum(dim, keepdim=True)
    return {"dz": p * (upstream - mean)}
