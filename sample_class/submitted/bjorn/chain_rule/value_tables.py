import math

x = [1.0, -1.0]
y = 0.0
W1 = [[1.0, 0.0], [0.0, 1.0]]
b1 = [0.0, 0.0]
W2 = [[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]]
b2 = [0.0, 0.0, 0.0]
w3 = [1.0, -1.0, 0.0]
b3 = 0.0


def affine(W, b, v):
    return [sum(w * a for w, a in zip(row, v, strict=True)) + bias for row, bias in zip(W, b, strict=False)]


def relu(v):
    return [max(a, 0.0) for a in v]


def on(v):
    return [1.0 if a > 0 else 0.0 for a in v]


def outer(a, b):
    return [[p * q for q in b] for p in a]


def times(a, b):
    return [p * q for p, q in zip(a, b, strict=True)]


def transposed_times(W, v):
    return [sum(W[k][j] * v[k] for k in range(len(v))) for j in range(len(W[0]))]


z2 = affine(W1, b1, x)
h2 = relu(z2)
z3 = affine(W2, b2, h2)
h3 = relu(z3)
z = affine([w3], [b3], h3)[0]
y_hat = math.exp(z) / (math.exp(z) + 1)
L = -(y * math.log(y_hat) + (1 - y) * math.log(1 - y_hat))
FORWARD = {"z2": z2, "h2": h2, "z3": z3, "h3": h3, "z": z, "y_hat": y_hat, "L": L}

LOCAL = {
    "dz2_dW1": x,
    "dz2_dx": W1,
    "dh2_dz2": on(z2),
    "dz3_dW2": h2,
    "dz3_dh2": W2,
    "dh3_dz3": on(z3),
    "dz_dw3": h3,
    "dz_dh3": w3,
    "dy_hat_dz": y_hat * (1 - y_hat),
    "dL_dy_hat": -(y / y_hat - (1 - y) / (1 - y_hat)),
}

dz = LOCAL["dL_dy_hat"] * LOCAL["dy_hat_dz"]
dz3 = times([dz * w for w in w3], LOCAL["dh3_dz3"])
dz2 = times(transposed_times(W2, dz3), LOCAL["dh2_dz2"])
CHAIN = {
    "dL_dz": dz,
    "dL_dw3": [dz * h for h in h3],
    "dL_db3": dz,
    "dL_dW2": outer(dz3, h2),
    "dL_db2": dz3,
    "dL_dW1": outer(dz2, x),
    "dL_db1": dz2,
}
