import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    # --- forward, same as on the worksheet
    z2 = W1 @ x + b1
    h2 = torch.max(z2, torch.zeros_like(z2))
    z3 = W2 @ h2 + b2
    h3 = torch.max(z3, torch.zeros_like(z3))
    z = W3 @ h3 + b3
    yhat = torch.sigmoid(z)
    # --- backward
    mask3 = (h3 > 0).to(h3.dtype)   # 1 where on
    mask2 = (h2 > 0).to(h2.dtype)
    #dyhat = -(y / yhat - (1 - y) / (1 - yhat))
    #dz = dyhat * yhat * (1 - yhat)     <- gives nan!
    dz = yhat - y
    dh3 = dz @ W3
    dz3 = dh3 * mask3
    dh2 = dz3 @ W2
    dz2 = dh2 * mask2
    dx = dz2 @ W1
    dW3 = dz.reshape(-1, 1) @ h3.reshape(1, -1)
    dW2 = dz3.reshape(-1, 1) @ h2.reshape(1, -1)
    dW1 = dz2.reshape(-1, 1) @ x.reshape(1, -1)
    return {'dz': dz, 'dW3': dW3, 'db3': dz, 'dh3': dh3, 'dz3': dz3, 'dW2': dW2,
            'db2': dz3, 'dh2': dh2, 'dz2': dz2, 'dW1': dW1, 'db1': dz2, 'dx': dx}
