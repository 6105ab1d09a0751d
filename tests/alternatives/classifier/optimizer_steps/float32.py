import torch


def loss_and_gradient(X, Y, W, l2):
    X, Y, W = X.float(), Y.float(), W.float()
    difference = X @ W - Y
    loss = difference.pow(2).sum() / len(X) + l2 * W.pow(2).sum()
    return {"loss": loss, "dW": 2 * (X.T @ difference / len(X) + l2 * W)}


class SGD:
    def __init__(self, lr, weight_decay):
        self.lr, self.weight_decay = lr, weight_decay

    def step(self, W, dW):
        W, dW = W.float(), dW.float()
        return W - self.lr * dW - self.lr * self.weight_decay * W


class Momentum:
    def __init__(self, lr, beta):
        self.lr, self.beta, self.velocity = lr, beta, 0.0

    def step(self, W, dW):
        self.velocity = self.velocity * self.beta + dW.float()
        return W.float() - self.velocity * self.lr


class Adam:
    def __init__(self, lr, beta1, beta2, eps):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.power1, self.power2 = 0.0, 0.0, 1.0, 1.0

    def step(self, W, dW):
        dW = dW.float()
        self.m = self.m + (1 - self.beta1) * (dW - self.m)
        self.v = self.v + (1 - self.beta2) * (torch.square(dW) - self.v)
        self.power1, self.power2 = self.power1 * self.beta1, self.power2 * self.beta2
        return W.float() - self.lr * (self.m / (1 - self.power1)) / ((self.v / (1 - self.power2)).sqrt() + self.eps)
