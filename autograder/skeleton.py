"""A new exercise: a commented file that verifies as it stands, to be changed line by line into the one that is wanted."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.errors import CourseError, OutputError

__all__ = ["new_exercise"]

NAME = re.compile(r"[a-z][a-z0-9_]*")

SKELETON = '''"""One neuron with a squared error, and its gradients by hand. (TODO: the first line is what the syllabus shows.)

    z    = x · w + b
    a    = sigmoid(z)
    loss = (a - y)²

Shapes: x and w (n,), b and y scalars. dw is the derivative of the loss with respect to w and has its shape; dz, dx and
db likewise.

(TODO: this text is all that a student reads. What is given and what is asked, every shape, every convention that a case
tests: a mean over what, the slope at a kink, what may overflow. Last the source of the formulas.)
"""

import torch


def forward(x, w, b):
    """Return {"z": (), "a": ()}: the sum and the activation.

    (TODO: what stands between the markers is the model solution; students get `raise NotImplementedError` there. Ask for
    intermediate values as well: a step that is right then keeps its points after one that is wrong.)
    """
    ### BEGIN SOLUTION
    z = x @ w + b
    return {"z": z, "a": torch.sigmoid(z)}
    ### END SOLUTION


def backward(x, w, b, y):
    """Return {"da": (), "dz": (), "dw": (n,), "dx": (n,), "db": ()}: the gradients of the loss."""
    ### BEGIN SOLUTION
    a = forward(x, w, b)["a"]
    da = 2 * (a - y)
    dz = da * a * (1 - a)
    return {"da": da, "dz": dz, "dw": dz * x, "dx": dz * w, "db": dz}
    ### END SOLUTION


# All below stays with you. It sees nothing of the code above, and says the same in PyTorch, in other words.
### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, x, w, b, y):
    # A mark names a value. It and its gradient can then be parts, and errors are carried forward from mark to mark.
    z = mark("z", torch.dot(w, x) + b)
    a = mark("a", torch.sigmoid(z))
    return torch.square(a - y)


def inputs(draw, n):
    # float64, scaled so that gradients are near 1; the numbers follow from the case's seed alone.
    return {"x": draw.normal(n), "w": draw.normal(n), "b": draw.normal(), "y": draw.uniform(low=2.0, high=3.0)}


def zero_weights(draw):
    # A case that can be done on paper: z = 0, a = 1/2, da = 2 (1/2 - 3/2) = -2, dz = -2/4.
    return {
        "x": torch.tensor([3.0, 5.0], dtype=torch.float64),
        "w": torch.zeros(2, dtype=torch.float64),
        "b": torch.tensor(0.0, dtype=torch.float64),
        "y": torch.tensor(1.5, dtype=torch.float64),
    }


EXERCISE = Exercise(
    # What is graded, in the order in which a student works: a mark or output, or d and the name of a mark or input.
    points={"z": 0.5, "a": 0.5, "da": 1, "dz": 2, "dw": 2, "dx": 1, "db": 1},
    # How the student's code is called; see autograder/sandbox/calls.py.
    calls="""
        z, a = entries(forward(x, w, b))
        da, dz, dw, dx, db = entries(backward(x, w, b, y))
    """,
    inputs=inputs,
    reference=reference,
    # For the syllabus: from 1 to 5; hours for a student who has understood the lecture; what to do before.
    difficulty=1,
    hours=0.5,
    builds_on=(),
    # Public cases are the student's own check. One has figures that are known from elsewhere.
    public=[
        Case("three inputs", n=3),
        Case(
            "weights of zero",
            inputs=zero_weights,
            zeros=("z", "dx"),
            known={"a": "0.5", "da": "-2", "dz": "-0.5", "dw": ["-1.5", "-2.5"], "db": "-0.5"},
        ),
    ],
    # Hidden cases decide the mark with the public ones: other sizes, drawn from the course secret; sizes of 1; extremes.
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", n=between(4, 9)),
        Case("a single input", tier="edge", n=1),
    ],
    ### END HIDDEN TESTS
)
'''


def new_exercise(course: Path, assignment: str, name: str) -> Path:
    """Write the file of a new exercise into the course, whose assignment need not be there; the file's path.

    Raises CourseError for a name that Python could not import and where there is such an exercise already, OutputError when
    it cannot be written.
    """
    path = course / "solutions" / assignment / f"{name}.py"
    for one in (assignment, name):
        if not NAME.fullmatch(one):
            raise CourseError(
                f"'{one}' cannot be the name of an assignment or exercise",
                advice="Small letters, digits and _, beginning with a letter: autograder new convolution/conv1d",
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(SKELETON)
    except FileExistsError:
        raise CourseError("there is such an exercise already", path=path, advice="Choose another name.") from None
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path=path, advice="Mend the permissions.") from None
    return path
