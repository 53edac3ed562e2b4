"""Measures of statements: a value of every part in every seed, under weights of the activations.

A contrast takes the evidence of one protocol, a statement, and weights of the activations that it is about and of those
that it compares them with: 1 for all, or how often each occurs in a resample. It returns arrays of shape (resample,
seed). Runs of one seed share their initial weights, so activations are compared within seeds. NaN stands for a seed in
which a part cannot be measured. Parts about named activations have one row, as no weight concerns them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from superposition.claims.evidence import Evidence
from superposition.claims.statement import Part, Statement

NEGLIGIBLE = 1e-9
"""Moments of ranks, counts and logarithms below this are 0 but for rounding."""

LOGGED = (-3.5, -1.5)
"""Decades of the losses that the post reads off a plot, 0.001 to 0.01, and half a decade on either side."""

PartValues = dict[Part, Float[np.ndarray, "resample seed"]]


@dataclass(frozen=True)
class Weights:
    """Weights of the activations that a statement is about, and of those that it compares them with."""

    subjects: Float[np.ndarray, "resample subject"]
    others: Float[np.ndarray, "resample other"]


def amount(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the quantity of each activation."""
    name = statement.quantities[0]
    return {Part(name, subject): evidence.of(name, subject)[None] for subject in evidence.subjects(statement)}


def difference(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return each activation's quantity minus that of each activation it is compared with."""
    pairs = [(one, other) for one in evidence.subjects(statement) for other in evidence.comparators(statement)]
    return _differences(evidence, statement, pairs)


def matched_difference(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return each activation's quantity minus that of the one at the same place among those it is compared with."""
    return _differences(evidence, statement, list(zip(statement.activations, statement.against, strict=True)))


def _differences(evidence: Evidence, statement: Statement, pairs: list[tuple[str, str]]) -> PartValues:
    return {
        Part(name, one, other): (evidence.of(name, one) - evidence.of(name, other))[None]
        for name in statement.quantities
        for one, other in pairs
    }


def exceedance(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return for each activation the share of the others that its quantity exceeds, ties counting half."""
    name, others = statement.quantities[0], evidence.comparators(statement)
    return {
        Part(name, subject): _exceeding(evidence, name, [subject], others, np.ones((1, 1)), weights.others)
        for subject in evidence.subjects(statement)
    }


def group_exceedance(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return for each quantity the share of pairs in which an activation of the group exceeds one outside it."""
    groups = evidence.subjects(statement), evidence.comparators(statement)
    return {
        Part(name): _exceeding(evidence, name, *groups, weights.subjects, weights.others)
        for name in statement.quantities
    }


def _exceeding(evidence: Evidence, quantity: str, subjects: list[str], others: list[str], w, v) -> np.ndarray:
    r"""Return the weighted share of pairs in which a subject exceeds another, ties counting half.

    .. math:: \sum_{ab} w_a v_b \left(1[x_a > x_b] + \tfrac12 1[x_a = x_b]\right) / \sum_{ab} w_a v_b

    Returns:
        Shares from 0 to 1, 1/2 without a difference; NaN with too few others that can be compared.

    Source: the probability of superiority, the common-language effect size of McGraw & Wong 1992.
    """
    x, y = evidence.matrix(quantity, subjects), evidence.matrix(quantity, others)
    above = (np.sign(x[:, :, None] - y[:, None, :]) + 1) / 2
    known = np.isfinite(above)
    total, number = (
        np.einsum("ra,sab,rb->rs", w, pairs, v, optimize=True) for pairs in (np.where(known, above, 0), known * 1.0)
    )
    return _quotient(total, number, np.asarray(np.isfinite(y).sum(1) >= evidence.min_activations))


def group_mean(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the mean over the activations, for each quantity; also the share of those with a quantity of 0 or 1."""
    subjects = evidence.subjects(statement)
    return {Part(name): _mean(evidence.matrix(name, subjects), weights.subjects) for name in statement.quantities}


def share_in_range(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the share of the activations whose quantity lies within ``LOGGED``."""
    name, (low, high) = statement.quantities[0], LOGGED
    values = evidence.matrix(name, evidence.subjects(statement))
    inside = np.where(np.isfinite(values), (values >= low) & (values <= high), np.nan)
    return {Part(name): _mean(inside, weights.subjects)}


def group_median(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the median over the activations, for each quantity: the value of the typical one."""
    subjects = evidence.subjects(statement)
    return {
        Part(name): _median(evidence.matrix(name, subjects), weights.subjects, evidence.min_activations)
        for name in statement.quantities
    }


def _mean(values: Float[np.ndarray, "seed activation"], weights: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    return _quotient(weights @ np.where(known, values, 0).T, weights @ known.T, np.asarray(known.any(1)))


def _median(values: Float[np.ndarray, "seed activation"], weights: np.ndarray, min_activations: int) -> np.ndarray:
    order = np.argsort(values, axis=1)  # NaN last
    ordered = np.take_along_axis(values, order, axis=1)
    known = np.isfinite(ordered)
    number = (weights[:, order] * known).cumsum(-1)
    middle = number[..., -1:] / 2
    lower, upper = ((number < middle).sum(-1), (number <= middle).sum(-1))
    last = np.maximum(known.sum(1) - 1, 0)
    ends = [np.take_along_axis(ordered.T, np.minimum(at, last), axis=0) for at in (lower, upper)]
    return np.where(known.sum(1) >= min_activations, (ends[0] + ends[1]) / 2, np.nan)


def correlation(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return Spearman's correlation over activations of the first quantity with each other one."""
    first, *others = statement.quantities
    return {Part(name): _of_two(evidence, statement, (first, name), weights, _spearman) for name in others}


def loss_gain(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return by how many decades the loss is lower at the most superposition than at the least.

    The least-squares slope over activations of log loss on superposition, times minus the range of superposition.
    """
    first, second = statement.quantities
    return {Part(second): _of_two(evidence, statement, (first, second), weights, _gain)}


def _of_two(evidence: Evidence, statement: Statement, names: tuple[str, str], weights: Weights, function) -> np.ndarray:
    """Return a function of two quantities over activations by seed, NaN where one is constant or has too few values."""
    x, y = (evidence.matrix(name, evidence.subjects(statement)) for name in names)
    known = np.isfinite(x) & np.isfinite(y)
    found = function(np.where(known, x, 0), np.where(known, y, 0), known, weights.subjects)
    return np.where(known.sum(1) >= evidence.min_activations, found, np.nan)


def _spearman(x: np.ndarray, y: np.ndarray, known: Bool[np.ndarray, "seed activation"], w: np.ndarray) -> np.ndarray:
    """Return the correlation of the mid-ranks in every resample: an activation's rank is the weight below it."""
    covariance, first, second = _moments(_ranks(x, known, w), _ranks(y, known, w), known, w)
    return _quotient(covariance, np.sqrt(first * second), True)


def _ranks(x: np.ndarray, known: np.ndarray, w: np.ndarray) -> Float[np.ndarray, "resample seed activation"]:
    below = (np.sign(x[:, :, None] - x[:, None, :]) + 1) / 2 * known[:, None, :]
    return (w @ below.reshape(-1, x.shape[1]).T).reshape(len(w), *x.shape)  # one product, as many are slower


def _gain(x: np.ndarray, y: np.ndarray, known: np.ndarray, w: np.ndarray) -> np.ndarray:
    covariance, variance, _ = _moments(x, y, known, w)
    # The range is that of all activations with a weight: one of a resample's own would be too short.
    seen = known & (w > 0).any(0)
    spans = np.where(seen, x, -np.inf).max(1) - np.where(seen, x, np.inf).min(1)
    return -_quotient(covariance, variance, True) * spans


def _moments(x: np.ndarray, y: np.ndarray, known: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return covariance and variances over activations, shape (resample, seed); 0 where they are rounding errors."""
    number = np.maximum(w @ known.T, 1)
    first, second = (_weighted(values, known, w) / number for values in (x, y))
    pairs = ((x * y, first * second), (x * x, first**2), (y * y, second**2))
    found = (_weighted(product, known, w) / number - of_means for product, of_means in pairs)
    return tuple(np.where(np.abs(moment) < NEGLIGIBLE, 0, moment) for moment in found)


def _weighted(values: np.ndarray, known: np.ndarray, w: np.ndarray) -> Float[np.ndarray, "resample seed"]:
    """Return weighted sums over activations of values that are the same in all resamples, or of each resample's own."""
    return w @ (values * known).T if values.ndim == 2 else np.einsum("ra,rsa->rs", w, values * known)


def _quotient(total: np.ndarray, number: np.ndarray, enough: Bool[np.ndarray, " seed"] | bool) -> np.ndarray:
    """Return a quotient, NaN where its denominator is 0 or where there is not enough to form it."""
    is_known = (number != 0) & enough
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=is_known)


CONTRASTS = {
    contrast.__name__: contrast
    for contrast in (
        *(amount, difference, matched_difference, exceedance, group_exceedance),
        *(group_mean, group_median, share_in_range, correlation, loss_gain),
    )
}
"""All measures of statements of the post, by name."""
