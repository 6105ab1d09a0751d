import torch


def layer_norm(x, gamma, beta, eps):
    centred = x - x.mean(-1, keepdim=True)
    var = centred.square().mean(-1, keepdim=True)
    inv = torch.rsqrt(var + eps)
    return torch.einsum("d,...d->...d", gamma, centred * inv) + beta, (centred, inv, gamma)


def layer_norm_backward(upstream, cache):
    centred, inv, gamma = cache
    D = len(gamma)
    g = upstream * gamma
    dinv = (g * centred).sum(-1, keepdim=True)
    dvar = -dinv * inv**3 / 2
    dcentred = g * inv + 2 / D * dvar * centred
    dx = dcentred - dcentred.mean(-1, keepdim=True)
    flat = (upstream * centred * inv).flatten(0, -2)
    return {"dx": dx, "dgamma": flat.sum(0), "dbeta": upstream.flatten(0, -2).sum(0)}
