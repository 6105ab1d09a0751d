from __future__ import annotations

import numpy as np
import pytest

from autograder.compare import Match, Mismatch, compare
from autograder.expected import Expected

TRUE = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])


def expected(value=TRUE, tolerance=1e-5, exact=1e-12):
    value = np.asarray(value)
    return Expected(value, np.full(value.shape, tolerance), np.full(value.shape, exact))


RIGHT = {
    "equal": (TRUE, Match()),
    "within float64": (TRUE + 1e-13, Match()),
    "within float32": (TRUE + 1e-6, Match(rounded=True)),
    "of dtype float32 and exact": (TRUE.astype(np.float32), Match(float32=True)),
    "of dtype float32": ((TRUE + 1e-6).astype(np.float32), Match(float32=True, rounded=True)),
    "integers": (TRUE.astype(np.int64), Match()),
    "in Fortran's order": (np.asfortranarray(TRUE), Match()),
    "of the other byte order": (TRUE.astype(">f8"), Match()),
}

WRONG_SHAPES = {
    "transposed": TRUE.T,
    "a row that would broadcast": TRUE[:1],
    "a number that would broadcast": np.array(1.0),
    "an axis too many": TRUE[None],
    "flat": TRUE.ravel(),
    "nothing": np.zeros((2, 0)),
}


@pytest.mark.parametrize(("actual", "match"), RIGHT.values(), ids=RIGHT)
def test_an_answer_within_its_tolerance_matches(actual, match):
    assert compare(actual, expected()) == match


@pytest.mark.parametrize("actual", WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_shapes_must_be_equal(actual):
    assert compare(actual, expected()) == Mismatch("shape", actual.shape, (2, 3), "float64")


def test_a_single_number_may_not_be_an_array_of_one():
    assert compare(np.ones(1), expected(1.0)).kind == "shape"
    assert compare(np.array(1.0), expected(1.0)) == Match()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float8_e4m3fn"])
def test_coarse_dtypes_are_not_judged_even_when_right(dtype):
    assert (compare(TRUE, expected(), dtype).kind, compare(TRUE, expected(), dtype).dtype) == ("dtype", dtype)


def test_the_shape_is_judged_before_the_dtype_and_the_dtype_before_the_values():
    assert compare(np.full((3, 2), np.nan, dtype=np.float16), expected()).kind == "shape"
    assert compare(np.full((2, 3), np.nan, dtype=np.float16), expected()).kind == "dtype"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named_before_other_errors(value):
    actual = TRUE + 1
    actual[1, 0] = value
    found = compare(actual, expected())
    assert (found.kind, found.wrong, found.index, found.expected) == ("finite", 1, (1, 0), 4.0)
    assert found.actual == value or np.isnan(value)


def test_the_worst_of_the_wrong_elements_is_shown():
    actual = TRUE.copy()
    actual[0, 1] += 0.5
    actual[1, 2] -= 7
    assert compare(actual, expected()) == Mismatch("values", (2, 3), (2, 3), "float64", 2, (1, 2), -13.0, -6.0)


def test_an_element_within_a_large_tolerance_is_not_shown_though_it_is_further_off():
    tolerance = np.full((2, 3), 1e-5)
    tolerance[0, 0] = 10
    actual = TRUE.copy()
    actual[0, 0] += 9
    actual[1, 1] += 1
    found = compare(actual, Expected(TRUE, tolerance, tolerance))
    assert (found.wrong, found.index) == (1, (1, 1))


@pytest.mark.parametrize(("size", "matches"), [(0.5, True), (1.0, True), (1.001, False)])
def test_the_tolerance_itself_is_allowed(size, matches):
    assert isinstance(compare(np.array(size), expected(0.0, tolerance=1.0)), Match) is matches


def test_one_element_out_of_a_million_is_found():
    actual = np.zeros(10**6)
    actual[123_456] = 1
    assert compare(actual, expected(np.zeros(10**6))).index == (123_456,)


def test_truth_values_are_numbers():
    assert compare(np.array([True, False]), expected([1.0, 0.0])) == Match()


def test_arrays_without_elements_match():
    assert compare(np.zeros((0, 3)), expected(np.zeros((0, 3)))) == Match()


def test_huge_values_are_wrong_without_a_warning():
    assert compare(np.array([1.7e308]), expected([-1.7e308])).kind == "values"


def test_the_size_is_that_of_the_true_value():
    assert (compare(TRUE + 1, expected()).size, compare(np.array(2.0), expected(1.0)).size) == (6, 1)


def test_coarse_dtypes_are_not_judged_where_there_are_no_elements_either():
    """A part may be empty in a case: the third step of two."""
    nothing = np.zeros((0, 2, 3))
    assert compare(nothing, expected(nothing)) == Match()
    assert compare(nothing, expected(nothing), "float16").kind == "dtype"
