import torch


def turned(x, angles):
    swapped = torch.stack([-x[..., 1::2], x[..., ::2]], -1).reshape(x.shape)
    wide = angles.repeat_interleave(2, dim=-1)
    return x * wide.cos() + swapped * wide.sin()


def rotary(x, positions, base):
    i = torch.arange(x.shape[2] // 2)
    angles = positions[:, None] * torch.pow(torch.tensor(float(base)), -2 * i / x.shape[2])
    return {"angles": angles, "out": turned(x.float(), angles)}, angles


def rotary_backward(upstream, angles):
    return {"dx": turned(upstream.float(), -angles)}
