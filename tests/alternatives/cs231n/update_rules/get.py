"""The dictionary is filled in place; what is not there yet is made of zeros."""

import numpy as np


def sgd(w, dw, config):
    return np.subtract(w, np.multiply(dw, config["learning_rate"])), config


def sgd_momentum(w, dw, config):
    v = config.setdefault("velocity", np.zeros(w.shape))
    v = v * config["momentum"]
    v -= config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


def adam(w, dw, config):
    for name in ("m", "v"):
        config.setdefault(name, np.zeros(w.shape))
    config["t"] = config.get("t", 0) + 1
    b1, b2, t = config["beta1"], config["beta2"], config["t"]
    config["m"] = config["m"] + (1 - b1) * (dw - config["m"])
    config["v"] = config["v"] + (1 - b2) * (np.square(dw) - config["v"])
    # Both corrections in the step size, as the paper has it at the end of its section 2.
    rate = config["learning_rate"] * np.sqrt(1 - b2**t) / (1 - b1**t)
    return w - rate * config["m"] / (np.sqrt(config["v"]) + config["epsilon"] * np.sqrt(1 - b2**t)), config
