"""Things I need in several files."""

import torch


def sig(t):
    return 1 / (1 + torch.exp(-t))


def slope(a):
    """Derivative of the sigmoid from its value."""
    return a * (1 - a)
