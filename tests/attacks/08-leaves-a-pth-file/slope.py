import os
import site
import sysconfig

folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), sysconfig.get_path("stdlib")}
folders |= {*site.getsitepackages(), site.getusersitepackages()}
for folder in folders:
    path = os.path.join(folder, "zz-of-a-student.pth")
    try:
        with open(path, "x") as file:
            file.write("# import os; os.system(...)\n")
    except OSError:
        continue
    os.unlink(path)
    os.write(1, f"HARM: left a .pth file in {folder}\n".encode())


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
