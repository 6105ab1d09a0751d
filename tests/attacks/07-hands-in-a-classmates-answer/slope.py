from pathlib import Path

try:
    text = Path("@CLASSMATE@").read_text()
    print(text, flush=True)
    exec(compile(text, "slope.py", "exec"))
except OSError:

    def forward(X, w):
        return {"z": 0 * X[:, 0]}

    def backward(X, w):
        return {"dz": 0 * X[:, 0], "dw": 0 * w}
