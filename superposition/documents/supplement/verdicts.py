"""The post's statements in the main document: verdicts, their evidence, and what changes them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from superposition import wording
from superposition.claims.statement import VERDICTS
from superposition.documents.shared import Study
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group
from superposition.palette import FILLS
from superposition.protocols import CONTROLLED, POST, pairs_of
from superposition.status import may_be_read

Protocol = tuple[str, str]
"""Training preset and sampler preset."""


@dataclass(frozen=True)
class Change:
    """Differences of one preset from another: a sentence, and an item for each value."""

    sentence: str
    items: list[str]


def protocols(claims: pd.DataFrame) -> list[Protocol]:
    """Return the protocols of a table of verdicts, in its order."""
    return list(dict.fromkeys(zip(claims.training, claims.sampler, strict=True)))


def counts(claims: pd.DataFrame, protocol: Protocol) -> str:
    """Return how many statements have each verdict under a protocol: `3 replicated and 2 reversed`."""
    found = Counter(claims[(claims.training == protocol[0]) & (claims.sampler == protocol[1])].verdict)
    return wording.listing([f"{found[word]} {word.replace(', ', ' but ')}" for word in VERDICTS if found[word]])


def abstract(study: Study, found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the abstract in paragraphs, as far as the tables that exist allow.

    Args:
        study: What the documents say about the study.
        found: Tables of the study by name.
    """
    runs = found["runs"]
    paragraphs = [
        "A published exploration of superposition in toy models replaced the output activation of a small "
        "autoencoder and looked at loss, local learning coefficient and the polygon of feature directions over "
        f"training, with one seed and by eye. This study repeats it over "
        f"{wording.plural(runs.activation.nunique(), 'activation')} and "
        f"{wording.plural(runs.seed.nunique(), 'seed')} under {wording.plural(len(study.protocols), 'protocol')} "
        f"(training preset × sampler preset): {wording.listing(_protocols_in_words(study))}; in all "
        f"{wording.plural(len(runs), 'run')}, of which {int((~may_be_read(runs.status)).sum())} diverged. Each "
        "statement of the exploration has a measure, a margin that was fixed in advance, an estimate with an interval "
        "over seeds, and a computed verdict."
    ]
    if "claims" in found:
        paragraphs.append(_abstract_of_verdicts(study, found))
    paragraphs.append(_abstract_of_losses(study, found["summary"]))
    return paragraphs


def _protocols_in_words(study: Study) -> list[str]:
    return [f"{one['label']} ({one['training']} × {one['sampler']})" for one in study.protocols.values()]


def _abstract_of_verdicts(study: Study, found: Mapping[str, pd.DataFrame]) -> str:
    claims, pairs = found["claims"], pairs_of(study.protocols)
    named = [pairs[name] for name in (POST, CONTROLLED) if name in pairs] or list(pairs.values())
    parts = [f"under “{study.label(*protocol)}”, {counts(claims, protocol)}" for protocol in named]
    text = f"Of {wording.plural(claims.id.nunique(), 'statement')}, {'; '.join(parts)}."
    if len(named) == 2:
        words = [claims[(claims.training == one) & (claims.sampler == other)].verdict.to_list() for one, other in named]
        n_changed = sum(first != second for first, second in zip(*words, strict=True))
        text += f" {wording.plural(n_changed, 'verdict')} {'differs' if n_changed == 1 else 'differ'} between the two."
    return text


def _abstract_of_losses(study: Study, summary: pd.DataFrame) -> str:
    """Return the range of final losses under every training preset."""
    parts = []
    for training in study.training:
        losses = summary[(summary.training == training) & (summary.measure == "loss")].set_index("activation")["median"]
        losses = losses.dropna()
        if len(losses):
            low, high = (study.printed[str(name)]["label"] for name in (losses.idxmin(), losses.idxmax()))
            parts.append(
                f"from {wording.number(losses.min())} ({low}) to {wording.number(losses.max())} ({high}) with "
                f"{training}"
            )
    if not parts:
        return "All runs diverged, so there are no final losses."
    return f"The median final mean squared error of an activation ranges {wording.listing(parts)}."


def add_verdicts(document: Document, study: Study, found: Mapping[str, pd.DataFrame]) -> None:
    """Add the tables of statements by protocol, for the post and for prior work."""
    document.section(landscape=True)
    document.heading("Verdicts", 1)
    document.text(
        "A statement is replicated where the interval of its measured value lies inside the region that it states. Its "
        "direction is right, but it is smaller than stated, where the interval lies between no effect and that region. "
        "It is reversed where the interval lies beyond no effect, or where it calls an effect small or absent that is "
        "larger. It is inconclusive otherwise, and not testable where data are missing. A statement with several "
        "parts has the word of the part that speaks most against it. Intervals of statements about activations in "
        "general resample activations as well as seeds; they are sensitivities, as the activations are a chosen list. "
        "The evidence for each verdict stands in [[evidence]]."
    )
    confidence = wording.percent(study.confidence)
    document.table(
        _by_protocol(study, found["claims"]),
        caption="Verdict on every statement of the post under every protocol (training preset × sampler preset), with "
        f"the measured value and its {confidence} bootstrap interval over seeds.",
        label="claims",
    )
    document.note(_legend())
    if "prior_work" in found:
        document.heading("Prior work", 2)
        document.table(
            _by_protocol(study, found["prior_work"]),
            caption=f"Agreement with prior work under every protocol, with the measured value and its {confidence} "
            "bootstrap interval over seeds.",
            label="prior_work",
        )
        document.note(_legend())


def _legend() -> str:
    return f"Colour repeats the word. {wording.MISSING} or no second line: not testable, so there is no value."


def _by_protocol(study: Study, claims: pd.DataFrame) -> Grid:
    """Return statements as rows and protocols as columns."""
    known = protocols(claims)
    verdicts = {(row["id"], row["training"], row["sampler"]): row for row in claims.to_dict("records")}
    columns = [Column(heading="Id", width=1.2), Column(heading="Statement", width=7)]
    columns += [Column(heading=wording.title(study.label(*protocol)), width=3.5) for protocol in known]
    rows = [
        [row["id"], row["statement"], *(_verdict(verdicts[row["id"], *protocol]) for protocol in known)]
        for row in claims.drop_duplicates("id").to_dict("records")
    ]
    return Grid(columns=columns, rows=list(rows))


def _verdict(row: Mapping[str, Any]) -> Cell:
    """Return the cell of a verdict: word, colour, and the measured value."""
    interval = wording.interval(row["low"], row["high"])
    unit = f" {row['unit']}" if row["unit"] else ""
    detail = f"{wording.number(row['estimate'])} {interval}{unit}" if interval else ""
    return Cell(text=row["verdict"], detail=detail, fill=FILLS.get(row["verdict"], ""))


def add_changes(document: Document, changes: Sequence[Change]) -> None:
    """Add what the presets of the controlled protocol do differently from the original's."""
    document.heading("What changes under control, and why", 1)
    for change in changes:
        document.text(change.sentence)
        document.bullets(*change.items)
    document.text(
        "Presets that differ in one factor attribute a change to it: changed_at in the table claims names those at "
        "which a verdict changes. Draws are the same in all training presets: a seed starts from the same random "
        "numbers and sees the same inputs in the same order."
    )


def add_evidence(document: Document, study: Study, claims: pd.DataFrame) -> None:
    """Add the sentence with the numbers behind every verdict."""
    document.heading("Evidence for every verdict", 1, on_new_page=True)
    document.text(
        "Variants judge the same statement with the functional measure, other thresholds or margins, another slope or "
        "moment from which a drop or an onset counts, or half of the seeds."
    )
    grid = Grid(
        columns=[
            Column(heading="Protocol", width=2.8),
            Column(heading="Verdict", width=2.3),
            Column(heading="Evidence", width=9.6),
            Column(heading="Variants that agree", width=1.8),
            Column(heading="Runs used", width=1.5),
        ]
    )
    for name, group in claims.groupby("id", sort=False):
        grid.rows.append(Group(f"{name}  {group.statement.iloc[0]}"))
        grid.rows += [_evidence(study, row) for row in group.to_dict("records")]
    document.table(grid, caption="Evidence for the verdict on every statement under every protocol.", label="evidence")
    document.note(
        "Runs used, and below how many are excluded: a value is missing, may not be read, or is out of scope."
    )


def _evidence(study: Study, row: Mapping[str, Any]) -> list[Cell | str]:
    return [
        wording.title(study.label(row["training"], row["sampler"])),
        Cell(text=row["verdict"], fill=FILLS.get(row["verdict"], "")),
        " ".join(filter(None, [row["sentence"] or row["reason"], _more(row)])),
        f"{row['n_agree']} of {row['n_variants']}",
        Cell(text=str(row["n_used"]), detail=f"{row['n_excluded']} excluded"),
    ]


def _more(row: Mapping[str, Any]) -> str:
    """Return what becomes of the parts of a statement, of its measure, and of its verdict on fresh seeds."""
    texts = [f"Parts: {row['parts']}."] if row["parts"] else []
    if wording.number(row["detectable"]) != wording.MISSING:
        texts.append(f"Found with 80 % from {wording.in_text(row['detectable'])} beyond the margin on.")
    texts += [f"Changed after results were seen: {row['revised']}."] if row["revised"] else []
    if isinstance(row["holdout_verdict"], str):
        chance = wording.percent(row["holdout_chance"])
        texts.append(f"On fresh seeds {row['holdout_verdict']}; the same word by chance: {chance}.")
    return " ".join(texts)
