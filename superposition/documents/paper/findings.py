"""Findings of the study as sentences, each chosen by what its tables say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition import wording
from superposition.documents.paper.sources import Tables, TracedText
from superposition.documents.shared import WHERE
from superposition.measures.phases import BASE
from superposition.status import CONVERGED, REVERSED, SMALLER, VERDICTS, may_be_read
from superposition.tables.columns import RUN_KEYS

ESTIMATOR_WORDS = {"sgld": "SGLD at one temperature", "tempered_mala": "an estimator that extrapolates"}
"""What sentences call estimators."""

SHOWN = 4  # activations that a sentence names at most; of more it says how many


@dataclass(frozen=True, kw_only=True)
class FindingLimits:
    """Thresholds at which a finding says so.

    Attributes:
        reached: Largest distance from the best possible loss at which a run has reached it.
        mostly: Share of the variance between seeds above which counts are mostly chance.
        early: Share of the largest loss drop; where less is over at the onset, superposition comes with the drop.
    """

    reached: float
    mostly: float
    early: float


@dataclass(frozen=True, kw_only=True)
class Procedures:
    """The two procedures that findings compare: the post's and the controlled one, or the first and the last.

    Both are training presets, `sampler` is the latter's sampler preset, and `words` say where the two are.
    """

    post: str
    controlled: str
    sampler: str
    labels: Mapping[str, str]
    n_features: int
    n_hidden: int
    limits: FindingLimits
    words: tuple[str, str] = WHERE

    @property
    def is_known(self) -> bool:
        """Whether the study has both the post's protocol and the controlled one."""
        return self.post != self.controlled and self.words == WHERE

    @property
    def places(self) -> dict[str, str]:
        """Where each training preset is that is compared, in words."""
        if self.post == self.controlled:
            return {self.post: "in this study"}
        return dict(zip((self.post, self.controlled), self.words, strict=True))


def findings(tables: Tables, pair: Procedures) -> list[TracedText]:
    """Return the findings that the tables carry, the most important first."""
    texts: list[TracedText] = []
    for make in (_start, _counts, _capacity, _timing, _llc, _verdicts):
        finding = tables.traced(f"Finding {len(texts) + 1}", make, pair)
        texts += [finding] if finding.text else []
    return texts


def _start(tables: Tables, pair: Procedures) -> str:
    """Return whether seeds or activations make counts differ, under the post's procedure and under control."""
    shares = {where: _within(_counted(tables, training)) for training, where in pair.places.items()}
    if not pair.is_known or np.isnan([*shares.values()]).any():
        return ""
    post, controlled = shares.values()
    if controlled >= post:
        opening = "Seeds differ in a controlled experiment no less than under the post’s procedure"
    else:
        much = "mostly chance and not the activation" if post > pair.limits.mostly else "in part chance"
        opening = f"What one seed of the original shows is {much}"
    lies = wording.listing([f"{wording.percent(round(share, 2))} {where}" for where, share in shares.items()])
    return f"{opening}: of the variance of recovered features, {lies} lies between seeds of one activation."


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
    where = wording.sentence(pair.places[pair.controlled])
    what = f"recovered features (of {pair.n_features}, median over seeds)"
    if len(medians) == 1:
        return f"{where}, {pair.labels[str(medians.index[0])]} ends with {wording.count(medians.iloc[0])} {what}."
    groups = sorted(medians.groupby(medians).groups.items(), reverse=True)
    parts = [f"{wording.count(value)} ({_who(list(names), pair.labels)})" for value, names in groups]
    if least := int((medians <= pair.n_hidden).sum()):
        have = f"{least} of {len(medians)} {'has' if least == 1 else 'have'}"
        parts.append(f"{have} no more than {pair.n_hidden}, the number of dimensions")
    return f"{where}, activations end with these {what}: {'; '.join(parts)}."


def _capacity(tables: Tables, pair: Procedures) -> str:
    """Return what activations could do at best, beside what training finds."""
    both = best_and_gap(tables, pair).dropna()
    if both.empty:
        return ""
    full, trained = int((both.best >= pair.n_features).sum()), int((both.gap <= pair.limits.reached).sum())
    if len(both) == 1:
        label, most = pair.labels[str(both.index[0])], wording.count(both.best.iloc[0])
        able = f"{label} could recover {most} of {pair.n_features}"
        return f"At best, {able}; its typical run {'reaches' if trained else 'does not reach'} the best possible loss."
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
    keys = [*RUN_KEYS, "sampler"]
    onset, over = (
        tables.read("evidence", *keys, "value", "censored", variant=BASE, quantity=quantity).set_index(keys)
        for quantity in ("log_onset", "drop_over")
    )
    begins = ~onset.censored.astype(bool) & onset.value.notna()
    runs = over.value.reindex(onset.index).astype(float).where(begins).rename("over").reset_index()
    shares = runs.groupby("training").over.median().dropna()
    places = {training: where for training, where in pair.places.items() if training in shares}
    if not places:
        return ""
    parts = [f"{wording.percent(round(shares[training], 2))} {where}" for training, where in places.items()]
    opening = "When superposition begins, the typical run has completed this much of its largest drop in loss"
    text = f"{opening}: {wording.listing(parts)}"
    of_each = runs[runs.training == pair.controlled].groupby("activation", sort=False).over
    begun = of_each.median()[of_each.count() > of_each.size() / 2]  # in most of whose runs it begins
    early = list(begun.index[begun < pair.limits.early])
    if not early or len(early) == len(begun):  # `where` below is the last place, which has values if `begun` does
        return f"{text}."
    which = f"such as {pair.labels[early[0]]}" if len(early) > SHOWN else _who(early, pair.labels)
    share = wording.percent(pair.limits.early)
    return f"{text}, where it begins before {share} of it for {len(early)} of {len(begun)} activations ({which})."


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
    which = wording.plural(len(ends), "controlled run" if pair.is_known else "run")
    text = f"Of {which}, {arrive}; there the LLC passes all diagnostics in {share} of cases"
    if not tables.has("llc_leaderboard"):
        return f"{text}."
    board = tables.read("llc_leaderboard", "point", "estimator", "close")
    close = board.close.groupby(board.estimator, sort=False).sum()
    parts = [f"{ESTIMATOR_WORDS.get(name, wording.words(name))} is close at {int(n)}" for name, n in close.items()]
    points = wording.plural(board.point.nunique(), "point")
    return f"{text}; where the coefficient is known, at {points}, {wording.listing(parts)}."


def _verdicts(tables: Tables, pair: Procedures) -> str:
    """Return how many of the post's statements have each verdict."""
    claims, parts = tables.read("claims", "id", "training", "verdict", "larger_than_stated"), []
    for training, where in pair.places.items():
        rows = pd.DataFrame(claims[claims.training == training]).drop_duplicates("id", keep="last")
        counts = rows.verdict.value_counts()
        larger = int(rows.larger_than_stated.sum())
        few = f"{larger} of them only " if larger < counts.get(REVERSED, 0) else "only "
        more = {REVERSED: f" ({few}larger than stated)" if larger else ""}
        known = {verdict: int(counts[verdict]) for verdict in VERDICTS if verdict in counts}
        listed = [f"{n} {_stands(n, verdict)}{more.get(verdict, '')}" for verdict, n in known.items()]
        parts += [f"{where}, {wording.listing(listed)}"] if listed else []
    text = f"Of the post’s {wording.plural(claims.id.nunique(), 'statement')}, {'; '.join(parts)}."
    return text if parts else ""


def _stands(n: int, verdict: str) -> str:
    if verdict == SMALLER:
        return "has the stated direction, but is smaller" if n == 1 else "have the stated direction, but are smaller"
    return f"{'is' if n == 1 else 'are'} {verdict}"


def _counted(tables: Tables, training: str) -> pd.DataFrame:
    """Return the runs of a training preset whose recovered features could be counted."""
    return tables.read("runs", "activation", "seed", "n_recovered", training=training).dropna(subset="n_recovered")


def _who(names: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return activations by name, or how many they are."""
    if len(names) <= SHOWN:
        return wording.listing([labels[name] for name in names])
    return f"{len(names)} activations, such as {labels[names[0]]}"
