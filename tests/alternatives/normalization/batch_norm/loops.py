from math import sqrt

import torch


def batch_norm(x, gamma, beta, running_mean, running_var, mode, eps):
    N, D = x.shape
    out, normal, roots = torch.zeros_like(x), torch.zeros_like(x), []
    for d in range(D):
        column = x[:, d].tolist()
        mean, var = float(running_mean[d]), float(running_var[d])
        if mode == "train":
            mean = sum(column) / N
            var = sum((value - mean) ** 2 for value in column) / N
        roots.append(sqrt(var + eps))
        for n in range(N):
            normal[n, d] = (column[n] - mean) / roots[d]
            out[n, d] = gamma[d] * normal[n, d] + beta[d]
    return out, (normal, roots, gamma, mode)


def batch_norm_backward(upstream, cache):
    normal, roots, gamma, mode = cache
    N, D = normal.shape
    dx, dgamma, dbeta = torch.zeros_like(normal), torch.zeros_like(gamma), torch.zeros_like(gamma)
    for d in range(D):
        for n in range(N):
            dgamma[d] += upstream[n, d] * normal[n, d]
            dbeta[d] += upstream[n, d]
        for n in range(N):
            # One entry of the Jacobian of a column after the other.
            for m in range(N):
                entry = float(n == m)
                if mode == "train":
                    entry -= (1 + float(normal[n, d] * normal[m, d])) / N
                dx[n, d] += gamma[d] * upstream[m, d] * entry / roots[d]
    return {"dx": dx, "dgamma": dgamma, "dbeta": dbeta}
