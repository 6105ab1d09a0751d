import torch


def rnn_step(x, h, W, U, b):
    joined = torch.cat([x.float(), h.float()], dim=1)
    weights = torch.cat([W.float(), U.float()], dim=1)
    new = torch.tanh(joined @ weights.T + b.float())
    return new, (joined, weights, new)


def rnn_step_backward(upstream, cache):
    joined, weights, new = cache
    D = weights.shape[1] - weights.shape[0]
    dz = upstream.float() * (1 - new) * (1 + new)
    djoined, dweights = dz @ weights, dz.T @ joined
    return {
        "dx": djoined[:, :D],
        "dh": djoined[:, D:],
        "dW": dweights[:, :D],
        "dU": dweights[:, D:],
        "db": dz.sum(0),
    }


def rnn(x, h0, W, U, b):
    states, caches = [h0], []
    for one in x:
        new, cache = rnn_step(one, states[-1], W, U, b)
        states.append(new)
        caches.append(cache)
    return torch.stack(states[1:]), caches


def rnn_backward(upstream, caches):
    upstream = upstream.float()
    T = len(caches)
    dh, dx = torch.zeros_like(upstream), [None] * T
    total = None
    back = torch.zeros_like(upstream[0])
    for t in range(T)[::-1]:
        dh[t] = upstream[t] + back
        step = rnn_step_backward(dh[t], caches[t])
        back, dx[t] = step.pop("dh"), step.pop("dx")
        total = step if total is None else {name: total[name] + step[name] for name in step}
    return {"dh": dh, "dx": torch.stack(dx), "dh0": back, **total}
