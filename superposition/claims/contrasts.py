"""Measures of statements: a value of every part in every seed, under weights of the activations.

A contrast takes the evidence of one protocol, a statement, and weights of the activations that it is about and of those
that it compares them with: 1 for all, or how often each occurs in a resample. It returns arrays of shape (resample,
seed). Runs of one seed share their initial weights, so activations are compared within seeds. NaN stands for a seed in
which a part cannot be measured. Parts about named activations have one row, as no weight concerns them.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from superposition.claims.evidence import Evidence
from superposition.claims.statement import Statement

NEGLIGIBLE = 1e-9  # moments of ranks, counts and logarithms below this are 0 but for rounding


@dataclass(frozen=True)
class Part:
    """One comparison, judged by itself: a quantity of an activation and of another; None for all of the statement's."""

    quantity: str
    subject: str | None = None
    other: str | None = None


PartValues = dict[Part, Float[np.ndarray, "resample seed"]]


@dataclass(frozen=True)
class Weights:
    """Weights of the activations that a statement is about, and of those that it compares them with."""

    subjects: Float[np.ndarray, "resample subject"]
    others: Float[np.ndarray, "resample other"]


def difference(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return each activation's quantity, minus that of each activation it is compared with if there are any."""
    others = evidence.comparators(statement) or [None]
    return _differences(evidence, statement, itertools.product(evidence.subjects(statement), others))


def matched_difference(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return each activation's quantity minus that of the one at the same place among those it is compared with."""
    return _differences(evidence, statement, zip(statement.activations, statement.against, strict=True))


def _differences(evidence: Evidence, statement: Statement, pairs: Iterable[tuple[str, str | None]]) -> PartValues:
    return {
        Part(name, subject, other): (evidence.of(name, subject) - (evidence.of(name, other) if other else 0))[None]
        for name, (subject, other) in itertools.product(statement.quantities, pairs)
    }


def exceedance(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return for each quantity the share of pairs in which a subject exceeds an activation it is compared with.

    Of statements over activations it is the share of their whole group, of others that of each subject by itself.
    """
    subjects, others = evidence.subjects(statement), evidence.comparators(statement)
    groups = {subject: ([subject], np.ones((1, 1))) for subject in subjects}
    if statement.over_activations:
        groups = {None: (subjects, weights.subjects)}
    shares = {}
    for name, (subject, (group, w)) in itertools.product(statement.quantities, groups.items()):
        x, y = evidence.matrix(name, group), evidence.matrix(name, others)
        shares[Part(name, subject)] = _exceeding(x, y, w, weights.others, evidence.min_activations)
    return shares


def _exceeding(x: np.ndarray, y: np.ndarray, w: np.ndarray, v: np.ndarray, min_others: int) -> np.ndarray:
    r"""Return the weighted share of pairs in which x exceeds y, ties counting half, from 0 to 1.

    .. math:: \sum_{ab} w_a v_b \left(1[x_a > y_b] + \tfrac12 1[x_a = y_b]\right) / \sum_{ab} w_a v_b

    Source: the probability of superiority, the common-language effect size of McGraw & Wong 1992.
    """
    above = (np.sign(x[:, :, None] - y[:, None, :]) + 1) / 2
    known = np.isfinite(above)
    total, number = (
        np.einsum("ra,sab,rb->rs", w, pairs, v, optimize=True) for pairs in (np.where(known, above, 0), known * 1.0)
    )
    return _quotient(total, number, np.isfinite(y).sum(1) >= min_others)


def group_mean(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the mean over the activations, for each quantity; also the share of those with a quantity of 0 or 1."""
    return {part: _mean(values, weights) for part, values in _of_group(evidence, statement)}


def share_in_range(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the share of the activations whose quantity lies within the range that the statement gives."""
    low, high = statement.within
    return {
        part: _mean(np.where(np.isfinite(values), (values >= low) & (values <= high), np.nan), weights)
        for part, values in _of_group(evidence, statement)
    }


def group_median(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the median over the activations, for each quantity: the value of the typical one."""
    least = evidence.min_activations
    return {part: _median(values, weights.subjects, least) for part, values in _of_group(evidence, statement)}


def _of_group(evidence: Evidence, statement: Statement) -> list[tuple[Part, Float[np.ndarray, "seed subject"]]]:
    """Return each quantity of the activations that a statement is about."""
    subjects = evidence.subjects(statement)
    return [(Part(name), evidence.matrix(name, subjects)) for name in statement.quantities]


def _mean(values: Float[np.ndarray, "seed subject"], weights: Weights) -> np.ndarray:
    known, w = np.isfinite(values), weights.subjects
    return _quotient(w @ np.where(known, values, 0).T, w @ known.T, np.asarray(known.any(1)))


def _median(values: Float[np.ndarray, "seed subject"], weights: np.ndarray, min_activations: int) -> np.ndarray:
    order = np.argsort(values, axis=1)  # NaN last
    ordered = np.take_along_axis(values, order, axis=1)
    known = np.isfinite(ordered)
    number = (weights[:, order] * known).cumsum(-1)
    middle = number[..., -1:] / 2
    last = np.maximum(known.sum(1) - 1, 0)
    places = [np.minimum(below.sum(-1), last) for below in (number < middle, number <= middle)]
    lower, upper = (np.take_along_axis(ordered.T, place, axis=0) for place in places)
    return np.where(known.sum(1) >= min_activations, (lower + upper) / 2, np.nan)


def correlation(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return Spearman's correlation over activations of the first quantity with each other one.

    The ranks are mid-ranks in every resample: an activation's rank is the weight below it.
    """
    correlations, w = {}, weights.subjects
    for part, x, y, known in _with_first(evidence, statement):
        covariance, first, second = _moments(_ranks(x, known, w), _ranks(y, known, w), known, w)
        enough = known.sum(1) >= evidence.min_activations
        correlations[part] = _quotient(covariance, np.sqrt(first * second), enough)
    return correlations


def loss_gain(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return by how many decades the loss is lower at the most superposition than at the least.

    The least-squares slope over activations of log loss on superposition, times minus the range of superposition.
    """
    gains, w = {}, weights.subjects
    for part, x, y, known in _with_first(evidence, statement):
        covariance, variance, _ = _moments(x, y, known, w)
        # The range is that of all activations with a weight: one of a resample's own would be too short.
        weighed = known & (w > 0).any(0)
        spans = np.where(weighed, x, -np.inf).max(1) - np.where(weighed, x, np.inf).min(1)
        gains[part] = -_quotient(covariance, variance, known.sum(1) >= evidence.min_activations) * spans
    return gains


def _with_first(evidence: Evidence, statement: Statement) -> Iterator[tuple[Part, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield each quantity but the first with both of them, 0 where one is missing, and where they are known."""
    (_, first), *others = _of_group(evidence, statement)
    for part, values in others:
        known = np.isfinite(first) & np.isfinite(values)
        yield part, np.where(known, first, 0), np.where(known, values, 0), known


def _ranks(x: np.ndarray, known: np.ndarray, w: np.ndarray) -> Float[np.ndarray, "resample seed activation"]:
    below = (np.sign(x[:, :, None] - x[:, None, :]) + 1) / 2 * known[:, None, :]
    return (w @ below.reshape(-1, x.shape[1]).T).reshape(len(w), *x.shape)  # one product, as many are slower


def _moments(x: np.ndarray, y: np.ndarray, known: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return covariance and variances over activations, shape (resample, seed); 0 where they are rounding errors."""
    number = np.maximum(w @ known.T, 1)
    first, second = (_weighted(values, known, w) / number for values in (x, y))
    pairs = ((x * y, first * second), (x * x, first**2), (y * y, second**2))
    moments = (_weighted(product, known, w) / number - of_means for product, of_means in pairs)
    return tuple(np.where(np.abs(moment) < NEGLIGIBLE, 0, moment) for moment in moments)


def _weighted(values: np.ndarray, known: np.ndarray, w: np.ndarray) -> Float[np.ndarray, "resample seed"]:
    """Return weighted sums over activations of values that are the same in all resamples, or of each resample's own."""
    return w @ (values * known).T if values.ndim == 2 else np.einsum("ra,rsa->rs", w, values * known)


def _quotient(total: np.ndarray, number: np.ndarray, enough: Bool[np.ndarray, " seed"]) -> np.ndarray:
    """Return a quotient, NaN where its denominator is 0 or where there is not enough to form it."""
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=(number != 0) & enough)


_ALL = (difference, matched_difference, exceedance, group_mean, group_median, share_in_range, correlation, loss_gain)
CONTRASTS = {contrast.__name__: contrast for contrast in _ALL}
