import torch
import torch.nn.functional as F


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        self.lr = lr

    # so that net.W1 works
    def __getattr__(self, name):
        params = self.__dict__.get("params", {})
        if name in params:
            return params[name]
        raise AttributeError(name)

    def forward(self, X):
        self.X = X
        self.Z1 = F.linear(X, self.W1, self.b1)
        self.A1 = torch.sigmoid(self.Z1)
        self.Z2 = F.linear(self.A1, self.W2, self.b2)
        self.A2 = torch.sigmoid(self.Z2)
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.error = self.A2 - Y
        return torch.einsum("nk,nk->", self.error, self.error) / Y.numel()

    def backward(self):
        dA2 = self.error * (2 / self.error.numel())
        # sigmoid' is 1/4 sech^2(z/2), i.e. s(z) s(-z)
        dZ2 = torch.einsum("nk,nk,nk->nk", dA2, self.A2, torch.sigmoid(-self.Z2))
        dA1 = torch.einsum("nk,ki->ni", dZ2, self.W2)
        dZ1 = torch.einsum("ni,ni,ni->ni", dA1, self.A1, torch.sigmoid(-self.Z1))
        self.grads = {
            "W2": torch.einsum("nk,ni->ki", dZ2, self.A1),
            "b2": torch.einsum("nk->k", dZ2),
            "W1": torch.einsum("ni,nj->ij", dZ1, self.X),
            "b1": torch.einsum("ni->i", dZ1),
        }
        return {"dA2": dA2, "dZ2": dZ2, "dA1": dA1, "dZ1": dZ1, **{"d" + k: v for k, v in self.grads.items()}}

    def update(self):
        self.params = {k: v - self.lr * self.grads[k] for k, v in self.params.items()}
