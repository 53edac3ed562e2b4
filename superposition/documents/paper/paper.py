"""The paper: values that its text names, the answer to the post, and where its numbers come from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pandas as pd

from superposition import wording
from superposition.documents.paper.discussion import discussed, limited
from superposition.documents.paper.findings import FindingLimits, Procedures, findings
from superposition.documents.paper.sources import Source, Tables, TracedText
from superposition.documents.shared import ShownStudy, Sources, blocks_of, measured_value, statements
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Grid, Head
from superposition.quantities import EVIDENCE_LABELS
from superposition.status import SAME
from superposition.tables import frames


@dataclass(frozen=True, kw_only=True)
class PaperSources(Sources):
    """Sources of the paper.

    Attributes:
        made_by: File, rule and script of each table by its name.
        drawn: Script of each figure by its name, and the tables that it reads.
    """

    n_features: int
    n_hidden: int
    limits: FindingLimits
    made_by: Mapping[str, Mapping[str, str]]
    drawn: Mapping[str, Mapping[str, Any]]
    commit: str


def paper(study: ShownStudy, inputs: PaperSources) -> tuple[Document, pd.DataFrame, pd.DataFrame]:
    """Return the paper, a table of its findings, and a table of where its numbers come from.

    Every text with numbers leads to the table, columns and rows that it is made from.
    """
    title, subject = study.citation["title"], "Replication of a published study"
    document, tables = Document(study.citation, title=title, subject=subject, landscape=False), Tables(inputs.tables)
    (post, before), (controlled, after) = study.compared
    pair = Procedures(
        post=post["training"],
        controlled=controlled["training"],
        sampler=controlled["sampler"],
        labels=study.labels,
        n_features=inputs.n_features,
        n_hidden=inputs.n_hidden,
        limits=inputs.limits,
        words=(before, after),
    )
    texts = findings(tables, pair)
    verdicts, of_verdicts = tables.sourced(_verdicts, study)
    values = _values(study, inputs, tables, pair)
    values |= {"findings": texts, "has_answers": bool(verdicts.rows), "answers": TracedText("Answers", "", of_verdicts)}
    trace = partial(_trace, tables, inputs.made_by, inputs.commit)
    grids = {"answer": lambda: verdicts, "trace": lambda: _traced(trace())}
    blocks = blocks_of(document, inputs.figures, grids)
    document.compose(inputs.template, blocks, printed=tables.marked, **values)
    names = {finding.text: dict.fromkeys(source.table for source in finding.sources) for finding in texts}
    rows = [{"finding": text, "table": ", ".join(read)} for text, read in names.items()]
    return document, frames.of(rows, "findings"), trace()


def _values(study: ShownStudy, inputs: PaperSources, tables: Tables, pair: Procedures) -> dict[str, Any]:
    def drawn(name: str) -> TracedText:
        figure = inputs.drawn[name]
        sources = tuple(Source(table, drawn_by=figure["script"]) for table in figure["tables"])
        return TracedText(f"figure {name}", "", sources)

    return {
        "size": tables.traced("Size", _size),
        "total": tables.traced("Runs", _total),
        "rows": list(dict.fromkeys(protocol["label"] for protocol, _ in study.compared)),
        "protocols": [row["label"] for row in study.protocols.values()],
        "figures": {name for folder, name in inputs.figures if folder == "figures"},
        "drawn": drawn,
        "n_features": inputs.n_features,
        "n_hidden": inputs.n_hidden,
        "confidence": wording.percent(study.confidence),
        "limited": tables.traced("Capacity", limited, pair),
        "same": tables.traced("Same functions", _same, pair),
        "censored": tables.traced("Runs without onset", _censored, pair),
        "measured": lambda part, *ids: tables.traced(part, _measured, study, ids),
        "discussed": lambda title, names: tables.traced(title, discussed, pair, names),
        "commit": inputs.commit[:12],
        "references": inputs.references,
    }


def _size(tables: Tables) -> str:
    """Return how many activations and seeds the study has: `27 activations and 32 seeds`."""
    runs = tables.read("runs", "activation", "seed")
    activations = wording.plural(runs.activation.nunique(), "activation")
    return f"{activations} and {wording.plural(runs.seed.nunique(), 'seed')}"


def _total(tables: Tables) -> str:
    """Return how large the study is, and how many of its runs diverged: `..., 8 runs in all, of which 1 diverged`."""
    runs = tables.read("runs", "status")
    n_diverged, total = int((runs.status != "ok").sum()), wording.plural(len(runs), "run")
    lost = f"of which {n_diverged}" if n_diverged < len(runs) else "all of which"
    return f"{_size(tables)}, {total} in all{f', {lost} diverged' if n_diverged else ''}"


def _same(tables: Tables, pair: Procedures) -> str:
    """Return which activations did the same in every controlled run, if any; nothing where there are none."""
    same = tables.read("activation_classes", "activation", "same_as", training=pair.controlled, **{"class": SAME})
    pairs = [f"{pair.labels[row['activation']]} and {pair.labels[row['same_as']]}" for row in same.to_dict("records")]
    text = "these did the same in every run, and statements over activations count one of each pair"
    return f"{wording.sentence(pair.places[pair.controlled])}, {text}: {'; '.join(pairs)}." if pairs else ""


def _measured(tables: Tables, study: ShownStudy, ids: Sequence[str]) -> str:
    """Return what was measured for some statements, a sentence for each, with what it is of where that has a label."""
    keys, sentences = ["id", "training", "sampler"], []
    places = {(protocol["training"], protocol["sampler"]): where for protocol, where in study.compared}
    labels = {quantity: f" for the {label}" for quantity, label in EVIDENCE_LABELS.items()}
    claims = tables.read("claims", *keys, "measure", "quantity", "unit", "estimate", "low", "high")
    known = claims.dropna(subset="estimate").set_index(keys).to_dict("index")
    for name in ids:
        rows = [(where, known[name, *place]) for place, where in places.items() if (name, *place) in known]
        parts = [f"{measured_value(row)}{labels.get(row['quantity'], '')} {where}" for where, row in rows]
        sentences += [f"{rows[0][1]['measure']} ({name}): {wording.listing(parts)}."] if rows else []
    return " ".join(sentences)


def _censored(tables: Tables, pair: Procedures) -> str:
    """Return which statements rest in part on controlled runs without an onset, if any, with the share of such runs."""
    columns = ("id", "sampler", "n_used", "n_excluded", "n_censored")
    rows = tables.read("claims", *columns, training=pair.controlled).query("n_censored > 0").drop_duplicates("id")
    shares = rows.n_censored / (rows.n_used + rows.n_excluded)
    listed = [f"{wording.percent(round(share, 2))} ({name})" for name, share in zip(rows.id, shares, strict=True)]
    where = wording.sentence(pair.places[pair.controlled])
    return f"{where}, they are these shares of all runs of a statement: {wording.listing(listed)}." if listed else ""


def _verdicts(tables: Tables, study: ShownStudy) -> Grid:
    """Return the post's statements one by one, with what was measured and the verdict."""
    columns, by_protocol = ("id", "statement", "verdict", "reason", "estimate", "low", "high", "unit"), {}
    for protocol, _ in study.compared:
        rows = tables.read("claims", *columns, training=protocol["training"], sampler=protocol["sampler"])
        by_protocol[protocol["label"]] = rows
    return statements(by_protocol)


def _trace(tables: Tables, made_by: Mapping[str, Mapping[str, str]], commit: str) -> pd.DataFrame:
    """Return where the numbers of every text come from that was printed: a row for each table that it was made from."""
    rows = [
        {"mark": mark, "part": text.part, **asdict(source)}
        | {name: made_by[source.table][name] for name in ("file", "rule", "script")}
        | {"commit": commit}
        for text, mark in tables.printed.items()
        for source in text.sources
    ]
    return frames.of(rows, "trace")


def _traced(trace: pd.DataFrame) -> Grid:
    """Return the entries to which the marks in the text lead."""
    grid = Grid([Head("No.", 0.9), Head("Table", 3.4), Head("Columns", 5.7), Head("Rows", 4.6), Head("Rule", 4.7)])
    for mark, entries in trace.drop_duplicates(["mark", "table", "columns", "rows"]).groupby("mark"):
        for i, row in enumerate(entries.to_dict("records")):
            columns = row["columns"] or f"in {row['drawn_by']}"
            place = str(mark) if i else f"[[={mark}]]"
            grid.rows.append([place, row["table"], columns, row["rows"] or "all", row["rule"]])
    return grid
