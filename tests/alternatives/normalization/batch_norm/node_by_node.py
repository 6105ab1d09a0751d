import torch


def batch_norm(x, gamma, beta, running_mean, running_var, mode, eps):
    training = mode == "train"
    mean = x.sum(0, keepdim=True) / len(x) if training else running_mean[None]
    centred = x - mean
    var = (centred * centred).sum(0, keepdim=True) / len(x) if training else running_var[None]
    root = (var + eps) ** 0.5
    out = centred / root * gamma[None] + beta[None]
    return out, dict(centred=centred, root=root, gamma=gamma, training=training)


def batch_norm_backward(upstream, cache):
    centred, root, gamma = cache["centred"], cache["root"], cache["gamma"]
    N = upstream.shape[0]
    dnormal = upstream * gamma
    dcentred = dnormal / root
    if cache["training"]:
        droot = -(dnormal * centred / root**2).sum(0, keepdim=True)
        dvar = droot / (2 * root)
        dcentred = dcentred + dvar * 2 * centred / N
        dmean = -dcentred.sum(0, keepdim=True)
        dx = dcentred + dmean / N
    else:
        dx = dcentred
    return {"dx": dx, "dgamma": (upstream * centred / root).sum(0), "dbeta": upstream.sum(0)}
