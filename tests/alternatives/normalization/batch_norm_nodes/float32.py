import torch


def batch_norm(x, gamma, beta, eps):
    x, gamma, beta = x.float(), gamma.float(), beta.float()
    mean = x.mean(0)
    centred = x - mean
    squares = centred.square()
    var = squares.sum(0) / (x.shape[0] - 1)
    inv = (var + eps).pow(-0.5)
    xhat = centred * inv
    nodes = dict(mean=mean, centred=centred, squares=squares, var=var, inv=inv, xhat=xhat, gamma=gamma)
    return gamma * xhat + beta, nodes


def batch_norm_backward(upstream, nodes):
    upstream = upstream.float()
    N = upstream.shape[0]
    g = {"dbeta": upstream.sum(0), "dgamma": (upstream * nodes["xhat"]).sum(0)}
    g["dxhat"] = nodes["gamma"] * upstream
    g["dinv"] = (g["dxhat"] * nodes["centred"]).sum(0)
    g["dvar"] = -0.5 * nodes["inv"].pow(3) * g["dinv"]
    g["dsquares"] = torch.ones_like(upstream) / (N - 1) * g["dvar"]
    g["dcentred"] = nodes["inv"] * g["dxhat"] + 2 * nodes["centred"] * g["dsquares"]
    g["dmean"] = -g["dcentred"].sum(0)
    g["dx"] = g["dcentred"] + torch.ones_like(upstream) / N * g["dmean"]
    return g
