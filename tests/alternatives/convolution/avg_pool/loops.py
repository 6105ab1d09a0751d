"""Entry by entry: which windows read it?"""

import torch


def avg_pool(x, size, stride):
    N, C, H, W = x.shape
    out = torch.zeros(N, C, (H - size) // stride + 1, (W - size) // stride + 1, dtype=x.dtype)
    for r in range(size):
        for s in range(size):
            for p in range(out.shape[2]):
                for q in range(out.shape[3]):
                    out[:, :, p, q] += x[:, :, p * stride + r, q * stride + s]
    return out / (size * size), {"shape": x.shape, "size": size, "stride": stride}


def avg_pool_backward(upstream, cache):
    size, stride = cache["size"], cache["stride"]
    dx = torch.zeros(cache["shape"], dtype=upstream.dtype)
    for i in range(dx.shape[2]):
        for j in range(dx.shape[3]):
            for p in range(upstream.shape[2]):
                for q in range(upstream.shape[3]):
                    if 0 <= i - p * stride < size and 0 <= j - q * stride < size:
                        dx[:, :, i, j] += upstream[:, :, p, q]
    return {"dx": dx / (size * size)}
