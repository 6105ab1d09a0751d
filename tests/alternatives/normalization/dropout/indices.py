import torch


def dropout(x, mask, p, mode):
    if mode == "eval":
        return x.clone(), None
    kept = mask.nonzero(as_tuple=True)
    out = torch.zeros_like(x)
    out[kept] = x[kept] / (1 - p)
    return out, (kept, p)


def dropout_backward(upstream, cache):
    if cache is None:
        return {"dx": upstream.clone()}
    kept, p = cache
    dx = torch.zeros_like(upstream)
    dx[kept] = upstream[kept] / (1 - p)
    return {"dx": dx}
