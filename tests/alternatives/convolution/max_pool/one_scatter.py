"""The place of each window's greatest entry in the flattened image, and one sum over all of them."""

import torch


def max_pool(x, size, stride):
    H, W = x.shape[2:]
    places = torch.arange(H * W).reshape(H, W).unfold(0, size, stride).unfold(1, size, stride)
    windows = x.reshape(*x.shape[:2], H * W)[:, :, places.flatten(2)]
    chosen = windows.argmax(-1)
    taken = places.flatten(2).expand(*windows.shape).gather(-1, chosen[..., None])[..., 0]
    return windows.max(-1).values, (taken, H, W)


def max_pool_backward(upstream, cache):
    taken, H, W = cache
    dx = torch.zeros(*upstream.shape[:2], H * W, dtype=upstream.dtype)
    dx.scatter_add_(2, taken.flatten(2), upstream.flatten(2))
    return {"dx": dx.reshape(*dx.shape[:2], H, W)}
