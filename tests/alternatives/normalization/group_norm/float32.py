import torch


def group_norm(x, gamma, beta, groups, eps):
    x = x.float()
    flat = x.reshape(x.shape[0] * groups, -1)
    flat = flat - flat.mean(1, keepdim=True)
    root = torch.sqrt(flat.pow(2).mean(1, keepdim=True) + eps)
    normal = (flat / root).reshape(x.shape)
    shape = (1, -1, 1, 1)
    return normal * gamma.float().view(shape) + beta.float().view(shape), (normal, root, gamma.float())


def group_norm_backward(upstream, cache):
    normal, root, gamma = cache
    upstream = upstream.float()
    dgamma = torch.einsum("nchw,nchw->c", upstream, normal)
    dbeta = torch.einsum("nchw->c", upstream)
    g = torch.einsum("nchw,c->nchw", upstream, gamma).reshape(len(root), -1)
    h = normal.reshape(len(root), -1)
    n = g.shape[1]
    dx = (n * g - g.sum(1, keepdim=True) - h * torch.einsum("ij,ij->i", g, h)[:, None]) / (n * root)
    return {"dx": dx.reshape(upstream.shape), "dgamma": dgamma, "dbeta": dbeta}
