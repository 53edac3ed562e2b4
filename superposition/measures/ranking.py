"""Ranking of activations by superposition, how sure the order is, and whether it survives another preset."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from superposition.statistics import Resampling
from superposition.status import may_be_read
from superposition.tables import frames

TIE_WEIGHT = 1e-6
"""Weight of represented features beside recovered ones in the score.

It breaks ties and nothing else: means of counts over n seeds differ by at least 1/n², and 8 features times this is less
for up to 350 seeds.
"""

Scores = Float[np.ndarray, "*resample activation"]


def scores(runs: pd.DataFrame, training: str, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    """Return recovered and represented features at the end of the runs with a preset: one row per seed.

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
    ranked = stats.rankdata(np.where(np.isnan(score), np.inf, -score), axis=-1)
    return np.where(np.isnan(score), np.nan, ranked)


def ranking_table(runs: pd.DataFrame, resampling: Resampling) -> pd.DataFrame:
    """Return the rank of every activation by its superposition at the end, for each training preset.

    Activations are ranked by the mean number of recovered features over seeds, those that tie by the mean number of
    represented ones. Seeds are resampled together for all activations, because runs of one seed share their initial
    weights; intervals are percentiles over the resamples.

    Args:
        runs: Table of runs.
        resampling: How intervals are computed.
    """
    seeds = sorted({int(seed) for seed in runs.seed})
    return pd.concat([_ranking(runs, training, seeds, resampling) for training in dict.fromkeys(runs.training)])


def _ranking(runs: pd.DataFrame, training: str, seeds: Sequence[int], resampling: Resampling) -> pd.DataFrame:
    """Return the ranking of one training preset."""
    counted = scores(runs, training, seeds)
    recovered, represented = (_resampled(table, resampling) for table in counted.values())
    drawn = ranks(recovered + TIE_WEIGHT * represented)
    tail = (1 - resampling.confidence) / 2
    table = pd.DataFrame({"training": training, "activation": counted["n_recovered"].columns})
    means = {name: values.mean().to_numpy() for name, values in counted.items()}
    table["rank"] = ranks(means["n_recovered"] + TIE_WEIGHT * means["n_represented"])
    table["rank_low"], table["rank_high"] = _quantiles(drawn, tail)
    table["n_recovered"] = means["n_recovered"]
    table["low"], table["high"] = _quantiles(recovered, tail)
    table["n_represented"] = means["n_represented"]
    table["n_used"] = counted["n_recovered"].notna().sum().to_numpy()
    table["n_excluded"] = len(seeds) - table.n_used
    return table.sort_values(["rank", "activation"], na_position="last")


def _draws(n_seeds: int, resampling: Resampling) -> np.ndarray:
    """Return which seeds each resample holds, shape (resample, seed); the same for every table."""
    return np.random.default_rng(resampling.seed).integers(n_seeds, size=(resampling.resamples, n_seeds))


def _resampled(table: pd.DataFrame, resampling: Resampling) -> Float[np.ndarray, "resample activation"]:
    """Return the mean over the seeds of every resample, of those that are finite."""
    values = table.to_numpy(float)[_draws(len(table), resampling)]
    finite = np.isfinite(values)
    total, number = np.where(finite, values, 0).sum(1), finite.sum(1)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


def _quantiles(drawn: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """Return lower and upper quantile over resamples, NaN where an activation has no value in any of them."""
    known = np.isfinite(drawn).any(0)
    ends = np.full((2, drawn.shape[1]), np.nan)
    if known.any():
        ends[:, known] = np.nanquantile(drawn[:, known], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]


def rank_correlation_table(runs: pd.DataFrame, resampling: Resampling) -> pd.DataFrame:
    """Return how well the rankings of every two training presets agree: Kendall's tau-b and Spearman's rho.

    Seeds are resampled together in both presets, because presets share the random draws of a seed. Only activations
    with a readable run in both presets are compared.

    Args:
        runs: Table of runs.
        resampling: How intervals are computed.
    """
    seeds = sorted({int(seed) for seed in runs.seed})
    rows = []
    for first, second in itertools.combinations(dict.fromkeys(runs.training), 2):
        tables = [scores(runs, training, seeds) for training in (first, second)]
        for name, function in (("kendall", stats.kendalltau), ("spearman", stats.spearmanr)):
            found = _correlation(tables, function, resampling)
            rows.append({"training": first, "other_training": second, "coefficient": name, **found})
    return frames.of(rows, "rank_correlation")


def _correlation(tables: list[dict[str, pd.DataFrame]], function, resampling: Resampling) -> dict[str, float]:
    """Return a rank correlation between two presets with its interval."""
    names = [name for name in tables[0]["n_recovered"] if all(_known(table, name) for table in tables)]
    if len(names) < 2:
        return {"estimate": np.nan, "low": np.nan, "high": np.nan, "n_activations": len(names)}
    drawn = [_score(table, names, resampling) for table in tables]
    means = [table["n_recovered"][names].mean() + TIE_WEIGHT * table["n_represented"][names].mean() for table in tables]
    values = np.array([function(x, y, nan_policy="omit").statistic for x, y in zip(*drawn, strict=True)])
    tail = (1 - resampling.confidence) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return {"estimate": function(*means).statistic, "low": low, "high": high, "n_activations": len(names)}


def _known(table: dict[str, pd.DataFrame], name: str) -> bool:
    return name in table["n_recovered"] and bool(table["n_recovered"][name].notna().any())


def _score(table: dict[str, pd.DataFrame], names: list[str], resampling: Resampling) -> np.ndarray:
    """Return the resampled scores of some activations."""
    recovered, represented = (
        _resampled(pd.DataFrame(table[column][names]), resampling) for column in ("n_recovered", "n_represented")
    )
    return recovered + TIE_WEIGHT * represented
