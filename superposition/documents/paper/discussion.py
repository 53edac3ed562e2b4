"""Discussion of the study as sentences: what training limits, and what becomes of what the post says of activations."""

from collections.abc import Sequence

import pandas as pd

from superposition import wording
from superposition.documents.paper.findings import Procedures, best_and_gap
from superposition.documents.paper.sources import Tables


def medians_of(tables: Tables, pair: Procedures) -> pd.DataFrame:
    """Return by activation the median of recovered features under both procedures, the most possible, and the gap."""
    runs = tables.read("runs", "training", "activation", "n_recovered")
    counts = runs.n_recovered.astype(float).groupby([runs.training, runs.activation]).median().unstack("training")
    medians = {"post": counts.get(pair.post), "controlled": counts.get(pair.controlled)}
    return pd.DataFrame(medians, index=list(pair.labels), dtype=float).join(best_and_gap(tables, pair))


def limited(tables: Tables, pair: Procedures) -> str:
    """Return the sentence that counts the activations that training limits; nothing where there are none.

    Where the typical run reaches the best loss, it does not: at the linear optimum, fewer features are as good as more.
    """
    both = medians_of(tables, pair).dropna(subset=["controlled", "best"])
    below = both[(both.controlled < both.best) & ~(both.gap <= pair.limits.reached)]
    if below.empty:
        return ""
    furthest = (below.best - below.controlled).sort_values(kind="stable", ascending=False).index[:3]
    counts = below.loc[furthest, ["controlled", "best"]].map(wording.count).itertuples()
    named = wording.listing([f"{pair.labels[row.Index]} ({row.controlled} of {row.best})" for row in counts])
    where, how_many = wording.sentence(pair.places[pair.controlled]), f"{len(below)} of {len(both)}"
    fewer = f"{where}, the typical run of {how_many} activations recovers fewer than are possible, at a higher loss"
    return f"{fewer}, furthest with {named}."


def discussed(tables: Tables, pair: Procedures, activations: Sequence[str]) -> str:
    """Return what the numbers say of some activations of a study; nothing without both procedures or any of them."""
    shown = medians_of(tables, pair).reindex(activations).dropna(subset=["controlled"])
    if shown.empty or not pair.is_known:
        return ""
    facts = "; ".join(_fact(pair.labels[str(name)], row) for name, row in shown.iterrows())
    return " ".join([f"{wording.sentence(facts)}.", *_conclusions(shown.rename(pair.labels), pair.limits.reached)])


def _fact(label: str, row: pd.Series) -> str:
    """Return with how many features one activation ends: `ReLU recovers 4 under ...`."""
    post = f"{wording.count(row.post)} under the post’s procedure and " if pd.notna(row.post) else ""
    best = f", of {wording.count(row.best)} that are possible" if pd.notna(row.best) else ""
    noun = "feature" if row.controlled == 1 else "features"
    return f"{label} recovers {post}{wording.count(row.controlled)} {noun} in the controlled experiment{best}"


def _conclusions(shown: pd.DataFrame, reached: float) -> list[str]:
    compared = shown.dropna(subset=["post"])[["post", "controlled"]]
    full, held = list(shown.index[shown.gap <= reached]), list(shown.index[shown.gap > reached])
    orders, follows = compared.rank(method="dense"), []
    if len(compared) and (compared.controlled > compared.post).all():
        follows.append("So the small numbers of the original come from its procedure, not from the function.")
    elif not orders.post.equals(orders.controlled):
        follows.append("The activations do not compare as they do in the original.")
    miss, limit = ("does not reach", "do not reach"), ": training, not the function, is the limit"
    for names, verbs, more in ((full, ("reaches", "reach"), ""), (held, miss, limit)):
        noun, verb = ("run", verbs[0]) if len(names) == 1 else ("runs", verbs[1])
        text = f"The typical {noun} of {wording.listing(names)} {verb} the best possible loss{more}."
        follows += [text] if names else []
    return follows
