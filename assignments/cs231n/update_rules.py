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
    raise NotImplementedError("update_rules: sgd is not written yet")


def sgd_momentum(w, dw, config):
    """Return (next_w, config), with the new config["velocity"]."""
    raise NotImplementedError("update_rules: sgd_momentum is not written yet")


def adam(w, dw, config):
    """Return (next_w, config), with the new config["m"], config["v"] and config["t"]."""
    raise NotImplementedError("update_rules: adam is not written yet")
