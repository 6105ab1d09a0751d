import time

import torch

time.sleep(0.1)


def backward(x):
    y = torch.sigmoid(x)
    return {"dx": y * (1 - y)}
