import torch


def forward(x, W1, b1, W2, b2):
    net_h = torch.mv(W1, x) + b1
    out_h = torch.sigmoid(net_h)
    net_o = torch.mv(W2, out_h) + b2
    out_o = torch.sigmoid(net_o)
    return {'h': out_h, 'out': out_o}


def half_squared_error(out, y):
    E = 0
    for k in range(len(y)):
        E = E + 0.5 * (y[k] - out[k]) ** 2
    return E


def backward(x, y, W1, b1, W2, b2):
    cache = forward(x, W1, b1, W2, b2)
    out_h = cache['h']
    out_o = cache['out']
    G = {}
    # dE/dout = -(target - out)
    dE_dout = -(y - out_o)
    dout_dnet = out_o * (1 - out_o)
    delta_o = dE_dout * dout_dnet
    G['dz2'] = delta_o
    G['dW2'] = torch.outer(delta_o, out_h)
    G['db2'] = delta_o.reshape(1, -1)
    # each hidden unit gets something from EVERY output !!
    delta_h = (W2.t() @ delta_o) * out_h * (1 - out_h)
    G['dz1'] = delta_h
    G['dW1'] = torch.outer(delta_h, x)
    G['db1'] = delta_h.reshape(1, -1)
    return G


def step(x, y, W1, b1, W2, b2, lr):
    G = backward(x, y, W1, b1, W2, b2)
    eta = lr
    W1_plus = W1 - eta * G['dW1']
    b1_plus = b1 - eta * G['db1']
    W2_plus = W2 - eta * G['dW2']
    b2_plus = b2 - eta * G['db2']
    return {'new_W1': W1_plus, 'new_b1': b1_plus, 'new_W2': W2_plus, 'new_b2': b2_plus}
