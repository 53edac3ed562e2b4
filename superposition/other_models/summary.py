"""What the seeds of other papers' runs say together, and verdicts on the papers' findings."""

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from superposition.claims.statement import NOT_TESTABLE, Region
from superposition.claims.verdicts import verdict_of
from superposition.families.runs import medians
from superposition.other_models.runs import share_in_order
from superposition.statistics import Resampling, mean_interval
from superposition.status import OK

MEASURES = (
    *("loss", "n_represented", "n_recovered", "n_effective"),
    *("norm_per_dimension", "features_per_dimension", "dimensions_per_feature"),
)
"""Measures that are summarised."""


def summary_table(runs: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each experiment, activation, sparsity and importance: medians over seeds with intervals.

    `runs` are those of a paper's experiments; those that diverged are left out.
    """
    keys = ["experiment", "activation", "sparsity", "importance", "loss_inputs", "linear_loss"]
    ended = runs.assign(**{name: runs[name].where(runs.status == OK) for name in MEASURES})
    found = medians(ended, keys, MEASURES, resampling).rename(columns={"loss_n": "n"})
    return found.drop(columns=[f"{name}_n" for name in MEASURES[1:]])


PAPERS = {"elhage": "Elhage et al. 2022", "lad_kostolansky": "Lad & Kostolansky 2023", "chen": "Chen et al. 2023"}
"""Papers as cited, by key."""


STICKY = 0.05
"""Dimensions per feature this near to 1 or 1/2 are there, as of single features in `transitions.sticky_tolerance`."""


WINDOW = 5
"""Recorded steps in most of which a polygon is met: as of superposition in `transitions.change_window`."""


def sticky(runs: pd.DataFrame) -> float:
    """Return the share of runs near 1 or 1/2 dimensions per feature among those between 1/2 and 1."""
    found = runs.dimensions_per_feature
    found = found[(found > 0.5 - STICKY) & (found < 1 + STICKY)]
    return float(((found - 1).abs() < STICKY).mean() + ((found - 0.5).abs() < STICKY).mean())


def at_sparsest(name: str) -> Callable[[pd.DataFrame], float]:
    """Return a measure of the run with the sparsest inputs."""
    return lambda runs: float(runs.loc[runs.sparsity.idxmax(), name])  # type: ignore[arg-type]


class RunMeasure(NamedTuple):
    """What is measured of a seed's runs, one for each sparsity: in words, as a function, and without any effect."""

    words: str
    value: Callable[[pd.DataFrame], float]
    null: float
    bounds: tuple[float, float] = (0.0, np.inf)


SHARE_STICKY = RunMeasure("share of runs within 0.05 of 1 or 1/2, of those between", sticky, 1 / 3, (0.0, 1.0))
FROM_ONE = RunMeasure(
    "distance of dimensions per feature from 1, median over sparsities",
    lambda runs: float((runs.dimensions_per_feature - 1).abs().median()),
    1.0,
)
EXCESS_LOSS = RunMeasure(
    "loss relative to the best linear model, median over sparsities",
    lambda runs: float((runs.loss / runs.linear_loss).median()),
    0.0,
)
NORMS = RunMeasure(
    "features per dimension by norms, ‖W‖²/m, at the sparsest inputs", at_sparsest("norm_per_dimension"), 1.0
)
COUNTED = RunMeasure(
    "represented features per dimension at the sparsest inputs", at_sparsest("features_per_dimension"), 1.0
)
FALLING = "share of a run's steps from one polygon to the next new one that lead to a lower loss"
AT_ONCE, IN_MOST = (
    RunMeasure(f"{FALLING}, {words}", functools.partial(share_in_order, window=window), 0.5, (0.0, 1.0))
    for words, window in (("by single recorded steps", 1), (f"by most of {WINDOW} recorded steps", WINDOW))
)

NEARLY_20, NEARLY_ALWAYS = (18.0, np.inf), (0.9, np.inf)
"""ASSUME "nearly 20" to be 18 or more, and one exception in ten to be allowed for."""


class PaperFinding(NamedTuple):
    """A finding of a paper as a statement about the runs of an activation in an experiment: where its measure lies."""

    paper: str
    experiment: str
    activation: str
    text: str
    measure: RunMeasure
    region: tuple[float, float]


# fmt: off
FINDINGS: tuple[PaperFinding, ...] = (
    PaperFinding("elhage", "elhage_small", "relu",
        "With sparse inputs, ReLU represents more features than dimensions.", COUNTED, (1.0, np.inf)),
    PaperFinding("elhage", "elhage_small", "identity",
        "A linear model gives a dimension to each feature that it represents.", FROM_ONE, (-0.1, 0.1)),
    PaperFinding("elhage", "elhage_geometry", "relu",
        "Dimensions per feature stick at 1 and 1/2.", SHARE_STICKY, (0.5, np.inf)),
    PaperFinding("lad_kostolansky", "lk_wide", "relu",
        "ReLU sticks at 1 and 1/2 dimensions per feature.", SHARE_STICKY, (0.5, np.inf)),
    PaperFinding("lad_kostolansky", "lk_wide", "tanh", "Tanh is nearly linear.", EXCESS_LOSS, (0.9, 1.1)),
    PaperFinding("lad_kostolansky", "lk_wide", "tanh",
        "Tanh packs one feature in one dimension.", FROM_ONE, (-0.1, 0.1)),
    *(PaperFinding("lad_kostolansky", "lk_wide", name,
        f"{label} packs nearly 20 features per dimension.", of, NEARLY_20)
        for name, label in (("sigmoid", "Sigmoid"), ("solu", "SoLU")) for of in (NORMS, COUNTED)),
    *(PaperFinding("chen", "chen", "relu",
        "SGD goes from polygon to polygon with falling loss.", of, NEARLY_ALWAYS) for of in (AT_ONCE, IN_MOST)),
)
# fmt: on


def findings_table(
    runs: pd.DataFrame, paper: str, *, resampling: Resampling, findings: Sequence[PaperFinding] = FINDINGS
) -> pd.DataFrame:
    """Return a row for each finding of a paper: mean over seeds of its measure with its interval, and the verdict.

    Runs that diverged are left out; with fewer than two seeds a finding is not testable.
    """
    ended = runs.loc[runs.status == OK]
    rows: list[dict[str, object]] = []
    for finding in (each for each in findings if each.paper == paper):
        own = ended.loc[(ended.experiment == finding.experiment) & (ended.activation == finding.activation)]
        values = np.array([finding.measure.value(run) for _, run in own.groupby("seed")])
        low, high = finding.region
        row: dict[str, object] = {"paper": paper, "reference": PAPERS[paper], "activation": finding.activation}
        row |= {"finding": finding.text, "measure": finding.measure.words, "stated_low": low, "stated_high": high}
        row |= {"n": int(np.isfinite(values).sum()), "verdict": NOT_TESTABLE}
        row |= dict.fromkeys(("estimate", "low", "high"), np.nan)
        if np.isfinite(values).sum() > 1:
            found = mean_interval(values, resampling, bounds=finding.measure.bounds)
            row["verdict"], _ = verdict_of(found, Region(low, high), null=finding.measure.null)
            row |= {"estimate": found.estimate, "low": found.low, "high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)
