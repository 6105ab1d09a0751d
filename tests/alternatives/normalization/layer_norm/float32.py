import torch


def layer_norm(x, gamma, beta, eps):
    x = x.float()
    var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    normal = (x - mean) / (var + eps) ** 0.5
    return normal * gamma.float() + beta.float(), (normal, var + eps, gamma.float())


def layer_norm_backward(upstream, cache):
    normal, square, gamma = cache
    upstream = upstream.float()
    D = upstream.shape[-1]
    g = upstream * gamma
    total = D * g - g.sum(-1, keepdim=True) - normal * (g * normal).sum(-1, keepdim=True)
    rows = list(range(upstream.dim() - 1))
    return {"dx": total / (D * square.sqrt()), "dgamma": (upstream * normal).sum(rows), "dbeta": upstream.sum(rows)}
