"""Entry by entry."""

import numpy as np


def sgd(w, dw, config):
    next_w = w.copy()
    for place in np.ndindex(*w.shape):
        next_w[place] -= config["learning_rate"] * dw[place]
    return next_w, config


def sgd_momentum(w, dw, config):
    old = config.get("velocity")
    v, next_w = np.zeros(w.shape), np.zeros(w.shape)
    for place in np.ndindex(*w.shape):
        v[place] = -config["learning_rate"] * dw[place]
        if old is not None:
            v[place] += config["momentum"] * old[place]
        next_w[place] = w[place] + v[place]
    return next_w, dict(config, velocity=v)


def adam(w, dw, config):
    m, v = config.get("m", np.zeros(w.shape)).copy(), config.get("v", np.zeros(w.shape)).copy()
    t, next_w = config.get("t", 0) + 1, w.copy()
    for place in np.ndindex(*w.shape):
        m[place] = config["beta1"] * m[place] + (1 - config["beta1"]) * dw[place]
        v[place] = config["beta2"] * v[place] + (1 - config["beta2"]) * dw[place] ** 2
        up, down = m[place] / (1 - config["beta1"] ** t), v[place] / (1 - config["beta2"] ** t)
        next_w[place] -= config["learning_rate"] * up / (down**0.5 + config["epsilon"])
    return next_w, dict(config, m=m, v=v, t=t)
