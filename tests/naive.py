"""A naive grader, of the kind that this project is not: what an attack does when a protection by design is not there.

``python naive.py same FOLDER RESULT`` loads the student's module and judges it in one and the same process, which then
writes the result; with ``late`` it computes the truth after the answer, of the same tensors. ``python naive.py pickled FOLDER RESULT`` judges in a second process what the first one pickled.
``python naive.py serve`` does the same for many, each in a fork.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import sys
from pathlib import Path

CANARY = "CANARY-memory-of-the-judge"
MODE, FOLDER, RESULT = sys.argv[1:4] if len(sys.argv) > 3 else ("", "", "")
if FOLDER:
    sys.path.append(FOLDER)

import numpy as np  # noqa: E402 - the submission may already be on the import path: that is one of the attacks
import torch  # noqa: E402

SIZES = ((4, 3), (7, 5), (1, 2))
EXPECTED: dict[str, torch.Tensor] = {}
ANSWERS: dict[str, object] = {}
RESULTS: dict[str, bool] = {}


def check(part: str) -> bool:
    """Judge a part, with an assertion as in a test of a notebook."""
    actual, expected = ANSWERS[part], EXPECTED[part]
    assert torch.allclose(actual, expected)
    assert torch.equal(actual, expected) or torch.allclose(actual, expected, rtol=1e-9)
    return True


def truth(X: torch.Tensor, w: torch.Tensor) -> dict[str, torch.Tensor]:
    dz = 2 * (X @ w) / len(X)
    return {"z": X @ w, "dz": dz, "dw": X.T @ dz}


def answer(X: torch.Tensor, w: torch.Tensor) -> None:
    """Run the student's code on one case."""
    ANSWERS.clear()
    sys.modules.pop("slope", None)
    try:
        module = importlib.import_module("slope")
        ANSWERS.update(module.forward(X, w))
        ANSWERS.update(module.backward(X, w))
    except Exception as error:
        print("raised", repr(error))


def same() -> None:
    """Everything in one process."""
    torch.manual_seed(1)
    for n, d in SIZES:
        X, w = torch.randn(n, d, dtype=torch.float64), torch.randn(d, dtype=torch.float64)
        EXPECTED.clear()
        EXPECTED.update(truth(X, w))
        answer(X, w)
        if MODE == "late":
            EXPECTED.update(truth(X, w))  # of what the inputs are by now
        for part in ("z", "dz", "dw"):
            try:
                right = bool(check(part))
            except Exception:
                right = False
            RESULTS[part] = RESULTS.get(part, True) and right
    with open(RESULT, "w") as file:
        json.dump(RESULTS, file)


def pickled() -> None:
    """Objects cross to the process that judges."""
    X, w = torch.ones(4, 3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    student = os.fork()  # the process that judges never runs the student's code
    if not student:
        answer(X, w)
        Path(f"{RESULT}.pickle").write_bytes(pickle.dumps(ANSWERS))
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(student, 0)
    answers = pickle.loads(Path(f"{RESULT}.pickle").read_bytes())
    expected = truth(X, w)
    close = {part: bool(np.allclose(answers[part].numpy().astype(float), expected[part].numpy())) for part in expected}
    Path(RESULT).write_text(json.dumps(close))


def serve() -> None:
    """Judge one after the other, each in a fork: PyTorch is imported once. A line of JSON each: what to do, and where."""
    for line in sys.stdin:
        told = json.loads(line)
        child = os.fork()
        if not child:
            with open(told["said"], "wb") as said:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
            os.environ.clear()
            os.environ.update(told["environment"])
            begin(told["mode"], told["folder"], told["result"])
            sys.exit()  # what is to be done at the end is done
        os.waitpid(child, 0)
        print("done", flush=True)


def begin(mode: str, folder: str, result: str) -> None:
    global MODE, FOLDER, RESULT
    MODE, FOLDER, RESULT = mode, folder, result
    sys.argv = [__file__, mode, folder, result]
    if folder not in sys.path:
        sys.path.append(folder)
    os.chdir(folder)
    pickled() if mode == "pickled" else same()


if __name__ == "__main__":
    sys.modules["naive"] = sys.modules["__main__"]
    serve() if sys.argv[1:] == ["serve"] else begin(MODE, FOLDER, RESULT)
