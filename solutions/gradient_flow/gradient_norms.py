"""Vanishing and exploding gradients: how large is the gradient in each layer of a deep network?

L square layers without biases, one after the other, each with the same activation f:

    A_0 = X        Z_l = A_(l-1) W_l        A_l = f(Z_l)        for l = 1 ... L

Shapes: X and every A_l and Z_l (N, d); `weights` (L, d, d), where `weights[l - 1]` is W_l. `upstream` (N, d) is the
derivative of some loss with respect to the last activation A_L; the loss itself does not matter here.

`activation` is one of these strings:

    "sigmoid"   f(z) = 1 / (1 + exp(-z))
    "tanh"      f(z) = tanh(z)
    "relu"      f(z) = max(z, 0), with the derivative 0 at z = 0

`dweights` (L, d, d) and `dX` (N, d) are the derivatives of the loss with respect to `weights` and `X`. Any depth, any
width and any number of examples can come; values of z of several thousand must not give inf or nan.

Graded are `out`, the last of the activations that `forward` returns, `dweights`, `dX`, and as `log_norms` what
`log10_gradient_norms` makes of your `dweights`; no layer has a gradient of zero.

The gradients of two layers may differ by many powers of ten, so their sizes are compared by logarithm. Read on in
Glorot and Bengio, 'Understanding the difficulty of training deep feedforward neural networks' (2010), and He et al.,
'Delving deep into rectifiers' (2015). When the functions are written, `python gradient_norms.py` draws what you found.
"""

from pathlib import Path

import torch


def forward(X, weights, activation):
    """Return the list [A_0, A_1, ..., A_L], each (N, d)."""
    ### BEGIN SOLUTION
    activate = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    layers = [X]
    for W in weights:
        layers.append(activate(layers[-1] @ W))
    return layers
    ### END SOLUTION


def backward(X, weights, upstream, activation):
    """Return {"dweights": (L, d, d), "dX": (N, d)}: from the last layer to the first, and on to the input.

    All three derivatives f'(z) can be had from the value f(z) alone.
    """
    ### BEGIN SOLUTION
    layers = forward(X, weights, activation)
    dweights = torch.empty_like(weights)
    dA = upstream
    for k in reversed(range(len(weights))):
        A = layers[k + 1]
        if activation == "sigmoid":
            dZ = dA * A * (1 - A)
        elif activation == "tanh":
            dZ = dA * (1 - A * A)
        else:
            dZ = dA * (A > 0)
        dweights[k] = layers[k].T @ dZ
        dA = dZ @ weights[k].T
    return {"dweights": dweights, "dX": dA}
    ### END SOLUTION


def log10_gradient_norms(dweights):
    """Return (L,): for each layer the logarithm to base 10 of the Frobenius norm of its weight gradient.

    The Frobenius norm of a matrix is the square root of the sum of its squared entries.
    """
    ### BEGIN SOLUTION
    return (dweights**2).sum(dim=(1, 2)).sqrt().log10()
    ### END SOLUTION


def draw_figure(path, depth=30, width=64, examples=64):
    """Draw the gradient norm against the layer, for each activation and four scales of the initial weights."""
    try:
        import matplotlib
    except ImportError:
        raise SystemExit("The figure needs matplotlib. Install it: pip install matplotlib") from None
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    # Colours of Okabe and Ito, which stay apart for colour-blind readers; markers and dashes differ as well.
    scales = {
        "small: 0.5 / √d": (0.5, "#0072B2", "o", "-"),
        "Xavier: 1 / √d": (1.0, "#009E73", "s", "--"),
        "He: √2 / √d": (2**0.5, "#E69F00", "^", "-."),
        "large: 3 / √d": (3.0, "#D55E00", "D", ":"),
    }
    chance = torch.Generator().manual_seed(0)
    X = torch.randn(examples, width, generator=chance, dtype=torch.float64)
    normal = torch.randn(depth, width, width, generator=chance, dtype=torch.float64)
    upstream = torch.randn(examples, width, generator=chance, dtype=torch.float64) / examples
    number = range(1, depth + 1)

    figure, panels = plt.subplots(1, 3, figsize=(12, 4.5), sharey=True, layout="constrained")
    for panel, activation in zip(panels, ("sigmoid", "tanh", "relu"), strict=True):
        for label, (gain, colour, marker, dashes) in scales.items():
            try:
                gradients = backward(X, normal * (gain / width**0.5), upstream, activation)
                exponents = torch.as_tensor(log10_gradient_norms(gradients["dweights"])).tolist()
            except NotImplementedError:
                raise SystemExit(
                    "Write forward, backward and log10_gradient_norms first: then there is something to draw."
                ) from None
            norms = [10.0**exponent for exponent in exponents]
            panel.plot(number, norms, color=colour, marker=marker, linestyle=dashes, markersize=4, label=label)
        panel.set_yscale("log")
        panel.set_title(activation)
        panel.set_xlabel("layer (1 is next to the input)")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("Frobenius norm of the weight gradient")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        title="standard deviation of the weights",
        loc="outside lower center",
        ncols=4,
    )
    figure.suptitle(f"Gradient norm by layer: {depth} layers of width d = {width}")
    figure.savefig(path, dpi=150)
    plt.close(figure)
    print(f"The figure is in {path}")


if __name__ == "__main__":
    draw_figure(Path(__file__).with_name("gradient_norms.png"))


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("sigmoid, vanishing", N=between(5, 8), d=between(9, 12), L=20, activation="sigmoid"),
        Case("sigmoid, large weights", N=between(5, 8), d=between(9, 12), L=30, activation="sigmoid", gain=4.0),
        Case("tanh, small weights", N=between(5, 8), d=between(9, 12), L=30, activation="tanh", gain=0.6),
        Case("tanh, exploding", N=between(5, 8), d=between(9, 12), L=10, activation="tanh", gain=2.0),
        Case("relu, He", N=between(3, 5), d=between(12, 16), L=30, activation="relu", gain=2**0.5),
        Case("relu, large weights", N=between(3, 5), d=between(12, 16), L=20, activation="relu", gain=3.0),
        Case("relu, small weights", N=between(3, 5), d=between(12, 16), L=between(9, 11), activation="relu", gain=0.6),
        Case("two layers", tier="edge", N=between(3, 5), d=between(6, 9), L=2, activation="relu", gain=2**0.5),
        Case("one example", tier="edge", N=1, d=between(6, 9), L=between(3, 5), activation="tanh"),
        Case("one unit in each layer", tier="edge", N=between(3, 6), d=1, L=2, activation="sigmoid"),
        Case("an example of zeros", tier="edge", N=4, d=7, L=3, activation="relu", gain=2**0.5, zero_row=True),
        Case("saturated tanh", tier="stability", N=5, d=between(7, 9), L=3, activation="tanh", saturated=5e3),
        Case("saturated sigmoid", tier="stability", N=5, d=between(7, 9), L=3, activation="sigmoid", saturated=5e3),
    ],
    ### END HIDDEN TESTS
)
