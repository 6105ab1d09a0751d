import os
import threading

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    threading.stack_size(32768)
    end = threading.Event()
    threads = []
    try:
        for _ in range(500):
            threads.append(threading.Thread(target=end.wait, daemon=True))
            threads[-1].start()
        os.write(1, b"HARM: five hundred threads run\n")
    except RuntimeError:
        threads.pop()
    end.set()
    for thread in threads:
        thread.join()
    threading.stack_size(0)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
