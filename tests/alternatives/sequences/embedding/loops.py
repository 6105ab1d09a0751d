"""Word by word."""

import torch


def embedding(ids, E, padding_idx):
    X = torch.zeros(*ids.shape, E.shape[1], dtype=E.dtype)
    for n, sentence in enumerate(ids.tolist()):
        for t, word in enumerate(sentence):
            if word != padding_idx:
                X[n, t] = E[word]
    return X, {"ids": ids.tolist(), "shape": E.shape, "padding": padding_idx}


def embedding_backward(upstream, cache):
    dE = torch.zeros(cache["shape"], dtype=upstream.dtype)
    for sentence, slopes in zip(cache["ids"], upstream):
        for word, slope in zip(sentence, slopes):
            if word != cache["padding"]:
                dE[word] += slope
    return {"dE": dE}


def predict(ids, E, padding_idx):
    X, cache = embedding(ids, E, padding_idx)
    scores = torch.stack([torch.stack([E @ x for x in sentence]) for sentence in X])
    return scores, (X, E, cache)


def predict_backward(upstream, cache):
    X, E, inner = cache
    dX, dEout = torch.zeros_like(X), torch.zeros_like(E)
    for n in range(X.shape[0]):
        for t in range(X.shape[1]):
            for v, slope in enumerate(upstream[n, t]):
                dX[n, t] += slope * E[v]
                dEout[v] += slope * X[n, t]
    dEin = embedding_backward(dX, inner)["dE"]
    return {"dX": dX, "dEout": dEout, "dEin": dEin, "dE": dEin + dEout}
