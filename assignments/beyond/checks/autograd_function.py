"""Public cases of beyond/autograd_function, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "beyond"
STUB = "855513f615a2b2fc"
MORE_CASES = True

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
)
