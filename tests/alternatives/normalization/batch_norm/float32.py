import torch


def batch_norm(x, gamma, beta, running_mean, running_var, mode, eps):
    x = x.float()
    var, mean = torch.var_mean(x, dim=0, correction=0)
    if mode == "eval":
        var, mean = running_var.float(), running_mean.float()
    inv = torch.rsqrt(var + eps)
    normal = (x - mean) * inv
    return torch.addcmul(beta.float(), gamma.float(), normal), (normal, gamma.float() * inv, mode == "train")


def batch_norm_backward(upstream, cache):
    normal, scale, training = cache
    upstream = upstream.float()
    dgamma, dbeta = torch.einsum("nd,nd->d", upstream, normal), torch.einsum("nd->d", upstream)
    dx = scale * upstream
    if training:
        dx = scale / len(upstream) * (len(upstream) * upstream - dbeta - normal * dgamma)
    return {"dx": dx, "dgamma": dgamma, "dbeta": dbeta}
