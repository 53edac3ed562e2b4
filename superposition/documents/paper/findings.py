"""Findings of the study as sentences, each chosen by what its table says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from superposition import wording
from superposition.claims.statement import REVERSED, SMALLER, VERDICTS
from superposition.measures.phases import BASE
from superposition.status import CONVERGED, may_be_read
from superposition.tables.columns import RUN_KEYS

Tables = Mapping[str, Any]
"""Tables of the study that exist, by name."""

GAP = 1e-3
"""Largest gap of a run that has reached the best possible loss: an eightieth of the linear optimum, 5/64."""

ESTIMATORS = {"sgld": "SGLD at one temperature", "tempered_mala": "an estimator that extrapolates"}
"""What sentences call estimators."""

SHOWN = 4
"""Activations that a sentence names at most; of more it says how many."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding: one or two sentences, and the tables of results/tables from which its numbers come."""

    text: str
    tables: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Protocols:
    """What findings compare.

    Attributes:
        post: Training preset of the post's protocol, or of the first.
        controlled: Training preset of the controlled one, or of the last.
        sampler: Sampler preset of the latter.
        labels: Names of activations as printed.
        n_features: Features of the models.
        n_hidden: Their hidden dimensions.
        words: Where the two are, in words, if they are not the post's and the controlled one.
    """

    post: str
    controlled: str
    sampler: str
    labels: Mapping[str, str]
    n_features: int
    n_hidden: int
    words: tuple[str, str] = ("under the post’s procedure", "in a controlled experiment")

    @property
    def places(self) -> list[tuple[str, str]]:
        """Each training preset that is compared, with where that is, in words."""
        if self.post == self.controlled:
            return [(self.post, "in this study")]
        return list(zip((self.post, self.controlled), self.words, strict=True))


def findings(tables: Tables, protocols: Protocols) -> list[Finding]:
    """Return the findings that the tables carry, the most important first."""
    made = (make(tables, protocols) for make in (_start, _counts, _capacity, _timing, _llc, _verdicts))
    return [finding for finding in made if finding is not None]


def _start(tables: Tables, protocols: Protocols) -> Finding | None:
    """Return whether seeds or activations make counts differ, under the post's procedure and under control."""
    post, controlled = (_within(_counted(tables, name)) for name in (protocols.post, protocols.controlled))
    known = protocols.words == Protocols.words and protocols.post != protocols.controlled
    if np.isnan(post) or np.isnan(controlled) or not known:
        return None
    if controlled >= post:
        opening = "Seeds differ in a controlled experiment no less than under the post’s procedure"
    else:
        much = "mostly chance and not the activation" if post > 0.5 else "in part chance"
        opening = f"What one seed of the original shows is {much}"
    shares = [
        f"{wording.percent(round(share, 2))} {where}"
        for share, (_, where) in zip((post, controlled), protocols.places, strict=True)
    ]
    where = f"of the variance of recovered features, {wording.listing(shares)} lies between seeds of one activation"
    return Finding(text=f"{opening}: {where}.", tables=("runs",))


def _within(counts: pd.DataFrame) -> float:
    """Return the share of the variance of counts that lies within activations; NaN where nothing varies."""
    values = counts.n_recovered.astype(float)
    total = ((values - values.mean()) ** 2).sum()
    if not total > 0 or counts.activation.nunique() < 2 or counts.seed.nunique() < 2:
        return np.nan
    means = values.groupby(counts.activation).transform("mean")
    return float(((values - means) ** 2).sum() / total)


def _counts(tables: Tables, protocols: Protocols) -> Finding | None:
    """Return with how many recovered features activations end under control."""
    counts = _counted(tables, protocols.controlled)
    if counts.empty:
        return None
    medians = counts.n_recovered.astype(float).groupby(counts.activation, sort=False).median()
    groups = medians.groupby(medians).groups
    parts = [
        f"{wording.count(value)} {_who(list(map(str, groups[value])), protocols.labels)}"
        for value in sorted(groups, reverse=True)
    ]
    least, tail = int((medians <= protocols.n_hidden).sum()), ""
    if least and len(medians) > 1:
        have = f"{least} of {len(medians)} {'has' if least == 1 else 'have'}"
        tail = f"; {have} no more than the {protocols.n_hidden} that fit without superposition"
    _, where = protocols.places[-1]
    what = f"recovered features (of {protocols.n_features}, median over {{}})"
    where = f"{where[:1].upper()}{where[1:]}"
    text = f"{where}, activations end with these {what.format('seeds')}: {'; '.join(parts)}{tail}."
    if len(medians) == 1:
        name, seeds = protocols.labels[str(medians.index[0])], wording.plural(counts.seed.nunique(), "seed")
        text = f"{where}, {name} ends with {wording.count(medians.iloc[0])} {what.format(seeds)}."
    return Finding(text=text, tables=("runs",))


def _capacity(tables: Tables, protocols: Protocols) -> Finding | None:
    """Return what activations could do at best, beside what training finds."""
    capacity, counts = tables.get("capacity"), _counted(tables, protocols.controlled)
    if capacity is None or counts.empty:
        return None
    best = capacity[capacity.training == protocols.controlled].set_index("activation").n_recovered.dropna()
    gaps = counts.gap.astype(float).groupby(counts.activation).median()
    both = pd.DataFrame({"best": best.astype(float), "gap": gaps}).dropna()
    if both.empty:
        return None
    full, trained = int((both.best >= protocols.n_features).sum()), int((both.gap <= GAP).sum())
    if len(both) == 1:
        name, most = protocols.labels[str(both.index[0])], wording.count(both.best.iloc[0])
        reach = f"its typical run {'reaches' if trained else 'does not reach'} the best possible loss"
        able = f"At best, {name} could recover {most} of {protocols.n_features}"
        return Finding(text=f"{able}; {reach}.", tables=("capacity", "runs"))
    able = f"{full or 'none'} of {len(both)} could recover all {protocols.n_features}"
    text = (
        f"What training finds is not what an activation can do: at best, {able}; the typical run reaches the best "
        f"possible loss of its activation for {trained or 'none'} of {len(both)}."
    )
    if trained == len(both):
        text = (
            f"Training finds what each activation can do: at best, {able}, and the typical run reaches the best loss."
        )
    return Finding(text=text, tables=("capacity", "runs"))


def _timing(tables: Tables, protocols: Protocols) -> Finding | None:
    """Return how much of the largest loss drop is over when superposition begins."""
    evidence = tables.get("evidence")
    if evidence is None:
        return None
    base = evidence[evidence.variant == BASE].set_index([*RUN_KEYS, "sampler"])
    onset = base[(base.quantity == "log_onset") & ~base.censored.astype(bool) & base.value.notna()]
    rows = base[(base.quantity == "drop_over") & base.index.isin(onset.index)].reset_index()
    parts = [
        f"{wording.percent(round(float(rows[rows.training == training].value.median()), 2))} {where}"
        for training, where in protocols.places
        if rows[rows.training == training].value.notna().any()
    ]
    text = "When superposition begins, the typical run in which it does has made this much of its largest drop in loss"
    return Finding(text=f"{text}: {wording.listing(parts)}.", tables=("evidence",)) if parts else None


def _llc(tables: Tables, protocols: Protocols) -> Finding | None:
    """Return at how many ends the LLC can be read, and whether the estimator meets known values."""
    runs, column = tables["runs"], f"status_{protocols.sampler}"
    ends = runs[runs.training == protocols.controlled]
    if column not in runs or ends[column].dropna().empty:
        return None
    minima = ends[ends.end_status == CONVERGED]
    if minima.empty:
        return None
    share = wording.percent(round(float(may_be_read(minima[column]).mean()), 2))
    board, known = tables.get("llc_leaderboard"), ""
    if board is not None and len(board):
        close = board.close.groupby(board.estimator, sort=False).sum()
        parts = [f"{ESTIMATORS.get(name, wording.words(name))} finds it at {int(n)}" for name, n in close.items()]
        known = f"; where the coefficient is known, at {wording.plural(board.point.nunique(), 'point')}, "
        known += wording.listing(parts)
    arrive = f"{len(minima)} {'ends' if len(minima) == 1 else 'end'} at a minimum"
    which = "controlled run" if protocols.words[1] == Protocols.words[1] else "run"
    text = f"Of {wording.plural(len(ends), which)}, {arrive}; there the LLC can be read in {share} of cases"
    return Finding(text=f"{text}{known}.", tables=("runs", "llc_leaderboard") if known else ("runs",))


def _verdicts(tables: Tables, protocols: Protocols) -> Finding | None:
    """Return how many of the post's statements have each verdict."""
    claims = tables.get("claims")
    if claims is None or claims.empty:
        return None
    parts = []
    for training, where in protocols.places:
        rows = claims[claims.training == training].drop_duplicates("id", keep="last")
        found = rows.verdict.value_counts()
        larger = int(((rows.verdict == REVERSED) & rows.reason.str.contains("larger than stated")).sum())
        few = f"{larger} of them " if larger < found.get(REVERSED, 0) else ""
        more = {REVERSED: f" ({few}larger than stated)" if larger else ""}
        listed = [
            f"{found[verdict]} {_stands(int(found[verdict]), verdict)}{more.get(verdict, '')}"
            for verdict in VERDICTS
            if verdict in found
        ]
        if listed:
            parts.append(f"{where}, {wording.listing(listed)}")
    text = f"Of the post’s {wording.plural(claims.id.nunique(), 'statement')}, {'; '.join(parts)}."
    return Finding(text=text, tables=("claims",)) if parts else None


def _stands(n: int, verdict: str) -> str:
    """Return a verdict as the end of a phrase: `are replicated`, `go in the right direction, smaller than stated`."""
    if verdict == SMALLER:
        point, smaller = ("points", "is smaller") if n == 1 else ("point", "smaller")
        return f"{point} in the stated direction, but {smaller}"
    return f"{'is' if n == 1 else 'are'} {verdict}"


def _counted(tables: Tables, training: str) -> pd.DataFrame:
    """Return the runs of a training preset whose recovered features could be counted."""
    runs = tables["runs"]
    return pd.DataFrame(runs[(runs.training == training) & runs.n_recovered.notna()])


def _who(names: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return activations in brackets by name, or how many they are."""
    if len(names) <= SHOWN:
        return f"({wording.listing([labels[name] for name in names])})"
    return f"({len(names)} activations, such as {labels[names[0]]})"
