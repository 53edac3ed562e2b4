"""The paper from top to bottom: findings, the answer to the post, method, results, discussion, limits, references."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition import wording
from superposition.documents.declared_table import FILLS
from superposition.documents.paper import discussion
from superposition.documents.paper.findings import Protocols, findings
from superposition.documents.shared import Figures, Study, add_figure
from superposition.documents.supplement.methods import MODEL
from superposition.documents.supplement.sections import REFERENCES
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid
from superposition.protocols import CONTROLLED, POST
from superposition.tables import frames


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the paper is made from.

    Attributes:
        tables: Tables of the study that exist, by name; `runs` must.
        figures: Figures that exist.
        n_features: Features of the models.
        n_hidden: Their hidden dimensions.
    """

    tables: Mapping[str, pd.DataFrame]
    figures: Figures
    n_features: int
    n_hidden: int


RESULTS = (
    (
        "capacity",
        "What an activation can do, and what training finds",
        "[[capacity]] sets the most features that an activation can recover at any weights beside what training "
        "reaches. Where both agree, the function is the limit; where they differ, training is.",
        "Best possible, controlled and original number of recovered features of every activation, and their losses.",
    ),
    (
        "onset-vs-drop",
        "When superposition forms",
        "[[onset-vs-drop]] shows for every activation when the largest drop in loss begins and ends, and from when on "
        "a feature stays that the start does not contain.",
        "Onset of superposition and largest loss drop of every activation. An onset to the right of the bar comes "
        "after the drop.",
    ),
    (
        "superposition-vs-loss",
        "Superposition and loss",
        "[[superposition-vs-loss]] sets recovered features beside the loss after training. Where unrepresented "
        "features answer their mean, loss and number of features are one variable, and a relation between them is no "
        "finding.",
        "Superposition and loss of every activation after training, with intervals over seeds.",
    ),
)
"""Figures of the results: name, heading, the text that reads them, caption."""

LIMITS = (
    "The learning coefficient is defined by a limit; at one temperature an estimator measures an effective dimension. "
    "Where the loss is singular the two differ, and the supplement shows by how much at points with known values.",
    "The settings of the estimator that extrapolates were chosen on nearly the points at which it is compared.",
    "The models are small: what holds for a few features in two dimensions need not hold in larger networks.",
    "The activations are a chosen list and no sample: intervals over them say how sensitive a result is to the list.",
    "Margins turn words into numbers. Those that were changed after results were seen say so in the supplement.",
)
"""Limits, the most important first."""


def findings_table(study: Study, inputs: Inputs) -> pd.DataFrame:
    """Return the findings, each with the table from which its numbers come."""
    found = findings(inputs.tables, _protocols(study, inputs))
    return frames.of([{"finding": finding.text, "table": finding.table} for finding in found], "findings")


def paper(study: Study, inputs: Inputs) -> Document:
    """Return the paper.

    Args:
        study: What the documents say about the study.
        inputs: Tables and figures that it is made from.
    """
    document = Document(study.work, title=study.work.title, subject="Replication of a published study", landscape=False)
    of_study = _protocols(study, inputs)
    document.heading("Findings", 1)
    document.bullets(*(finding.text for finding in findings(inputs.tables, of_study)))
    _figure(document, inputs.figures, "signature", _signature_caption(study))
    document.heading("Introduction", 1)
    document.text(*_introduction(study, inputs))
    _add_answer(document, study, inputs)
    _add_method(document, study, inputs)
    document.heading("Results", 1)
    for name, heading, text, caption in RESULTS:
        if ("figures", name) in inputs.figures:
            document.heading(heading, 2)
            document.text(text)
            _figure(document, inputs.figures, name, caption)
    _add_discussion(document, study, inputs, of_study)
    document.heading("Limits", 1)
    document.bullets(*LIMITS)
    document.heading("References", 1)
    document.bullets(*REFERENCES)
    return document


def _protocols(study: Study, inputs: Inputs) -> Protocols:
    """Return what findings compare: the first or last protocol where one of the two is not in the study."""
    known = list(study.protocols.values())
    post, controlled = study.protocols.get(POST, known[0]), study.protocols.get(CONTROLLED, known[-1])
    return Protocols(
        post=post["training"],
        controlled=controlled["training"],
        sampler=controlled["sampler"],
        labels={name: row["label"] for name, row in study.printed.items()},
        n_features=inputs.n_features,
        n_hidden=inputs.n_hidden,
    )


def _signature_caption(study: Study) -> str:
    shown = wording.listing([study.protocols[name]["label"] for name in (POST, CONTROLLED) if name in study.protocols])
    return (
        f"Every activation, from the fewest to the most recovered features: {shown or 'the study'}. Dots are the ends "
        "of all features of all seeds; shapes are typical runs; below stands the range of recovered features."
    )


def _introduction(study: Study, inputs: Inputs) -> list[str]:
    """Return what was asked, by whom, and what is done here."""
    runs = inputs.tables["runs"]
    protocols = wording.listing([one["label"] for one in study.protocols.values()])
    diverged = int((runs.status != "ok").sum())
    lost = f", of which {diverged} diverged" if diverged else ""
    return [
        "A published exploration (Baron 2025) exchanged the output activation of a small autoencoder and looked, with "
        "one seed and by eye, at the loss, the local learning coefficient (LLC) and the polygon that feature "
        "directions form. It reports that superposition appears after the largest drops in loss, that small variations "
        "of the activation change superposition massively, and much that it calls confusing.",
        f"This study repeats it with {wording.plural(runs.activation.nunique(), 'activation')} and "
        f"{wording.plural(runs.seed.nunique(), 'seed')}, {wording.plural(len(runs), 'run')} in all{lost}, under "
        f"{'these protocols' if len(study.protocols) > 1 else 'one protocol'}: {protocols}. "
        "Every statement of the post has a measure, a margin, an interval and a computed verdict.",
    ]


def _add_answer(document: Document, study: Study, inputs: Inputs) -> None:
    """Add the post's statements one by one, with what was measured and the verdict."""
    claims = inputs.tables.get("claims")
    if claims is None or claims.empty:
        return
    document.heading("The post, statement by statement", 1)
    known = [study.protocols[name] for name in (POST, CONTROLLED) if name in study.protocols]
    shown = known or list(study.protocols.values())[:1]
    columns = [Column(heading="The post says", width=6.4)]
    columns += [Column(heading=wording.title(one["label"]), width=3.3) for one in shown]
    grid = Grid(columns=columns)
    for name, rows in claims.groupby("id", sort=False):
        found = [rows[(rows.training == one["training"]) & (rows.sampler == one["sampler"])] for one in shown]
        cells = [_answer(cell.iloc[0]) if len(cell) else Cell(text=wording.MISSING) for cell in found]
        grid.rows.append([Cell(text=f"{rows.statement.iloc[0]} ({name})"), *cells])
    confidence = wording.percent(study.confidence)
    caption = f"Statements of the post, verdicts, and the measured values with their {confidence} intervals."
    document.table(grid, caption=caption, label="answer")
    document.text("[[answers]] shows the same intervals beside what each statement says.")
    _figure(document, inputs.figures, "answers", "Every statement's interval, in units of what it states.")


def _answer(row: pd.Series) -> Cell:
    """Return the verdict on a statement under one protocol, with its numbers below."""
    if not np.isfinite(row.estimate):
        return Cell(text=row.verdict, detail=wording.words(row.reason or ""))
    unit = f" {row.unit}" if row.unit else ""
    numbers = f"{wording.in_text(row.estimate)}{unit} [{wording.in_text(row.low)}, {wording.in_text(row.high)}]"
    said = f"{row.verdict}: {row.reason}" if row.reason else row.verdict
    return Cell(text=said, detail=numbers, fill=FILLS.get(row.verdict, ""))


def _add_method(document: Document, study: Study, inputs: Inputs) -> None:
    """Add the method in one page."""
    document.heading("Method", 1)
    for sentence, equation in MODEL:
        document.text(sentence)
        document.equation(equation)
    document.text(
        f"A feature is recovered when the model's answer to it exceeds its answers in all other features by a margin. "
        f"The model has {inputs.n_features} features and {wording.plural(inputs.n_hidden, 'hidden dimension')}: "
        "what it recovers beyond those is superposition. A feature is represented when its direction is long enough; "
        "represented directions need not be recovered, so recovered features lead here and represented ones stand in "
        "the supplement.",
        "Statements on named activations are resampled over seeds. Statements over activations are resampled over "
        "seeds and activations together. A run in which something has not happened by its last step counts as later, "
        "and is not left out. A verdict is replicated if the whole interval lies where the statement says; right "
        "direction, smaller than stated, if it lies between no effect and the margin; reversed, if it lies on the "
        "other side of no effect; inconclusive otherwise.",
        "The supplement holds all settings, the validation of the LLC estimator, the measured effect of every defect "
        "of the original, and every activation by itself.",
    )


def medians_of(inputs: Inputs, protocols: Protocols) -> pd.DataFrame:
    """Return the median of recovered features by activation under both procedures, and the most that is possible."""
    runs = inputs.tables["runs"]
    counts = runs.assign(n_recovered=runs.n_recovered.astype(float)).groupby(["training", "activation"]).n_recovered
    medians = counts.median().unstack("training")
    table = pd.DataFrame(index=list(protocols.labels), columns=["post", "controlled", "best", "gap"], dtype=float)
    for name, training in (("post", protocols.post), ("controlled", protocols.controlled)):
        if training in medians:
            table[name] = medians[training]
    capacity = inputs.tables.get("capacity")
    if capacity is not None:
        best = capacity[capacity.training == protocols.controlled].set_index("activation").n_recovered
        table["best"] = best.astype(float)
        ends = runs[runs.training == protocols.controlled]
        table["gap"] = ends.gap.astype(float).groupby(ends.activation).median()
    return table


def _add_discussion(document: Document, study: Study, inputs: Inputs, protocols: Protocols) -> None:
    """Add a paragraph for each thing that the post calls confusing."""
    found = discussion.paragraphs(medians_of(inputs, protocols), protocols.labels)
    if not found or protocols.post == protocols.controlled:
        return
    document.heading("Discussion", 1)
    for title, text in found:
        document.heading(title, 2)
        document.text(text)


def _figure(document: Document, figures: Figures, name: str, caption: str) -> None:
    """Add a figure of the study if it exists."""
    if ("figures", name) in figures:
        add_figure(document, figures["figures", name], caption, name)
