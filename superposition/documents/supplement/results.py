"""Results in the main document: comparisons of all activations, and the training of each, by family."""

from collections.abc import Mapping

import pandas as pd

from superposition import palette, wording
from superposition.documents.declared_table import Selection, add_declared
from superposition.documents.shared import Figures, Study, add_figure
from superposition.documents.tables import add_table
from superposition.documents.word.document import Document
from superposition.figures import style
from superposition.figures.comparison import comparison_figure

Curves = Mapping[tuple[str, str], pd.DataFrame]
"""Tables of curves by training preset and activation."""

COMPARISONS = {
    "superposition-vs-loss": "Superposition and loss of every activation after training, with intervals over seeds.",
    "onset-vs-drop": "Onset of superposition and largest loss drop of every activation. An onset to the right of the "
    "bar comes after the drop.",
    "protocols": "Final loss and superposition of every activation from training preset to training preset: a slope "
    "is the effect of what the presets differ in.",
}
"""Figures that compare all activations, and their captions."""


def add_results(
    document: Document,
    study: Study,
    found: Mapping[str, pd.DataFrame],
    thumbnails: Mapping[tuple[str, str], bytes],
    figures: Figures,
    curves: Curves,
) -> None:
    """Add the tables and figures of all activations, then their training by family.

    Args:
        document: The document.
        study: What the documents say about the study.
        found: Tables of the study by name.
        thumbnails: Final polygons by training preset and activation.
        figures: The figures that exist.
        curves: Tables of curves by training preset and activation.
    """
    document.section(landscape=True)
    document.heading("Results: all activations", 1)
    for training in study.training:
        document.heading(f"Training preset {training}", 2)
        add_table(document, study, found["summary"], thumbnails, training)
    document.section(landscape=False)
    document.heading("Comparisons", 2)
    _add_comparisons(document, study, figures)
    if "ranking" in found:
        _add_ranking(document, study, found["ranking"])
    _add_families(document, study, curves)


def _add_comparisons(document: Document, study: Study, figures: Figures) -> None:
    """Add the figures that compare all activations."""
    shared = {name: path for (folder, name), path in figures.items() if folder not in study.training}
    for training in study.training:
        if (training, "overview") in figures:
            caption = f"Final polygons of all activations, by family, with training preset {training}."
            add_figure(document, figures[training, "overview"], caption, f"overview-{training}")
    captions = COMPARISONS | {
        f"superposition-vs-llc-{sampler}": "Superposition and readable LLC of every activation after training, sampler "
        f"preset {sampler}, with intervals over seeds."
        for sampler in study.samplers
    }
    if len(study.training) == 1:
        captions["protocols"] = "Final loss and superposition of every activation."
    for name, caption in captions.items():
        if name in shared:
            add_figure(document, shared[name], caption, name)


def _add_ranking(document: Document, study: Study, ranking: pd.DataFrame) -> None:
    confidence = wording.percent(study.confidence)
    selection = Selection(
        table="ranking",
        caption=f"Activations ranked by superposition, with {confidence} bootstrap intervals of the mean over seeds.",
        columns=["activation", "rank", "n_recovered", "n_represented", "n_used", "n_excluded"],
        intervals={"rank": ("rank_low", "rank_high"), "n_recovered": ("low", "high")},
        group_by="training",
    )
    add_declared(document, ranking.sort_values(["training", "rank"]), selection, printed=study.printed)


def _add_families(document: Document, study: Study, curves: Curves) -> None:
    """Add what the activations of each family do over training, side by side, under every preset."""
    document.heading("Results by family", 1)
    document.text(
        "Lines are medians over seeds, of the LLC over estimates that may be read where at least half of the runs have "
        "one; bands of loss and recovered features hold most of the seeds. The training of every single activation, "
        "with its polygons, all its estimates, loss drops and onsets, stands in appendix.docx."
    )
    for family, names in palette.by_family(study.printed).items():
        document.heading(wording.title(family), 2, on_new_page=True)
        for training in study.training:
            shown = {
                study.printed[name]["label"]: curves[training, name] for name in names if (training, name) in curves
            }
            if shown:
                caption = (
                    f"{wording.title(family)} over training with preset {training}: {wording.listing(list(shown))}. "
                    f"Loss, LLC by sampler preset and recovered features.{study.llc_note}"
                )
                drawn = style.png(comparison_figure(shown, samplers=study.samplers_of(training)))
                add_figure(document, drawn, caption, f"family-{training}-{family}")
