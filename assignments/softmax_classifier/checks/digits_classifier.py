"""Public cases of softmax_classifier/digits_classifier, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "softmax_classifier"
STUB = "8bf1ec83dab2e62a"
MORE_CASES = True

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
)
