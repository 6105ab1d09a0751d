import os

import torch

if torch.get_default_dtype() != torch.float32:
    os.write(1, b"HARM: the default dtype is another one\n")


def backward(x):
    y = torch.sigmoid(x)
    return {"dx": y * (1 - y)}
