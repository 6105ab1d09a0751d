import math

p = 1 / (1 + math.exp(-1))

FORWARD = {
    "z2": [1, -1],
    "h2": [1, 0],
    "z3": [1, -1, 1],
    "h3": [1, 0, 1],
    "z": 1,
    "y_hat": p,
    "L": -math.log(1 - p),
}

LOCAL = {
    "dz2_dW1": [1, -1],
    "dz2_dx": [[1, 0], [0, 1]],
    "dh2_dz2": [1, 0],
    "dz3_dW2": [1, 0],
    "dz3_dh2": [[1, -1, 1], [1, 1, 0]],  # w_jk
    "dh3_dz3": [1, 0, 1],
    "dz_dw3": [1, 0, 1],
    "dz_dh3": [1, -1, 0],
    "dy_hat_dz": p * (1 - p),
    "dL_dy_hat": 1 / (1 - p),
}

CHAIN = {
    "dL_dz": p,
    "dL_dw3": [p, 0, p],
    "dL_db3": p,
    "dL_dW2": [[p, 0, 0], [0, 0, 0]],  # dL/dw_jk
    "dL_db2": [p, 0, 0],
    "dL_dW1": [[p, 0], [-p, 0]],  # dL/dw_ij
    "dL_db1": [p, 0],
}
