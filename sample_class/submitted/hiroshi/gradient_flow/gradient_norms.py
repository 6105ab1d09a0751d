from pathlib import Path

import torch


F = {'sigmoid': torch.sigmoid, 'tanh': torch.tanh, 'relu': torch.relu}
SLOPE = {
    'sigmoid': lambda a: a * (1 - a),
    'tanh': lambda a: 1 - a * a,
    'relu': lambda a: (a > 0).to(a.dtype),
}


def forward(X, weights, activation):
    A = [X]
    for W in weights:
        A.append(F[activation](A[-1].matmul(W)))
    return A


def backward(X, weights, upstream, activation):
    A = forward(X, weights, activation)
    G = []
    d = upstream
    for W, inp, out in reversed(list(zip(weights, A[:-1], A[1:]))):
        d = d * SLOPE[activation](out)
        G.insert(0, inp.t().matmul(d))
        d = d.matmul(W.t())
    return {'dweights': torch.stack(G), 'dX': d}


def log10_gradient_norms(dweights):
    norms = [torch.linalg.norm(dW) for dW in dweights]
    return torch.stack(norms).log10()


def draw_figure(path, depth=30, width=64, examples=64):
    try:
        import matplotlib
    except ImportError:
        raise SystemExit('The figure needs matplotlib. Install it: pip install matplotlib') from None
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt

    # Colours of Okabe and Ito, which stay apart for colour-blind readers; markers and dashes differ as well.
    scales = {
        'small: 0.5 / √d': (0.5, '#0072B2', 'o', '-'),
        'Xavier: 1 / √d': (1.0, '#009E73', 's', '--'),
        'He: √2 / √d': (2**0.5, '#E69F00', '^', '-.'),
        'large: 3 / √d': (3.0, '#D55E00', 'D', ':'),
    }
    chance = torch.Generator().manual_seed(0)
    X = torch.randn(examples, width, generator=chance, dtype=torch.float64)
    normal = torch.randn(depth, width, width, generator=chance, dtype=torch.float64)
    upstream = torch.randn(examples, width, generator=chance, dtype=torch.float64) / examples
    number = range(1, depth + 1)

    figure, panels = plt.subplots(1, 3, figsize=(12, 4.5), sharey=True, layout='constrained')
    for panel, activation in zip(panels, ('sigmoid', 'tanh', 'relu'), strict=True):
        for label, (gain, colour, marker, dashes) in scales.items():
            try:
                gradients = backward(X, normal * (gain / width**0.5), upstream, activation)
                exponents = torch.as_tensor(log10_gradient_norms(gradients['dweights'])).tolist()
            except NotImplementedError:
                raise SystemExit(
                    'Write forward, backward and log10_gradient_norms first: then there is something to draw.'
                ) from None
            norms = [10.0**exponent for exponent in exponents]
            panel.plot(number, norms, color=colour, marker=marker, linestyle=dashes, markersize=4, label=label)
        panel.set_yscale('log')
        panel.set_title(activation)
        panel.set_xlabel('layer (1 is next to the input)')
        panel.grid(alpha=0.3)
    panels[0].set_ylabel('Frobenius norm of the weight gradient')
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        title='standard deviation of the weights',
        loc='outside lower center',
        ncols=4,
    )
    figure.suptitle(f"Gradient norm by layer: {depth} layers of width d = {width}")
    figure.savefig(path, dpi=150)
    plt.close(figure)
    print(f"The figure is in {path}")


if __name__ == '__main__':
    draw_figure(Path(__file__).with_name('gradient_norms.png'))
