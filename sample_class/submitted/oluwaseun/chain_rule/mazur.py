#!/usr/bin/env python3
# Oluwaseun
"""Mazur's 2-2-2 network: one step of gradient descent, every gradient by hand.

A network with one hidden layer and sigmoids everywhere looks at one example:

	z1 = W1 x + b1      h   = sigmoid(z1)
	z2 = W2 h + b2      out = sigmoid(z2)
	loss = 1/2 * sum over k of (out_k - y_k)^2

Shapes: x (n_x,), y (n_y,), W1 (n_h, n_x), b1 (n_h,), W2 (n_y, n_h), b2 (n_y,). A weight matrix has one row for each
unit that it leads to, and each unit has a bias of its own. The loss is the half sum, not the mean: with two outputs
`torch.nn.MSELoss` gives the same number by accident, with three it does not.

A gradient has the name of what it belongs to with a `d` in front: `dW1` is the derivative of the loss with respect to
W1 and has W1's shape.

The numbers of the public case are those of Matt Mazur, 'A Step by Step Backpropagation Example' (2015), with one
difference: here the biases are learned as well.
"""

import torch


def forward(x, W1, b1, W2, b2):
	"""Return {"h": (n_h,), "out": (n_y,)}: the activations of both layers."""
	net_h = torch.mv(W1, x) + b1
	out_h = torch.sigmoid(net_h)
	net_o = torch.mv(W2, out_h) + b2
	out_o = torch.sigmoid(net_o)
	#print(out_h, out_o)
	return {"h": out_h, "out": out_o}


def half_squared_error(out, y):
	"""Return the loss, a scalar: half the sum of squared differences."""
	E_total = 0
	for k in range(len(y)):
		E_total = E_total + 0.5 * (y[k] - out[k]) ** 2
	return E_total


def backward(x, y, W1, b1, W2, b2):
	"""Return {"dz2": (n_y,), "dW2": (n_y, n_h), "db2": (n_y,), "dz1": (n_h,), "dW1": (n_h, n_x), "db1": (n_h,)}.

	Go from the loss towards the input, one factor of the chain rule at a time. The sigmoid's derivative, written with
	its value s, is s (1 - s).
	"""
	res = forward(x, W1, b1, W2, b2)
	out_h = res["h"]
	out_o = res["out"]
	grads = {}
	# dE/dout = -(target - out)
	dE_dout = -(y - out_o)
	dout_dnet = out_o * (1 - out_o)
	delta_o = dE_dout * dout_dnet
	grads["dz2"] = delta_o
	grads["dW2"] = torch.outer(delta_o, out_h)
	grads["db2"] = delta_o.clone()
	# each hidden unit gets something from EVERY output !!
	delta_h = (W2.t() @ delta_o) * out_h * (1 - out_h)
	grads["dz1"] = delta_h
	grads["dW1"] = torch.outer(delta_h, x)
	grads["db1"] = delta_h.clone()
	return grads


def step(x, y, W1, b1, W2, b2, lr):
	"""Return {"new_W1", "new_b1", "new_W2", "new_b2"}: the parameters after one step against the gradient.

	The step size is lr. The arguments themselves must not change: return new tensors.
	"""
	grads = backward(x, y, W1, b1, W2, b2)
	eta = lr
	W1_plus = W1 - eta * grads["dW1"]
	b1_plus = b1 - eta * grads["db1"]
	W2_plus = W2 - eta * grads["dW2"]
	b2_plus = b2 - eta * grads["db2"]
	return {"new_W1": W1_plus, "new_b1": b1_plus, "new_W2": W2_plus, "new_b2": b2_plus}
