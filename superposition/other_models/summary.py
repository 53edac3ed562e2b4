"""What the seeds of other papers' runs say together, and verdicts on the papers' findings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition.claims.statement import Region
from superposition.claims.verdicts import verdict_of
from superposition.statistics import Resampling, mean_interval, median_interval
from superposition.status import OK

KEYS = ["experiment", "activation", "sparsity", "importance"]
"""Columns that identify what all seeds share."""

MEASURES = (
    *("loss", "n_represented", "n_recovered", "n_effective"),
    *("norm_per_dimension", "features_per_dimension", "dimensions_per_feature"),
)
"""Measures that are summarised."""


def summary_table(runs: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each experiment, activation, sparsity and importance: medians over seeds with intervals.

    Args:
        runs: Runs of a paper's experiments; those that diverged are left out.
        resampling: How intervals are computed.
    """
    rows = []
    for key, group in runs.groupby(KEYS, sort=False):
        row = dict(zip(KEYS, key, strict=True))  # type: ignore[arg-type]
        row |= {name: group[name].iloc[0] for name in ("loss_inputs", "linear_loss")}
        for name in MEASURES:
            found = median_interval(group[name].where(group.status == OK).to_numpy(float), resampling)
            row |= {name: found.median, f"{name}_low": found.low, f"{name}_high": found.high}
        rows.append(row | {"n": int((group.status == OK).sum())})
    return pd.DataFrame(rows)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding of a paper as a statement about runs.

    Attributes:
        paper: Key of the paper.
        experiment: Experiment whose runs are measured.
        activation: Activation of these runs.
        text: The finding, in short.
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
FINDINGS: tuple[Finding, ...] = (
    Finding(paper="elhage", experiment="elhage_small", activation="relu", null=1.0, region=(1.0, np.inf),
        text="With sparse inputs, ReLU represents more features than dimensions.",
        measure=COUNTED, value=at_sparsest("features_per_dimension")),
    Finding(paper="elhage", experiment="elhage_small", activation="identity", null=1.0, region=(-0.1, 0.1),
        text="A linear model gives a dimension to each feature that it represents.",
        measure="distance of dimensions per feature from 1, median over sparsities", value=farthest_from_one),
    Finding(paper="elhage", experiment="elhage_geometry", activation="relu", null=1 / 3, region=(0.5, np.inf),
        text="Dimensions per feature stick at 1 and 1/2.",
        measure="share of runs within 0.05 of 1 or 1/2, of those between", value=sticky, bounds=(0.0, 1.0)),
    Finding(paper="lad_kostolansky", experiment="lk_wide", activation="relu", null=1 / 3, region=(0.5, np.inf),
        text="ReLU sticks at 1 and 1/2 dimensions per feature.",
        measure="share of runs within 0.05 of 1 or 1/2, of those between", value=sticky, bounds=(0.0, 1.0)),
    Finding(paper="lad_kostolansky", experiment="lk_wide", activation="tanh", null=0.0, region=(0.9, 1.1),
        text="Tanh is nearly linear.",
        measure="loss relative to the best linear model, median over sparsities", value=excess_loss),
    Finding(paper="lad_kostolansky", experiment="lk_wide", activation="tanh", null=1.0, region=(-0.1, 0.1),
        text="Tanh packs one feature in one dimension.",
        measure="distance of dimensions per feature from 1, median over sparsities", value=farthest_from_one),
    *(Finding(paper="lad_kostolansky", experiment="lk_wide", activation=name, null=1.0, region=NEARLY_20,
        text=f"{label} packs nearly 20 features per dimension.", measure=words, value=at_sparsest(column))
        for name, label in (("sigmoid", "Sigmoid"), ("solu", "SoLU"))
        for words, column in ((NORMS, "norm_per_dimension"), (COUNTED, "features_per_dimension"))),
)
# fmt: on


def findings_table(
    runs: pd.DataFrame, paper: str, *, resampling: Resampling, findings: Sequence[Finding] = FINDINGS
) -> pd.DataFrame:
    """Return a row for each finding of a paper: mean over seeds of its measure with its interval, and the verdict.

    Args:
        runs: Runs of the paper's experiments; those that diverged are left out.
        paper: Key of the paper.
        resampling: How intervals are computed.
        findings: The findings of all papers.
    """
    ended = runs.loc[runs.status == OK]
    rows: list[dict[str, object]] = []
    for finding in findings:
        if finding.paper != paper:
            continue
        own = ended.loc[(ended.experiment == finding.experiment) & (ended.activation == finding.activation)]
        values = np.array([finding.value(run) for _, run in own.groupby("seed")])
        low, high = finding.region
        row: dict[str, object] = {
            "paper": paper,
            "activation": finding.activation,
            "finding": finding.text,
            "measure": finding.measure,
        }
        row |= {"stated_low": low, "stated_high": high, "n": int(np.isfinite(values).sum())}
        rows.append(row | _judged(values, Region(low, high), finding.null, finding.bounds, resampling))
    return pd.DataFrame(rows)


def _judged(
    values: np.ndarray, region: Region, null: float, bounds: tuple[float, float], resampling: Resampling
) -> dict[str, float | str]:
    """Return estimate, interval and verdict; not testable with fewer than two seeds."""
    if np.isfinite(values).sum() < 2:
        return {"estimate": np.nan, "low": np.nan, "high": np.nan, "verdict": "not testable"}
    found = mean_interval(values, resampling, bounds=bounds)
    verdict, _ = verdict_of(found, region, null=null)
    return {"estimate": found.estimate, "low": found.low, "high": found.high, "verdict": verdict}
