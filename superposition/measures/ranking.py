"""Ranking of activations by superposition, how sure the order is, and whether it survives another preset."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from superposition.statistics import Resampling
from superposition.status import may_be_read
from superposition.tables import frames

TIE_WEIGHT = 1e-6
"""Weight of represented features beside recovered ones in the score.

It breaks ties and nothing else: means of counts over n seeds differ by at least 1/n², and 8 features times this is less
for up to 350 seeds.
"""

Scores = Float[np.ndarray, "*resample activation"]


def final_counts(runs: pd.DataFrame, training: str, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    """Return recovered and represented features at the end of the runs with a preset: a row per seed.

    Columns are activations. Diverged runs are NaN, and so is an activation in a seed that was not run.
    """
    chosen = runs[runs.training == training]
    counted = pd.DataFrame(chosen[["n_recovered", "n_represented"]]).astype(float).where(may_be_read(chosen.status))
    table = counted.assign(activation=chosen.activation, seed=chosen.seed.astype(int))
    activations = list(dict.fromkeys(chosen.activation))
    return {
        str(column): table.pivot(index="seed", columns="activation", values=column).reindex(seeds, columns=activations)
        for column in counted
    }


def ranks(score: Scores) -> Scores:
    """Return ranks from 1 for the highest score; ties share their mean rank, NaN have none and take none."""
    above = (np.sign(score[..., None, :] - score[..., :, None]) + 1) / 2
    return np.where(np.isnan(score), np.nan, np.nansum(above, axis=-1) + 1 / 2)


def ranking_table(runs: pd.DataFrame, resampling: Resampling) -> pd.DataFrame:
    """Return the rank of every activation by its superposition at the end, for each training preset.

    Activations are ranked by the mean number of recovered features over seeds, those that tie by the mean number of
    represented ones. Seeds are resampled together for all activations, because runs of one seed share their initial
    weights; intervals are percentiles over the resamples.
    """
    seeds = sorted({int(seed) for seed in runs.seed})
    tables = []
    for training in dict.fromkeys(runs.training):
        counted = final_counts(runs, training, seeds)
        recovered, (score, drawn) = _resampled(counted["n_recovered"], resampling), _scores(counted, resampling)
        table = pd.DataFrame({"training": training, "activation": counted["n_recovered"].columns})
        table["rank"] = ranks(score[0])
        table["rank_low"], table["rank_high"] = _quantiles(ranks(drawn), resampling)
        table["n_recovered"] = counted["n_recovered"].mean().to_numpy()
        table["low"], table["high"] = _quantiles(recovered, resampling)
        table["n_represented"] = counted["n_represented"].mean().to_numpy()
        table["n_used"] = counted["n_recovered"].notna().sum().to_numpy()
        table["n_excluded"] = len(seeds) - table.n_used
        tables.append(table.sort_values(["rank", "activation"], na_position="last"))
    return pd.concat(tables)


def _scores(counted: dict[str, pd.DataFrame], resampling: Resampling) -> tuple[np.ndarray, np.ndarray]:
    """Return scores over the seeds, shape (1, activation), and over those of every resample, (resample, activation)."""
    means = [table.mean().to_numpy()[None] for table in counted.values()]
    drawn = [_resampled(table, resampling) for table in counted.values()]
    return means[0] + TIE_WEIGHT * means[1], drawn[0] + TIE_WEIGHT * drawn[1]


def _resampled(table: pd.DataFrame, resampling: Resampling) -> Float[np.ndarray, "resample activation"]:
    """Return the mean over the seeds of every resample, the same for every table, of those that are finite."""
    rng = np.random.default_rng(resampling.seed)
    values = table.to_numpy(float)[rng.integers(len(table), size=(resampling.resamples, len(table)))]
    finite = np.isfinite(values)
    total, number = np.where(finite, values, 0).sum(1), finite.sum(1)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


def _quantiles(drawn: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Return lower and upper quantile over resamples, NaN where an activation has no value in any of them."""
    known, tail = np.isfinite(drawn).any(0), (1 - resampling.confidence) / 2
    ends = np.full((2, drawn.shape[1]), np.nan)
    if known.any():
        ends[:, known] = np.nanquantile(drawn[:, known], [tail, 1 - tail], axis=0)
    return ends


def rank_correlation_table(runs: pd.DataFrame, resampling: Resampling) -> pd.DataFrame:
    """Return how well the rankings of every two training presets agree: Kendall's tau-b and Spearman's rho.

    Seeds are resampled together in both presets, because presets share the random draws of a seed. Only activations
    with a readable run in both presets are compared.
    """
    seeds = sorted({int(seed) for seed in runs.seed})
    counted = {name: final_counts(runs, name, seeds) for name in dict.fromkeys(runs.training)}
    rows: list[dict[str, Any]] = []
    for pair in itertools.combinations(counted, 2):
        known = [{*counted[name]["n_recovered"].dropna(axis=1, how="all")} for name in pair]
        names = [name for name in counted[pair[0]]["n_recovered"] if all(name in each for each in known)]
        tables = [{column: table.loc[:, names] for column, table in counted[name].items()} for name in pair]
        means, drawn = (
            _correlations(*both) for both in zip(*(_scores(table, resampling) for table in tables), strict=True)
        )
        for name, estimate in means.items():
            ends = _quantiles(drawn[name][:, None], resampling)[:, 0]
            found = dict(zip(("estimate", "low", "high"), (estimate[0], *ends), strict=True))
            row = {"training": pair[0], "other_training": pair[1], "coefficient": name, "n_activations": len(names)}
            rows.append(row | (found if len(names) > 1 else dict.fromkeys(found, np.nan)))
    return frames.of(rows, "rank_correlation")


def _correlations(
    x: Float[np.ndarray, "resample activation"], y: Float[np.ndarray, "resample activation"]
) -> dict[str, Float[np.ndarray, " resample"]]:
    r"""Return rank correlations in every resample, of the activations that have a value in both.

    With the signs :math:`s_{ij}` of differences of x and :math:`t_{ij}` of y, tau-b is their cosine over all pairs, and
    rho that of their sums over j, which are mid-ranks but for a constant.
    """
    known = np.isfinite(x) & np.isfinite(y)
    signs = []
    for values in (x, y):
        values = np.where(known, values, np.nan)
        signs.append(np.nan_to_num(np.sign(values[:, :, None] - values[:, None, :])))
    found = {"kendall": [each.reshape(len(x), -1) for each in signs], "spearman": [each.sum(-1) for each in signs]}
    with np.errstate(invalid="ignore"):
        return {name: (s * t).sum(-1) / np.sqrt((s * s).sum(-1) * (t * t).sum(-1)) for name, (s, t) in found.items()}
