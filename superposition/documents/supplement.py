"""The supplement, what the paper leaves out: the values that its text names, and its tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from superposition import palette, wording
from superposition.documents import verdicts
from superposition.documents.shared import Figures, Selection, Sources, Study, add_declared, add_figure, reading_guide
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group
from superposition.figures import style
from superposition.figures.comparison import comparison_figure
from superposition.presets import CONTROLLED, POST, TrainingPreset, pairs_of
from superposition.status import STATUSES, may_be_read


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """The values of the configuration that the methods state.

    Attributes:
        presets: Values of every preset of the study, by kind (training and sampler) and name.
        meanings: What each value means, by kind.
        thresholds: From when on a feature counts as represented or recovered.
        limits: Beyond what an LLC estimate may not be read.
    """

    presets: Mapping[str, Mapping[str, Mapping[str, Any]]]
    meanings: Mapping[str, Mapping[str, str]]
    thresholds: Mapping[str, float]
    limits: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Inputs(Sources):
    """Sources of the supplement: curves by training preset and activation, presets and thresholds, versions."""

    curves: Mapping[tuple[str, str], pd.DataFrame]
    procedure: Procedure
    versions: Mapping[str, str]


SELECTIONS = {
    "ranking": Selection(
        columns=["activation", "rank", "n_recovered", "n_represented", "n_used", "n_excluded"],
        intervals={"rank": ("rank_low", "rank_high"), "n_recovered": ("low", "high")},
        group_by="training",
    ),
    "questions": Selection(
        columns=["question", "part", "training", "answer", "sentence"],
        group_by="quote",
        widths={"part": 2.4, "answer": 1.9, "sentence": 7.0},
    ),
    "llc_leaderboard": Selection(
        columns=["point", "estimator", "true_llc", "estimate", "se", "steps", "close", "status"],
        group_by="group",
        widths={"point": 4.2, "estimator": 2.8},
    ),
    "llc_cross_check": Selection(
        columns=["seed", "step", "batch_size", "optimizer", "n_draws", "max_difference", "llc_difference"],
        group_by="activation",
        widths={"seed": 1.4},
    ),
    "deviations": Selection(
        columns=["quantity", "setting", "original", "corrected", "comparison", "effect", "n", "evidence"],
        intervals={"effect": ("effect_low", "effect_high")},
        group_by="deviation",
        overall="activation",
        leave_out={"setting": r"snapshot \d+"},
        widths={"quantity": 3.4, "comparison": 2, "evidence": 7, "n": 1.2, "setting": 2.6},
    ),
}
"""What is shown of tables with a declaration."""

WHY = {
    "training": {
        "bias_std": "a large initial bias starts bounded activations saturated and dead-zoned ones dead (N5)",
        "initial_polygon": "no feature is ahead at the start",
        "weight_std": "weights small enough to be free of the start, and large enough to leave dead zones",
        "sample": "a drawn sample has other minima than the expected loss",
        "n_samples": "as many inputs as there are",
        "batch_size": "no noise of mini-batches",
        "lr": "with smaller steps fewer runs converge",
        "precision": "rounding of single precision hides whether a run has converged",
    },
    "sampler": {
        "tied_noise": "tied weights that are sampled as two parameters have twice the temperature (N4)",
        "nbeta": "together with localization it decides which curvature the estimate sees as flat (N9)",
        "localization": "the pull that keeps chains at the checkpoint, set against nbeta",
        "lr": "the step size has to follow nbeta",
        "data": "a checkpoint is no minimum of the loss over a sample that it was not trained on (N10)",
        "checkpoint_stride": "longer chains, at fewer checkpoints",
        "num_burnin_steps": "draws before the chains have spread out lower the estimate",
    },
}
"""Why a value is controlled; ids are those of docs/deviations.md."""


def supplement_document(study: Study, inputs: Inputs) -> Document:
    """Return the supplement."""
    title = f"{study.work.title}: supplement"
    document = Document(study.work, title=title, subject="Supplement of a replication", landscape=False)
    found = {name: table for name, table in inputs.tables.items() if len(table)}

    def declared(words: str) -> None:
        name, _, caption = words.partition(" ")
        table = found[name].sort_values(["training", "rank"]) if name == "ranking" else found[name]
        add_declared(document, name, table, SELECTIONS[name], caption, study.printed)

    def judged(words: str) -> None:
        name, _, caption = words.partition(" ")
        grid = verdicts.verdicts(study, found[name])
        document.table(grid, caption=caption, label=name, note=verdicts.LEGEND)

    def tabulated(label: str, grid: Callable[[], Grid], note: str = "") -> Callable[[str], None]:
        return lambda caption: document.table(grid(), caption=caption, label=label, note=note)

    blocks = {
        "declared": declared,
        "verdicts": judged,
        "presets": partial(_add_presets, document, inputs.procedure),
        "comparisons": lambda _: _add_comparisons(document, study, inputs.figures),
        "families": lambda _: _add_families(document, study, inputs.curves),
        "figure": partial(add_figure, document, inputs.figures),
        "registry": tabulated("registry", partial(_registry, study)),
        "statuses": tabulated("statuses", partial(_statuses, study, found["runs"])),
        "evidence": tabulated("evidence", lambda: verdicts.evidence(study, found["claims"]), verdicts.EXCLUDED),
        "versions": tabulated("versions", partial(_versions, inputs.versions)),
    }
    document.compose(inputs.template, blocks, **_values(study, found, inputs))
    return document


def _values(study: Study, found: Mapping[str, pd.DataFrame], inputs: Inputs) -> dict[str, Any]:
    """Return what the template names."""
    runs, procedure, claims = found["runs"], inputs.procedure, found.get("claims")
    pairs = pairs_of(study.protocols)
    shown = [pairs[name] for name in (POST, CONTROLLED) if name in pairs] or list(pairs.values())
    training = procedure.presets["training"]
    return {
        "wording": wording,
        "tables": set(found),
        "n_activations": runs.activation.nunique(),
        "n_seeds": runs.seed.nunique(),
        "n_runs": len(runs),
        "n_diverged": int((~may_be_read(runs.status)).sum()),
        "n_statements": 0 if claims is None else claims.id.nunique(),
        "protocols": [f"{one['label']} ({one['training']} × {one['sampler']})" for one in study.protocols.values()],
        "verdicts": [
            f"under “{study.label(*pair)}”, {verdicts.counts(claims, pair)}" for pair in shown if claims is not None
        ],
        "differing": "" if claims is None else verdicts.differing(claims, shown),
        "losses": _losses(study, found["summary"]),
        "confidence": wording.percent(study.confidence),
        "changes": _changes(study, procedure),
        "lengths": [str(length) for length in sorted({preset["n_steps"] for preset in training.values()})],
        "reading": "\n\n".join(reading_guide(study)),
        "samples": [
            f"of {values['population_size']:,} inputs with training preset {name}"
            for name, values in training.items()
            if not TrainingPreset(**values).population_is_exact
        ],
        "thresholds": procedure.thresholds,
        "limits": procedure.limits,
        "references": inputs.references,
    }


def _losses(study: Study, summary: pd.DataFrame) -> list[str]:
    """Return the range of final losses under every training preset that has any."""
    parts = []
    for training, rows in summary[summary.measure == "loss"].groupby("training", sort=False):
        losses = rows.set_index("activation")["median"].dropna()
        ends = [
            f"{wording.number(losses[name])} ({study.printed[name]['label']})"
            for name in (map(str, (losses.idxmin(), losses.idxmax())) if len(losses) else [])
        ]
        parts += [f"from {ends[0]} to {ends[1]} with {training}"] if ends else []
    return parts


def _changes(study: Study, procedure: Procedure) -> list[tuple[str, str, str, int, list[str]]]:
    """Return in what the presets of the controlled protocol differ from the post's: kind, names, how many, and why."""
    if not {POST, CONTROLLED} <= set(study.protocols):
        return []
    found = []
    for kind in ("training", "sampler"):
        first, second = (study.protocols[name][kind] for name in (POST, CONTROLLED))
        old, new = procedure.presets[kind][first], procedure.presets[kind][second]
        steps = {key: f"{key} from {_value(old[key])} to {_value(new[key])}" for key in old if old[key] != new[key]}
        items = [f"{step}: {WHY[kind][key]}." for key, step in steps.items() if key in WHY[kind]]
        others = [step for key, step in steps.items() if key not in WHY[kind]]
        items += [f"Besides: {wording.listing(others)}."] if others else []
        found += [(kind, first, second, len(steps), items)] if steps else []
    return found


def _value(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _registry(study: Study) -> Grid:
    """Return the activations of the study with their definitions."""
    grid = Grid([Column("Activation", 2.5), Column("Definition", 6), Column("Reference", 5)])
    for family, names in palette.by_family(study.printed).items():
        rows = [study.printed[name] for name in names]
        grid.rows += [Group(wording.title(family)), *([r["label"], f"${r['formula']}$", r["reference"]] for r in rows)]
    return grid


def _add_presets(document: Document, procedure: Procedure, kind: str) -> None:
    """Add the table of presets of a kind; the background of values in which they differ is grey."""
    presets = procedure.presets[kind]
    grid = Grid([Column("Value", 3.6), Column("Meaning", 7.5), *(Column(name, 2.6, "center") for name in presets)])
    for key, meaning in procedure.meanings[kind].items():
        if all(key in preset for preset in presets.values()):
            values = [preset[key] for preset in presets.values()]
            fill = palette.DIFFERS if len(set(values)) > 1 else ""
            grid.rows.append([key, meaning.rstrip("."), *(Cell(_value(value), fill=fill) for value in values)])
    caption = f"{wording.title(kind)} presets of the study. Where they differ, the background is grey."
    document.table(grid, caption=caption, label=f"{kind}_presets")


def _add_comparisons(document: Document, study: Study, figures: Figures) -> None:
    """Add the figures that compare all activations."""
    slope = ": a slope is the effect of what the presets differ in" if len(study.training) > 1 else ""
    captions = {
        (training, "overview"): f"Final polygons of all activations, by family, with training preset {training}."
        for training in study.training
    }
    captions["figures", "protocols"] = f"Final loss and superposition of every activation by training preset{slope}."
    for sampler in study.samplers:
        captions["figures", f"superposition-vs-llc-{sampler}"] = (
            f"Superposition and readable LLC of every activation after training, sampler preset {sampler}, with "
            "intervals over seeds."
        )
    for (folder, name), caption in captions.items():
        if (folder, name) in figures:
            document.figure(figures[folder, name], caption, f"{name}-{folder}")


def _add_families(document: Document, study: Study, curves: Mapping[tuple[str, str], pd.DataFrame]) -> None:
    """Add what the activations of each family do over training, side by side, under every preset."""
    for family, names in palette.by_family(study.printed).items():
        title = wording.title(family)
        document.heading(title, 2, on_new_page=True)
        for training in study.training:
            shown = {
                study.printed[name]["label"]: curves[training, name] for name in names if (training, name) in curves
            }
            if shown:
                caption = (
                    f"{title} over training with preset {training}: {wording.listing(list(shown))}. Loss, LLC by "
                    f"sampler preset and recovered features.{study.llc_note}"
                )
                drawn = style.png(comparison_figure(shown, samplers=study.samplers_of(training)))
                document.figure(drawn, caption, f"family-{training}-{family}")


def _statuses(study: Study, runs: pd.DataFrame) -> Grid:
    """Return how many estimates at the last checkpoint have each status."""
    grid = Grid([Column("Training preset", 3), Column("Sampler preset", 3)])
    grid.columns += [Column(wording.title(status), 1.9, "number") for status in STATUSES]
    for training, sampler in pairs_of(study.protocols).values():
        found = runs.loc[runs.training == training, f"status_{sampler}"]
        grid.rows.append([training, sampler, *(str(int((found == status).sum())) for status in STATUSES)])
    return grid


def _versions(versions: Mapping[str, str]) -> Grid:
    return Grid([Column("What", 4), Column("Version", 9)], [[wording.title(name), v] for name, v in versions.items()])
