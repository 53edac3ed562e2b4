"""Summaries of other papers' runs over seeds, and verdicts on the papers' findings, which `summary.yaml` has."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml

from superposition.claims.statement import Region
from superposition.claims.verdicts import verdict_of
from superposition.families.runs import medians
from superposition.other_models.papers import CHEN_ACTIVATION, PAPERS
from superposition.other_models.runs import COMPARED, chen_levels_table, share_in_order
from superposition.statistics import Interval, Resampling, mean_interval
from superposition.status import NOT_TESTABLE, OK, may_be_read

SUMMARISED = ("loss", *COMPARED, "features_per_dimension", "dimensions_per_feature")
"""Measures of which there are medians."""


def summary_table(runs: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each experiment, activation, sparsity and importance: medians over seeds with intervals.

    `runs` are those of a paper's experiments; those that diverged are left out.
    """
    keys = ["experiment", "activation", "sparsity", "importance", "loss_inputs", "linear_loss"]
    ended = runs.assign(**{name: runs[name].where(may_be_read(runs.status)) for name in SUMMARISED})
    rows = medians(ended, keys, SUMMARISED, resampling).rename(columns={"loss_n": "n"})
    return rows.drop(columns=[f"{name}_n" for name in SUMMARISED[1:]])


def sticky(runs: pd.DataFrame, *, tolerance: float) -> float:
    """Return the share of runs near 1 or 1/2 dimensions per feature among those between 1/2 and 1."""
    ratios = runs.dimensions_per_feature
    ratios = ratios[(ratios > 0.5 - tolerance) & (ratios < 1 + tolerance)]
    return float(((ratios - 1).abs() < tolerance).mean() + ((ratios - 0.5).abs() < tolerance).mean())


class RunMeasure(NamedTuple):
    """Measure of a seed's runs, one for each sparsity: in words, as a function, and its value without any effect."""

    words: str
    value: Callable[[pd.DataFrame], float]
    null: float
    bounds: tuple[float, float] = (0.0, np.inf)


VALUES = {
    "from_one": lambda runs: float((runs.dimensions_per_feature - 1).abs().median()),
    "excess_loss": lambda runs: float((runs.loss / runs.linear_loss).median()),
    "norms": lambda runs: runs.norm_per_dimension[runs.sparsity.idxmax()],
    "counted": lambda runs: runs.features_per_dimension[runs.sparsity.idxmax()],
    "at_once": functools.partial(share_in_order, window=1),
}
"""Measures, by name, that need no value of the configuration."""

PAGE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


class PaperFinding(NamedTuple):
    """A finding of a paper as a statement about the runs of an activation in an experiment: where its measure lies."""

    paper: str
    experiment: str
    activation: str
    text: str
    measure: RunMeasure
    region: tuple[float, float]


def stated_findings(paper: str, *, sticky_tolerance: float, change_window: int, nearly: float) -> list[PaperFinding]:
    """Return the findings of a paper, as statements that can be judged.

    Args:
        paper: Its name in ``PAPERS``.
        sticky_tolerance: Dimensions per feature so near to 1 or 1/2 are there, as those of single features.
        change_window: A polygon is met where it is seen in most of so many recorded steps, as superposition is.
        nearly: What "nearly" leaves out, as a share of what is stated: of a number, or of all cases; of none, of one.
    """
    values = VALUES | {
        "sticky": functools.partial(sticky, tolerance=sticky_tolerance),
        "in_most": functools.partial(share_in_order, window=change_window),
    }
    given = {"sticky_tolerance": sticky_tolerance, "change_window": change_window}
    measures = {
        name: RunMeasure(of["words"].format(**given), values[name], of["no_effect"], (0.0, of["most"]))
        for name, of in PAGE["measures"].items()
    }
    regions = {
        "above": lambda value: (value, np.inf),
        "about": lambda value: (value - nearly, value + nearly),
        "nearly": lambda value: (value * (1 - nearly), np.inf),
    }
    findings = []
    for finding in PAGE["findings"][paper]:
        [(kind, value)] = finding["stated"].items()
        given = {"measure": measures[finding["measure"]], "region": regions[kind](value)}
        findings.append(PaperFinding(paper, finding["experiment"], finding["activation"], finding["text"], **given))
    return findings


def findings_table(runs: pd.DataFrame, findings: Sequence[PaperFinding], *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each finding of a paper: mean over seeds of its measure with its interval, and the verdict.

    Runs that diverged are left out; with fewer than two seeds a finding is not testable.
    """
    ended, rows = runs.loc[may_be_read(runs.status)], []
    for finding in findings:
        of_finding = ended.loc[(ended.experiment == finding.experiment) & (ended.activation == finding.activation)]
        values = np.array([finding.measure.value(run) for _, run in of_finding.groupby("seed")])
        mean, (low, high) = mean_of_seeds(values, resampling, finding.measure.bounds), finding.region
        verdict, _ = verdict_of(mean, Region(low, high), null=finding.measure.null) if mean else (NOT_TESTABLE, "")
        row = {"paper": finding.paper, "reference": PAPERS[finding.paper], "activation": finding.activation}
        row |= {"finding": finding.text, "measure": finding.measure.words, "verdict": verdict}
        row |= {"stated_low": low, "stated_high": high, "n": int(np.isfinite(values).sum())}
        rows.append(row | ends_of(mean, "estimate"))
    return pd.DataFrame(rows)


def model_tables(
    runs: pd.DataFrame, findings: Sequence[PaperFinding], *, resampling: Resampling
) -> dict[str, pd.DataFrame]:
    """Return what the seeds of a paper's experiments say together, and verdicts on its findings, by table."""
    judged = findings_table(runs, findings, resampling=resampling)
    return {"model_summary": summary_table(runs, resampling=resampling), "model_findings": judged}


def chen_tables(
    runs: pd.DataFrame, findings: Sequence[PaperFinding], *, resampling: Resampling
) -> dict[str, pd.DataFrame]:
    """Return the polygons at which runs of Chen et al. are, and verdicts on the findings, by table."""
    named = runs.assign(experiment="chen", activation=CHEN_ACTIVATION, status=OK)
    judged = findings_table(named, findings, resampling=resampling)
    return {"chen_levels": chen_levels_table(runs, resampling=resampling), "model_findings": judged}


def mean_of_seeds(values: np.ndarray, resampling: Resampling, bounds: tuple[float, float]) -> Interval | None:
    """Return the mean over seeds with its interval, nothing for fewer than two of them."""
    return mean_interval(values, resampling, n_comparisons=1, bounds=bounds) if np.isfinite(values).sum() > 1 else None


def ends_of(mean: Interval | None, name: str) -> dict[str, float]:
    """Return the columns of a mean under a name, and of its interval, NaN for nothing."""
    numbers = (mean.estimate, mean.low, mean.high) if mean else (np.nan,) * 3
    return dict(zip((name, "low", "high"), numbers, strict=True))
