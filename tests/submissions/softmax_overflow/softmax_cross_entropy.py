import torch


def softmax(z):
    e = torch.exp(z)
    return e / e.sum(dim=1, keepdim=True)


def cross_entropy(z, y, ignore_index):
    keep = y != ignore_index
    z, y = z[keep], y[keep]
    return -torch.log(softmax(z)[torch.arange(len(y)), y]).mean()


def cross_entropy_backward(z, y, ignore_index):
    keep = y != ignore_index
    n = keep.sum()
    dz = torch.zeros_like(z)
    dz[keep] = softmax(z[keep])
    dz[keep, y[keep]] -= 1
    return dz / n
