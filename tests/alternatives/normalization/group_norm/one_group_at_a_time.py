import torch


def group_norm(x, gamma, beta, groups, eps):
    each = x.shape[1] // groups
    out, normal, roots = torch.empty_like(x), torch.empty_like(x), {}
    for n in range(x.shape[0]):
        for k in range(groups):
            channels = slice(k * each, (k + 1) * each)
            block = x[n, channels]
            mean = block.mean()
            roots[n, k] = (((block - mean) ** 2).mean() + eps).sqrt()
            normal[n, channels] = (block - mean) / roots[n, k]
    for c in range(x.shape[1]):
        out[:, c] = gamma[c] * normal[:, c] + beta[c]
    return out, {"normal": normal, "roots": roots, "gamma": gamma, "each": each}


def group_norm_backward(upstream, cache):
    normal, gamma, each = cache["normal"], cache["gamma"], cache["each"]
    dx = torch.empty_like(upstream)
    dgamma = torch.stack([(upstream[:, c] * normal[:, c]).sum() for c in range(len(gamma))])
    dbeta = torch.stack([upstream[:, c].sum() for c in range(len(gamma))])
    for (n, k), root in cache["roots"].items():
        channels = slice(k * each, (k + 1) * each)
        h = normal[n, channels]
        g = upstream[n, channels] * gamma[channels].reshape(-1, 1, 1)
        dx[n, channels] = (g - g.mean() - h * (g * h).mean()) / root
    return {"dx": dx, "dgamma": dgamma, "dbeta": dbeta}
