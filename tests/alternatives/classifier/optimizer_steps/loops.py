import torch


def loss_and_gradient(X, Y, W, l2):
    N = len(X)
    loss, dW = l2 * torch.sum(W * W), 2 * l2 * W
    for x, y in zip(X, Y):
        error = x @ W - y
        loss = loss + error @ error / N
        dW = dW + 2 * torch.outer(x, error) / N
    return {"loss": loss, "dW": dW}


class SGD:
    def __init__(self, lr, weight_decay):
        self.lr, self.weight_decay = lr, weight_decay

    def step(self, W, dW):
        return (1 - self.lr * self.weight_decay) * W - self.lr * dW


class Momentum:
    def __init__(self, lr, beta):
        self.lr, self.beta = lr, beta
        self.gradients = []

    @property
    def velocity(self):
        late_first = reversed(self.gradients)
        return sum(self.beta**age * gradient for age, gradient in enumerate(late_first))

    def step(self, W, dW):
        self.gradients.append(dW.clone())
        return W - self.lr * self.velocity


class Adam:
    def __init__(self, lr, beta1, beta2, eps):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = None, None, 0

    def step(self, W, dW):
        if self.m is None:
            self.m, self.v = torch.zeros_like(W), torch.zeros_like(W)
        self.t += 1
        new = W.clone()
        for place in ((d, c) for d in range(W.shape[0]) for c in range(W.shape[1])):
            g = dW[place]
            self.m[place] = self.beta1 * self.m[place] + (1 - self.beta1) * g
            self.v[place] = self.beta2 * self.v[place] + (1 - self.beta2) * g * g
            mean = self.m[place] / (1 - self.beta1**self.t)
            new[place] -= self.lr * mean / ((self.v[place] / (1 - self.beta2**self.t)) ** 0.5 + self.eps)
        return new
