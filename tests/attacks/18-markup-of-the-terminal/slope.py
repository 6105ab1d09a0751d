print("[/bold] [/] [link=https://example.org]", flush=True)


def forward(X, w):
    raise ValueError("[/red] [bold]7/7[/bold] [/]")


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
