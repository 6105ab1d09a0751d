import torch


def layer_norm(x, gamma, beta, eps):
    D = x.shape[-1]
    rows, kept = [], []
    for row in x.reshape(-1, D):
        mean = row.sum() / D
        root = (((row - mean) ** 2).sum() / D + eps).sqrt()
        kept.append(((row - mean) / root, root))
        rows.append(gamma * kept[-1][0] + beta)
    return torch.stack(rows).reshape(x.shape), (kept, gamma)


def layer_norm_backward(upstream, cache):
    kept, gamma = cache
    D = len(gamma)
    dx, dgamma, dbeta = [], torch.zeros_like(gamma), torch.zeros_like(gamma)
    for g, (normal, root) in zip(upstream.reshape(-1, D), kept):
        dgamma += g * normal
        dbeta += g
        # The Jacobian of a row: symmetric, so that its transpose need not be taken.
        jacobian = (torch.eye(D, dtype=g.dtype) - (1 + torch.outer(normal, normal)) / D) / root
        dx.append(jacobian @ (gamma * g))
    return {"dx": torch.stack(dx).reshape(upstream.shape), "dgamma": dgamma, "dbeta": dbeta}
