"""An affine layer with NumPy: out = x w + b, where each example is first laid out as one row.

The conventions are those of Stanford's CS231n. x holds N examples, each of any shape (an image, say); the layer reads an
example as a row of D numbers, where D is the product of its sizes:

    out[n, m] = sum over d of row[n, d] w[d, m] + b[m]        row = x as (N, D)

Shapes: x (N, d_1, ..., d_k) with d_1 · ... · d_k = D, w (D, M), b (M,), out (N, M). The weights have one *column* for each
output: in `layers/linear` they lie the other way round.

`dout` (N, M) is the upstream gradient, the derivative of the loss with respect to out. dx, dw and db have the shapes of x,
w and b: dx is no row any more. Gradients of w and b are sums over the examples, not means. All are NumPy arrays.

In the cases x is (N, 1, D). The results are graded under the names of `layers/linear`: `dX`, `dW` and `db`, with dW (M, D).

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.5.6.
"""

import numpy as np


def affine_forward(x, w, b):
    """Return (out, cache): out (N, M), and whatever `affine_backward` will need."""
    ### BEGIN SOLUTION
    rows = x.reshape(len(x), len(w))
    return np.dot(rows, w) + b, (x.shape, rows, w)
    ### END SOLUTION


def affine_backward(dout, cache):
    """Return (dx, dw, db), of the shapes of x, w and b."""
    ### BEGIN SOLUTION
    shape, rows, w = cache
    dx = np.dot(dout, w.T).reshape(shape)
    dw = np.dot(rows.T, dout)
    db = dout.sum(axis=0)
    return dx, dw, db
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF layers/linear
from dataclasses import replace

# An example is one row here: sequences, where each item is a row, are another function. And x has an axis more than X, so
# that it has to be flattened, and dx brought back.
EXERCISE = replace(
    EXERCISE,
    order=1,
    builds_on=("chain_rule/mazur",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        out, cache = affine_forward(X[:, None], W.T, b)
        dx, dw, db = affine_backward(upstream, cache)
        dX = dx[:, 0]
        dW = dw.T
    """,
    public=[case for case in EXERCISE.public if "T" not in case.sizes],
    ### BEGIN HIDDEN TESTS
    hidden=[case for case in EXERCISE.hidden if "T" not in case.sizes],
    ### END HIDDEN TESTS
)
