"""Functions of your own for PyTorch's autograd: a fused bias and SiLU, and a softplus whose kernel autograd cannot see.

A `torch.autograd.Function` has two static methods. `forward(ctx, ...)` computes the value; nothing in it is recorded.
`backward(ctx, upstream)` gives the gradient of each argument of `forward`, in that order. What backward needs, forward
hands over by `ctx.save_for_backward(...)`; it comes back as `ctx.saved_tensors`. `BiasSiLU.apply(x, b)` runs it.

Here autograd is yours to extend: `torch.autograd.Function` is what this exercise is about. The derivatives in it are
derived by hand all the same; no `torch.autograd.grad` and no `torch.nn.functional`.

    BiasSiLU    out[n, j] = z sigmoid(z)  with  z = x[n, j] + b[j]            x (N, D), b (D,), out (N, D)
    Softplus    out[i, j] = log(1 + exp(t[i, j]))                             t and out (M, K)

Each is to be differentiable twice. A backward that is made of PyTorch's operations on saved tensors is so by itself,
as long as nothing in it is cut off from the graph: autograd differentiates the operations in it. That is how `BiasSiLU`
works.

`Softplus` computes with a kernel in NumPy (it might as well be C): autograd sees a constant there. So its backward may
not call the kernel in the open. It calls a second Function, `SoftplusBackward`, of two arguments, whose `forward` is the
gradient formula, and whose `backward` has the derivatives of that formula with respect to both: of upstream, and of t.

No argument may be changed: what is saved, and what comes in, belongs to others as well. |x| and |t| of 800 are ordinary.

Graded are the values (silu, soft); the first gradients for the upstream gradients G and U (gx, gb; gt); and the second:
with vx, vb and vt as the derivatives of a scalar S with respect to gx, gb and gt, the derivatives dG, dx, db and dU, dt
of S. Last come `torch.autograd.gradcheck` and `gradgradcheck` of your functions, which compare them with differences:
silu_first, silu_second, soft_first and soft_second are 1 where they pass and 9 where they do not. Run them yourself, in
float64.

Documentation: pytorch.org, 'Extending PyTorch' and 'Double backward with custom functions'.
"""

import numpy as np
import torch
from torch.autograd import Function


def kernel_softplus(t):
    """log(1 + exp(t)) for each element. Given, and safe for large t; autograd cannot look into it."""
    return torch.from_numpy(np.logaddexp(0, t.detach().numpy()))


def kernel_sigmoid(t):
    """1 / (1 + exp(-t)) for each element. Given, like the other."""
    return torch.from_numpy(np.exp(-np.logaddexp(0, -t.detach().numpy())))


class BiasSiLU(Function):
    @staticmethod
    def forward(ctx, x, b):
        """Return out, (N, D)."""
        raise NotImplementedError("autograd_function: BiasSiLU.forward is not written yet")

    @staticmethod
    def backward(ctx, upstream):
        """Return the gradients of x, (N, D), and of b, (D,)."""
        raise NotImplementedError("autograd_function: BiasSiLU.backward is not written yet")


class Softplus(Function):
    @staticmethod
    def forward(ctx, t):
        """Return out, (M, K), by `kernel_softplus`."""
        raise NotImplementedError("autograd_function: Softplus.forward is not written yet")

    @staticmethod
    def backward(ctx, upstream):
        """Return the gradient of t, by `SoftplusBackward`."""
        raise NotImplementedError("autograd_function: Softplus.backward is not written yet")


class SoftplusBackward(Function):
    @staticmethod
    def forward(ctx, upstream, t):
        """Return the gradient of t, (M, K), by `kernel_sigmoid`."""
        raise NotImplementedError("autograd_function: SoftplusBackward.forward is not written yet")

    @staticmethod
    def backward(ctx, v):
        """Return the gradients of upstream and of t, both (M, K), for the upstream gradient v of this function."""
        raise NotImplementedError("autograd_function: SoftplusBackward.backward is not written yet")
