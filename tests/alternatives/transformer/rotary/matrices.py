"""A matrix of 2 by 2 for each pair and token; the way back is by their transposes."""

import torch


def rotary(x, positions, base):
    N, T, d = x.shape
    angles = torch.zeros(T, d // 2, dtype=x.dtype)
    R = torch.zeros(T, d, d, dtype=x.dtype)
    for t in range(T):
        for i in range(d // 2):
            a = angles[t, i] = positions[t] * base ** (-2 * i / d)
            block = torch.stack([torch.cos(a), -torch.sin(a), torch.sin(a), torch.cos(a)]).reshape(2, 2)
            R[t, 2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block
    return {"angles": angles, "out": torch.einsum("tij,ntj->nti", R, x)}, R


def rotary_backward(upstream, R):
    return {"dx": torch.einsum("tij,nti->ntj", R, upstream)}
