"""dx as a convolution itself: zeros between the entries of the upstream gradient, and the kernel turned round."""

import torch
import torch.nn.functional as F


def slide(x, w, stride, dilation):
    """Windows of x without padding, times the kernel: (N, C, L) and (M, C, K) give (N, M, T)."""
    windows = x.unfold(2, dilation * (w.shape[2] - 1) + 1, stride)[..., ::dilation]
    return torch.tensordot(windows, w, dims=([1, 3], [1, 2])).movedim(2, 1)


def conv1d(x, w, b, stride, padding, dilation):
    padded = F.pad(x, (padding, padding))
    return slide(padded, w, stride, dilation) + b.reshape(1, -1, 1), (padded, w, stride, padding, dilation)


def conv1d_backward(upstream, cache):
    padded, w, stride, padding, dilation = cache
    N, M, T = upstream.shape
    reach = dilation * (w.shape[2] - 1)
    spread = torch.zeros(N, M, padded.shape[2] + reach, dtype=upstream.dtype)
    spread[:, :, reach : reach + (T - 1) * stride + 1 : stride] = upstream
    dpadded = slide(spread, w.transpose(0, 1).flip(2), 1, dilation)
    # For dw stride and dilation change places: the upstream gradient is the kernel.
    dw = slide(padded.transpose(0, 1), upstream.transpose(0, 1), dilation, stride)[:, :, : w.shape[2]]
    return {
        "dx": dpadded[:, :, padding : dpadded.shape[2] - padding],
        "dw": dw.transpose(0, 1),
        "db": torch.einsum("nmt->m", upstream),
    }
