import torch


def softmax(z):
    e = torch.exp(z - z.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)


def cross_entropy(z, y, ignore_index):
    keep = y != ignore_index
    z, y = z[keep], y[keep]
    return (torch.logsumexp(z, dim=1) - z[torch.arange(len(y)), y]).mean()


def cross_entropy_backward(z, y, ignore_index):
    keep = y != ignore_index
    n = keep.sum()
    errors = softmax(z)[keep]
    errors[torch.arange(n), y[keep]] -= 1
    return errors.squeeze().sum(dim=0) / n
