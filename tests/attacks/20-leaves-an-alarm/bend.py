import time

import torch

end = time.monotonic() + 0.1
while time.monotonic() < end:
    pass


def backward(x):
    y = torch.sigmoid(x)
    return {"dx": y * (1 - y)}
