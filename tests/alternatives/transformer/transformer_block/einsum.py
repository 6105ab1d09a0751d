"""The scores' gradient is made symmetric once, for U is queries and keys; norms by the values that they gave."""

import torch


def rms(x, eps):
    return torch.rsqrt(torch.einsum("nti,nti->nt", x, x) / x.shape[2] + eps)[..., None]


def transformer_block(X, g1, Wv, g2, Wg, Wu, Wd, eps):
    r1 = rms(X, eps)
    U = X * r1 * g1
    visible = torch.ones(X.shape[1], X.shape[1]).tril().bool()
    scores = torch.einsum("ntd,nsd->nts", U, U) / X.shape[2] ** 0.5
    P = scores.where(visible, torch.tensor(-1e9, dtype=X.dtype)).softmax(-1)
    V = torch.einsum("ntd,ed->nte", U, Wv)
    Y = X + torch.einsum("nts,nsd->ntd", P, V)
    r2 = rms(Y, eps)
    M = Y * r2 * g2
    G, Z = torch.einsum("ntd,fd->ntf", M, Wg), torch.einsum("ntd,fd->ntf", M, Wu)
    H = torch.nn.functional.silu(G) * Z
    v = {"U": U, "P": P, "V": V, "Y": Y, "M": M, "G": G, "Z": Z, "H": H, "out": Y + torch.einsum("ntf,df->ntd", H, Wd)}
    return v, (X, r1, r2, g1, g2, Wv, Wg, Wu, Wd, v)


def through_norm(d, x, r, g):
    along = (d * g * x).mean(-1, keepdim=True)
    return r * d * g - r**3 * x * along


def transformer_block_backward(upstream, cache):
    X, r1, r2, g1, g2, Wv, Wg, Wu, Wd, v = cache
    U, P, V, Y, M, G, Z, H = (v[name] for name in "UPVYMGZH")
    dH = torch.einsum("ntd,df->ntf", upstream, Wd)
    s = G.sigmoid()
    dG = dH * Z * s * (1 + G - G * s)
    dZ = dH * s * G
    dM = torch.einsum("ntf,fd->ntd", torch.cat([dG, dZ], 2), torch.cat([Wg, Wu]))
    dY = upstream + through_norm(dM, Y, r2, g2)
    dV, dP = torch.einsum("nts,ntd->nsd", P, dY), torch.einsum("ntd,nsd->nts", dY, V)
    dS = P * dP - P * (P * dP).sum(2, keepdim=True)
    dU = (dS + dS.transpose(1, 2)) @ U / X.shape[2] ** 0.5 + dV @ Wv
    return {
        "dWd": torch.einsum("ntd,ntf->df", upstream, H), "dH": dH, "dG": dG, "dZ": dZ,
        "dWg": torch.einsum("ntf,ntd->fd", dG, M), "dWu": torch.einsum("ntf,ntd->fd", dZ, M), "dM": dM,
        "dg2": torch.einsum("ntd,ntd->d", dM, Y * r2), "dY": dY, "dV": dV, "dP": dP,
        "dWv": torch.einsum("nte,ntd->ed", dV, U), "dU": dU, "dg1": torch.einsum("ntd,ntd->d", dU, X * r1),
        "dX": dY + through_norm(dU, X, r1, g1),
    }  # fmt: skip
