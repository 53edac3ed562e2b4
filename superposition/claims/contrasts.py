"""Measures of statements: one value for every seed and comparison.

A contrast takes the evidence of one protocol and a statement, and returns a frame with one row per seed and one column
per comparison. Seeds are the independent units: runs of one seed share their initial weights, so activations are
compared within seeds. NaN stands for a seed in which a comparison cannot be made.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from superposition.claims.evidence import Evidence
from superposition.claims.statement import Statement


def amount(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return the quantity of each activation."""
    return evidence.wide(statement.quantities[0], evidence.subjects(statement))


def group_mean(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return the mean over the activations, for each quantity; also the share of those with a quantity of 0 or 1."""
    subjects = evidence.subjects(statement)
    return pd.DataFrame({name: evidence.wide(name, subjects).mean(axis=1) for name in statement.quantities})


def share_inside(low: float, high: float) -> Callable[[Evidence, Statement], pd.DataFrame]:
    """Return a contrast: the share of the activations whose quantity lies between two values that a statement names."""

    def share(evidence: Evidence, statement: Statement) -> pd.DataFrame:
        values = evidence.wide(statement.quantities[0], evidence.subjects(statement))
        inside = ((values >= low) & (values <= high)).where(values.notna()).astype(float)
        return inside.mean(axis=1).to_frame(statement.quantities[0])

    return share


def difference(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return each activation's quantity minus that of each activation it is compared with."""
    subjects, comparators = evidence.subjects(statement), evidence.comparators(statement)
    return pd.DataFrame(
        {
            f"{_name(name, statement)}{subject} − {other}": _difference(evidence, name, subject, other)
            for name in statement.quantities
            for subject in subjects
            for other in comparators
        }
    )


def matched_difference(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return each activation's quantity minus that of the one at the same place among those it is compared with."""
    pairs = list(zip(evidence.subjects(statement), evidence.comparators(statement), strict=True))
    name = statement.quantities[0]
    return pd.DataFrame({f"{first} − {second}": _difference(evidence, name, first, second) for first, second in pairs})


def _difference(evidence: Evidence, quantity: str, first: str, second: str) -> pd.Series:
    values = evidence.wide(quantity, [first, second])
    return pd.Series(values[first] - values[second])


def _name(quantity: str, statement: Statement) -> str:
    """Return a quantity as a prefix, where a statement has several."""
    return f"{quantity}: " if len(statement.quantities) > 1 else ""


def exceedance(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    r"""Return for each activation the share of the others that its quantity exceeds, ties counting half.

    .. math:: \frac{1}{|B|} \sum_{b \in B} \left(1[x > x_b] + \tfrac12 1[x = x_b]\right)

    Returns:
        Shares from 0 to 1, 1/2 without a difference; NaN with too few others that can be compared.

    Source: the probability of superiority, the common-language effect size of McGraw & Wong 1992.
    """
    name = statement.quantities[0]
    values = evidence.wide(name, evidence.subjects(statement))
    others = evidence.wide(name, evidence.comparators(statement))
    return pd.DataFrame(values.apply(lambda column: _superiority(column, others, evidence.min_activations)))


def group_exceedance(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return for each quantity the share of pairs in which an activation of the group exceeds one outside it."""
    found = {}
    for name in statement.quantities:
        others = evidence.wide(name, evidence.comparators(statement))
        values = evidence.wide(name, evidence.subjects(statement))
        shares = values.apply(lambda column, others=others: _superiority(column, others, evidence.min_activations))
        found[name] = shares.mean(axis=1)
    return pd.DataFrame(found)


def _superiority(values: pd.Series, others: pd.DataFrame, min_activations: int) -> pd.Series:
    """Return the share of the other activations that are exceeded, by seed."""
    sign = others.rsub(values, axis=0).apply(np.sign)
    return ((sign + 1) / 2).mean(axis=1).where(sign.notna().sum(axis=1) >= min_activations)


def correlation(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return Spearman's correlation over activations of the first quantity with each other one."""
    first, *others = statement.quantities
    return _by_seed(evidence, statement, {name: (first, name) for name in others}, _spearman)


def loss_gain(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return by how many decades the loss is lower at the most superposition than at the least.

    The least-squares slope over activations of log loss on superposition, times minus the range of superposition.
    """
    pair = ("superposition", "log_loss")
    return _by_seed(evidence, statement, {"least − most superposition": pair}, _gain)


def _by_seed(
    evidence: Evidence, statement: Statement, pairs: dict[str, tuple[str, str]], function: Callable[..., float]
) -> pd.DataFrame:
    """Return a function of two quantities over activations by seed, NaN where one is constant or has too few values."""
    subjects = evidence.subjects(statement)
    found: dict[str, pd.Series] = {}
    for label, (first, second) in pairs.items():
        x, y = evidence.wide(first, subjects), evidence.wide(second, subjects)
        rows = zip(x.to_numpy(float), y.to_numpy(float), strict=True)
        values = [_over_activations(*row, evidence.min_activations, function) for row in rows]
        found[label] = pd.Series(values, index=x.index, dtype=float)
    return pd.DataFrame(found)


def _over_activations(x: np.ndarray, y: np.ndarray, min_activations: int, function: Callable[..., float]) -> float:
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < min_activations or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return function(x, y)


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.asarray(stats.spearmanr(x, y))[0])


def _gain(x: np.ndarray, y: np.ndarray) -> float:
    return float(-np.polyfit(x, y, 1)[0] * np.ptp(x))


def spread(evidence: Evidence, statement: Statement) -> pd.DataFrame:
    """Return how far the curves of the typical activation lie from the median curve, for each quantity.

    At every checkpoint, the median over activations of the distance from their median; then the mean over checkpoints,
    which are evenly spaced in log time. Checkpoints with too few readable activations are left out.
    """
    curves = evidence.curves[evidence.curves.activation.isin(evidence.subjects(statement))]
    found = {}
    for name in statement.quantities:
        table = curves.pivot(index=["seed", "step"], columns="activation", values=name)
        table = table[table.notna().sum(axis=1) >= evidence.min_activations]
        typical = pd.Series(table.sub(table.median(axis=1), axis=0).abs().median(axis=1))
        found[name] = pd.Series(typical.groupby("seed").mean()).reindex(evidence.seeds)
    return pd.DataFrame(found)
