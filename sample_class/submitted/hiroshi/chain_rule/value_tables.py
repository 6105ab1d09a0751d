"""Value tables: one forward and backward pass with pencil and paper.

A network with two hidden ReLU layers and a sigmoid output looks at one example. Its loss is the binary cross-entropy:

    z2 = W1 x + b1      h2 = max(z2, 0)
    z3 = W2 h2 + b2     h3 = max(z3, 0)
    z  = w3 . h3 + b3   y_hat = sigmoid(z)      L = -(y log y_hat + (1 - y) log(1 - y_hat))

The numbers are given below. Work out every entry of the three tables and write it in place of None: a number, or a
list of numbers (of lists, for a matrix). An expression such as math.exp(-1) is as good as a number; a number that you
round needs at least six significant digits. PyTorch is not needed, and autograd would take the exercise away from you.

Indices follow the stored weights, [out, in], in every table: W1[j][i] leads from input i to unit j, the Jacobian
dz2_dx[j][i] is the derivative of z2[j] with respect to x[i], and dL_dW1 has W1's shape. Texts that write w_ij for the
weight from i to j use the transpose of this.

Two kinds of Jacobian are shortened, because all the rest of them is zeros or copies:
- ReLU acts on each unit by itself, so dh2_dz2 and dh3_dz3 are vectors: entry j is the derivative of unit j's output
  with respect to that same unit's z. It is 0 for z <= 0.
- z2[j] depends on row j of W1 alone, and in the same way for each j. dz2_dW1[i] is the derivative of z2[j] with respect
  to W1[j][i], the same for every j; dz3_dW2 likewise.

The network and its numbers are those of a classroom worksheet in which W1 is the identity. The identity looks the same
transposed, so these numbers do not show every mistake: `relu_network.py` goes on from here with any weights.
"""

import math

x = [1.0, -1.0]
y = 0.0
W1 = [[1.0, 0.0], [0.0, 1.0]]
b1 = [0.0, 0.0]
W2 = [[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]]
b2 = [0.0, 0.0, 0.0]
w3 = [1.0, -1.0, 0.0]
b3 = 0.0

# Every value on the way from x to the loss.
FORWARD = {
    "z2": [1.0, -1.0],
    "h2": [1.0, 0.0],
    "z3": [1.0, -1.0, 1.0],
    "h3": [1.0, 0.0, 1.0],
    "z": 1.0,
    "y_hat": 0.7310585786,
    "L": 1.3132616875,
}


# The derivative of each value with respect to what it is directly made of.
LOCAL = {
    "dz2_dW1": [1.0, -1.0],
    "dz2_dx": [[1.0, 0.0], [0.0, 1.0]],
    "dh2_dz2": [1.0, 0.0],
    "dz3_dW2": [1.0, 0.0],
    "dz3_dh2": [[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]],
    "dh3_dz3": [1.0, 0.0, 1.0],
    "dz_dw3": [1.0, 0.0, 1.0],
    "dz_dh3": [1.0, -1.0, 0.0],
    "dy_hat_dz": 0.1966119332,
    "dL_dy_hat": 3.7182818285,
}


# Products of local derivatives: the gradient of the loss, from the output back to the first layer.
CHAIN = {
    "dL_dz": 0.7310585786,
    "dL_dw3": [0.7310585786, 0.0, 0.7310585786],
    "dL_db3": 0.7310585786,
    "dL_dW2": [[0.7310585786, 0.0], [0.0, 0.0], [0.0, 0.0]],
    "dL_db2": [0.7310585786, 0.0, 0.0],
    "dL_dW1": [[0.7310585786, -0.7310585786], [0.0, 0.0]],
    "dL_db1": [0.7310585786, 0.0],
}
