"""Discussion in the paper: what the numbers say of activations that the post calls confusing."""

from collections.abc import Mapping, Sequence

import pandas as pd

from superposition import wording
from superposition.documents.paper.findings import GAP, Procedures, best_and_gap
from superposition.documents.paper.sources import Tables


def medians_of(tables: Tables, pair: Procedures) -> pd.DataFrame:
    """Return by activation the median of recovered features under both procedures, the most possible, and the gap."""
    runs = tables.read("runs", "training", "activation", "n_recovered")
    counts = runs.n_recovered.astype(float).groupby([runs.training, runs.activation]).median().unstack("training")
    columns = {"post": pair.post, "controlled": pair.controlled}
    found = {name: counts.get(training) for name, training in columns.items()}
    return pd.DataFrame(found, index=list(pair.labels), dtype=float).join(best_and_gap(tables, pair))


def limited(tables: Tables, pair: Procedures) -> str:
    """Return of how many activations training is the limit; nothing where it is of none.

    It is not where the typical run reaches the best loss: at the linear optimum, fewer features are as good as more.
    """
    both = medians_of(tables, pair).dropna(subset=["controlled", "best"])
    below = both.index[(both.controlled < both.best) & ~(both.gap <= GAP)]
    if not len(below):
        return ""
    furthest = (both.best - both.controlled)[below].sort_values(kind="stable", ascending=False).index[:3]
    named = [
        f"{pair.labels[name]} ({wording.count(both.controlled[name])} of {wording.count(both.best[name])})"
        for name in furthest
    ]
    where, how_many = wording.sentence(pair.places[-1][1]), f"{len(below)} of {len(both)}"
    fewer = f"{where}, the typical run of {how_many} activations recovers fewer than are possible, at a higher loss"
    return f"{fewer}, furthest with {wording.listing(named)}."


def discussed(tables: Tables, pair: Procedures, activations: Sequence[str]) -> str:
    """Return what the numbers say of some activations of a study; nothing without both procedures or any of them."""
    return said(activations, medians_of(tables, pair), pair.labels) if pair.is_known else ""


def said(activations: Sequence[str], medians: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return what the numbers say of some activations, empty where none of them ran under control.

    Args:
        activations: Activations; those that the study lacks are left out.
        medians: Median number of recovered features by activation, with columns `post`, `controlled`, `best` (the
            most that is possible) and `gap` (median loss above the best possible one); NaN where it is unknown.
        labels: Names of activations as printed.
    """
    shown = medians.reindex(activations).dropna(subset=["controlled"])
    facts = "; ".join(_fact(labels[str(name)], row) for name, row in shown.iterrows())
    return " ".join([f"{wording.sentence(facts)}.", *_conclusions(shown, labels)]) if facts else ""


def _fact(label: str, row: pd.Series) -> str:
    """Return with how many features one activation ends: `ReLU recovers 4 under ...`."""
    post = f"{wording.count(row.post)} under the post’s procedure and " if pd.notna(row.post) else ""
    best = f", of {wording.count(row.best)} that are possible" if pd.notna(row.best) else ""
    noun = "feature" if row.controlled == 1 else "features"
    return f"{label} recovers {post}{wording.count(row.controlled)} {noun} in the controlled experiment{best}"


def _conclusions(shown: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    known, compared = shown.dropna(subset=["gap"]), shown.dropna(subset=["post"])
    held = [labels[str(name)] for name in known.index[known.gap > GAP]]
    full = [labels[str(name)] for name in known.index[known.gap <= GAP]]
    follows = []
    if len(compared) and (compared.controlled > compared.post).all():
        follows.append("So the small numbers of the original come from its procedure, not from the function.")
    elif len(compared) > 1 and _order(compared.post) != _order(compared.controlled):
        follows.append("The activations do not compare as they do in the original.")
    if full:
        reach = "run of {} reaches" if len(full) == 1 else "runs of {} reach"
        follows.append(f"The typical {reach.format(wording.listing(full))} the best possible loss.")
    if held:
        miss = "run of {} does not" if len(held) == 1 else "runs of {} do not"
        miss = f"The typical {miss.format(wording.listing(held))} reach the best possible loss"
        follows.append(f"{miss}: training, not the function, is the limit.")
    return follows


def _order(values: pd.Series) -> list[int]:
    return values.astype(float).rank(method="dense").astype(int).tolist()
