"""What the seeds of other papers' runs say together, verdicts on the papers' findings, and which difference matters."""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from superposition.claims.statement import NOT_TESTABLE, Region
from superposition.claims.verdicts import verdict_of
from superposition.families.runs import medians
from superposition.other_models.papers import CHEN_ACTIVATION, PAPERS
from superposition.other_models.runs import COMPARED, chen_levels_table, share_in_order
from superposition.statistics import Interval, Resampling, mean_interval
from superposition.status import NO, OK, UNDECIDED, YES, may_be_read

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
    """What is measured of a seed's runs, one for each sparsity: in words, as a function, and without any effect."""

    words: str
    value: Callable[[pd.DataFrame], float]
    null: float
    bounds: tuple[float, float] = (0.0, np.inf)


FALLING = "share of a run's steps from one polygon to the next new one that lead to a lower loss"
# fmt: off
FROM_ONE = RunMeasure("distance of dimensions per feature from 1, median over sparsities",
    lambda runs: float((runs.dimensions_per_feature - 1).abs().median()), 1.0)
EXCESS_LOSS = RunMeasure("loss relative to the best linear model, median over sparsities",
    lambda runs: float((runs.loss / runs.linear_loss).median()), 0.0)
NORMS = RunMeasure("features per dimension by norms, ‖W‖²/m, at the sparsest inputs",
    lambda runs: runs.norm_per_dimension[runs.sparsity.idxmax()], 1.0)
COUNTED = RunMeasure("represented features per dimension at the sparsest inputs",
    lambda runs: runs.features_per_dimension[runs.sparsity.idxmax()], 1.0)
AT_ONCE = RunMeasure(f"{FALLING}, by single recorded steps",
    functools.partial(share_in_order, window=1), 0.5, (0.0, 1.0))
# fmt: on


class PaperFinding(NamedTuple):
    """A finding of a paper as a statement about the runs of an activation in an experiment: where its measure lies."""

    paper: str
    experiment: str
    activation: str
    text: str
    measure: RunMeasure
    region: tuple[float, float]


# fmt: off
def stated_findings(paper: str, *, sticky_tolerance: float, change_window: int, nearly: float) -> list[PaperFinding]:
    """Return the findings of a paper, as statements that can be judged.

    Args:
        paper: Its name in ``PAPERS``.
        sticky_tolerance: Dimensions per feature so near to 1 or 1/2 are there, as those of single features.
        change_window: A polygon is met where it is seen in most of so many recorded steps, as superposition is.
        nearly: What "nearly" leaves out, as a share of what is stated: of a number, or of all cases; of none, of one.
    """
    nearly_none, nearly_one = (-nearly, nearly), (1 - nearly, 1 + nearly)
    nearly_twenty, nearly_always = (20 * (1 - nearly), np.inf), (1 - nearly, np.inf)
    near = RunMeasure(f"share of runs within {sticky_tolerance:g} of 1 or 1/2, of those between",
        functools.partial(sticky, tolerance=sticky_tolerance), 1 / 3, (0.0, 1.0))
    in_most = RunMeasure(f"{FALLING}, by most of {change_window} recorded steps",
        functools.partial(share_in_order, window=change_window), 0.5, (0.0, 1.0))
    findings = (
        PaperFinding("elhage", "elhage_small", "relu",
            "With sparse inputs, ReLU represents more features than dimensions.", COUNTED, (1.0, np.inf)),
        PaperFinding("elhage", "elhage_small", "identity",
            "A linear model gives a dimension to each feature that it represents.", FROM_ONE, nearly_none),
        PaperFinding("elhage", "elhage_geometry", "relu",
            "Dimensions per feature stick at 1 and 1/2.", near, (0.5, np.inf)),
        PaperFinding("lad_kostolansky", "lk_wide", "relu",
            "ReLU sticks at 1 and 1/2 dimensions per feature.", near, (0.5, np.inf)),
        PaperFinding("lad_kostolansky", "lk_wide", "tanh", "Tanh is nearly linear.", EXCESS_LOSS, nearly_one),
        PaperFinding("lad_kostolansky", "lk_wide", "tanh",
            "Tanh packs one feature in one dimension.", FROM_ONE, nearly_none),
        *(PaperFinding("lad_kostolansky", "lk_wide", name,
            f"{label} packs nearly 20 features per dimension.", measure, nearly_twenty)
            for name, label in (("sigmoid", "Sigmoid"), ("solu", "SoLU")) for measure in (NORMS, COUNTED)),
        *(PaperFinding("chen", "chen", CHEN_ACTIVATION, "SGD goes from polygon to polygon with falling loss.",
            measure, nearly_always) for measure in (AT_ONCE, in_most)),
    )
    return [finding for finding in findings if finding.paper == paper]
# fmt: on


def findings_table(runs: pd.DataFrame, findings: Sequence[PaperFinding], *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each finding of a paper: mean over seeds of its measure with its interval, and the verdict.

    Runs that diverged are left out; with fewer than two seeds a finding is not testable.
    """
    ended, rows = runs.loc[may_be_read(runs.status)], []
    for finding in findings:
        own = ended.loc[(ended.experiment == finding.experiment) & (ended.activation == finding.activation)]
        values = np.array([finding.measure.value(run) for _, run in own.groupby("seed")])
        mean, (low, high) = _mean(values, resampling, finding.measure.bounds), finding.region
        verdict, _ = verdict_of(mean, Region(low, high), null=finding.measure.null) if mean else (NOT_TESTABLE, "")
        row = {"paper": finding.paper, "reference": PAPERS[finding.paper], "activation": finding.activation}
        row |= {"finding": finding.text, "measure": finding.measure.words, "verdict": verdict}
        row |= {"stated_low": low, "stated_high": high, "n": int(np.isfinite(values).sum())}
        rows.append(row | _ends(mean, "estimate"))
    return pd.DataFrame(rows)


def chen_tables(
    runs: pd.DataFrame, findings: Sequence[PaperFinding], *, resampling: Resampling
) -> dict[str, pd.DataFrame]:
    """Return the polygons at which runs of Chen et al. are, and verdicts on the findings, by table."""
    named = runs.assign(experiment="chen", activation=CHEN_ACTIVATION, status=OK)
    judged = findings_table(named, findings, resampling=resampling)
    return {"chen_levels": chen_levels_table(runs, resampling=resampling), "model_findings": judged}


def _mean(values: np.ndarray, resampling: Resampling, bounds: tuple[float, float]) -> Interval | None:
    """Return the mean over seeds with its interval, nothing for fewer than two of them."""
    return mean_interval(values, resampling, n_comparisons=1, bounds=bounds) if np.isfinite(values).sum() > 1 else None


def _ends(mean: Interval | None, name: str) -> dict[str, float]:
    numbers = (mean.estimate, mean.low, mean.high) if mean else (np.nan,) * 3
    return dict(zip((name, "low", "high"), numbers, strict=True))


POST = "post"  # the level of every factor with which others are compared
ALL, AS_POST = "mean over them", "as in the post"
"""At which levels of the other factors a level is compared with the first one."""


def effects_table(
    runs: pd.DataFrame, factors: Mapping[str, Sequence[str]], *, n_features: int, resampling: Resampling
) -> pd.DataFrame:
    """Return the effect of each level against the post's, paired by seed, for each activation and measure.

    Args:
        runs: Rows of `factorial_runs` for all activations; a pair with a run that diverged does not count.
        factors: Levels of each factor.
        n_features: By how much counts of features can differ at most.
        resampling: How intervals over seeds are computed.
    """
    rows = []
    for (activation, own), factor in itertools.product(runs.groupby("activation", sort=False), factors):
        others = [name for name in factors if name != factor]
        as_post = np.logical_and.reduce([own[name] == POST for name in others])
        levels = [level for level in factors[factor] if level != POST]
        for level, place, measure in itertools.product(levels, (ALL, AS_POST), COMPARED):
            values = own.assign(value=own[measure].where(may_be_read(own.status)).astype(float))
            wide = values.loc[as_post | (place == ALL)].pivot(columns=factor, index=["seed", *others], values="value")
            by_seed = (wide[level] - wide[POST]).groupby("seed").mean().to_numpy()
            most = np.inf if measure == "norm_per_dimension" else n_features
            mean, n = _mean(by_seed, resampling, (-most, most)), int(np.isfinite(by_seed).sum())
            row = {"activation": activation, "factor": factor, "level": level, "others": place, "measure": measure}
            rows.append(row | _ends(mean, "effect") | {"n": n})
    return pd.DataFrame(rows)


# fmt: off
QUESTIONS = (
    (6, "Is it the model (autoencoder or MLP) that makes Sigmoid differ from Lad & Kostolansky?",
        "sigmoid", ("untied", "mlp"), 1),
    (8, "Is it the missing LayerNorm that lets SoLU superpose more?",
        "solu", ("norm_before", "norm_after"), -1),
)
"""Open questions of the post: number, text, activation, levels of the model that are blamed, and 1 if these are to have
more recovered features than the post's model, -1 if fewer."""
# fmt: on


def answers_table(effects: pd.DataFrame, *, margin: float) -> pd.DataFrame:
    """Return a row for each question, blamed level and place: effect on recovered features, and the answer.

    yes: the whole interval lies beyond the margin of so many features, in the direction that the question blames; no:
    all of it on this side of the margin; else undecided. `largest` names the level with the largest effect in that
    direction.
    """
    rows = []
    of_features = effects.loc[effects.measure == COMPARED[0]]
    for (number, text, activation, blamed, sign), place in itertools.product(QUESTIONS, (ALL, AS_POST)):
        own = of_features.loc[(of_features.activation == activation) & (of_features.others == place)]
        own = own.set_index(["factor", "level"])
        largest = (sign * own.effect).idxmax() if own.effect.notna().any() else ("", "")
        for level in (level for level in blamed if ("model", level) in own.index):
            effect = own.loc[("model", level)]
            low, high = sorted(sign * effect[["low", "high"]].to_numpy(float))
            answer = YES if low > margin else NO if high < margin else UNDECIDED
            row = {"question": number, "text": text, "activation": activation, "level": level, "others": place}
            row |= {"answer": answer, "largest": ": ".join(largest)}
            rows.append(row | {name: effect[name] for name in ("effect", "low", "high", "n")})
    return pd.DataFrame(rows)
