import torch


def dropout(x, mask, p, mode):
    if mode != "train":
        return x, (torch.ones_like(mask).bool(), 1.0)
    keep = 1 - p
    return torch.where(mask.bool(), x / keep, 0.0), (mask.bool(), keep)


def dropout_backward(upstream, cache):
    mask, keep = cache
    return {"dx": torch.where(mask, upstream / keep, 0.0)}
