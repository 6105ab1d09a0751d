import torch


def group_norm(x, gamma, beta, groups, eps):
    N, C, H, W = x.shape
    grouped = x.reshape(N, groups, C // groups, H, W)
    axes = (2, 3, 4)
    var, mean = torch.var_mean(grouped, axes, correction=0, keepdim=True)
    centred = grouped - mean
    inv = (var + eps).rsqrt()
    scale = gamma.reshape(1, groups, C // groups, 1, 1)
    out = scale * centred * inv + beta.reshape(scale.shape)
    return out.reshape(x.shape), (centred, inv, scale, axes)


def group_norm_backward(upstream, cache):
    centred, inv, scale, axes = cache
    g = upstream.reshape(centred.shape)
    count = centred[0, 0].numel()
    dnormal = g * scale
    dinv = (dnormal * centred).sum(axes, keepdim=True)
    dvar = -0.5 * dinv * inv**3
    dcentred = dnormal * inv + dvar * 2 * centred / count
    dmean = -dcentred.sum(axes, keepdim=True)
    return {
        "dx": (dcentred + dmean / count).reshape(upstream.shape),
        "dgamma": (g * centred * inv).sum((0, 3, 4)).flatten(),
        "dbeta": g.sum((0, 3, 4)).flatten(),
    }
