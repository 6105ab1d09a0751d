"""Public cases of cs231n/update_rules, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "49c119a3738bb13e"
MORE_CASES = True

import torch

from autograder import Case, Exercise, between


def reference(mark, X, Y, W, l2):
    squares = torch.square(X.matmul(W) - Y)
    return torch.mean(squares.sum(dim=1)) + torch.square(W).sum() * l2


def outputs(mark, trace, gradients, W, learning_rate, weight_decay, beta, beta1, beta2, eps):
    # The step size has another name than in the answers: the operations of an update are looked at one by one here.
    ends = [W, W, W]
    velocity, m, v = torch.zeros_like(W), torch.zeros_like(W), torch.zeros_like(W)
    for t, g in enumerate(gradients, start=1):
        first = mark if t == 1 else lambda _, value: value
        plain, heavy, adam = ends
        plain = first("W_sgd", plain - (g + plain * weight_decay) * learning_rate)
        velocity = first("velocity", velocity * beta + g)
        heavy = first("W_momentum", heavy - velocity * learning_rate)
        m = first("m", torch.lerp(m, g, 1 - beta1))
        v = first("v", torch.lerp(v, torch.square(g), 1 - beta2))
        left = 1 - torch.pow(torch.tensor([beta1, beta2], dtype=W.dtype), t)
        adam = first("W_adam", adam - m / left[0] / (torch.sqrt(v / left[1]) + eps) * learning_rate)
        ends = [plain, heavy, adam]
    last = {"velocity": velocity, "m": m, "v": v}
    last |= dict(zip(("W_sgd", "W_momentum", "W_adam"), ends, strict=True))
    return {f"last_{name}": value for name, value in last.items()}


def inputs(draw, N, D, C, T, eps=0.1):
    return {
        "X": draw.normal(N, D),
        "Y": draw.normal(N, C),
        "W": draw.normal(D, C),
        "l2": float(draw.uniform(low=0.2, high=0.6)),
        "gradients": draw.normal(T, D, C),
        "learning_rate": float(draw.uniform(low=0.2, high=0.45)),
        "weight_decay": float(draw.uniform(low=0.3, high=0.8)),
        "beta": float(draw.uniform(low=0.6, high=0.9)),
        "beta1": float(draw.uniform(low=0.55, high=0.75)),
        "beta2": float(draw.uniform(low=0.8, high=0.95)),
        "eps": eps,
    }


def unused(draw, N, D, C, T):
    """Some weights never have a gradient: Adam leaves them where they are."""
    values = inputs(draw, N, D, C, T)
    values["gradients"][:, 0] = 0
    return values


def on_paper(draw):
    def matrix(*rows):
        return torch.tensor(rows).double()

    return {
        "X": matrix([1.0], [2.0]),
        "Y": matrix([0.0, 0.0], [3.0, -5.0]),
        "W": matrix([1.0, -2.0]),
        "l2": 0.1,
        "gradients": matrix([[4.0, -2.0]], [[4.0, 2.0]]),
        "learning_rate": 0.5,
        "weight_decay": 0.1,
        "beta": 0.5,
        "beta1": 0.5,
        "beta2": 0.75,
        "eps": 1.0,
    }


EXERCISE = Exercise(
    order=4,
    difficulty=3,
    hours=2.0,
    builds_on=("layers/linear",),
    points={
        "loss": 1,
        "dW": 3,
        "W_sgd": 2,
        "last_W_sgd": 0.5,
        "velocity": 1,
        "W_momentum": 1,
        "last_velocity": 0.5,
        "last_W_momentum": 0.5,
        "m": 1,
        "v": 1,
        "W_adam": 2,
        "last_m": 0.5,
        "last_v": 0.5,
        "last_W_adam": 1.5,
    },
    calls="""
        loss, dW = entries(loss_and_gradient(X, Y, W, l2))
        sgd = SGD(learning_rate, weight_decay)
        momentum = Momentum(learning_rate, beta)
        adam = Adam(learning_rate, beta1, beta2, eps)
        W_sgd = sgd.step(W, gradients[0])
        last_W_sgd = W_sgd
        for gradient in gradients[1:]:
            last_W_sgd = sgd.step(last_W_sgd, gradient)
        velocity, W_momentum = reversed([momentum.step(W, gradients[0]), momentum.velocity])
        last_velocity, last_W_momentum = velocity, W_momentum
        for gradient in gradients[1:]:
            last_velocity, last_W_momentum = reversed([momentum.step(last_W_momentum, gradient), momentum.velocity])
        v, m, W_adam = reversed([adam.step(W, gradients[0]), adam.m, adam.v])
        last_v, last_m, last_W_adam = v, m, W_adam
        for gradient in gradients[1:]:
            last_v, last_m, last_W_adam = reversed([adam.step(last_W_adam, gradient), adam.m, adam.v])
    """,
    # The state stands before the parameters that are computed with it, and has no value without a step: so it is reversed.
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("three steps", N=5, D=4, C=2, T=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "loss": "4",
                "dW": [["-0.8", "-0.4"]],
                "W_sgd": [["-1.05", "-0.9"]],
                "last_W_sgd": [["-2.9975", "-1.855"]],
                "velocity": [["4", "-2"]],
                "W_momentum": [["-1", "-1"]],
                "last_velocity": [["6", "1"]],
                "last_W_momentum": [["-4", "-1.5"]],
                "m": [["2", "-1"]],
                "v": [["4", "1"]],
                "W_adam": [["0.6", "-1.6666667"]],
                "last_m": [["3", "0.5"]],
                "last_v": [["7", "1.75"]],
                "last_W_adam": [["0.2", "-1.7777778"]],
            },
        ),
    ],
)
from dataclasses import replace

updates = EXERCISE.outputs


def outputs(mark, trace, gradients, W, learning_rate, weight_decay, beta, beta1, beta2, eps):
    descent = {"W_descent": W - trace["dW"] * learning_rate}
    return descent | updates(mark, trace, gradients, W, learning_rate, weight_decay, beta, beta1, beta2, eps)


# The loss has no place in this interface: its gradient is worked out in the calls, and sgd goes down. Parameters are copied,
# as a rule may change them in place. State stands before the parameters that are computed with it.
EXERCISE = replace(
    EXERCISE,
    order=14,
    hours=1.0,
    builds_on=("affine",),
    arrays="numpy",
    also=("optim.py", "cs231n/optim.py", "layers.py", "cs231n/layers.py"),
    points={"W_descent": 1} | {name: points for name, points in EXERCISE.points.items() if name not in ("loss", "dW")},
    outputs=outputs,
    calls="""
        rate = {"learning_rate": learning_rate}
        slope = 2 * X.T @ (X @ W - Y) / len(X) + 2 * l2 * W
        W_descent = sgd(1 * W, slope, {**rate})[0]
        W_sgd = sgd(1 * W, gradients[0] + weight_decay * W, {**rate})[0]
        last_W_sgd = W_sgd
        for gradient in gradients[1:]:
            last_W_sgd = sgd(1 * last_W_sgd, gradient + weight_decay * last_W_sgd, {**rate})[0]
        heavy, moving = sgd_momentum(1 * W, gradients[0], {**rate, "momentum": beta})
        velocity = moving["velocity"] / -learning_rate
        W_momentum = heavy
        last_heavy, last_moving = heavy, {**moving}
        for gradient in gradients[1:]:
            last_heavy, last_moving = sgd_momentum(1 * last_heavy, gradient, last_moving)
        last_velocity = last_moving["velocity"] / -learning_rate
        last_W_momentum = last_heavy
        betas = {"beta1": beta1, "beta2": beta2, "epsilon": eps}
        light, moments = adam(1 * W, gradients[0], {**rate, **betas})
        m = 1 * moments["m"]
        v = 1 * moments["v"]
        W_adam = light
        last_light, last_moments = light, {**moments}
        for gradient in gradients[1:]:
            last_light, last_moments = adam(1 * last_light, gradient, last_moments)
        last_m = last_moments["m"]
        last_v = last_moments["v"]
        last_W_adam = last_light
    """,
)
