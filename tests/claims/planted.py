"""A made-up statement, and evidence with planted values."""

import numpy as np

from superposition.claims import contrasts
from superposition.claims.evidence import Evidence
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import ABOVE, Statement
from superposition.claims.verdicts import Terms
from superposition.statistics import Resampling

RESAMPLING = Resampling(confidence=0.95, resamples=2000, seed=0)
SEEDS = range(1, 11)
QUANTITIES = sorted({name for record in (*OF_POST, *PRIOR_WORK) for name in record.quantities})


def evidence_of(quantity: str, values: dict[str, list[float]], **others: dict[str, list[float]]) -> Evidence:
    """Evidence with one value per activation and seed; quantities that are not given are 0."""
    given = {quantity: values, **others}
    zero = np.zeros((len(SEEDS), len(values)))
    return Evidence(
        values={name: np.array([*given[name].values()]).T if name in given else zero for name in QUANTITIES},
        censored=dict.fromkeys(QUANTITIES, zero > 0),
        seeds=tuple(SEEDS),
        activations=tuple(values),
        families={name: "control" if name == "identity" else f"family of {name}" for name in values},
        same={},
        min_activations=3,
    )


def record(**changes) -> Statement:
    """A statement that A exceeds B by more than 1."""
    values = {
        "id": "T1",
        "text": "A has more than B.",
        "measure": "Superposition of A minus that of B",
        "unit": "features",
        "activations": ("a",),
        "against": ("b",),
        "quantities": ("superposition",),
        "direction": ABOVE,
        "margin": "more",
        "contrast": contrasts.difference,
    }
    return Statement(**{**values, **changes})


def noise(centre: float, *, scale: float = 1.0, seed: int = 0) -> list[float]:
    return list(np.random.default_rng(seed).normal(centre, scale, size=len(SEEDS)))


TERMS = Terms(
    margins={"more": {"value": 1.0, "others": [0.0, 5.0], "date": "2026-01-01"}},
    threshold={"value": 1.5, "others": []},
    min_seeds=3,
    min_activations=5,
    resampling=RESAMPLING,
    labels={"a": "Alpha", "b": "Beta", "zeta": "Zeta"},
)
