import torch

x = torch.tensor([1.0, -1.0])
W2 = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]])
w3 = torch.tensor([1.0, -1.0, 0.0])
s = torch.sigmoid(torch.tensor(1.0))

FORWARD = {
    "z2": x,
    "h2": torch.relu(x),
    "z3": W2 @ torch.relu(x),
    "h3": torch.relu(W2 @ torch.relu(x)),
    "z": torch.tensor(1.0),
    "y_hat": s,
    "L": -torch.log(1 - s),
}
LOCAL = {
    "dz2_dW1": x,
    "dz2_dx": torch.eye(2),
    "dh2_dz2": (x > 0).float(),
    "dz3_dW2": FORWARD["h2"],
    "dz3_dh2": W2,
    "dh3_dz3": (FORWARD["z3"] > 0).float(),
    "dz_dw3": FORWARD["h3"],
    "dz_dh3": w3,
    "dy_hat_dz": s * (1 - s),
    "dL_dy_hat": 1 / (1 - s),
}
delta3 = s * w3 * LOCAL["dh3_dz3"]
delta2 = (W2.T @ delta3) * LOCAL["dh2_dz2"]
CHAIN = {
    "dL_dz": s,
    "dL_dw3": s * FORWARD["h3"],
    "dL_db3": s,
    "dL_dW2": torch.outer(delta3, FORWARD["h2"]),
    "dL_db2": delta3,
    "dL_dW1": torch.outer(delta2, x),
    "dL_db1": delta2,
}
