"""What the main document shows of results: comparisons of all activations, and the training of each, by family."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from superposition import wording
from superposition.declared_table import Selection, add_declared
from superposition.document import Document
from superposition.grid import Picture
from superposition.report import Study, families
from superposition.report_tables import add_table

FIGURE_CM = 16.5
"""Width at which figures are drawn, so that their text has its size."""

Figures = Mapping[tuple[str, str], str]
"""Paths of figures by folder and name; figures of a training preset lie in a folder of its name."""

COMPARISONS = {
    "protocols": "Final loss and superposition of every activation from training preset to training preset.",
    "superposition-vs-loss": "Superposition and loss of every activation after training, with intervals over seeds.",
}
"""Figures that compare all activations, and their captions."""


def by_folder(paths: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the paths of figures by folder and name."""
    return {(Path(path).parent.name, Path(path).stem): str(path) for path in paths}


def add_results(
    document: Document,
    study: Study,
    found: Mapping[str, pd.DataFrame],
    thumbnails: Mapping[tuple[str, str], bytes],
    figures: Figures,
) -> None:
    """Add the tables and figures of all activations, then the training of each, by family.

    Args:
        document: The document.
        study: What the documents say about the study.
        found: Tables of the study by name.
        thumbnails: Final polygons by training preset and activation.
        figures: The figures that exist.
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
    _add_families(document, study, figures)


def _add_comparisons(document: Document, study: Study, figures: Figures) -> None:
    """Add the figures that compare all activations."""
    shared = {name: path for (folder, name), path in figures.items() if folder not in study.training}
    for training in study.training:
        if (training, "overview") in figures:
            caption = f"Final polygons of all activations, by family, with training preset {training}."
            _add_figure(document, figures[training, "overview"], caption, f"overview-{training}")
    captions = COMPARISONS | {
        f"superposition-vs-llc-{sampler}": "Superposition and readable LLC of every activation after training, sampler "
        f"preset {sampler}, with intervals over seeds."
        for sampler in study.samplers
    }
    for name, caption in captions.items():
        if name in shared:
            _add_figure(document, shared[name], caption, name)


def _add_ranking(document: Document, study: Study, ranking: pd.DataFrame) -> None:
    confidence = wording.percent(study.confidence)
    selection = Selection(
        table="ranking",
        caption=f"Activations ranked by superposition, with {confidence} bootstrap intervals of the mean over seeds.",
        columns=["activation", "rank", "n_represented", "n_recovered", "n_used", "n_excluded"],
        intervals={"rank": ("rank_low", "rank_high"), "n_represented": ("low", "high")},
        group_by="training",
    )
    add_declared(document, ranking.sort_values(["training", "rank"]), selection, printed=study.printed)


def _add_families(document: Document, study: Study, figures: Figures) -> None:
    """Add the training figures of every activation under every preset."""
    document.heading("Results by family", 1, on_new_page=True)
    for number, (family, names) in enumerate(families(study.printed)):
        document.heading(wording.title(family), 2, on_new_page=number > 0)
        for position, name in enumerate(names):
            label = study.printed[name]["label"]
            document.heading(label, 3, on_new_page=position > 0)
            for training in study.training:
                if (training, name) in figures:
                    caption = (
                        f"Training of {label} with preset {training}. Above, polygons of the run whose final loss is "
                        "the median; below, loss, LLC by sampler preset (hollow where it may not be read) and "
                        "numbers of represented and recovered features. Lines: medians over seeds; bands: most of "
                        "the seeds."
                    )
                    _add_figure(document, figures[training, name], caption, f"training-{training}-{name}")


def _add_figure(document: Document, path: str, caption: str, label: str) -> None:
    document.picture(Picture(source=path, alt=caption, width_cm=FIGURE_CM), caption=caption, label=label)
