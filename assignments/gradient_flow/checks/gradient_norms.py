"""Public cases of gradient_flow/gradient_norms, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "gradient_flow"
STUB = "6ffbe6156939df2e"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between

FUNCTIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu}


def reference(mark, X, weights, activation):
    A = X
    for W in weights.unbind(0):
        A = FUNCTIONS[activation](A.matmul(W))
    return A


def outputs(trace):
    return {"log_norms": torch.log10(torch.linalg.matrix_norm(trace["dweights"], ord="fro"))}


def inputs(draw, N, d, L, activation, gain=1.0, saturated=1.0, zero_row=False):
    X, upstream = draw.normal(N, d), draw.normal(N, d)
    if zero_row:
        X[0] = 0
    for _ in range(200):
        weights = draw.normal(L, d, d, scale=gain / d**0.5)
        weights[:, :, ::2] *= saturated
        if activation != "relu" or clear_of_kinks(X, weights):
            break
    return {"X": X, "weights": weights, "upstream": upstream, "activation": activation}


def clear_of_kinks(X, weights):
    """No layer is dead, and no unit so near 0 that rounding decides on which side it is. Exact zeros may be."""
    A = X
    for W in weights:
        Z = A @ W
        near = (Z.abs() < 1e-3 * Z.square().mean().sqrt()) & (Z != 0)
        A = Z.clamp(min=0)
        if near.any() or not (A > 0).any():
            return False
    return True


def powers_of_two(draw):
    # W_l = 2 I and positive X: A_l = 2^l X, the gradient at Z_l is 2^(3-l) upstream, so every dW_l = 4 X^T upstream.
    return {
        "X": torch.tensor([[3.0, 4.0]], dtype=torch.float64),
        "weights": 2 * torch.eye(2, dtype=torch.float64).expand(3, 2, 2),
        "upstream": torch.tensor([[6.0, 8.0]], dtype=torch.float64),
        "activation": "relu",
    }


EXERCISE = Exercise(
    order=1,
    difficulty=3,
    hours=2.0,
    builds_on=("two_layer_network/three_layer_bce",),
    points={"out": 1, "dweights": 4, "dX": 2, "log_norms": 2},
    calls="""
        activations = forward(X, weights, activation)
        out = activations[-1]
        dweights, dX = entries(backward(X, weights, upstream, activation))
        log_norms = log10_gradient_norms(dweights)
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    upstream="upstream",
    public=[
        Case("tanh, three layers", N=5, d=4, L=3, activation="tanh"),
        Case("sigmoid, four layers", N=2, d=3, L=4, activation="sigmoid"),
        Case("relu, three layers", N=4, d=6, L=3, activation="relu", gain=2**0.5),
        Case(
            "relu, powers of two",
            inputs=powers_of_two,
            known={
                "out": [["24", "32"]],
                "dweights": [[["72", "96"], ["96", "128"]]] * 3,
                "dX": [["48", "64"]],
                "log_norms": ["2.3010300"] * 3,
            },
        ),
    ],
)
