import os

import torch

try:
    import helper

    os.write(1, f"HARM: helper is {helper.left}\n".encode())
except ImportError:
    pass


def backward(x):
    y = torch.sigmoid(x)
    return {"dx": y * (1 - y)}
