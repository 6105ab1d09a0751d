import torch


def log_softmax(z, dim):
    shifted = z.float() - z.float().max(dim, keepdim=True)[0]
    powers = torch.exp(shifted)
    total = powers.sum(dim, keepdim=True)
    return shifted - total.log(), [powers / total, dim]


def log_softmax_backward(upstream, cache):
    p, dim = cache
    upstream = upstream.float()
    return {"dz": upstream - upstream.sum(dim, keepdim=True) * p}
