"""Sections of the main document in their order; a section whose table does not exist is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from superposition import wording
from superposition.documents.declared_table import Selection, add_declared
from superposition.documents.shared import Figures, Study, add_figure, reading_guide
from superposition.documents.supplement.methods import Procedure, add_methods
from superposition.documents.supplement.results import Curves, add_results
from superposition.documents.supplement.verdicts import (
    Change,
    abstract,
    add_changes,
    add_evidence,
    add_verdicts,
)
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Column, Grid
from superposition.protocols import CONTROLLED, POST, pairs_of
from superposition.status import OK, STATUSES


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Sources of the main document.

    Attributes:
        tables: Tables of the study that exist, by name; `runs` and `summary` must.
        thumbnails: Final polygons by training preset and activation.
        figures: Figures that exist.
        curves: Tables of curves by training preset and activation.
        procedure: Presets and thresholds.
        versions: Versions that the results were made with.
    """

    tables: Mapping[str, pd.DataFrame]
    thumbnails: Mapping[tuple[str, str], bytes]
    figures: Figures
    curves: Curves
    procedure: Procedure
    versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section that shows one table.

    Attributes:
        title: Its heading.
        text: What the table is for.
        selection: What of the table is shown.
        figure: Name of a figure that stands before the table, with its caption; nothing for none.
        landscape: Whether its pages lie on their side.
    """

    title: str
    text: str
    selection: Selection
    figure: tuple[str, str] = ("", "")
    landscape: bool = False


SECTIONS = (
    Section(
        title="Open questions",
        text="What the post leaves open, answered where data exist. Both: yes in one part, no in another. Undecided: "
        "the data cannot tell. Intervals resample seeds and activations, as those of the statements. Questions about "
        "causes and other models need experiments on request.",
        selection=Selection(
            table="questions",
            caption="Answers to the post's open questions.",
            columns=["question", "part", "training", "answer", "sentence"],
            group_by="quote",
            widths={"part": 2.4, "answer": 1.9, "sentence": 7.0},
        ),
    ),
    Section(
        title="Validation of the LLC",
        text="Estimators at points whose learning coefficient is known. SGLD is that of this study, in its calibrated "
        "setting: at one inverse temperature it returns an effective dimension, which misses the coefficient where the "
        "loss is singular or curved less than the localisation holds. The others extrapolate to infinite inverse "
        "temperature. An estimate is close if it differs from the truth by at most 5 %, or by at most three standard "
        "errors that are themselves at most 5 %.",
        selection=Selection(
            table="llc_leaderboard",
            caption="LLC estimates where the learning coefficient is known.",
            columns=["point", "estimator", "true_llc", "estimate", "se", "steps", "close", "status"],
            group_by="group",
            widths={"point": 4.2, "estimator": 2.8},
        ),
        figure=("llc-leaderboard", "Estimates as shares of the learning coefficient where it is known."),
    ),
    Section(
        title="Cross-check against the library",
        text="Chains of this study against those of devinterp with equal seeds, draw for draw.",
        selection=Selection(
            table="llc_cross_check",
            caption="Largest differences between the loss traces of this study and of devinterp.",
            columns=["seed", "step", "batch_size", "optimizer", "n_draws", "max_difference", "llc_difference"],
            group_by="activation",
            widths={"seed": 1.4},
        ),
    ),
    Section(
        title="Deviations of the original",
        text="What each defect of the original procedure does to the runs of this study: values with it and without, "
        "over all activations. Single activations and snapshots stand in results/tables.",
        selection=Selection(
            table="deviations",
            caption="Effect of each defect of the original, over all activations.",
            columns=["quantity", "setting", "original", "corrected", "comparison", "effect", "n", "evidence"],
            intervals={"effect": ("effect_low", "effect_high")},
            group_by="deviation",
            overall="activation",
            leave_out={"setting": r"snapshot \d+"},
            widths={"quantity": 3.4, "comparison": 2, "evidence": 7, "n": 1.2, "setting": 2.6},
        ),
        landscape=True,
    ),
)
"""Sections between results and limits, in order. A table with a declaration gets a section with one entry here."""

REFERENCES = (
    "Aoyagi, M., Watanabe, S. (2005). Stochastic complexities of reduced rank regression in Bayesian estimation. "
    "Neural Networks 18, 924–933.",
    "Baron, R. (2025). Minor interpretability exploration #3: Extending superposition to different activation "
    "functions (loss landscape). LessWrong. The post that is replicated.",
    "Chen, Z., Lau, E., Mendel, J., Wei, S., Murfet, D. (2023). Dynamical versus Bayesian phase transitions in a toy "
    "model of superposition. arXiv 2310.06301.",
    "Elhage, N., et al. (2022). Toy models of superposition. Transformer Circuits Thread.",
    "Lad, V., Kostolansky, T. (2023). The effect of activation functions on superposition in toy models.",
    "Lau, E., Furman, Z., Wang, G., Murfet, D., Wei, S. (2023). The local learning coefficient: a singularity-aware "
    "complexity measure. arXiv 2308.12108.",
    "Scherlis, A., Sachan, K., Jermyn, A. S., Benton, J., Shlegeris, B. (2022). Polysemanticity and capacity in neural "
    "networks. arXiv 2210.01892.",
    "van Wingerden, S., Hoogland, J., Wang, G., Zhou, W. (2024). DevInterp. Software, version 1.3.2.",
)


def supplement_document(study: Study, inputs: Inputs) -> Document:
    """Return the supplement.

    Args:
        study: What the documents say about the study.
        inputs: Tables, figures and values that it shows.
    """
    found = inputs.tables
    title = f"{study.work.title}: supplement"
    document = Document(study.work, title=title, subject="Supplement of a replication", landscape=False)
    document.heading("Abstract", 1)
    document.text(*abstract(study, found))
    document.contents()
    if "claims" in found:
        add_verdicts(document, study, found)
    document.section(landscape=False)
    add_changes(document, study, found, _changes(study, inputs.procedure))
    add_methods(document, study, inputs.procedure, [*_procedure(inputs.procedure), *reading_guide(study)])
    add_results(document, study, found, inputs.thumbnails, inputs.figures, inputs.curves)
    for section in SECTIONS:
        if section.selection.table in found and len(found[section.selection.table]):
            document.section(landscape=section.landscape)
            document.heading(section.title, 1)
            document.text(section.text)
            name, caption = section.figure
            if ("figures", name) in inputs.figures:
                add_figure(document, inputs.figures["figures", name], caption, f"figure-{name}")
            add_declared(document, found[section.selection.table], section.selection, printed=study.printed)
    document.section(landscape=False)
    _add_limits(document, study, found["runs"])
    if "claims" in found:
        add_evidence(document, study, found["claims"])
    _add_provenance(document, inputs.versions)
    document.heading("References", 1)
    document.bullets(*REFERENCES)
    return document


WHY = {
    "bias_std": "a large initial bias starts bounded activations saturated and dead-zoned ones dead (N5)",
    "tied_noise": "tied weights that are sampled as two parameters have twice the temperature (N4)",
    "nbeta": "together with localization it decides which curvature the estimate sees as flat (N9)",
    "localization": "the pull that keeps chains at the checkpoint, set against nbeta",
    "lr": "the step size has to follow nbeta",
    "data": "a checkpoint is no minimum of the loss over a sample that it was not trained on (N10)",
    "checkpoint_stride": "longer chains, at fewer checkpoints",
    "num_burnin_steps": "draws before the chains have spread out lower the estimate",
}
"""Why a value is controlled; ids are those of docs/deviations.md."""


def _changes(study: Study, procedure: Procedure) -> list[Change]:
    """Return what the controlled procedure does differently and why, from the presets themselves."""
    if not {POST, CONTROLLED} <= set(study.protocols):
        return []
    both = {kind: [study.protocols[name][kind] for name in (POST, CONTROLLED)] for kind in ("training", "sampler")}
    return [
        _change(kind, procedure.presets[kind], first, second)
        for kind, (first, second) in both.items()
        if first != second
    ]


def _change(kind: str, values: Mapping[str, Mapping[str, Any]], first: str, second: str) -> Change:
    """Return in which values two presets differ, and why."""
    steps = {
        key: f"{key} from {_value(old)} to {_value(values[second][key])}"
        for key, old in values[first].items()
        if old != values[second][key]
    }
    items = [f"{step}: {WHY[key]}." for key, step in steps.items() if key in WHY]
    others = [step for key, step in steps.items() if key not in WHY]
    if others:
        items.append(f"For more and independent draws: {wording.listing(others)}.")
    count = wording.plural(len(steps), "value")
    return Change(f"From {kind} preset {first} to {second}, {count} changed ([[{kind}_presets]]):", items)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _procedure(procedure: Procedure) -> list[str]:
    lengths = sorted({preset["n_steps"] for preset in procedure.presets["training"].values()})
    steps = f"{wording.listing([str(length) for length in lengths])} {'step' if lengths == [1] else 'steps'}"
    return [
        f"Models are trained for {steps}. A run is a function of training preset, activation and seed. The "
        "values of the presets stand in [[training_presets]] and [[sampler_presets]]; a training preset with a "
        "sampler preset is a protocol."
    ]


def _add_limits(document: Document, study: Study, runs: pd.DataFrame) -> None:
    """Add the limits of the study, with the number of runs and estimates that cannot be used."""
    document.heading("Limits", 1)
    document.bullets(
        "The models are small: what holds for a few features in two dimensions need not hold in larger networks.",
        "Intervals are over seeds, with everything else of a protocol fixed; they say nothing about other learning "
        "rates, sizes or data.",
        "PReLU and RReLU are left out: a trainable slope and a random one make them other models.",
        "An LLC may be read only at a minimum that the chains explore without leaving it. [[statuses]] counts where "
        "that holds at the last checkpoint; comparisons of LLC are between the runs that remain.",
    )
    grid = Grid(
        columns=[
            Column(heading="Training preset", width=3),
            Column(heading="Sampler preset", width=3),
            *(Column(heading=wording.title(wording.words(status)), width=1.9, align="number") for status in STATUSES),
        ]
    )
    for training, sampler in pairs_of(study.protocols).values():
        found = runs.loc[runs.training == training, f"status_{sampler}"]
        grid.rows.append([training, sampler, *(str(int((found == status).sum())) for status in STATUSES)])
    caption = (
        f"Status of the LLC estimates at the last checkpoint of {wording.plural(len(runs), 'run')}; those with status "
        f"{OK} are used, and with the post's sampler, for verdicts, those that drift."
    )
    document.table(grid, caption=caption, label="statuses")


def _add_provenance(document: Document, versions: Mapping[str, str]) -> None:
    document.heading("Environment and provenance", 1, on_new_page=True)
    document.text(
        "All numbers, figures and sentences with numbers come from tables in results/tables, which one run of the "
        "workflow wrote. The merged configuration stands in results/provenance.json."
    )
    grid = Grid(columns=[Column(heading="What", width=4), Column(heading="Version", width=9)])
    grid.rows += [[wording.title(name), version] for name, version in versions.items()]
    document.table(grid, caption="Versions that the results were made with.", label="versions")
