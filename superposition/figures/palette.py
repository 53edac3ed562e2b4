"""Colours that figures, documents and pages have in common."""

FAMILY_COLORS = {
    "rectifiers": "#0072B2",
    "smooth rectifiers": "#56B4E9",
    "exponential-linear": "#009E73",
    "bounded": "#D55E00",
    "shrinkage": "#E69F00",
    "normalising": "#CC79A7",
    "control": "#7F7F7F",
}
"""Colour of each family, in the order of activations.FAMILIES. Source: Okabe & Ito 2008, for every colour vision."""

INK = "#222222"
"""Text, and the features of the initial polygon."""

FAINT = "#9A9A9A"
"""What may not be read, and aids such as marked moments."""

PALE = "#D9D9D9"
"""What lies behind: reference circles, other seeds."""

FILLS = {
    "replicated": "CFE5F5",
    "right direction, smaller than stated": "FCEFB4",
    "reversed": "F8D3BC",
    "inconclusive": "E9E9E9",
}
"""Backgrounds of verdicts, told apart by every colour vision; the word stands with them as well."""
