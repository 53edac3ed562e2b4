"""Findings of the study as sentences, each chosen by what its tables say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition import wording
from superposition.claims.statement import REVERSED, SMALLER, VERDICTS
from superposition.documents.paper.sources import Said, Tables
from superposition.measures.phases import BASE
from superposition.status import CONVERGED, may_be_read
from superposition.tables.columns import RUN_KEYS

GAP = 1e-3  # largest gap of a run that has reached the best possible loss: an eightieth of the linear optimum, 5/64

ESTIMATORS = {"sgld": "SGLD at one temperature", "tempered_mala": "an estimator that extrapolates"}
"""What sentences call estimators."""

SHOWN = 4  # activations that a sentence names at most; of more it says how many

WHERE = ("under the post’s procedure", "in a controlled experiment")
"""What sentences call the post's protocol and the controlled one."""


@dataclass(frozen=True, kw_only=True)
class Procedures:
    """The two procedures that findings compare: the post's and the controlled one, or the first and the last.

    Attributes:
        sampler: Sampler preset of the latter; the others are training presets.
        words: Where the two are, in words.
    """

    post: str
    controlled: str
    sampler: str
    labels: Mapping[str, str]
    n_features: int
    n_hidden: int
    words: tuple[str, str] = WHERE

    @property
    def is_known(self) -> bool:
        """Whether the study has both the post's protocol and the controlled one."""
        return self.post != self.controlled and self.words == WHERE

    @property
    def places(self) -> list[tuple[str, str]]:
        """Each training preset that is compared, with where that is, in words."""
        if self.post == self.controlled:
            return [(self.post, "in this study")]
        return list(zip((self.post, self.controlled), self.words, strict=True))


def findings(tables: Tables, pair: Procedures) -> list[Said]:
    """Return the findings that the tables carry, the most important first."""
    found: list[Said] = []
    for make in (_start, _counts, _capacity, _timing, _llc, _verdicts):
        finding = tables.said(f"Finding {len(found) + 1}", make, pair)
        found += [finding] if finding.text else []
    return found


def _start(tables: Tables, pair: Procedures) -> str:
    """Return whether seeds or activations make counts differ, under the post's procedure and under control."""
    post, controlled = (_within(_counted(tables, name)) for name in (pair.post, pair.controlled))
    if np.isnan(post) or np.isnan(controlled) or not pair.is_known:
        return ""
    if controlled >= post:
        opening = "Seeds differ in a controlled experiment no less than under the post’s procedure"
    else:
        much = "mostly chance and not the activation" if post > 0.5 else "in part chance"
        opening = f"What one seed of the original shows is {much}"
    shares = [
        f"{wording.percent(round(share, 2))} {where}"
        for share, (_, where) in zip((post, controlled), pair.places, strict=True)
    ]
    where = f"of the variance of recovered features, {wording.listing(shares)} lies between seeds of one activation"
    return f"{opening}: {where}."


HALF = 0.5
"""Share of a drop in loss before which superposition comes with it rather than after it."""


def _within(counts: pd.DataFrame) -> float:
    """Return the share of the variance of counts that lies within activations; NaN where nothing varies."""
    values = counts.n_recovered.astype(float)
    total = ((values - values.mean()) ** 2).sum()
    if not total > 0 or counts.activation.nunique() < 2 or counts.seed.nunique() < 2:
        return np.nan
    means = values.groupby(counts.activation).transform("mean")
    return float(((values - means) ** 2).sum() / total)


def _counts(tables: Tables, pair: Procedures) -> str:
    """Return with how many recovered features activations end under control."""
    counts = _counted(tables, pair.controlled)
    if counts.empty:
        return ""
    medians = counts.n_recovered.astype(float).groupby(counts.activation, sort=False).median()
    where = wording.sentence(pair.places[-1][1])
    what = f"recovered features (of {pair.n_features}, median over {{}})"
    if len(medians) == 1:
        name, seeds = pair.labels[str(medians.index[0])], wording.plural(counts.seed.nunique(), "seed")
        return f"{where}, {name} ends with {wording.count(medians.iloc[0])} {what.format(seeds)}."
    groups = medians.groupby(medians).groups
    parts = [
        f"{wording.count(value)} {_who(list(map(str, groups[value])), pair.labels)}"
        for value in sorted(groups, reverse=True)
    ]
    if least := int((medians <= pair.n_hidden).sum()):
        have = f"{least} of {len(medians)} {'has' if least == 1 else 'have'}"
        parts.append(f"{have} no more than {pair.n_hidden}, the number of dimensions")
    return f"{where}, activations end with these {what.format('seeds')}: {'; '.join(parts)}."


def _capacity(tables: Tables, pair: Procedures) -> str:
    """Return what activations could do at best, beside what training finds."""
    both = best_and_gap(tables, pair).dropna()
    if both.empty:
        return ""
    full, trained = int((both.best >= pair.n_features).sum()), int((both.gap <= GAP).sum())
    if len(both) == 1:
        name, most = pair.labels[str(both.index[0])], wording.count(both.best.iloc[0])
        reach = f"its typical run {'reaches' if trained else 'does not reach'} the best possible loss"
        return f"At best, {name} could recover {most} of {pair.n_features}; {reach}."
    able = f"at best, {full or 'none'} of {len(both)} could recover all {pair.n_features}"
    if trained == len(both):
        return f"Training finds what each activation can do: {able}, and the typical run reaches the best loss."
    reach = f"the typical run reaches the best possible loss of its activation for {trained or 'none'} of {len(both)}"
    return f"What training finds is not what an activation can do: {able}; {reach}."


def best_and_gap(tables: Tables, pair: Procedures) -> pd.DataFrame:
    """Return the most features that activations can recover, and how far above the best loss their typical run ends."""
    if not tables.has("capacity"):
        return pd.DataFrame(columns=["best", "gap"], dtype=float)
    best = tables.read("capacity", "activation", "n_recovered", training=pair.controlled)
    ends = tables.read("runs", "activation", "gap", training=pair.controlled)
    gaps = ends.gap.astype(float).groupby(ends.activation).median()
    return pd.DataFrame({"best": best.set_index("activation").n_recovered.astype(float), "gap": gaps})


def _timing(tables: Tables, pair: Procedures) -> str:
    """Return how much of the largest loss drop is over when superposition begins."""
    if not tables.has("evidence"):
        return ""
    keys = [*RUN_KEYS, "sampler"]
    onset, over = (
        tables.read("evidence", *keys, "value", "censored", variant=BASE, quantity=quantity).set_index(keys)
        for quantity in ("log_onset", "drop_over")
    )
    known = onset.index[~onset.censored.astype(bool) & onset.value.notna()]
    values = over.value[over.index.isin(known)].astype(float).groupby("training").median().dropna()
    parts = [
        f"{wording.percent(round(values[training], 2))} {where}"
        for training, where in pair.places
        if training in values
    ]
    if not parts:
        return ""
    opening = "When superposition begins, the typical run has completed this much of its largest drop in loss"
    text = f"{opening}: {wording.listing(parts)}"
    runs = onset.assign(drop_over=over.value.where(over.index.isin(known)).astype(float)).reset_index()
    of_each = runs[runs.training == pair.controlled].groupby("activation", sort=False).drop_over
    half = of_each.median()[of_each.count() > of_each.size() / 2]  # in most of whose runs it begins
    early = list(map(str, half[half < HALF].index))
    if not early or len(early) == len(half):  # `where` below is the last place, which has values if `half` does
        return f"{text}."
    which = f"such as {pair.labels[early[0]]}" if len(early) > SHOWN else _who(early, pair.labels).strip("()")
    return f"{text}, where it begins before half of that for {len(early)} of {len(half)} activations ({which})."


def _llc(tables: Tables, pair: Procedures) -> str:
    """Return at how many ends the LLC can be read, and whether the estimator meets known values."""
    column = f"status_{pair.sampler}"
    if not tables.has("runs", column):
        return ""
    ends = tables.read("runs", "end_status", column, training=pair.controlled)
    minima = ends[ends.end_status == CONVERGED]
    if minima.empty or ends[column].dropna().empty:
        return ""
    share = wording.percent(round(float(may_be_read(minima[column]).mean()), 2))
    arrive = f"{len(minima)} {'ends' if len(minima) == 1 else 'end'} at a minimum"
    which = "controlled run" if pair.words[1] == WHERE[1] else "run"
    passes = f"there the LLC passes all diagnostics in {share} of cases"
    text = f"Of {wording.plural(len(ends), which)}, {arrive}; {passes}"
    if not tables.has("llc_leaderboard"):
        return f"{text}."
    board = tables.read("llc_leaderboard", "point", "estimator", "close")
    close = board.close.groupby(board.estimator, sort=False).sum()
    parts = [f"{ESTIMATORS.get(name, wording.words(name))} is close at {int(n)}" for name, n in close.items()]
    points = wording.plural(board.point.nunique(), "point")
    return f"{text}; where the coefficient is known, at {points}, {wording.listing(parts)}."


def _verdicts(tables: Tables, pair: Procedures) -> str:
    """Return how many of the post's statements have each verdict."""
    if not tables.has("claims"):
        return ""
    claims, parts = tables.read("claims", "id", "training", "verdict", "reason"), []
    for training, where in pair.places:
        rows = pd.DataFrame(claims[claims.training == training]).drop_duplicates("id", keep="last")
        found = rows.verdict.value_counts()
        larger = int(((rows.verdict == REVERSED) & rows.reason.str.contains("larger than stated")).sum())
        few = f"{larger} of them only " if larger < found.get(REVERSED, 0) else "only "
        more = {REVERSED: f" ({few}larger than stated)" if larger else ""}
        listed = [
            f"{found[verdict]} {_stands(int(found[verdict]), verdict)}{more.get(verdict, '')}"
            for verdict in VERDICTS
            if verdict in found
        ]
        if listed:
            parts.append(f"{where}, {wording.listing(listed)}")
    said = f"Of the post’s {wording.plural(claims.id.nunique(), 'statement')}, {'; '.join(parts)}."
    return said if parts else ""


def _stands(n: int, verdict: str) -> str:
    """Return a verdict as the end of a phrase: `are replicated`, `go in the right direction, smaller than stated`."""
    if verdict == SMALLER:
        return "has the stated direction, but is smaller" if n == 1 else "have the stated direction, but are smaller"
    return f"{'is' if n == 1 else 'are'} {verdict}"


def _counted(tables: Tables, training: str) -> pd.DataFrame:
    """Return the runs of a training preset whose recovered features could be counted."""
    return tables.read("runs", "activation", "seed", "n_recovered", training=training).dropna(subset="n_recovered")


def _who(names: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return activations in brackets by name, or how many they are."""
    if len(names) <= SHOWN:
        return f"({wording.listing([labels[name] for name in names])})"
    return f"({len(names)} activations, such as {labels[names[0]]})"
