"""Quantities that are measured of runs: how figures, documents and sentences name each, its unit, whether it counts."""

from dataclasses import dataclass

from superposition import wording


@dataclass(frozen=True)
class Quantity:
    """One measured quantity."""

    name: str  # column that holds it
    label: str = ""  # name in figures, tables and sentences; empty where none shows it
    unit: str = ""  # as printed, empty for pure numbers and counts
    is_count: bool = False  # whether it is a whole number in every run
    meaning: str = ""  # what it is, in the words of the explorer, for quantities that statements read

    @property
    def with_unit(self) -> str:
        """Label with its unit, as on axes: `loss (MSE)`."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


LOSS = Quantity("loss", "loss", "MSE")
REPRESENTED = Quantity("n_represented", "represented features", is_count=True)
RECOVERED = Quantity("n_recovered", "recovered features", is_count=True)
POLYGON = Quantity("polygon", "polygon corners", is_count=True)

MEASURED = (
    LOSS,
    Quantity("logged_loss", "as logged"),
    REPRESENTED,
    RECOVERED,
    POLYGON,
    Quantity("frobenius_sq"),
    Quantity("onset", "onset", "step", is_count=True),
)
"""Measures of how a run ended, columns of the table of runs; the LLC of every sampler preset comes with them."""

COUNTS = frozenset(quantity.name for quantity in MEASURED if quantity.is_count)

SHOWN = {quantity.name: wording.title(quantity.with_unit) for quantity in MEASURED if quantity.label}
"""Those that tables of documents show, with their headings."""

EVIDENCE = (
    Quantity("superposition", "superposition", meaning="recovered features beyond the hidden dimensions"),
    Quantity(
        "superposition_beyond", meaning="recovered features beyond the hidden dimensions, where above the threshold"
    ),
    Quantity("sticky", meaning="share of features with a dimensionality near 1 or 1/2"),
    Quantity("log_onset", meaning="onset of superposition, log₁₀ (step + 1); of the last step where there is none"),
    Quantity("drop_over", meaning="share of the largest loss drop that is over at the onset"),
    Quantity("drop_excess", "loss drops", meaning="coincidences with loss drops beyond chance"),
    Quantity("llc_excess", "LLC rises", meaning="coincidences with LLC rises beyond chance"),
    Quantity("loss_range", "range of losses", meaning="decades between largest and smallest loss"),
    Quantity(
        "loss_distance", "loss", meaning="decades between the curve of the loss and the median curve, over training"
    ),
    Quantity("llc_distance", "LLC", meaning="decades between the curve of the LLC and the median curve, over training"),
    Quantity("log_loss", "loss", meaning="log₁₀ of the final loss"),
    Quantity("log_logged_loss", meaning="log₁₀ of the final loss as logged"),
    Quantity("llc", "LLC", meaning="final LLC"),
    Quantity("log_llc", "LLC", meaning="log₁₀ of the final LLC"),
)
"""Quantities that statements read from every run; an LLC only where it may be read."""

EVIDENCE_LABELS = {quantity.name: quantity.label for quantity in EVIDENCE if quantity.label}
"""Their names as printed in sentences."""

EVIDENCE_MEANINGS = {quantity.name: quantity.meaning for quantity in EVIDENCE}
