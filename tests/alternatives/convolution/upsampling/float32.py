"""Tables of distances, in float32."""

import torch


def nearest(x, factor):
    up = torch.zeros(*x.shape[:2], x.shape[2] * factor, x.shape[3] * factor)
    for r in range(factor):
        for s in range(factor):
            up[:, :, r::factor, s::factor] = x
    return up, factor


def nearest_backward(upstream, factor):
    N, C, H, W = upstream.shape
    return {"dx": upstream.float().reshape(N, C, H // factor, factor, W // factor, factor).sum((3, 5))}


def table(length):
    places = (torch.arange(2 * length) + 0.5) / 2 - 0.5
    distance = (places.clamp(0, length - 1)[:, None] - torch.arange(length)).abs()
    return (1 - distance).clamp(min=0)


def bilinear(x):
    x = x.float()
    down, across = table(x.shape[2]), table(x.shape[3])
    return torch.einsum("ih,nchw,jw->ncij", down, x, across), (down, across)


def bilinear_backward(upstream, cache):
    return {"dx": torch.einsum("ih,ncij,jw->nchw", cache[0], upstream.float(), cache[1])}
