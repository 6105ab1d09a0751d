import math

import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    layers = [(W1, b1), (W2, b2), (W3, b3)]
    zs, hs = [], [x]
    for W, b in layers:
        z = torch.zeros_like(b)
        for j in range(W.shape[0]):
            z[j] = b[j] + sum(W[j, i] * hs[-1][i] for i in range(W.shape[1]))
        zs.append(z)
        hs.append(torch.where(z > 0, z, torch.zeros_like(z)))

    logit = float(zs[2][0])
    # sigma(z) - 1 = -sigma(-z)
    if logit >= 0:
        e = math.exp(-logit)
        dz = 1 / (1 + e) if y[0] == 0 else -e / (1 + e)
    else:
        e = math.exp(logit)
        dz = e / (1 + e) if y[0] == 0 else -1 / (1 + e)

    d = torch.tensor([dz], dtype=x.dtype)
    answer = {"dz": d}
    for number in (3, 2, 1):
        W, _ = layers[number - 1]
        h = hs[number - 1]
        dW = torch.zeros_like(W)
        dh = torch.zeros_like(h)
        for j in range(W.shape[0]):
            for i in range(W.shape[1]):
                dW[j, i] = d[j] * h[i]
                dh[i] += d[j] * W[j, i]
        answer[f"dW{number}"] = dW
        answer[f"db{number}"] = d.clone()
        if number == 1:
            answer["dx"] = dh
        else:
            answer[f"dh{number}"] = dh
            d = dh.clone()
            for i in range(len(d)):
                if not zs[number - 2][i] > 0:
                    d[i] = 0
            answer[f"dz{number}"] = d
    return answer
