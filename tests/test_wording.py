"""Digits, intervals and words."""

import math

import pandas as pd
import pytest

from superposition import wording


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.058249, "0.0582"),
        (0.9999, "1.00"),  # rounding adds a digit before the point, not a fourth one
        (12.345, "12.3"),
        (2134.5, "2134"),  # no digits are invented or dropped before the point
        (1_234_567, "1234567"),  # in full below ten million
        (9_999_999, "1.00·10⁷"),
        (12_345_678, "1.23·10⁷"),
        (-3.14159, "−3.14"),
        (0.0000123, "1.23·10⁻⁵"),
        (0.00009999, "0.000100"),
        (0, "0"),
    ],
)
def test_numbers_have_three_significant_digits(value, shown):
    assert wording.number(value) == shown


@pytest.mark.parametrize("value", [None, pd.NA, math.nan, math.inf, -math.inf])
def test_missing_values_are_dashes(value):
    assert wording.number(value) == wording.count(value) == "–"
    assert wording.interval(value, 1.0) == ""


def test_counts_are_whole_or_halves():
    assert [wording.count(value) for value in (8.0, 4.5, 20000)] == ["8", "4.5", "20000"]


def test_numbers_in_running_text_have_no_trailing_zeros_and_no_e():
    values = (0.02, 7.0, 12.345, 1234.5, 200_000, -1.1e6, 2e-5, math.nan)
    assert [wording.in_text(value) for value in values] == [
        *("0.02", "7", "12.3", "1,234", "200,000", "−1,100,000", "2.00·10⁻⁵", "–")
    ]


def test_a_number_that_rounds_to_a_thousand_is_written_as_one():
    values = (999.4, 999.6, -999.7, 0.00009999)
    assert [wording.in_text(value) for value in values] == ["999", "1,000", "−1,000", "0.0001"]
    assert [wording.percent(share) for share in (9.99, 9.9999, 12.5)] == ["999 %", "1,000 %", "1,250 %"]


def test_intervals_use_the_digits_of_their_measure():
    assert wording.interval(0.1, 2) == "[0.100,\u00a02.00]"
    assert wording.interval(3, 4.5, is_count=True) == "[3,\u00a04.5]"


def test_identifiers_become_words():
    assert wording.words("not_a_minimum") == "not a minimum"
    assert wording.title("smooth rectifiers") == "Smooth rectifiers"
    assert [wording.plural(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
    assert wording.listing(["a", "b", "c"]) == "a, b and c"
    assert wording.percent(0.95) == "95 %"
