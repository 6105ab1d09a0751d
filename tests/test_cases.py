from __future__ import annotations

import os
import stat

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.cases import SECRET_FILE, SECRET_VARIABLE, Draw, Secret, course_secret, make_inputs
from autograder.errors import CourseError, ExerciseError

GRADING = """
def inputs(draw, n=3, m=4, kind="plain"):
    return {"X": draw.normal(n, m), "labels": draw.labels(n, classes=4), "n": n, "rate": 0.5, "kind": kind}


def reference(mark, X):
    return (X**2).sum()


EXERCISE = Exercise(
    points={"dX": 1},
    calls="dX = f(X)",
    inputs=inputs,
    reference=reference,
    public=[Case("public", n=3, m=4), Case("another", n=3, m=4), Case("drawn", n=between(2, 5), m=between(2, 5))],
    hidden=[Case("hidden", n=3, m=4), Case("drawn and hidden", n=between(2, 9), m=between(2, 9))],
)
"""

ONE = Secret(b"the first secret of a course", "the test")
TWO = Secret(b"the second secret of a course", "the test")

# what an author's inputs return, and what of it the error says
UNUSABLE = {
    "a list": ("[1.0]", "x is a list: give tensors, numbers or strings"),
    "nothing": ("None", "x is a NoneType: give tensors, numbers or strings"),
    "complex numbers": ("torch.zeros(2, dtype=torch.complex64)", "x is a ndarray: give tensors, numbers or strings"),
}


def case(loaded, name):
    return next(one for one in loaded.exercise.cases if one.name == name)


def same(one, two):
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


@pytest.fixture
def loaded(make_exercise):
    return make_exercise(GRADING)


@pytest.fixture
def no_secret_variable(monkeypatch):
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)


@pytest.mark.parametrize("name", ["public", "drawn", "hidden", "drawn and hidden"])
def test_inputs_are_the_same_each_time(loaded, name):
    assert same(make_inputs(loaded, case(loaded, name), ONE), make_inputs(loaded, case(loaded, name), ONE))


def test_inputs_do_not_depend_on_the_state_of_global_generators(loaded):
    first = make_inputs(loaded, case(loaded, "public"), ONE)
    np.random.seed(1)
    torch.manual_seed(1)
    assert same(first, make_inputs(loaded, case(loaded, "public"), ONE))


def test_another_secret_changes_hidden_inputs(loaded):
    assert not same(make_inputs(loaded, case(loaded, "hidden"), ONE), make_inputs(loaded, case(loaded, "hidden"), TWO))


@pytest.mark.parametrize("secret", [TWO, None], ids=["another secret", "no secret"])
@pytest.mark.parametrize("name", ["public", "drawn"])
def test_another_secret_does_not_change_public_inputs(loaded, name, secret):
    assert same(make_inputs(loaded, case(loaded, name), ONE), make_inputs(loaded, case(loaded, name), secret))


def test_hidden_inputs_cannot_be_made_without_the_secret(loaded):
    with pytest.raises(ValueError, match="hidden cases need the course secret"):
        make_inputs(loaded, case(loaded, "hidden"), None)


def test_cases_of_equal_sizes_have_different_numbers(loaded):
    public, another = (make_inputs(loaded, case(loaded, name), ONE) for name in ("public", "another"))
    assert not np.array_equal(public["X"], another["X"])


def test_exercises_and_assignments_of_another_name_have_different_numbers(loaded, make_exercise):
    first = make_inputs(loaded, case(loaded, "public"), ONE)["X"]
    for names in ({"name": "other"}, {"assignment": "other"}):
        other = make_exercise(GRADING, **names)
        assert not np.array_equal(first, make_inputs(other, case(other, "public"), ONE)["X"])


def test_public_inputs_never_change_from_one_release_to_the_next(loaded):
    # NumPy promises this stream; marks of earlier years can be checked only if we keep the promise as well.
    X = make_inputs(loaded, case(loaded, "public"), None)["X"]
    assert X[0].tolist() == pytest.approx(PINNED, abs=0)


PINNED = [0.29177238176571374, 0.3773409482669635, -0.9306578681871965, 0.27603073263164835]


def test_arrays_are_float64_or_int64_and_scalars_stay_as_they_are(loaded):
    inputs = make_inputs(loaded, case(loaded, "public"), None)
    assert (inputs["X"].dtype, inputs["labels"].dtype) == (np.float64, np.int64)
    assert (inputs["n"], inputs["rate"], inputs["kind"]) == (3, 0.5, "plain")


@pytest.mark.parametrize("name", ["drawn", "drawn and hidden"])
def test_open_sizes_differ_from_one_another(loaded, name):
    for number in range(30):
        secret = Secret(b"%030d" % number, "the test")
        shape = make_inputs(loaded, case(loaded, name), secret)["X"].shape
        assert shape[0] != shape[1]
        assert all(2 <= size <= 9 for size in shape)


def test_open_sizes_differ_from_fixed_ones(make_exercise):
    fixed = make_exercise(GRADING.replace("n=between(2, 9), m=between(2, 9)", "n=between(2, 3), m=3"))
    for number in range(10):
        secret = Secret(b"%030d" % number, "the test")
        assert make_inputs(fixed, case(fixed, "drawn and hidden"), secret)["X"].shape == (2, 3)


def test_open_sizes_with_no_choice_left_may_be_equal(make_exercise):
    tight = make_exercise(GRADING.replace("n=between(2, 9), m=between(2, 9)", "n=between(3, 3), m=3"))
    assert make_inputs(tight, case(tight, "drawn and hidden"), ONE)["X"].shape == (3, 3)


def test_the_secret_chooses_open_sizes(loaded):
    secrets = [Secret(b"%030d" % number, "the test") for number in range(10)]
    shapes = {make_inputs(loaded, case(loaded, "drawn and hidden"), secret)["X"].shape for secret in secrets}
    assert len(shapes) > 1


def test_inputs_that_raise_are_an_exercise_error_with_the_case(make_exercise):
    broken = make_exercise(GRADING.replace("draw.normal(n, m)", "draw.normal(n, m) @ draw.normal(n + 9)"))
    with pytest.raises(ExerciseError) as caught:
        make_inputs(broken, case(broken, "public"), None)
    assert caught.value.problem.startswith("the inputs of case 'public' raised RuntimeError: ")
    assert caught.value.path == broken.source.path


@pytest.mark.parametrize(("expression", "text"), UNUSABLE.values(), ids=UNUSABLE)
def test_inputs_of_another_kind_are_an_exercise_error(make_exercise, expression, text):
    broken = make_exercise(GRADING.replace('"rate": 0.5', f'"x": {expression}'))
    with pytest.raises(ExerciseError) as caught:
        make_inputs(broken, case(broken, "public"), None)
    assert caught.value.problem == f"the inputs of case 'public' raised TypeError: {text}"


# Draw.


def draw(tmp_path, seed=0):
    return Draw(bytes([seed] * 32), tmp_path)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 12))
def test_binary_numbers_are_0_and_1_and_both_occur(seed, size):
    values = Draw(seed, None).binary(size)
    assert set(values.tolist()) == {0.0, 1.0}
    assert values.dtype == torch.float64


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_draws_stay_in_their_range(seed):
    one = Draw(seed, None)
    assert set(one.signs(9).tolist()) <= {-1.0, 1.0}
    assert set(one.labels(20, classes=3).tolist()) <= {0, 1, 2}
    assert sorted(one.permutation(5).tolist()) == [0, 1, 2, 3, 4]
    assert all(2 <= one.integer(2, 4) <= 4 for _ in range(9))
    uniform = one.uniform(20, low=-2, high=-1)
    assert ((uniform >= -2) & (uniform < -1)).all()


def test_draws_have_the_shapes_that_were_asked_for(tmp_path):
    one = draw(tmp_path)
    assert (one.normal(2, 3).shape, one.normal().shape, one.labels(4, classes=2).shape) == ((2, 3), (), (4,))
    assert one.binary(2, 3).shape == (2, 3)


def test_a_scale_multiplies(tmp_path):
    assert torch.equal(draw(tmp_path).normal(3, scale=4.0), 4.0 * draw(tmp_path).normal(3))


def test_a_data_file_lies_beside_the_exercise(tmp_path):
    assert draw(tmp_path).file("digits.csv") == tmp_path / "digits.csv"


# The secret.


def test_the_environment_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv(SECRET_VARIABLE, "a secret from the environment")
    (tmp_path / SECRET_FILE).write_text("a secret from the course folder\n")
    secret = course_secret(tmp_path)
    assert (secret.key, secret.generated) == (b"a secret from the environment", False)
    assert secret.origin == "the environment variable AUTOGRADER_SECRET"


def test_the_file_of_the_course_is_read_without_its_line_end(tmp_path, no_secret_variable):
    (tmp_path / SECRET_FILE).write_text("a secret from the course folder\n")
    secret = course_secret(tmp_path)
    assert (secret.key, secret.origin) == (b"a secret from the course folder", str(tmp_path / SECRET_FILE))


def test_a_new_secret_is_made_once_for_its_owner_alone(tmp_path, no_secret_variable):
    first, second = course_secret(tmp_path), course_secret(tmp_path)
    assert (first.generated, second.generated) == (True, False)
    assert first.key == second.key
    assert len(first.key) == 64
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600


def test_two_courses_get_different_secrets(tmp_path, no_secret_variable):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert course_secret(tmp_path / "one").key != course_secret(tmp_path / "two").key


@pytest.mark.parametrize("content", ["", "\n", "fifteen letters\n"])
def test_a_short_secret_is_refused(tmp_path, no_secret_variable, content):
    (tmp_path / SECRET_FILE).write_text(content)
    with pytest.raises(CourseError) as caught:
        course_secret(tmp_path)
    assert caught.value.problem == "the course secret is shorter than 16 characters"
    assert caught.value.path == tmp_path / SECRET_FILE
    assert caught.value.advice == "Delete the file to have a new one made, or put the one of your course back."


def test_a_secret_that_is_not_text_is_refused(tmp_path, no_secret_variable):
    (tmp_path / SECRET_FILE).write_bytes(b"\xff" * 40)
    with pytest.raises(CourseError, match="the course secret cannot be read or written: 'utf-8' codec"):
        course_secret(tmp_path)


def test_a_folder_in_the_secret_s_place_is_refused(tmp_path, no_secret_variable):
    (tmp_path / SECRET_FILE).mkdir()
    with pytest.raises(CourseError) as caught:
        course_secret(tmp_path)
    assert caught.value.advice == "Mend the permissions, or set AUTOGRADER_SECRET."


def test_a_secret_that_may_not_be_read_is_refused(open_folder, as_nobody, no_secret_variable):
    path = open_folder / SECRET_FILE
    path.write_text("a secret that is long enough")
    path.chmod(0)
    with as_nobody():
        if os.access(path, os.R_OK, effective_ids=True):
            pytest.skip("this user may read everything")
        with pytest.raises(CourseError, match=r"cannot be read or written: .*Permission denied"):
            course_secret(open_folder)


def test_a_course_folder_that_may_not_be_written_to_is_refused(open_folder, as_nobody, no_secret_variable):
    open_folder.chmod(0o555)
    with as_nobody():
        if os.access(open_folder, os.W_OK, effective_ids=True):
            pytest.skip("this user may write everywhere")
        with pytest.raises(CourseError, match=r"cannot be read or written: .*Permission denied"):
            course_secret(open_folder)


def test_a_secret_is_not_shown():
    assert "secret of a course" not in repr(ONE)


def test_the_fingerprint_follows_the_secret_and_does_not_hold_it():
    assert ONE.fingerprint == Secret(ONE.key, "elsewhere").fingerprint
    assert ONE.fingerprint != TWO.fingerprint
    assert ONE.key.hex() not in ONE.fingerprint
