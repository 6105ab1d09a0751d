"""Binary cross-entropy of logits: sigmoid and loss in one, safe for any logit, and with a short gradient.

Each example has M yes-or-no questions; p is the probability of 'yes', and z its logit:

    p    = sigmoid(z) = 1 / (1 + exp(-z))
    loss = mean over all N · M elements of -(y log p + (1 - y) log(1 - p))

Shapes: z (N, M), y (N, M) of zeros and ones, the loss a scalar. `upstream` is a scalar: the derivative of what is
computed last with respect to this loss. dz is the derivative of what is computed last with respect to z, (N, M), and
not with respect to p.

Logits of 100 and of 1000, of either sign, are ordinary inputs: no result may be inf or nan, and none cut off.
sigmoid(100) is exactly 1 in float64, and log(1 - 1) is minus infinity; yet for y = 0 the loss of that element is 100.
So p must not be computed first and the logarithm taken afterwards. Work on paper:

- -log sigmoid(z) is log(1 + exp(-z)), and -log(1 - sigmoid(z)) is log(1 + exp(z)), which is z more;
- exp is safe for arguments below 0. Which of exp(z) and exp(-z) is that? And what is left of log(1 + exp(z)) when you
  take exp(z) out of the bracket? (`torch.log1p` and `torch.logaddexp` may be used.)
- For dz, put the sigmoid's derivative p (1 - p) into the derivative at p and cancel before you write any code.

Write it with exp, log and the like: no `torch.nn.functional`. `torch.sigmoid` may be used.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.2.2.2.
"""

import torch


def bce_with_logits(z, y):
    """Return (loss, cache): a scalar, and whatever `bce_with_logits_backward` will need."""
    raise NotImplementedError("bce_with_logits: bce_with_logits is not written yet")


def bce_with_logits_backward(upstream, cache):
    """Return {"dz": (N, M)}."""
    raise NotImplementedError("bce_with_logits: bce_with_logits_backward is not written yet")
