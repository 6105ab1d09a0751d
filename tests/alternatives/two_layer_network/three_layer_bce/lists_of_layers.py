import torch


class ThreeLayerNetwork:
    """Written for any depth: lists instead of numbered names."""

    def __init__(self, *parameters):
        *flat, self.lr = parameters
        self.W = list(flat[0::2])
        self.b = list(flat[1::2])
        self._publish()

    def _publish(self):
        for l, (W, b) in enumerate(zip(self.W, self.b), start=1):
            setattr(self, f"W{l}", W)
            setattr(self, f"b{l}", b)

    def forward(self, X):
        self.A = [X]
        for W, b in zip(self.W, self.b):
            self.Z = torch.addmm(b, self.A[-1], W.T)
            self.A.append(torch.special.expit(self.Z))
        return {f"A{l}": A for l, A in enumerate(self.A) if l > 0}

    def loss(self, Y):
        self.Y = Y
        # log sigmoid(z) where the answer is yes, log sigmoid(-z) where it is no
        signed = torch.where(Y == 1, self.Z, -self.Z)
        return -torch.nn.functional.logsigmoid(signed).mean()

    def backward(self):
        sign = 1 - 2 * self.Y
        share = 1 / self.Y.numel()
        L = len(self.W)
        grads = {f"dA{L}": share * sign * (1 + torch.exp(sign * self.Z))}
        dZ = share * (self.A[L] - self.Y)
        for l in range(L, 0, -1):
            grads[f"dZ{l}"] = dZ
            grads[f"dW{l}"] = torch.einsum("no,ni->oi", dZ, self.A[l - 1])
            grads[f"db{l}"] = dZ.sum(0)
            if l > 1:
                dA = dZ @ self.W[l - 1]
                grads[f"dA{l - 1}"] = dA
                dZ = dA * (self.A[l - 1] - self.A[l - 1] ** 2)
        self.grads = grads
        return grads

    def update(self):
        for l in range(1, len(self.W) + 1):
            self.W[l - 1] = self.W[l - 1] - self.lr * self.grads[f"dW{l}"]
            self.b[l - 1] = self.b[l - 1] - self.lr * self.grads[f"db{l}"]
        self._publish()
