"""The paper: values that its text names, the answer to the post, and where its numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from superposition import wording
from superposition.documents.paper import discussion
from superposition.documents.paper.findings import Finding, Protocols, findings
from superposition.documents.shared import Sources, Study, add_figure
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid
from superposition.palette import FILLS
from superposition.tables import frames


@dataclass(frozen=True, kw_only=True)
class Inputs(Sources):
    """Sources of the paper.

    Attributes:
        n_features: Features of the models.
        n_hidden: Their hidden dimensions.
        made_by: File, rule and script of each table by its name.
        commit: Commit with which the tables were made.
    """

    n_features: int
    n_hidden: int
    made_by: Mapping[str, Mapping[str, str]]
    commit: str


SOURCES = {
    "signature": ("Figure of every activation", ("runs",)),
    "answers": ("Table and figure of the post's statements", ("claims", "evidence")),
    "capacity": ("Figure of the best possible", ("capacity", "summary")),
    "onset-vs-drop": ("Figure of onsets", ("summary", "run_transitions")),
    "superposition-vs-loss": ("Figure of superposition and loss", ("summary",)),
}
"""Parts of the paper and the tables that they show, by figure."""

NOTHING = "All runs diverged, so that nothing can be said about superposition."


def findings_table(study: Study, inputs: Inputs) -> pd.DataFrame:
    """Return the findings, each with the table from which its numbers come."""
    found = _findings(study, inputs)
    return frames.of([{"finding": finding.text, "table": ", ".join(finding.tables)} for finding in found], "findings")


def trace_table(study: Study, inputs: Inputs) -> pd.DataFrame:
    """Return for each part of the paper the tables that it is made from, with their files, rules and scripts."""
    parts = [(f"Finding {i}", list(finding.tables)) for i, finding in enumerate(_findings(study, inputs), start=1)]
    parts += [(part, list(names)) for figure, (part, names) in SOURCES.items() if ("figures", figure) in inputs.figures]
    parts += [("Numbers of runs", ["runs"])]
    parts += [("Discussion", [name for name in ("runs", "capacity") if name in inputs.tables])]
    rows = [
        {"part": part, "table": name, **inputs.made_by[name], "commit": inputs.commit}
        for part, names in parts
        for name in names
        if name in inputs.made_by
    ]
    return frames.of(rows, "trace")


def paper(study: Study, inputs: Inputs) -> Document:
    """Return the paper."""
    document = Document(study.work, title=study.work.title, subject="Replication of a published study", landscape=False)

    def answers(caption: str) -> None:
        document.table(_answers(study, inputs.tables["claims"]), caption=caption, label="answer")

    def trace(caption: str) -> None:
        grid = Grid([Column("Table", 5), Column("Rule", 4), Column("Read in", 8)])
        for name, rows in trace_table(study, inputs).groupby("table", sort=False):
            first, parts = rows.iloc[0], [part[:1].lower() + part[1:] for part in rows.part]
            grid.rows.append([Cell(str(name), detail=first.file), first.rule, wording.title(wording.listing(parts))])
        document.table(grid, caption=caption, label="trace")

    blocks = {"figure": partial(add_figure, document, inputs.figures), "answers": answers, "trace": trace}
    document.compose(inputs.template, blocks, **_values(study, inputs))
    return document


def _findings(study: Study, inputs: Inputs) -> list[Finding]:
    return findings(inputs.tables, protocols_of(study, inputs))


def protocols_of(study: Study, inputs: Inputs) -> Protocols:
    """Return what findings compare: the first or last protocol where one of the two is not in the study."""
    (post, before), (controlled, after) = study.compared
    return Protocols(
        post=post["training"],
        controlled=controlled["training"],
        sampler=controlled["sampler"],
        labels={name: row["label"] for name, row in study.printed.items()},
        n_features=inputs.n_features,
        n_hidden=inputs.n_hidden,
        words=(before, after),
    )


def _values(study: Study, inputs: Inputs) -> dict[str, Any]:
    """Return what the template names."""
    runs, of_study = inputs.tables["runs"], protocols_of(study, inputs)
    claims = inputs.tables.get("claims")
    talked = of_study.post != of_study.controlled and of_study.words == Protocols.words
    medians = medians_of(inputs, of_study)
    diverged = int((runs.status != "ok").sum())
    lost = f"of which {diverged}" if diverged < len(runs) else "all of which"
    return {
        "wording": wording,
        "diverged": f", {lost} diverged" if diverged else "",
        "findings": [finding.text for finding in _findings(study, inputs)],
        "nothing": NOTHING,
        "rows": list(dict.fromkeys(protocol["label"] for protocol, _ in study.compared)),
        "protocols": [one["label"] for one in study.protocols.values()],
        "figures": {name for folder, name in inputs.figures if folder == "figures"},
        "n_activations": runs.activation.nunique(),
        "n_seeds": runs.seed.nunique(),
        "n_runs": len(runs),
        "n_features": inputs.n_features,
        "n_hidden": inputs.n_hidden,
        "has_answers": claims is not None and len(claims) > 0,
        "confidence": wording.percent(study.confidence),
        "capacity_said": _limited(medians, of_study),
        "said": lambda names: discussion.said(names, medians, of_study.labels) if talked else "",
        "commit": inputs.commit[:12],
        "references": inputs.references,
    }


def _answers(study: Study, claims: pd.DataFrame) -> Grid:
    """Return the post's statements one by one, with what was measured and the verdict."""
    shown = [protocol for protocol, _ in study.compared]
    shown = shown[:1] if shown[0] == shown[1] else shown
    grid = Grid([Column("The post says", 6.4), *(Column(wording.title(one["label"]), 3.3) for one in shown)])
    for name, rows in claims.groupby("id", sort=False):
        found = [rows[(rows.training == one["training"]) & (rows.sampler == one["sampler"])] for one in shown]
        cells = [_answer(cell.iloc[0]) if len(cell) else Cell() for cell in found]
        grid.rows.append([f"{rows.statement.iloc[0]} ({name})", *cells])
    return grid


def _answer(row: pd.Series) -> Cell:
    """Return the verdict on a statement under one protocol, with its numbers below."""
    if not np.isfinite(row.estimate):
        return Cell(row.verdict, detail=wording.words(row.reason or ""))
    unit = f" {row.unit}" if row.unit else ""
    numbers = f"{wording.in_text(row.estimate)}{unit} [{wording.in_text(row.low)}, {wording.in_text(row.high)}]"
    said = f"{row.verdict}: {row.reason}" if row.reason else row.verdict
    return Cell(said, detail=numbers, fill=FILLS.get(row.verdict, ""))


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


def _limited(medians: pd.DataFrame, protocols: Protocols) -> str:
    """Return of how many activations training is the limit, as a further sentence; nothing where it is of none."""
    both = medians.dropna(subset=["controlled", "best"])
    below = both.index[both.controlled < both.best]
    if not len(below):
        return ""
    furthest = (both.best - both.controlled)[below].sort_values(kind="stable", ascending=False).index[:3]
    named = [
        f"{protocols.labels[name]} ({wording.count(both.controlled[name])} of {wording.count(both.best[name])})"
        for name in furthest
    ]
    where, how_many = protocols.places[-1][1], f"{len(below)} of {len(both)}"
    return (
        f" {where[:1].upper()}{where[1:]}, the typical run recovers fewer than are possible with {how_many}, furthest "
        f"with {wording.listing(named)}."
    )
