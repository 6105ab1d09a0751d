from __future__ import annotations

import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.text import clean, clean_lines, measured, number, percent, shape_text

CLEANED = {
    "plain": ("index 3 is out of bounds", "index 3 is out of bounds"),
    "lines": ("one\n\ttwo\r\n  three", "one two three"),
    "colours": ("\x1b[31mred\x1b[0m", "[31mred [0m"),
    "a title": ("\x1b]0;title\x07text", "]0;title text"),
    "text that runs backwards": ("a\u202eb\u2066c", "a b c"),
    "invisible": ("full\u200b\u00admarks\ufeff", "full marks"),
    "surrogates": ("a\udcffb", "a b"),
    "a null byte": ("a\x00b", "a b"),
    "line separators": ("a\u2028b\u2029c\x85d", "a b c d"),
    "private characters": ("a\ue000b", "a b"),
    "an address": ("<Net object at 0x7f3a2b1c0d>", "<Net object at 0x…>"),
    "a short number": ("colour 0xff00", "colour 0xff00"),
    "other alphabets": ("größer ≥ αβ 数", "größer ≥ αβ 数"),
}

NUMBERS = {2.0: "2", 1.2: "1.2", 1 / 3: "0.333", 100: "100", 0: "0", Fraction(1, 3): "0.333", 0.0004: "0"}


@pytest.mark.parametrize(("text", "kept"), CLEANED.values(), ids=CLEANED)
def test_text_from_outside_is_one_safe_line(text, kept):
    assert clean(text) == kept


@given(st.text(st.characters()), st.integers(1, 50))
def test_cleaned_text_is_short_printable_and_one_line(text, limit):
    kept = clean(text, limit)
    assert len(kept) <= limit
    assert len(kept.splitlines()) <= 1
    assert not {unicodedata.category(c) for c in kept} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    kept.encode()


@given(st.text(st.characters()))
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


def test_text_of_the_greatest_length_is_whole_and_a_longer_one_says_that_it_was_cut():
    assert clean("m" * 300) == "m" * 300
    assert clean("m" * 301) == "m" * 299 + "…"


def test_lines_stay_lines_without_blanks_at_their_ends():
    assert clean_lines("one  \n\n\ttwo\x1b[0m\n", 100) == "one\n\ntwo [0m"


def test_lines_are_cut_at_the_limit():
    kept = clean_lines("line\n" * 100, 20)
    assert (len(kept), kept[-1]) == (20, "…")


@given(st.text(st.characters()))
def test_cleaned_lines_hold_nothing_that_moves_the_cursor(text):
    kept = clean_lines(text, 100)
    assert not {c for c in kept if unicodedata.category(c) in ("Cc", "Cf", "Cs")} - {"\n"}


@pytest.mark.parametrize(("value", "text"), NUMBERS.items())
def test_numbers_have_no_more_digits_than_needed(value, text):
    assert number(value) == text


def test_no_number_is_a_dash():
    assert (number(None), percent(1, 0), percent(0, 0)) == ("—", "—", "—")


def test_shares_are_whole_percents():
    assert (percent(1, 3), percent(17, 20), percent(0, 4)) == ("33%", "85%", "0%")


def test_values_of_tensors_have_six_digits():
    assert (measured(1 / 3), measured(2.0), measured(1e-12), measured(float("nan"))) == (
        "0.333333",
        "2",
        "1e-12",
        "nan",
    )


def test_shapes_are_written_as_the_student_writes_them():
    assert (shape_text((2, 3)), shape_text((2,)), shape_text(())) == ("(2, 3)", "(2,)", "() (a single number)")
