"""Update rules with NumPy: SGD, momentum and Adam, with their state in a dictionary.

The conventions are those of Stanford's CS231n. Each rule makes of the parameters w and their gradient dw new parameters, and
keeps what it has to remember in the dictionary `config`, which the next step is given again:

    sgd            next_w = w - learning_rate · dw

    sgd_momentum   v ← momentum · v - learning_rate · dw        next_w = w + v

    adam           t ← t + 1
                   m ← beta1 · m + (1 - beta1) · dw
                   v ← beta2 · v + (1 - beta2) · dw²
                   next_w = w - learning_rate · (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)

The step size is in the velocity here: v is not the velocity of `classifier/optimizer_steps`, but that times -learning_rate.
Squares, roots and quotients are those of single entries. t is counted up before it is used, so that it is 1 in the first step.

`config` has the numbers by the names of the formulas: "learning_rate", "momentum", "beta1", "beta2", "epsilon". The state is
not in it before the first step: "velocity", "m" and "v" are arrays like w, 0 at first, and "t" is 0 at first. After a step they
are in it; a step returns the dictionary that it was given, or a new one. m and v are kept without the correction by 1 - beta^t.
epsilon may be as large as 1.

Graded are the parameters and the state after the first of several steps, and, with `last_` before their names, after all of
them: `W_sgd`, `W_momentum`, `velocity`, `W_adam`, `m`, `v`; `velocity` is divided by -learning_rate there. For `W_sgd` the gradient
holds weight decay already. `W_descent` is one step of sgd down the loss of a linear model, whose gradient is given.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), 8.3.2; Kingma and Ba, 'Adam: A Method for Stochastic
Optimization' (2015), algorithm 1.
"""

import numpy as np


def sgd(w, dw, config):
    """Return (next_w, config)."""
    ### BEGIN SOLUTION
    return w - config["learning_rate"] * dw, config
    ### END SOLUTION


def sgd_momentum(w, dw, config):
    """Return (next_w, config), with the new config["velocity"]."""
    ### BEGIN SOLUTION
    kept = config["momentum"] * config.get("velocity", 0)
    velocity = kept - config["learning_rate"] * dw
    return w + velocity, {**config, "velocity": velocity}
    ### END SOLUTION


def adam(w, dw, config):
    """Return (next_w, config), with the new config["m"], config["v"] and config["t"]."""
    ### BEGIN SOLUTION
    t, first, second = config.get("t", 0) + 1, config["beta1"], config["beta2"]
    m = first * config.get("m", 0) + (1 - first) * dw
    v = second * config.get("v", 0) + (1 - second) * dw**2
    root = np.sqrt(v / (1 - second**t)) + config["epsilon"]
    return w - config["learning_rate"] * m / (1 - first**t) / root, {**config, "m": m, "v": v, "t": t}
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF classifier/optimizer_steps
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
