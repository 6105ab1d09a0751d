import sys

import torch


def backward(x):
    if getattr(sys, "seen", []):
        raise ValueError(f"HIDDEN-INPUT {sys.seen}")
    y = torch.sigmoid(x)
    return {"dx": y * (1 - y)}
