"""Discussion in the paper: a paragraph for each thing that the post calls confusing, chosen by the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from superposition import wording
from superposition.documents.paper.findings import GAP


@dataclass(frozen=True, kw_only=True)
class Topic:
    """Something that the post finds confusing.

    Attributes:
        title: Heading of the paragraph.
        quote: The post's words.
        activations: Activations that it is about; those that the study lacks are left out.
    """

    title: str
    quote: str
    activations: tuple[str, ...]


TOPICS = (
    Topic(
        title="Bounded functions",
        quote="The only large surprise is the vastly different superposition of limiting loss functions (sigmoid "
        "especially), which is confusing",
        activations=("sigmoid", "tanh", "softsign"),
    ),
    Topic(
        title="SoLU and Softmax",
        quote="SoLU (bottom) gave greater superposition than softmax (top), despite being intended to reduce it",
        activations=("solu", "softmax"),
    ),
    Topic(
        title="CELU and GELU",
        quote="Small variations in activation functions lead to massive differences in superposition "
        "(see CELU vs. GELU)",
        activations=("celu", "gelu"),
    ),
    Topic(
        title="Shrinkage functions",
        quote="Tanhshrink and Softshrink, on the other hand, produced significant superposition",
        activations=("hardshrink", "softshrink", "tanhshrink"),
    ),
    Topic(
        title="Hardness",
        quote="Hardness reduces (or slows the development of) superposition",
        activations=("sigmoid", "hardsigmoid", "tanh", "hardtanh"),
    ),
    Topic(
        title="Caps and powers",
        quote="ReLU6 and ReLU^2 gave little superposition. Capping and polynomial functions seem to hinder its "
        "development",
        activations=("relu", "relu6", "relu_squared"),
    ),
)
"""What the post calls confusing or surprising, in its order. Source: Baron 2025."""


def paragraphs(medians: pd.DataFrame, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return title and text of each topic that the study can say something about.

    Args:
        medians: Median number of recovered features by activation, with columns `post`, `controlled`, `best` (the
            most that is possible) and `gap` (median loss above the best possible one); NaN where it is unknown.
        labels: Names of activations as printed.
    """
    made = ((topic, paragraph(topic, medians, labels)) for topic in TOPICS)
    return [(topic.title, text) for topic, text in made if text]


def paragraph(topic: Topic, medians: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Return the paragraph on a topic, empty where no activation of it ran under control."""
    shown = medians.reindex(topic.activations).dropna(subset=["controlled"])
    if shown.empty:
        return ""
    facts = [_fact(labels[str(name)], row) for name, row in shown.iterrows()]
    sentences = [f"The post: “{topic.quote}.”", f"{_first_upper('; '.join(facts))}.", *_conclusions(shown, labels)]
    return " ".join(sentences)


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
        said.append("The small numbers of the original are those of its procedure.")
    elif len(compared) > 1 and _order(compared.post) != _order(compared.controlled):
        said.append("The order that the original shows is not that of the controlled experiment.")
    if full:
        said.append(f"The typical run of {_and(full)} reaches the best possible loss.")
    if held:
        run = f"The typical run of {_and(held)} does not reach the best possible loss"
        said.append(f"{run}: training, not the function, is the limit.")
    return said


def _order(values: pd.Series) -> list[int]:
    """Return the rank of each value, equal ones with equal ranks."""
    return values.astype(float).rank(method="dense").astype(int).tolist()


def _and(items: Sequence[str]) -> str:
    return wording.listing(items)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
