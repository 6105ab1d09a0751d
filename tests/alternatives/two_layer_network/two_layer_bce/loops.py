import math

import torch


def sigma(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    e = math.exp(z)
    return e / (1 + e)


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.lr = lr

    def forward(self, X):
        self.X = X
        N = X.shape[0]
        self.A1 = X.new_zeros(N, len(self.b1))
        self.Z2 = X.new_zeros(N, len(self.b2))
        self.A2 = X.new_zeros(N, len(self.b2))
        for n in range(N):
            for i in range(len(self.b1)):
                self.A1[n, i] = sigma((self.W1[i] * X[n]).sum() + self.b1[i])
            for k in range(len(self.b2)):
                self.Z2[n, k] = (self.W2[k] * self.A1[n]).sum() + self.b2[k]
                self.A2[n, k] = sigma(self.Z2[n, k])
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.Y = Y
        total = 0.0
        for z, y in zip(self.Z2.flatten().tolist(), Y.flatten().tolist()):
            # max(z, 0) - z y + log(1 + e^-|z|)
            total += max(z, 0) - z * y + math.log1p(math.exp(-abs(z)))
        return total / Y.numel()

    def backward(self):
        N, K = self.Y.shape
        grads = {
            "dA2": torch.zeros_like(self.A2),
            "dZ2": torch.zeros_like(self.A2),
            "dW2": torch.zeros_like(self.W2),
            "db2": torch.zeros_like(self.b2),
            "dA1": torch.zeros_like(self.A1),
            "dZ1": torch.zeros_like(self.A1),
            "dW1": torch.zeros_like(self.W1),
            "db1": torch.zeros_like(self.b1),
        }
        for n in range(N):
            for k in range(K):
                z = float(self.Z2[n, k])
                if self.Y[n, k] == 1:
                    grads["dA2"][n, k] = -(1 + math.exp(-z)) / (N * K)
                else:
                    grads["dA2"][n, k] = (1 + math.exp(z)) / (N * K)
                grads["dZ2"][n, k] = (self.A2[n, k] - self.Y[n, k]) / (N * K)
                grads["db2"][k] += grads["dZ2"][n, k]
                for i in range(len(self.b1)):
                    grads["dW2"][k, i] += grads["dZ2"][n, k] * self.A1[n, i]
                    grads["dA1"][n, i] += grads["dZ2"][n, k] * self.W2[k, i]
            for i in range(len(self.b1)):
                a = self.A1[n, i]
                grads["dZ1"][n, i] = grads["dA1"][n, i] * (a - a * a)
                grads["db1"][i] += grads["dZ1"][n, i]
                for j in range(self.X.shape[1]):
                    grads["dW1"][i, j] += grads["dZ1"][n, i] * self.X[n, j]
        self.grads = grads
        return grads

    def update(self):
        for p in ["W1", "b1", "W2", "b2"]:
            getattr(self, p).sub_(self.lr * self.grads["d" + p])
