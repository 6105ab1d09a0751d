"""A classifier of handwritten digits as a class, with every gradient by hand, trained in mini-batches.

Two linear layers with a tanh between them, and the softmax cross-entropy as the loss:

    Z1 = X W1 + b1        H = tanh(Z1)
    Z2 = H W2 + b2        loss = mean over the batch of -log softmax(Z2)[n, y[n]]

Shapes: X (N, n_x), one image in a row, 64 pixels from 0 (paper) to 1 (ink); y (N,), the digits, int64;
W1 (n_x, n_h), b1 (n_h,), W2 (n_h, C), b2 (C,); Z1 and H (N, n_h), Z2 (N, C). A weight matrix has one column for each
unit that it leads to. The loss is the mean over the N images of the batch.

The rows of Z2 are logits: the softmax belongs to the loss, and nothing stands between Z2 and the loss. A sigmoid there
would leave logits between 0 and 1 only, and no image could ever get a probability near 1.

A gradient has the name of what it belongs to with a `d` in front and has the same shape: `dW1` is the derivative of the
loss with respect to W1. All sizes are those of the arrays that come: a batch may hold any number of images, also one,
and there may be fewer than ten classes. Nothing overflows: for Z1 or Z2 of several thousand every result is finite.

Each file is graded by itself, so write here what you need of the softmax.
"""

from pathlib import Path

import numpy as np
import torch


class DigitsClassifier:
    """A step of training is `forward(X)`, `loss(y)`, `backward()`, `update(lr)`, in this order.

    Each of them may keep on the object what the next ones need. The parameters are the attributes W1, b1, W2 and b2.
    """

    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2

    def forward(self, X):
        """Return the logits Z2, (N, C)."""
        ### BEGIN SOLUTION
        self.X = X
        self.H = torch.tanh(X @ self.W1 + self.b1)
        self.Z2 = self.H @ self.W2 + self.b2
        return self.Z2
        ### END SOLUTION

    def loss(self, y):
        """Return the mean cross-entropy, a scalar, of the batch that `forward` has seen last; y (N,) are its labels."""
        ### BEGIN SOLUTION
        self.y = y
        shifted = self.Z2 - self.Z2.amax(dim=1, keepdim=True)
        self.log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
        self.p = self.log_p.exp()
        return -self.log_p[torch.arange(len(y)), y].mean()
        ### END SOLUTION

    def backward(self):
        """Return {"dZ2", "dW2", "db2", "dH", "dZ1", "dW1", "db1"}: the gradients of the latest loss.

        Keep them as well: `update` needs some of them. With H = tanh(Z1), the derivative of tanh is 1 - H^2.
        """
        ### BEGIN SOLUTION
        dZ2 = self.p.clone()
        N = dZ2.shape[0]
        dZ2[torch.arange(N), self.y] -= 1
        dZ2 = 1 / N * dZ2
        dH = dZ2 @ self.W2.T
        dZ1 = dH * (1 - self.H**2)
        self.grads = {
            "dZ2": dZ2,
            "dW2": self.H.T @ dZ2,
            "db2": dZ2.sum(dim=0),
            "dH": dH,
            "dZ1": dZ1,
            "dW1": self.X.T @ dZ1,
            "db1": dZ1.sum(dim=0),
        }
        return self.grads
        ### END SOLUTION

    def update(self, lr):
        """Move every parameter by lr against its gradient from the latest `backward`. Returns nothing."""
        ### BEGIN SOLUTION
        for name in ("W1", "b1", "W2", "b2"):
            setattr(self, name, getattr(self, name) - lr * self.grads[f"d{name}"])
        ### END SOLUTION

    def predict(self, X):
        """Return the predicted digit of each image, (N,), int64: the class with the greatest logit."""
        ### BEGIN SOLUTION
        logits = torch.tanh(X @ self.W1 + self.b1) @ self.W2 + self.b2
        return logits.argmax(dim=1)
        ### END SOLUTION


def main():
    """Train on the first 1500 digits of digits.npz, and tell how many of the other 297 are recognised."""
    with np.load(Path(__file__).with_name("digits.npz")) as data:
        images = torch.from_numpy(data["images"]).double() / 16
        digits = torch.from_numpy(data["labels"]).long()
    chance = torch.Generator().manual_seed(0)
    n_h = 32
    net = DigitsClassifier(
        torch.randn(64, n_h, generator=chance, dtype=torch.float64) / 64**0.5,
        torch.zeros(n_h, dtype=torch.float64),
        torch.randn(n_h, 10, generator=chance, dtype=torch.float64) / n_h**0.5,
        torch.zeros(10, dtype=torch.float64),
    )
    for epoch in range(1, 11):
        total = 0.0
        batches = torch.randperm(1500, generator=chance).split(20)
        for batch in batches:
            net.forward(images[batch])
            total += float(net.loss(digits[batch]))
            net.backward()
            net.update(lr=0.5)
        right = (net.predict(images[1500:]) == digits[1500:]).double().mean()
        print(f"epoch {epoch:2}: mean loss {total / len(batches):.4f}, {right:.1%} of the held-out digits are right")


if __name__ == "__main__":
    main()


### BEGIN GRADING
import numpy as np
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between, differentiate

PARAMETERS = ("W1", "b1", "W2", "b2")


def reference(mark, batches, labels, W1, b1, W2, b2):
    """The loss of the first mini-batch."""
    Z1 = mark("Z1", torch.addmm(b1, batches[0], W1))
    H = mark("H", torch.tanh(Z1))
    Z2 = mark("Z2", torch.addmm(b2, H, W2))
    return F.cross_entropy(Z2, labels[0])


def train(batches, labels, lr, parameters):
    """Parameters after one step on each mini-batch, and the loss before each step."""
    history = []
    for k in range(len(batches)):
        trace = differentiate(reference, batches=batches[k : k + 1], labels=labels[k : k + 1], **parameters)
        history.append(trace["loss"])
        parameters = {name: value - lr * trace[f"d{name}"] for name, value in parameters.items()}
    return parameters, torch.stack(history)


def scores(X, W1, b1, W2, b2):
    return torch.addmm(b2, torch.tanh(torch.addmm(b1, X, W1)), W2)


def outputs(trace, batches, labels, W1, b1, W2, b2, lr, held_out):
    trained, losses = train(batches, labels, lr, {"W1": W1, "b1": b1, "W2": W2, "b2": b2})
    predictions = scores(held_out, **trained).argmax(dim=1)
    return {
        **{f"trained_{name}": value for name, value in trained.items()},
        "losses": losses,
        "predictions": predictions,
    }


def inputs(draw, N, n_h, steps, C=10, held_out=11, lr=0.5, W1_scale=1.0, W2_scale=1.0):
    with np.load(draw.file("digits.npz")) as data:
        images, digits = torch.from_numpy(data["images"]).double() / 16, torch.from_numpy(data["labels"]).long()
    W1 = draw.normal(64, n_h, scale=1 / 8)
    # Half of the units only: saturated units have no gradient, and the other half must show one.
    W1[:, ::2] *= W1_scale
    parameters = {
        "W1": W1,
        "b1": draw.normal(n_h, scale=0.1),
        "W2": draw.normal(n_h, C, scale=W2_scale / n_h**0.5),
        "b2": draw.normal(C, scale=0.1),
    }
    return run(draw, images, digits, parameters, N, C, steps, held_out, lr)


def no_first_layer(draw, N, n_h, steps, held_out=11, lr=0.5):
    # Without W1 and b1 every unit gives tanh(0) = 0 and every digit the probability 1/10: the loss is ln 10.
    with np.load(draw.file("digits.npz")) as data:
        images, digits = torch.from_numpy(data["images"]).double() / 16, torch.from_numpy(data["labels"]).long()
    parameters = {
        "W1": torch.zeros(64, n_h, dtype=torch.float64),
        "b1": torch.zeros(n_h, dtype=torch.float64),
        "W2": draw.normal(n_h, 10),
        "b2": torch.zeros(10, dtype=torch.float64),
    }
    return run(draw, images, digits, parameters, N, 10, steps, held_out, lr)


def run(draw, images, digits, parameters, N, C, steps, held_out, lr):
    """Mini-batches from the first 1500 digits; held-out ones from the others, those that are not nearly a tie."""
    known = torch.arange(1500)[digits[:1500] < C]
    chosen = known[draw.permutation(len(known))[: steps * N]].reshape(steps, N)
    others = torch.arange(1500, 1797)[digits[1500:] < C]
    others = others[draw.permutation(len(others))]
    trained, _ = train(images[chosen], digits[chosen], lr, parameters)
    logits = scores(images[others], **trained)
    best = logits.topk(2, dim=1).values
    clear = (best[:, 0] - best[:, 1]) > 1e-3 * logits.abs().amax()
    kept = others[clear][:held_out]
    return {
        "batches": images[chosen],
        "labels": digits[chosen],
        **parameters,
        "lr": lr,
        "held_out": images[kept],
        "held_out_labels": digits[kept],
    }


def figures(parts, held_out_labels):
    return {"held-out accuracy": np.mean(parts["predictions"] == held_out_labels)}


EXERCISE = Exercise(
    order=2,
    difficulty=3,
    hours=3.0,
    builds_on=("softmax_cross_entropy", "two_layer_network/two_layer_tanh"),
    points={
        "Z2": 1,
        "loss": 1,
        "dZ2": 2,
        "dW2": 2,
        "db2": 1,
        "dH": 1,
        "dZ1": 2,
        "dW1": 2,
        "db1": 1,
        "losses": 1,
        "trained_W1": 0.5,
        "trained_b1": 0.5,
        "trained_W2": 0.5,
        "trained_b2": 0.5,
        "predictions": 1,
    },
    calls="""
        net = DigitsClassifier(W1, b1, W2, b2)
        Z2 = net.forward(batches[0])
        loss = net.loss(labels[0])
        dZ2, dW2, db2, dH, dZ1, dW1, db1 = entries(net.backward())
        net = DigitsClassifier(W1, b1, W2, b2)
        history = []
        for X, y in zip(batches, labels):
            net.forward(X)
            history.append(net.loss(y))
            net.backward()
            net.update(lr)
        losses = history
        trained_W1 = net.W1
        trained_b1 = net.b1
        trained_W2 = net.W2
        trained_b2 = net.b2
        predictions = net.predict(held_out)
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    figures=figures,
    public=[
        # `inputs` is named so that the purity runs take the short case after this one.
        Case("forty mini-batches", inputs=inputs, diagnosed=False, N=16, n_h=24, steps=40, held_out=100),
        Case("three mini-batches", N=7, n_h=5, steps=3),
        Case(
            "no first layer yet",
            inputs=no_first_layer,
            N=6,
            n_h=4,
            steps=2,
            zeros=("Z2", "dW2"),
            known={"loss": "2.3025851"},
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(5, 14), n_h=between(6, 15), steps=4),
        Case("another step size", N=between(5, 14), n_h=between(6, 15), steps=4, lr=0.15),
        Case("fewer digits", N=between(8, 12), n_h=between(6, 15), C=between(3, 7), steps=3),
        Case("one image in a batch", tier="edge", N=1, n_h=between(4, 9), steps=5, lr=0.2),
        Case("as many images as classes", tier="edge", N=10, n_h=between(4, 9), steps=2),
        Case("one hidden unit", tier="edge", N=between(4, 8), n_h=1, steps=2),
        Case("saturated units", tier="stability", N=9, n_h=between(6, 8), steps=2, lr=0.1, W1_scale=1e4),
        Case("large logits", tier="stability", N=9, n_h=between(6, 8), steps=2, lr=1e-5, W2_scale=5e3),
    ],
    ### END HIDDEN TESTS
)
