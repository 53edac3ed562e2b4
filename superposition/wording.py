"""Values in text and tables: digits, intervals, words for missing values and statuses."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

MISSING = "–"  # stands for a value that is missing or may not be read; a note says why
FIXED_SPACE = "\u00a0"  # a space at which no line ends

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST = 1e-4  # smaller numbers get a power of ten


def is_missing(value: Any) -> bool:
    """Return whether there is no finite value."""
    return bool(pd.isna(value)) or (isinstance(value, float) and not math.isfinite(value))


def number(value: Any) -> str:
    """Return a number with three significant digits, whole from 100 on; a dash where it is missing."""
    if is_missing(value):
        return MISSING
    value = float(value)
    if value == 0:
        return "0"
    rounded = _rounded(value)
    exponent = math.floor(math.log10(abs(rounded)))
    if abs(rounded) < SMALLEST or exponent > 6:
        return f"{value / 10**exponent:.2f}·10{str(exponent).translate(SUPERSCRIPTS)}".replace("-", "−")
    return f"{value:.{max(0, 2 - exponent)}f}".replace("-", "−")


def in_text(value: float) -> str:
    """Return a number for running text: three significant digits, without trailing zeros; in full from 1,000 on."""
    if is_missing(value) or 0 < abs(_rounded(value)) < SMALLEST:
        return number(value)
    return (f"{value:,.0f}" if abs(_rounded(value)) >= 1000 else f"{value:.3g}").replace("-", "−")


def _rounded(value: float) -> float:
    """Return a number as its three significant digits say, by which its form is chosen."""
    return float(f"{value:.2e}")


def count(value: Any) -> str:
    """Return a number of things, which may be a half where it is a median; a dash where it is missing."""
    if is_missing(value):
        return MISSING
    return f"{float(value):.0f}" if abs(value) >= 100 else f"{float(value):.3g}"


def interval(low: Any, high: Any, *, is_count: bool = False) -> str:
    """Return an interval in brackets, nothing where it is missing."""
    if is_missing(low) or is_missing(high):
        return ""
    show = count if is_count else number
    return f"[{show(low)},{FIXED_SPACE}{show(high)}]"


def words(name: str) -> str:
    """Return an identifier such as `not_a_minimum` as words."""
    return name.replace("_", " ")


def title(name: str) -> str:
    """Return an identifier as words with a capital letter in front."""
    return sentence(words(name))


def sentence(text: str) -> str:
    """Return a text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def plural(n: int, noun: str) -> str:
    """Return a number with its noun: `1 run`, `2 runs`."""
    return f"{n} {noun}" if n == 1 else f"{n:,} {noun}s"


def listing(items: Sequence[str]) -> str:
    """Return items as an English list: `a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def percent(share: float) -> str:
    """Return a share as a percentage: `95 %`."""
    return f"{in_text(100 * share)} %"
