from pathlib import Path

import numpy as np
import torch


class DigitsClassifier:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2

    def forward(self, X):
        self.X = X
        self.Z1 = X @ self.W1 + self.b1
        self.H = torch.tanh(self.Z1)
        self.Z2 = self.H @ self.W2 + self.b2
        return self.Z2

    def loss(self, y):
        self.y = y
        log_p = self.Z2 - torch.logsumexp(self.Z2, dim=1, keepdim=True)
        self.p = torch.exp(log_p)
        return -log_p[torch.arange(len(y)), y].mean()

    def backward(self):
        N = len(self.y)
        one_hot = torch.zeros_like(self.p)
        one_hot[torch.arange(N), self.y] = 1
        dZ2 = (self.p - one_hot) / N
        dW2 = self.H.T @ dZ2
        db2 = dZ2
        dH = dZ2 @ self.W2.T
        dZ1 = dH * (1 - self.H**2)
        dW1 = self.X.T @ dZ1
        db1 = dZ1
        self.grads = {'dZ2': dZ2, 'dW2': dW2, 'db2': db2, 'dH': dH, 'dZ1': dZ1, 'dW1': dW1, 'db1': db1}
        return self.grads

    def update(self, lr):
        self.W1 = self.W1 - lr * self.grads['dW1']
        self.b1 = self.b1 - lr * self.grads['db1']
        self.W2 = self.W2 - lr * self.grads['dW2']
        self.b2 = self.b2 - lr * self.grads['db2']

    def predict(self, X):
        H = torch.tanh(X @ self.W1 + self.b1)
        return (H @ self.W2 + self.b2).argmax(dim=1)


def main():
    with np.load(Path(__file__).with_name('digits.npz')) as data:
        images = torch.from_numpy(data['images']).double() / 16
        digits = torch.from_numpy(data['labels']).long()
    chance = torch.Generator().manual_seed(0)
    n_h = 32
    net = DigitsClassifier(
        torch.randn(64, n_h, generator=chance, dtype=torch.float64) / 64**0.5,
        torch.zeros(n_h, dtype=torch.float64),
        torch.randn(n_h, 10, generator=chance, dtype=torch.float64) / n_h**0.5,
        torch.zeros(10, dtype=torch.float64),
    )
    for epoch in range(1, 11):
        loss_sum = 0.0
        batches = torch.randperm(1500, generator=chance).split(20)
        for batch in batches:
            net.forward(images[batch])
            loss_sum += float(net.loss(digits[batch]))
            net.backward()
            net.update(lr=0.5)
        right = (net.predict(images[1500:]) == digits[1500:]).double().mean()
        print(f"epoch {epoch:2}: mean loss {total / len(batches):.4f}, {right:.1%} of the held-out digits are right")


if __name__ == '__main__':
    main()
