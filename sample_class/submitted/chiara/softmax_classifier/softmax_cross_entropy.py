import torch


def softmax(z):
    z = z.float()
    e = (z - z.amax(1, keepdim=True)).exp()
    return e / e.sum(1, keepdim=True)


def cross_entropy(z, y, ignore_index):
    z = z.float()
    keep = y != ignore_index
    log_p = torch.log_softmax(z[keep], dim=1)
    picked = log_p[torch.arange(len(log_p)), y[keep]]
    return -picked.sum() / keep.sum()


def cross_entropy_backward(z, y, ignore_index):
    keep = y != ignore_index
    dz = softmax(z)
    dz[keep, y[keep]] -= 1.0
    dz[~keep] = 0.0
    return dz / keep.sum()
