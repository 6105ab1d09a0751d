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
        ### BEGIN SOLUTION
        ctx.save_for_backward(x, b)
        return (x + b) * torch.sigmoid(x + b)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, upstream):
        """Return the gradients of x, (N, D), and of b, (D,)."""
        ### BEGIN SOLUTION
        x, b = ctx.saved_tensors
        s = torch.sigmoid(x + b)
        gx = upstream * s * (1 + (x + b) * (1 - s))
        return gx, torch.einsum("nd->d", gx)
        ### END SOLUTION


class Softplus(Function):
    @staticmethod
    def forward(ctx, t):
        """Return out, (M, K), by `kernel_softplus`."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(t)
        return kernel_softplus(t)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, upstream):
        """Return the gradient of t, by `SoftplusBackward`."""
        ### BEGIN SOLUTION
        return SoftplusBackward.apply(upstream, *ctx.saved_tensors)
        ### END SOLUTION


class SoftplusBackward(Function):
    @staticmethod
    def forward(ctx, upstream, t):
        """Return the gradient of t, (M, K), by `kernel_sigmoid`."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(upstream, t)
        return upstream * kernel_sigmoid(t)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, v):
        """Return the gradients of upstream and of t, both (M, K), for the upstream gradient v of this function."""
        ### BEGIN SOLUTION
        upstream, t = ctx.saved_tensors
        s = kernel_sigmoid(t)
        return v * s, v * upstream * s * (1 - s)
        ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between, differentiate
from autograder.functional import saved, use


def reference(mark, x, b, G, vx, vb, t, U, vt):
    mark("silu", F.silu(torch.add(x, b)))
    kept = saved(torch.add(saved(x), saved(b)))
    p = torch.sigmoid(kept)
    gx = mark("gx", torch.mul(G, torch.add(p, torch.mul(torch.mul(kept, p), torch.sigmoid(-kept)))))
    gb = mark("gb", use(gx).sum(dim=0))
    mark("soft", torch.logaddexp(t, torch.zeros_like(t)))
    gt = mark("gt", torch.mul(U, torch.sigmoid(saved(t))))
    return (vx * use(gx)).sum() + (vb * gb).sum() + (vt * gt).sum()


def outputs(trace, x, b, G, vx, vb, t, U, vt):
    """What the checks say: they fail where the gradients are not right, and a student's own are not."""
    true = differentiate(reference, x=x, b=b, G=G, vx=vx, vb=vb, t=t, U=U, vt=vt)

    def passes(*names):
        right = all(torch.allclose(trace[name], true[name], rtol=1e-3, atol=1e-6) for name in names)
        return x.new_tensor(1.0 if right else 9.0)

    return {
        "silu_first": passes("silu", "gx", "gb"),
        "silu_second": passes("gx", "gb", "dG", "dx", "db"),
        "soft_first": passes("soft", "gt"),
        "soft_second": passes("gt", "dU", "dt"),
    }


def inputs(draw, N, D, M, K, scale=1.0):
    def spread(*shape):
        # Every other column is multiplied: not all gradients round to 0.
        value = draw.normal(*shape)
        value[:, ::2] *= scale
        return value

    return {
        "x": spread(N, D),
        "b": draw.normal(D),
        "G": draw.normal(N, D),
        "vx": draw.normal(N, D),
        "vb": draw.normal(D),
        "t": spread(M, K),
        "U": draw.normal(M, K),
        "vt": draw.normal(M, K),
    }


def at_zero(draw):
    # x is -b and t is 0: the sigmoid is 1/2, its slope 1/4; the slope of z sigmoid(z) is 1/2, its second derivative 1/2.
    values = {
        "x": [[1, -2, 3], [1, -2, 3]],
        "b": [-1, 2, -3],
        "G": [[2, 4, -2], [6, -8, 4]],
        "vx": [[1, 0, 2], [-1, 1, 1]],
        "vb": [1, -1, 2],
        "t": [[0, 0]],
        "U": [[4, -8]],
        "vt": [[3, 1]],
    }
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}


EXERCISE = Exercise(
    order=5,
    difficulty=4,
    hours=3,
    builds_on=("double_backward", "layers/gelu_silu"),
    allowed=("autograd",),
    points={
        "silu": 1,
        "gx": 2,
        "gb": 1,
        "dG": 1,
        "dx": 2,
        "db": 1,
        "soft": 1,
        "gt": 1,
        "dU": 1,
        "dt": 2,
        "silu_first": 0.5,
        "silu_second": 0.5,
        "soft_first": 0.5,
        "soft_second": 0.5,
    },
    # The leaves share the memory of the inputs: what a function changes in place is seen.
    calls="""
        x_leaf = x.detach().requires_grad_()
        b_leaf = b.detach().requires_grad_()
        G_leaf = G.detach().requires_grad_()
        silu = BiasSiLU.apply(x_leaf, b_leaf)
        gx, gb = torch.autograd.grad(silu, (x_leaf, b_leaf), G_leaf, create_graph=True)
        dG, dx, db = torch.autograd.grad((gx, gb), (G_leaf, x_leaf, b_leaf), (vx, vb), materialize_grads=True)
        t_leaf = t.detach().requires_grad_()
        U_leaf = U.detach().requires_grad_()
        soft = Softplus.apply(t_leaf)
        gt, = torch.autograd.grad(soft, t_leaf, U_leaf, create_graph=True)
        dU, dt = torch.autograd.grad(gt, (U_leaf, t_leaf), vt, materialize_grads=True)
        loose = dict(eps=1e-2, atol=2e-3, raise_exception=False)
        few = x[:2, :2].clone().requires_grad_(), b[:2].clone().requires_grad_()
        silu_first = 1 + 8 * (not torch.autograd.gradcheck(BiasSiLU.apply, few, **loose))
        silu_second = 1 + 8 * (not torch.autograd.gradgradcheck(BiasSiLU.apply, few, **loose))
        some = t[:2, :2].clone().requires_grad_()
        soft_first = 1 + 8 * (not torch.autograd.gradcheck(Softplus.apply, some, **loose))
        soft_second = 1 + 8 * (not torch.autograd.gradgradcheck(Softplus.apply, some, **loose))
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("two functions", N=4, D=3, M=2, K=5),
        Case(
            "slopes of 1/2",
            inputs=at_zero,
            known={
                "gx": [["1", "2", "-1"], ["3", "-4", "2"]],
                "gb": ["4", "-2", "1"],
                "dG": [["1", "-0.5", "2"], ["0", "0", "1.5"]],
                "dx": [["2", "-2", "-4"], ["0", "0", "6"]],
                "db": ["2", "-2", "2"],
                "soft": [["0.6931472", "0.6931472"]],
                "gt": [["2", "-4"]],
                "dU": [["1.5", "0.5"]],
                "dt": [["3", "-2"]],
            },
            zeros=("silu",),
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(3, 5), D=between(2, 6), M=between(3, 5), K=between(2, 6)),
        Case("one row", tier="edge", N=1, D=between(2, 5), M=1, K=between(2, 5)),
        Case("one column", tier="edge", N=between(3, 5), D=1, M=between(3, 5), K=1),
        Case("large values", tier="stability", N=3, D=between(4, 5), M=2, K=between(6, 7), scale=500.0),
    ],
    ### END HIDDEN TESTS
)
