"""The supplement, what the paper leaves out: the values that its text names, and its tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from superposition import palette, wording
from superposition.documents import shared
from superposition.documents.shared import ShownStudy, Sources, blocks_of, statements
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Grid, Head
from superposition.figures import style
from superposition.figures.step_axes import comparison_figure
from superposition.protocols import CONTROLLED, POST, pairs_of
from superposition.status import STATUSES, VERDICTS, may_be_read
from superposition.training_presets import TrainingPreset


@dataclass(frozen=True, kw_only=True)
class SupplementSources(Sources):
    """Sources of the supplement.

    Attributes:
        shown: What is shown of tables with a declaration, by name.
        why: Why values of presets are controlled, by kind (training and sampler).
        curves: Curves by training preset and activation.
        presets: Values of every preset of the study, by kind and name; `meanings` says what each means, by kind.
        thresholds: Thresholds from which a feature counts as represented or recovered.
        limits: Limits beyond which an LLC estimate is not read.
    """

    shown: Mapping[str, Mapping[str, Any]]
    why: Mapping[str, Mapping[str, str]]
    curves: Mapping[tuple[str, str], pd.DataFrame]
    presets: Mapping[str, Mapping[str, Mapping[str, Any]]]
    meanings: Mapping[str, Mapping[str, str]]
    thresholds: Mapping[str, float]
    limits: Mapping[str, float]
    versions: Mapping[str, str]


def supplement_document(study: ShownStudy, inputs: SupplementSources) -> Document:
    """Return the supplement."""
    title = f"{study.citation['title']}: supplement"
    document = Document(study.citation, title=title, subject="Supplement of a replication", landscape=False)
    tables = {name: table for name, table in inputs.tables.items() if len(table)}
    grids = {
        "registry": lambda: _registry(study),
        "training_presets": lambda: _presets(inputs, "training"),
        "sampler_presets": lambda: _presets(inputs, "sampler"),
        "statuses": lambda: _statuses(study, tables["runs"]),
        "evidence": lambda: _evidence(study, tables["claims"]),
        "versions": lambda: Grid(
            [Head("What", 4), Head("Version", 9)], [[wording.title(name), v] for name, v in inputs.versions.items()]
        ),
    }

    def declared(name: str, caption: str) -> None:
        table = tables[name].sort_values(["training", "rank"]) if name == "ranking" else tables[name]
        grid, meanings = shared.declared(study, name, table, inputs.shown[name])
        document.table(grid, caption=caption, label=name)
        document.text(meanings, style="Note")

    def verdicts(name: str, caption: str) -> None:
        protocols = tables[name].groupby(["training", "sampler"], sort=False)
        grid = statements({study.label(*pair): rows for pair, rows in protocols})  # type: ignore[misc]
        document.table(grid, caption=caption, label=name)

    def curves(which: str, caption: str) -> None:
        training, _, names = which.partition("/")
        shown = {study.labels[name]: inputs.curves[training, name] for name in names.split(",")}
        drawn = style.png(comparison_figure(shown, samplers=study.samplers_of(training)))
        document.figure(drawn, caption, which)

    blocks = {"declared": declared, "verdicts": verdicts, "curves": curves}
    blocks |= blocks_of(document, inputs.figures, grids)
    document.compose(inputs.template, blocks, **_values(study, tables, inputs))
    return document


def _values(study: ShownStudy, tables: Mapping[str, pd.DataFrame], inputs: SupplementSources) -> dict[str, Any]:
    runs, claims, training = tables["runs"], tables.get("claims", pd.DataFrame()), inputs.presets["training"]
    pairs = pairs_of(study.protocols)
    shown = [pairs[name] for name in (POST, CONTROLLED) if name in pairs] or list(pairs.values())
    judged = dict(iter(claims.groupby(["training", "sampler"]).verdict)) if len(claims) else {}
    verdicts = {study.label(*pair): list(judged[pair]) for pair in shown if pair in judged}
    return {
        "tables": set(tables),
        "n_activations": runs.activation.nunique(),
        "n_seeds": runs.seed.nunique(),
        "n_runs": len(runs),
        "n_diverged": int((~may_be_read(runs.status)).sum()),
        "n_statements": claims.id.nunique() if len(claims) else 0,
        "protocols": [f"{row['label']} ({row['training']} × {row['sampler']})" for row in study.protocols.values()],
        "verdicts": [f"under “{label}”, {_counted(words)}" for label, words in verdicts.items()],
        "differing": _differing(*verdicts.values()) if len(verdicts) == 2 else "",
        "losses": _losses(study, tables["summary"]),
        "study": study,
        "confidence": wording.percent(study.confidence),
        "changes": _changes(study, inputs),
        "lengths": [str(length) for length in sorted({preset["n_steps"] for preset in training.values()})],
        "samples": [
            f"of {values['population_size']:,} inputs with training preset {name}"
            for name, values in training.items()
            if not TrainingPreset(**values).population_is_exact
        ],
        "thresholds": inputs.thresholds,
        "limits": inputs.limits,
        "references": inputs.references,
    }


def _counted(verdicts: Sequence[str]) -> str:
    """Return how many statements have each verdict: `3 replicated and 2 reversed`."""
    counts = Counter(verdicts)
    return wording.listing([f"{counts[word]} {word.replace(', ', ' but ')}" for word in VERDICTS if counts[word]])


def _differing(first: Sequence[str], second: Sequence[str]) -> str:
    n_changed = sum(before != after for before, after in zip(first, second, strict=True))
    return f" {wording.plural(n_changed, 'verdict')} {'differs' if n_changed == 1 else 'differ'} between the two."


def _losses(study: ShownStudy, summary: pd.DataFrame) -> list[str]:
    """Return the range of final losses under every training preset that has any."""
    parts, known = [], pd.DataFrame(summary[summary.measure == "loss"]).dropna(subset="median")
    for training, rows in known.groupby("training", sort=False):
        losses = rows.set_index("activation")["median"]
        names = map(str, (losses.idxmin(), losses.idxmax()))
        ends = [f"{wording.number(losses[name])} ({study.printed[name]['label']})" for name in names]
        parts.append(f"from {ends[0]} to {ends[1]} under “{study.places[str(training)]}”")
    return parts


def _changes(study: ShownStudy, inputs: SupplementSources) -> list[tuple[str, str, str, int, list[str]]]:
    """Return in what the presets of the controlled protocol differ from the post's: kind, names, how many, and why."""
    if not {POST, CONTROLLED} <= set(study.protocols):
        return []
    changes = []
    for kind in ("training", "sampler"):
        first, second = (study.protocols[name][kind] for name in (POST, CONTROLLED))
        old, new = inputs.presets[kind][first], inputs.presets[kind][second]
        steps = {key: f"{key} from {_value(old[key])} to {_value(new[key])}" for key in old if old[key] != new[key]}
        items = [f"{step}: {inputs.why[kind][key]}." for key, step in steps.items() if key in inputs.why[kind]]
        others = [step for key, step in steps.items() if key not in inputs.why[kind]]
        items += [f"Besides: {wording.listing(others)}."] if others else []
        changes += [(kind, first, second, len(steps), items)] if steps else []
    return changes


def _value(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _registry(study: ShownStudy) -> Grid:
    grid = Grid([Head("Activation", 2.5), Head("Definition", 6), Head("Reference", 5)])
    for family, names in study.families.items():
        rows = [study.printed[name] for name in names]
        grid.rows += [family, *([row["label"], f"${row['formula']}$", row["reference"]] for row in rows)]
    return grid


def _presets(inputs: SupplementSources, kind: str) -> Grid:
    """Return values of presets; the background of those in which they differ is grey."""
    presets = inputs.presets[kind]
    grid = Grid([Head("Value", 3.6), Head("Meaning", 7.5), *(Head(name, 2.6, "center") for name in presets)])
    for key, meaning in inputs.meanings[kind].items():
        if all(key in preset for preset in presets.values()):
            values = [preset[key] for preset in presets.values()]
            fill = palette.DIFFERS if len(set(values)) > 1 else ""
            grid.rows.append([key, meaning.rstrip("."), *(Cell(_value(value), fill=fill) for value in values)])
    return grid


def _statuses(study: ShownStudy, runs: pd.DataFrame) -> Grid:
    """Return how many estimates at the last checkpoint have each status."""
    grid = Grid([Head("Training preset", 3), Head("Sampler preset", 3)])
    grid.columns += [Head(wording.title(status), 1.9, "number") for status in STATUSES]
    for training, sampler in pairs_of(study.protocols).values():
        known = runs.loc[runs.training == training, f"status_{sampler}"]
        grid.rows.append([training, sampler, *(str(int((known == status).sum())) for status in STATUSES)])
    return grid


def _evidence(study: ShownStudy, claims: pd.DataFrame) -> Grid:
    """Return the sentence with the numbers behind every verdict."""
    columns = [("Protocol", 2.8), ("Verdict", 2.3), ("Evidence", 9.6), ("Variants that agree", 1.8), ("Runs used", 1.5)]
    grid = Grid([Head(*column) for column in columns])
    for (name, statement), rows in claims.groupby(["id", "statement"], sort=False):  # type: ignore[misc]
        grid.rows.append(f"{name}  {statement}")
        grid.rows += [
            [
                wording.title(study.label(row["training"], row["sampler"])),
                Cell(row["verdict"], fill=palette.FILLS.get(row["verdict"], "")),
                " ".join(filter(None, [row["sentence"] or row["reason"], *_more(row)])),
                f"{row['n_agree']} of {row['n_variants']}",
                Cell(str(row["n_used"]), detail=f"{row['n_excluded']} excluded"),
            ]
            for row in rows.to_dict("records")
        ]
    return grid


def _more(row: Mapping[str, Any]) -> list[str]:
    """Return what becomes of the parts of a statement, of its measure, and of its verdict on fresh seeds."""
    texts = [f"Parts: {row['parts']}."] if row["parts"] else []
    if wording.number(row["detectable"]) != wording.MISSING:
        texts.append(f"Found with 80 % from {wording.in_text(row['detectable'])} beyond the margin on.")
    texts += [f"Changed after results were seen: {row['revised']}."] if row["revised"] else []
    if isinstance(row["holdout_verdict"], str):
        chance = wording.percent(row["holdout_chance"])
        texts.append(f"On fresh seeds {row['holdout_verdict']}; the same word by chance: {chance}.")
    return texts
