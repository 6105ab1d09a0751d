"""The gradient of broadcasting: what was copied on the way forward is summed on the way back.

    out = a * b + c

PyTorch broadcasts: the shapes are aligned at their last axes, axes that a tensor lacks are added in front of it, and where
a tensor has the size 1 and another one more, it is repeated. For example (2, 1, 3), (4, 1) and (3,) go together to
(2, 4, 3), and a scalar of shape () goes with everything.

A broadcast tensor is used as often as it is repeated. So its gradient is a sum over the repetitions, and it has exactly
the shape that the tensor had: an axis of size 1 is still there, and an axis that was added in front is not.

Shapes: a, b and c any that go together; out and `upstream` have the shape that they go together to. `upstream` is the
derivative of some loss with respect to `out`; da, db and dc are the derivatives of that loss.

The rules of broadcasting: https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

import torch


def unbroadcast(upstream, shape):
    """Return the gradient, of the given shape, of a tensor that was broadcast to the shape of `upstream`.

    The tensor was only broadcast, and nothing else was done with it. `shape` is a torch.Size or a tuple.
    """
    raise NotImplementedError("unbroadcast: unbroadcast is not written yet")


def multiply_add(a, b, c):
    """Return (out, cache): out = a * b + c, and whatever `multiply_add_backward` needs."""
    raise NotImplementedError("unbroadcast: multiply_add is not written yet")


def multiply_add_backward(upstream, cache):
    """Return {"dc": gradient of c, "da": gradient of a, "db": gradient of b}, with `unbroadcast`."""
    raise NotImplementedError("unbroadcast: multiply_add_backward is not written yet")
