import torch
import torch.autograd.forward_ad as forward_ad


def forward(X, w):
    return {"z": X @ w}


def loss_of(z):
    return (z**2).mean()


def gradient(function, point):
    entries = []
    for direction in torch.eye(len(point), dtype=point.dtype):
        with forward_ad.dual_level():
            entries.append(forward_ad.unpack_dual(function(forward_ad.make_dual(point, direction))).tangent)
    return torch.stack(entries)


def backward(X, w):
    return {"dz": gradient(loss_of, X @ w), "dw": gradient(lambda v: loss_of(X @ v), w)}
