"""Discussion in the paper: what the numbers say of activations that the post calls confusing."""

from collections.abc import Mapping, Sequence

import pandas as pd

from superposition import wording
from superposition.documents.paper.findings import GAP


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
    return " ".join([f"{facts[:1].upper()}{facts[1:]}.", *_conclusions(shown, labels)]) if facts else ""


def _fact(label: str, row: pd.Series) -> str:
    """Return with how many features one activation ends: `ReLU ends with 4 recovered features under ...`."""
    post = f"{wording.count(row.post)} under the post’s procedure and " if pd.notna(row.post) else ""
    best = f", of {wording.count(row.best)} that are possible" if pd.notna(row.best) else ""
    noun = "feature" if row.controlled == 1 else "features"
    return f"{label} recovers {post}{wording.count(row.controlled)} {noun} in the controlled experiment{best}"


def _conclusions(shown: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """Return what follows from the numbers of a topic."""
    known = shown.dropna(subset=["gap"])
    held = [labels[str(name)] for name in known.index[known.gap > GAP]]
    full = [labels[str(name)] for name in known.index[known.gap <= GAP]]
    compared = shown.dropna(subset=["post"])
    said = []
    if len(compared) and (compared.controlled > compared.post).all():
        said.append("So the small numbers of the original come from its procedure, not from the function.")
    elif len(compared) > 1 and _order(compared.post) != _order(compared.controlled):
        said.append("The activations do not compare as they do in the original.")
    if full:
        said.append(f"The typical run of {wording.listing(full)} reaches the best possible loss.")
    if held:
        run = f"The typical run of {wording.listing(held)} does not reach the best possible loss"
        said.append(f"{run}: training, not the function, is the limit.")
    return said


def _order(values: pd.Series) -> list[int]:
    """Return the rank of each value, equal ones with equal ranks."""
    return values.astype(float).rank(method="dense").astype(int).tolist()
