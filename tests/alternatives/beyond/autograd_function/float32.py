import numpy as np
import torch
from torch.autograd import Function


def kernel_softplus(t):
    return torch.from_numpy(np.logaddexp(np.float32(0), t.detach().numpy()))


def kernel_sigmoid(t):
    return torch.from_numpy(np.exp(-np.logaddexp(np.float32(0), -t.detach().numpy())))


class BiasSiLU(Function):
    @staticmethod
    def forward(ctx, x, b):
        ctx.save_for_backward(x, b)
        z = x.float() + b.float()
        return (z * torch.sigmoid(z)).double()

    @staticmethod
    def backward(ctx, upstream):
        x, b = ctx.saved_tensors
        z = x.float() + b.float()
        s = torch.sigmoid(z)
        gx = upstream.float() * s * (1 + z * (1 - s))
        return gx.double(), gx.sum(dim=0).double()


class Softplus(Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        return kernel_softplus(t.float()).double()

    @staticmethod
    def backward(ctx, upstream):
        return SoftplusBackward.apply(upstream, *ctx.saved_tensors)


class SoftplusBackward(Function):
    @staticmethod
    def forward(ctx, upstream, t):
        ctx.save_for_backward(upstream, t)
        return (upstream.float() * kernel_sigmoid(t.float())).double()

    @staticmethod
    def backward(ctx, v):
        upstream, t = ctx.saved_tensors
        v, upstream, s = v.float(), upstream.float(), kernel_sigmoid(t.float())
        return (v * s).double(), (v * upstream * s * (1 - s)).double()
