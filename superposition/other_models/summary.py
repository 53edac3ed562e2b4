"""What the seeds of other papers' runs say together, and verdicts on the papers' findings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition.claims.statement import NOT_TESTABLE, Region
from superposition.claims.verdicts import verdict_of
from superposition.families.runs import medians
from superposition.other_models.chen import share_in_order
from superposition.statistics import Resampling, mean_interval
from superposition.status import OK

KEYS = ["experiment", "activation", "sparsity", "importance", "loss_inputs", "linear_loss"]
"""Columns that all seeds share."""

MEASURES = (
    *("loss", "n_represented", "n_recovered", "n_effective"),
    *("norm_per_dimension", "features_per_dimension", "dimensions_per_feature"),
)
"""Measures that are summarised."""


def summary_table(runs: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each experiment, activation, sparsity and importance: medians over seeds with intervals.

    `runs` are those of a paper's experiments; those that diverged are left out.
    """
    ended = runs.assign(**{name: runs[name].where(runs.status == OK) for name in MEASURES})
    found = medians(ended, KEYS, MEASURES, resampling).rename(columns={"loss_n": "n"})
    return found.drop(columns=[f"{name}_n" for name in MEASURES[1:]])


PAPERS = {
    "elhage": "Elhage et al. 2022",
    "lad_kostolansky": "Lad & Kostolansky 2023",
    "chen": "Chen et al. 2023",
}
"""Papers as cited, by key."""


@dataclass(frozen=True, kw_only=True)
class PaperFinding:
    """A finding of a paper as a statement about the runs of an activation in an experiment.

    Attributes:
        measure: What is measured of the runs of a seed, in words.
        value: The same as a function of these runs, one for each sparsity.
        region: Where the value lies if the finding holds.
        null: The value if there is no effect.
        bounds: Smallest and largest possible value.
    """

    paper: str
    experiment: str
    activation: str
    text: str
    measure: str
    value: Callable[[pd.DataFrame], float]
    region: tuple[float, float]
    null: float
    bounds: tuple[float, float] = (0.0, np.inf)


STICKY = 0.05
"""Dimensions per feature this near to 1 or 1/2 are there, as of single features in `transitions.sticky_tolerance`."""


def sticky(runs: pd.DataFrame) -> float:
    """Return the share of runs near 1 or 1/2 dimensions per feature among those between 1/2 and 1."""
    found = runs.dimensions_per_feature
    found = found[(found > 0.5 - STICKY) & (found < 1 + STICKY)]
    return float(((found - 1).abs() < STICKY).mean() + ((found - 0.5).abs() < STICKY).mean())


def at_sparsest(name: str) -> Callable[[pd.DataFrame], float]:
    """Return a measure of the run with the sparsest inputs."""
    return lambda runs: float(runs.loc[runs.sparsity.idxmax(), name])  # type: ignore[arg-type]


def excess_loss(runs: pd.DataFrame) -> float:
    """Return the median over sparsities of the loss, relative to that of the best linear model."""
    return float((runs.loss / runs.linear_loss).median())


def farthest_from_one(runs: pd.DataFrame) -> float:
    """Return the median over sparsities of how far dimensions per feature are from 1."""
    return float((runs.dimensions_per_feature - 1).abs().median())


NORMS = "features per dimension by norms, ‖W‖²/m, at the sparsest inputs"
COUNTED = "represented features per dimension at the sparsest inputs"
NEARLY_20 = (18.0, np.inf)
"""ASSUME "nearly 20" to be 18 or more."""

# fmt: off
FINDINGS: tuple[PaperFinding, ...] = (
    PaperFinding(paper="elhage", experiment="elhage_small", activation="relu", null=1.0, region=(1.0, np.inf),
        text="With sparse inputs, ReLU represents more features than dimensions.",
        measure=COUNTED, value=at_sparsest("features_per_dimension")),
    PaperFinding(paper="elhage", experiment="elhage_small", activation="identity", null=1.0, region=(-0.1, 0.1),
        text="A linear model gives a dimension to each feature that it represents.",
        measure="distance of dimensions per feature from 1, median over sparsities", value=farthest_from_one),
    PaperFinding(paper="elhage", experiment="elhage_geometry", activation="relu", null=1 / 3, region=(0.5, np.inf),
        text="Dimensions per feature stick at 1 and 1/2.",
        measure="share of runs within 0.05 of 1 or 1/2, of those between", value=sticky, bounds=(0.0, 1.0)),
    PaperFinding(paper="lad_kostolansky", experiment="lk_wide", activation="relu", null=1 / 3, region=(0.5, np.inf),
        text="ReLU sticks at 1 and 1/2 dimensions per feature.",
        measure="share of runs within 0.05 of 1 or 1/2, of those between", value=sticky, bounds=(0.0, 1.0)),
    PaperFinding(paper="lad_kostolansky", experiment="lk_wide", activation="tanh", null=0.0, region=(0.9, 1.1),
        text="Tanh is nearly linear.",
        measure="loss relative to the best linear model, median over sparsities", value=excess_loss),
    PaperFinding(paper="lad_kostolansky", experiment="lk_wide", activation="tanh", null=1.0, region=(-0.1, 0.1),
        text="Tanh packs one feature in one dimension.",
        measure="distance of dimensions per feature from 1, median over sparsities", value=farthest_from_one),
    *(PaperFinding(paper="lad_kostolansky", experiment="lk_wide", activation=name, null=1.0, region=NEARLY_20,
        text=f"{label} packs nearly 20 features per dimension.", measure=words, value=at_sparsest(column))
        for name, label in (("sigmoid", "Sigmoid"), ("solu", "SoLU"))
        for words, column in ((NORMS, "norm_per_dimension"), (COUNTED, "features_per_dimension"))),
    # ASSUME that the region allows for one exception in ten, as "nearly always" does.
    PaperFinding(paper="chen", experiment="chen", activation="relu", null=0.5, region=(0.9, np.inf),
        text="SGD goes from polygon to polygon with falling loss.",
        measure="share of a run's steps from one polygon to the next new one that lead to a lower loss",
        value=share_in_order, bounds=(0.0, 1.0)),
)
# fmt: on


def findings_table(
    runs: pd.DataFrame, paper: str, *, resampling: Resampling, findings: Sequence[PaperFinding] = FINDINGS
) -> pd.DataFrame:
    """Return a row for each finding of a paper: mean over seeds of its measure with its interval, and the verdict.

    Runs that diverged are left out; with fewer than two seeds a finding is not testable.
    """
    ended = runs[runs.status == OK]
    rows: list[dict[str, object]] = []
    for finding in (each for each in findings if each.paper == paper):
        own = ended[(ended.experiment == finding.experiment) & (ended.activation == finding.activation)]
        values = np.array([finding.value(run) for _, run in own.groupby("seed")])
        low, high = finding.region
        row: dict[str, object] = {"paper": paper, "reference": PAPERS[paper], "activation": finding.activation}
        row |= {"finding": finding.text, "measure": finding.measure, "stated_low": low, "stated_high": high}
        row |= {"n": int(np.isfinite(values).sum()), "verdict": NOT_TESTABLE}
        row |= dict.fromkeys(("estimate", "low", "high"), np.nan)
        if np.isfinite(values).sum() > 1:
            found = mean_interval(values, resampling, bounds=finding.bounds)
            row["verdict"], _ = verdict_of(found, Region(low, high), null=finding.null)
            row |= {"estimate": found.estimate, "low": found.low, "high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)
