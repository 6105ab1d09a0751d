import torch


def gradient(function, point):
    point = point.clone().requires_grad_()
    return torch.autograd.grad(function(point), point)[0]
