"""As libraries do it: the state is changed in place, and Adam's corrections go into the step size."""

import torch


def loss_and_gradient(X, Y, W, l2):
    residual = torch.einsum("nd,dc->nc", X, W) - Y
    dW = torch.einsum("nd,nc->dc", X, residual).mul_(2 / len(X)).add_(W, alpha=2 * l2)
    return {"loss": residual.norm() ** 2 / len(X) + l2 * W.norm() ** 2, "dW": dW}


class SGD:
    def __init__(self, lr, weight_decay):
        self.lr, self.weight_decay = lr, weight_decay

    def step(self, W, dW):
        return W.add(dW.add(W, alpha=self.weight_decay), alpha=-self.lr)


class Momentum:
    def __init__(self, lr, beta):
        self.lr, self.beta = lr, beta

    def step(self, W, dW):
        if hasattr(self, "velocity"):
            self.velocity.mul_(self.beta).add_(dW)
        else:
            self.velocity = dW.clone()
        return W.add(self.velocity, alpha=-self.lr)


class Adam:
    def __init__(self, lr, beta1, beta2, eps):
        self.lr, self.betas, self.eps = lr, (beta1, beta2), eps
        self.t = 0

    def step(self, W, dW):
        if self.t == 0:
            self.m, self.v = torch.zeros_like(W), torch.zeros_like(W)
        self.t += 1
        beta1, beta2 = self.betas
        self.m.lerp_(dW, 1 - beta1)
        self.v.mul_(beta2).addcmul_(dW, dW, value=1 - beta2)
        root = (1 - beta2**self.t) ** 0.5
        return W - (self.lr * root / (1 - beta1**self.t)) * self.m / (self.v.sqrt() + self.eps * root)
