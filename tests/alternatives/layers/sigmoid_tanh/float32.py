import torch


def sigmoid(x):
    x = x.float()
    return torch.sigmoid(x), (torch.sigmoid(x), torch.sigmoid(-x))


def sigmoid_backward(upstream, cache):
    on, off = cache
    return {"dx": upstream.float() * on * off}


def tanh(x):
    x = x.float()
    return torch.tanh(x), (torch.sigmoid(2 * x), torch.sigmoid(-2 * x))


def tanh_backward(upstream, cache):
    on, off = cache
    return {"dx": 4 * upstream.float() * on * off}
