"""Ranking of activations by superposition, how sure the order is, and whether it survives another preset."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from superposition.statistics import Resampling, resampled
from superposition.status import may_be_read
from superposition.tables import frames

TIE_WEIGHT = 1e-6
"""Weight of represented features beside recovered ones in the score. It breaks ties and nothing else: means of counts
over n seeds differ by at least 1/n², and 8 features times this is less for up to 350 seeds."""


def ranking_table(runs: pd.DataFrame, resampling: Resampling) -> pd.DataFrame:
    """Return the rank of every activation by its superposition at the end, for each training preset.

    Activations are ranked by the mean number of recovered features over seeds, those that tie by the mean number of
    represented ones; ties share their mean rank. Seeds are resampled together for all activations, because runs of one
    seed share their initial weights; intervals are percentiles over the resamples.
    """
    tables = []
    for training, rows in runs.groupby("training", sort=False):
        counted = means_of(rows, sorted(set(runs.seed)), resampling)
        recovered, ranks = counted["n_recovered"], counted["score"].rank(axis=1, ascending=False)
        finite = rows.n_recovered.where(may_be_read(rows.status)).groupby(rows.activation, sort=False).count()
        table = pd.DataFrame({"training": training, "activation": recovered.columns})
        table["rank"], table["n_recovered"] = ranks.to_numpy()[0], recovered.to_numpy()[0]
        table["rank_low"], table["rank_high"] = _quantiles(ranks, resampling)
        table["low"], table["high"] = _quantiles(recovered, resampling)
        table["n_represented"] = counted["n_represented"].to_numpy()[0]
        table["n_used"] = finite.to_numpy()
        table["n_excluded"] = runs.seed.nunique() - table.n_used
        tables.append(table.sort_values(["rank", "activation"], na_position="last"))
    return pd.concat(tables)


def means_of(runs: pd.DataFrame, seeds: Sequence[int], resampling: Resampling) -> dict[str, pd.DataFrame]:
    """Return mean recovered and represented features at the end of a training preset's runs, by activation.

    The first row is over all seeds, of runs that are finite, each other row over a resample of the seeds, the same for
    all activations. Without a run in any of its seeds, the mean is NaN.
    """
    places, means = np.vstack([np.arange(len(seeds)), resampled(len(seeds), resampling)]), {}
    for name in ("n_recovered", "n_represented"):
        counts = runs.assign(count=runs[name].astype(float).where(may_be_read(runs.status)))
        table = counts.pivot(index="seed", columns="activation", values="count").reindex(seeds)
        mean = np.ma.masked_invalid(table.to_numpy()[places]).mean(1).filled(np.nan)
        means[name] = pd.DataFrame(mean, columns=table.columns)[runs.activation.unique()]
    return means | {"score": means["n_recovered"] + TIE_WEIGHT * means["n_represented"]}


def _quantiles(drawn: pd.DataFrame, resampling: Resampling) -> np.ndarray:
    """Return lower and upper quantile over resamples, NaN for a column that has no value in any of them."""
    tail = (1 - resampling.confidence) / 2
    return drawn.iloc[1:].quantile([tail, 1 - tail]).to_numpy()


def rank_correlation_table(runs: pd.DataFrame, resampling: Resampling) -> pd.DataFrame:
    """Return how well the rankings of every two training presets agree: Kendall's tau-b and Spearman's rho.

    Seeds are resampled together in both presets, because presets share the random draws of a seed. Only activations
    with a readable run in both presets are compared.
    """
    seeds, rows = sorted(set(runs.seed)), []
    by_preset = runs.groupby("training", sort=False)
    scores = {name: means_of(of_preset, seeds, resampling)["score"] for name, of_preset in by_preset}
    for (name, x), (other, y) in itertools.combinations(scores.items(), 2):
        shared = [column for column in x if column in y and np.isfinite([x[column][0], y[column][0]]).all()]
        correlations = _correlations(x[shared].to_numpy(), y[shared].to_numpy())
        low, high = _quantiles(correlations, resampling)
        for coefficient, *ends in zip(correlations, correlations.iloc[0], low, high, strict=True):
            row = {"training": name, "other_training": other, "coefficient": coefficient, "n_activations": len(shared)}
            rows.append(row | dict(zip(("estimate", "low", "high"), ends, strict=True)))
    return frames.of(rows, "rank_correlation")


def _correlations(
    x: Float[np.ndarray, "resample activation"], y: Float[np.ndarray, "resample activation"]
) -> pd.DataFrame:
    r"""Return rank correlations in every resample, of the activations that have a value in both.

    With the signs :math:`s_{ij}` of differences of x and :math:`t_{ij}` of y, tau-b is their cosine over all pairs, and
    rho that of their sums over j, which are mid-ranks but for a constant.
    """
    known = np.isfinite(x) & np.isfinite(y)
    signs = []
    for values in (x, y):
        values = np.where(known, values, np.nan)
        signs.append(np.nan_to_num(np.sign(values[:, :, None] - values[:, None, :])))
    pairs = {"kendall": [sign.reshape(len(x), -1) for sign in signs], "spearman": [sign.sum(-1) for sign in signs]}
    with np.errstate(invalid="ignore"):
        cosines = {name: (s * t).sum(-1) / np.sqrt((s * s).sum(-1) * (t * t).sum(-1)) for name, (s, t) in pairs.items()}
    return pd.DataFrame(cosines)
