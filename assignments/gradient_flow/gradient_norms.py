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
    raise NotImplementedError("gradient_norms: forward is not written yet")


def backward(X, weights, upstream, activation):
    """Return {"dweights": (L, d, d), "dX": (N, d)}: from the last layer to the first, and on to the input.

    All three derivatives f'(z) can be had from the value f(z) alone.
    """
    raise NotImplementedError("gradient_norms: backward is not written yet")


def log10_gradient_norms(dweights):
    """Return (L,): for each layer the logarithm to base 10 of the Frobenius norm of its weight gradient.

    The Frobenius norm of a matrix is the square root of the sum of its squared entries.
    """
    raise NotImplementedError("gradient_norms: log10_gradient_norms is not written yet")


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
