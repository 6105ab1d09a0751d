# mei, week 5
"""A classifier of handwritten digits as a class, with every gradient by hand, trained in mini-batches.

Two linear layers with a tanh between them, and the softmax cross-entropy as the loss:

    Z1 = X W1 + b1        H = tanh(Z1)
    Z2 = H W2 + b2        loss = mean over the batch of -log softmax(Z2)[n, y[n]]

Shapes: X (N, n_x), one image in a row, 64 pixels from 0 (paper) to 1 (ink); y (N,), the digits, int64;
W1 (n_x, n_h), b1 (n_h,), W2 (n_h, C), b2 (C,); Z1 and H (N, n_h), Z2 (N, C). A weight matrix has one column for each
unit that it leads to. The loss is the mean over the N images of the batch.

The rows of Z2 are logits: the softmax belongs to the loss, and nothing stands between Z2 and the loss. A sigmoid there
would leave logits between 0 and 1 only, and no image could ever get a probability near 1.

A gradient has the name of what it belongs to with a `d` in front and has the same shape: `dW1` is the derivative of the
loss with respect to W1. All sizes are those of the arrays that come: a batch may hold any number of images, also one,
and there may be fewer than ten classes. Nothing overflows: for Z1 or Z2 of several thousand every result is finite.

Each file is graded by itself, so write here what you need of the softmax.
"""

from pathlib import Path

import numpy as np
import torch


class DigitsClassifier:
    """A step of training is `forward(X)`, `loss(y)`, `backward()`, `update(lr)`, in this order.

    Each of them may keep on the object what the next ones need. The parameters are the attributes W1, b1, W2 and b2.
    """

    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2

    def forward(self, X):
        """Return the logits Z2, (N, C)."""
        self.X = X
        self.H = (X.matmul(self.W1) + self.b1).tanh()
        self.Z2 = self.H.matmul(self.W2) + self.b2
        return self.Z2

    def loss(self, y):
        """Return the mean cross-entropy, a scalar, of the batch that `forward` has seen last; y (N,) are its labels."""
        m = self.Z2.max(1, keepdim=True)[0]
        e = torch.exp(self.Z2 - m)
        self.P = e / e.sum(1, keepdim=True)
        self.Y = torch.eye(self.Z2.shape[1], dtype=self.Z2.dtype)[y]   # one-hot
        return (m[:, 0] + e.sum(1).log() - (self.Z2 * self.Y).sum(1)).mean()

    def backward(self):
        """Return {"dZ2", "dW2", "db2", "dH", "dZ1", "dW1", "db1"}: the gradients of the latest loss.

        Keep them as well: `update` needs some of them. With H = tanh(Z1), the derivative of tanh is 1 - H^2.
        """
        delta2 = (self.P - self.Y) / self.P.shape[0]
        dH = delta2.matmul(self.W2.t())
        delta1 = dH * (1 - self.H * self.H)
        self.dW2, self.db2 = self.H.t().matmul(delta2), delta2.sum(0)
        self.dW1, self.db1 = self.X.t().matmul(delta1), delta1.sum(0)
        return dict(dZ2=delta2, dW2=self.dW2, db2=self.db2, dH=dH, dZ1=delta1, dW1=self.dW1, db1=self.db1)

    def update(self, lr):
        """Move every parameter by lr against its gradient from the latest `backward`. Returns nothing."""
        self.W1 = self.W1 - lr * self.dW1
        self.b1 = self.b1 - lr * self.db1
        self.W2 = self.W2 - lr * self.dW2
        self.b2 = self.b2 - lr * self.db2

    def predict(self, X):
        """Return the predicted digit of each image, (N,), int64: the class with the greatest logit."""
        return torch.argmax(self.forward(X), dim=1)


def main():
    """Train on the first 1500 digits of digits.npz, and tell how many of the other 297 are recognised."""
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
        total = 0.0
        batches = torch.randperm(1500, generator=chance).split(20)
        for batch in batches:
            net.forward(images[batch])
            total += float(net.loss(digits[batch]))
            net.backward()
            net.update(lr=0.5)
        right = (net.predict(images[1500:]) == digits[1500:]).double().mean()
        print(f"epoch {epoch:2}: mean loss {total / len(batches):.4f}, {right:.1%} of the held-out digits are right")


if __name__ == '__main__':
    main()
