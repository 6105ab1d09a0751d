"""Public cases of layers/gelu_silu, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "layers"
STUB = "f8ffa0c4ee3a0c9a"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x):
    # Three ways for one x: each has a gradient of its own.
    erf = mark("gelu_erf", F.gelu(mark("x_gelu_erf", x)))
    tanh = mark("gelu_tanh", F.gelu(mark("x_gelu_tanh", x), approximate="tanh"))
    return erf + tanh + mark("silu", F.silu(mark("x_silu", x)))


def inputs(draw, N, D, ends=False):
    x = draw.normal(N, D)
    if ends:
        x[:, 0], x[:, -1] = 5, -5
    return {"x": x, "upstream": draw.normal(N, D)}


def nought_and_one(draw):
    # At 0 every gate is 1/2, and x times its slope is 0. At 1 the tables of the normal distribution have both terms.
    return {
        "x": torch.tensor([[0.0, 1.0, -1.0]], dtype=torch.float64),
        "upstream": torch.tensor([[6.0, 1.0, -1.0]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=4,
    difficulty=3,
    hours=2.0,
    builds_on=("sigmoid_tanh",),
    points={"gelu_erf": 1, "dx_gelu_erf": 3, "gelu_tanh": 1, "dx_gelu_tanh": 4, "silu": 1, "dx_silu": 3},
    calls="""
        gelu_erf, erf_cache = gelu_erf(x)
        dx_gelu_erf = gelu_erf_backward(upstream, erf_cache)["dx"]
        gelu_tanh, tanh_cache = gelu_tanh(x)
        dx_gelu_tanh = gelu_tanh_backward(upstream, tanh_cache)["dx"]
        silu, silu_cache = silu(x)
        dx_silu = silu_backward(upstream, silu_cache)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three rows", N=3, D=5),
        Case(
            "0, 1 and -1",
            inputs=nought_and_one,
            known={
                "gelu_erf": [["0", "0.841345", "-0.158655"]],
                "dx_gelu_erf": [["3", "1.083315", "0.083315"]],
                "gelu_tanh": [["0", "0.841192", "-0.158808"]],
                "dx_gelu_tanh": [["3", "1.082964", "0.082964"]],
                "silu": [["0", "0.731059", "-0.268941"]],
                "dx_silu": [["3", "0.927671", "-0.072329"]],
            },
        ),
        Case("from -5 to 5", N=2, D=4, ends=True),
    ],
)
