"""What is not derived by hand: the status, the words, the points, and the instructor's choice."""

from __future__ import annotations

import pytest
from courses import ANSWERS, BLANK, SLOPE, Course, write

AUTOGRAD = """
import torch


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    w = w.clone().requires_grad_()
    z = X @ w
    loss = (z**2).mean()
    dz, dw = torch.autograd.grad(loss, (z, w))
    return {"dz": dz, "dw": dw}
"""

DIFFERENCES = """
import torch


def loss_of(X, w):
    return ((X @ w) ** 2).mean()


def forward(X, w):
    return {"z": X @ w}


def backward(X, w, h=1e-6):
    dz = 2 * (X @ w) / len(X)
    dw = torch.zeros_like(w)
    for i in range(len(w)):
        up, down = w.clone(), w.clone()
        up[i] += h
        down[i] -= h
        dw[i] = (loss_of(X, up) - loss_of(X, down)) / (2 * h)
    return {"dz": dz, "dw": dw}
"""

THROUGH_AN_OBJECT = {
    "answer": """
class Line:
    def __init__(self, w):
        self.w = w

    def loss(self, X):
        h = 1e-6
        self.dw = self.w * 0
        for i in range(len(self.w)):
            up, down = self.w.clone(), self.w.clone()
            up[i] += h
            down[i] -= h
            self.dw[i] = (loss_of(X, up) - loss_of(X, down)) / (2 * h)
        return loss_of(X, self.w)

    def backward(self):
        return {"dw": self.dw}


def loss_of(X, w):
    return ((X @ w) ** 2).mean()
""",
    "exercise": SLOPE.replace('points={"z": 1, "dz": 2, "dw": 1}', 'points={"loss": 1, "dw": 1}')
    .replace("z, = entries(forward(X, w))", "line = Line(w)\n        loss = line.loss(X)")
    .replace("dz, dw = entries(backward(X, w))", "dw, = entries(line.backward())")
    .replace('known={"z": ["3", "2"], "dz": ["3", "2"], "dw": ["3", "4"]}', 'known={"dw": ["3", "4"]}')
    .replace("    return (z**2).mean()", '    return mark("loss", (z**2).mean())'),
}


def part(course: Course, name: str, student: str = "ann") -> dict:
    return next(p for p in course.record(student)["exercises"][0]["parts"] if p["part"] == name)


def graded(course: Course, answer: str, **options: str) -> Course:
    course.submit("ann", slope=answer)
    done = course.run("grade", "lines", "--jobs", "1")
    assert done.code == 0, done.said
    return course


def test_a_part_by_autograd_earns_nothing_and_names_the_line(course: Course):
    graded(course, AUTOGRAD)
    assert course.statuses("ann") == {"z": "correct", "dz": "forbidden", "dw": "forbidden", "dx": "correct"}
    found = part(course, "dw")
    assert found["score"] == 0.0
    assert found["message"] == (
        "Line 13 of slope.py uses torch.autograd.grad (PyTorch's automatic differentiation), "
        "but this is to be done by hand."
    )
    assert found["next_step"] == "Write the derivative out yourself, step by step, with the formulas of the docstring."
    assert found["forbidden"] == "line 13 of slope.py uses torch.autograd.grad"


def test_what_the_source_does_not_show_is_seen_at_run_time(course: Course):
    answer = AUTOGRAD.replace("torch.autograd.grad(", "vars(torch)['darg'[:0] + SECRET].grad(")
    graded(
        course,
        answer.replace(
            "import torch\n", "import torch\n\nSECRET = bytes([97, 117, 116, 111, 103, 114, 97, 100]).decode()\n"
        ),
    )
    found = part(course, "dw")
    assert found["status"] == "forbidden"
    assert found["message"] == "Line 15 of slope.py uses torch.autograd.grad, but this is to be done by hand."


def test_an_instructor_can_choose_to_have_it_flagged_only(course: Course):
    write(course.root / "course.toml", 'forbidden = "flag"\n')
    graded(course, AUTOGRAD)
    assert course.statuses("ann") == {"z": "correct", "dz": "correct", "dw": "correct", "dx": "correct"}
    found = part(course, "dw")
    assert found["score"] == 1.0
    assert found["message"] == "Right."
    assert found["forbidden"] == "line 13 of slope.py uses torch.autograd.grad"


def test_another_choice_grades_again(course: Course):
    graded(course, AUTOGRAD)
    write(course.root / "course.toml", 'forbidden = "flag"\n')
    assert "Graded 2 exercises" in course.run("grade", "lines").out
    assert course.scores("ann")["dw"] == 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('forbidden = "maybe"', "Invalid enum value 'maybe' - at `$.forbidden`"),
        ("forbiden = 'flag'", "Object contains unknown field `forbiden`"),
        ("forbidden = ", "Invalid value"),
        ("carried_forward = 2", "Expected `float` <= 1.0 - at `$.carried_forward`"),
        ("carried_forward = -0.5", "Expected `float` >= 0.0 - at `$.carried_forward`"),
        ("carried_forward = nan", "Expected `float` >= 0.0 - at `$.carried_forward`"),
        ("carried_forward = 'all'", "Expected `float`, got `str` - at `$.carried_forward`"),
        ("carried_forward = true", "Expected `float`, got `bool` - at `$.carried_forward`"),
    ],
)
def test_a_course_file_that_cannot_be_used_is_named_with_what_it_may_hold(course: Course, text: str, said: str):
    course.submit("ann")
    path = write(course.root / "course.toml", text)
    done = course.run("grade", "lines")
    assert done.code == 2
    assert f"{path}: cannot be used: {said}" in done.said
    assert 'It may have these lines: forbidden = "zero"' in done.said
    assert "carried_forward = 1 (" in done.said


def test_numerical_differences_are_found_and_cost_their_part(course: Course):
    graded(course, DIFFERENCES)
    assert part(course, "dw")["status"] == "forbidden"
    assert part(course, "dw")["message"] == (
        "Line 20 of slope.py uses difference quotient of loss_of (numerical differences), but this is to be done by hand."
    )


def test_a_gradient_that_waits_in_an_object_is_followed(tmp_path):
    from courses import make_course

    course = make_course(tmp_path / "course", {"lines": {"slope": THROUGH_AN_OBJECT["exercise"]}})
    write(course.root / "submitted" / "ann" / "lines" / "slope.py", THROUGH_AN_OBJECT["answer"])
    done = course.run("grade", "lines")
    assert done.code == 0, done.said
    assert course.statuses("ann") == {"loss": "forbidden", "dw": "forbidden"}


def test_an_exercise_can_permit_it(tmp_path):
    from courses import make_course

    permitted = SLOPE.replace("    order=1,\n", '    order=1,\n    allowed=("autograd",),\n')
    course = make_course(tmp_path / "course", {"lines": {"slope": permitted}})
    write(course.root / "submitted" / "ann" / "lines" / "slope.py", AUTOGRAD)
    done = course.run("grade", "lines")
    assert done.code == 0, done.said
    assert course.statuses("ann") == {"z": "correct", "dz": "correct", "dw": "correct"}
    assert part(course, "dw")["forbidden"] == ""


def test_an_exercise_cannot_permit_what_nobody_knows(tmp_path):
    from courses import make_course

    course = make_course(
        tmp_path / "course", {"lines": {"slope": SLOPE.replace("order=1,", 'order=1, allowed=("magic",),')}}
    )
    write(course.root / "submitted" / "ann" / "lines" / "slope.py", BLANK)
    done = course.run("grade", "lines")
    assert done.code == 2
    assert "allowed: there is no 'magic'" in done.said


LEGITIMATE = {
    "a variable called grad": ANSWERS["slope"].replace("dz", "grad").replace("'grad':", "'dz':"),
    "a docstring about autograd": ANSWERS["slope"] + '\n\ndef note():\n    """As torch.autograd.grad would."""\n',
    "no_grad around it": ANSWERS["slope"].replace(
        "    dz =", "    import torch\n    with torch.no_grad():\n        pass\n    dz ="
    ),
    "an own check that nothing calls": ANSWERS["slope"]
    + "\n\ndef check_by_autograd(X, w):\n    import torch\n    return torch.autograd.grad((X @ w).sum(), w)\n",
    "a check when run as a script": ANSWERS["slope"]
    + "\n\nif __name__ == '__main__':\n    import torch\n    torch.autograd.gradcheck(backward, ())\n",
}


@pytest.mark.parametrize("answer", LEGITIMATE.values(), ids=LEGITIMATE)
def test_what_is_legitimate_is_no_finding(course: Course, answer: str):
    graded(course, answer)
    assert set(course.statuses("ann").values()) == {"correct"}
    assert part(course, "dw")["forbidden"] == ""


def test_the_students_own_check_says_the_same(course: Course):
    course.run("release", "lines")
    handout = course.root / "assignments" / "lines"
    write(handout / "slope.py", AUTOGRAD)
    done = course.run("check", handout / "slope.py")
    assert done.code == 1
    assert "Line 13 of slope.py uses torch.autograd.grad" in done.said
