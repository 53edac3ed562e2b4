"""Colours of figures, documents and pages, and the families of activations in their order.

Source of the families' colours: Okabe & Ito 2008, told apart by every colour vision.
"""

from collections.abc import Mapping

from superposition.status import INCONCLUSIVE, REPLICATED, REVERSED, SMALLER

RECTIFIER = "rectifiers"
SMOOTH = "smooth rectifiers"
EXPONENTIAL = "exponential-linear"
BOUNDED = "bounded"
SHRINKAGE = "shrinkage"
NORMALISING = "normalising"
CONTROL = "control"

FAMILY_COLORS = {
    RECTIFIER: "#0072B2",
    SMOOTH: "#56B4E9",
    EXPONENTIAL: "#009E73",
    BOUNDED: "#D55E00",
    SHRINKAGE: "#E69F00",
    NORMALISING: "#CC79A7",
    CONTROL: "#7F7F7F",
}
"""Colour of each family, in the order in which figures and tables show them."""

INK = "#222222"  # text, and the features of the initial polygon
FAINT = "#9A9A9A"  # values that may not be read, and aids such as marked moments
PALE = "#D9D9D9"  # backgrounds: reference circles, other seeds
NOTE = "#555555"  # explanations below a figure

# Critical points that occur most, and last all others.
MINIMA, SADDLES = ("#0072B2", "#56B4E9", "#009E73", "#7F7F7F"), ("#D55E00", "#E69F00", "#CC79A7", "#BFBFBF")

# Activations of one family beside each other, in their order. Source: Paul Tol's bright scheme.
QUALITATIVE = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#BBBBBB", "#222222")

# Word has colours without #.
ACCENT, SMALL_PRINT = "1F3A5F", "606060"  # headings of documents, and their small print
RULE, HAIRLINE = "404040", "C8C8C8"  # lines around tables, and between rows
GROUP, DIFFERS = "EEF1F4", "E9E9E9"  # backgrounds of rows that head groups, and of values that differ

FILLS = {
    REPLICATED: "CFE5F5",
    SMALLER: "FCEFB4",
    REVERSED: "F8D3BC",
    INCONCLUSIVE: "E9E9E9",
}
"""Backgrounds of verdicts, told apart by every colour vision; the word stands with them as well."""

Printed = Mapping[str, Mapping[str, str]]
"""Printed texts of each activation: label, family, formula and reference, in the order of the registry."""


def by_family(printed: Printed) -> dict[str, list[str]]:
    """Return the activations of each family, in the order of families; families without any are left out."""
    members = {family: [name for name in printed if printed[name]["family"] == family] for family in FAMILY_COLORS}
    return {family: names for family, names in members.items() if names}
