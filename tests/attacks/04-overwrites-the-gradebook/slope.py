import json
import os
from pathlib import Path


def with_score(record, factor):
    for exercise in record["exercises"]:
        for part in exercise["parts"]:
            part["score"] = factor * part["points"]
        exercise["score"] = factor * exercise["points"]
    record["score"] = factor * record["points"]
    return record


for path in Path("@RESULTS@").rglob("*.json"):
    try:
        text = json.dumps(with_score(json.loads(path.read_text()), factor=0))
        path.write_text(text)
        if path.read_text() == text:
            os.write(1, f"HARM: {path.name} says zero now\n".encode())
    except (OSError, KeyError, TypeError, ValueError):
        pass


def forward(X, w):
    return {"z": 0 * X[:, 0]}


def backward(X, w):
    return {"dz": 0 * X[:, 0], "dw": 0 * w}
