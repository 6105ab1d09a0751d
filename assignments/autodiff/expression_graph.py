"""A small graph in which values are used more than once: the gradient of every node.

    p = a * b             p is used three times: by q, by s and by out
    q = p + c             q is used twice: by r and by t
    r = sigmoid(q)
    s = p * r
    t = q - s
    u = t * t             t is used twice, by one product
    out = u - p

Shapes: all of them (n,). Everything works element by element, so that there are n graphs side by side.

`upstream` (n,) is the derivative of some loss with respect to `out`; what comes after `out` does not matter here. Every
gradient is the derivative of that loss with respect to a node, along all ways that lead from the node to `out`: what is
used in several places gets a contribution from each of them, and these are added up.

Source of the rule: Rumelhart, Hinton, Williams, 'Learning representations by back-propagating errors', Nature 323 (1986);
Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.5.2.
"""

import torch


def graph(a, b, c):
    """Return ({"p": (n,), "q": …, "r": …, "s": …, "t": …, "u": …, "out": (n,)}, cache).

    The cache is whatever `graph_backward` needs, in any form.
    """
    raise NotImplementedError("expression_graph: graph is not written yet")


def graph_backward(upstream, cache):
    """Return {"du": (n,), "dt": …, "ds": …, "dr": …, "dq": …, "dp": …, "da": …, "db": …, "dc": (n,)}."""
    raise NotImplementedError("expression_graph: graph_backward is not written yet")
