"""Methods in the main document: model, activations, procedure, presets and measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from superposition import palette, wording
from superposition.documents.shared import Study
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group, Row
from superposition.presets import TrainingPreset


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


MODEL = (
    ("The model is the tied autoencoder", r"\hat x = \varphi (W^\top W x + b)"),
    (
        "with one column of W, a direction in the hidden space, for each feature. Its loss is the mean squared error "
        "over inputs x with probability p and over the n features, which count by their importance I:",
        r"L = \frac{1}{n} \sum_x p(x) \sum_{i=1}^n I_i (\hat x_i - x_i)^2",
    ),
)
"""Sentences and the equations that follow them."""

GEOMETRY = (
    ("The length of a feature's direction and the sum of their squares are", r"\|W_i\|, \quad \sum_i \|W_i\|^2"),
    (
        "Interference is how much the other directions lie along a feature's, and dimensionality the share of a "
        "dimension that a feature has: 1 for a dimension of its own, 1/2 in an antipodal pair, 0 for a dead feature.",
        r"\mathrm{interference}_i = \sum_{j \neq i} (\hat W_i \cdot W_j)^2",
    ),
    ("", r"\mathrm{dimensionality}_i = \frac{\|W_i\|^2}{\sum_j (\hat W_i \cdot W_j)^2}"),
)

LLC = (
    (
        "The local learning coefficient (LLC) at a checkpoint w* is estimated from chains that sample around it "
        "(Lau et al. 2023), with inverse temperature nβ:",
        r"\hat \lambda = n\beta (E[L(w)] - L(w^*))",
    ),
    (
        "The chains follow stochastic gradient Langevin dynamics with step size ε, pulled to the checkpoint with "
        "strength γ, and standard normal noise η:",
        r"w \to w - \frac{\epsilon}{2} (n\beta \nabla L(w) + \gamma (w - w^*)) + \sqrt{\epsilon} \eta",
    ),
    (
        "Where the loss is quadratic, with eigenvalues h of its Hessian, the estimate at a minimum is known exactly, "
        "half an effective dimension, and stands beside the sampled value:",
        r"\hat \lambda (n\beta, \gamma) = \frac{1}{2} \sum_i \frac{n\beta h_i}{n\beta h_i + \gamma}",
    ),
)


def add_methods(document: Document, study: Study, procedure: Procedure, texts: Sequence[str]) -> None:
    """Add the methods.

    Args:
        document: The document.
        study: What the documents say about the study.
        procedure: Presets and thresholds.
        texts: Paragraphs on how runs and intervals are made.
    """
    document.heading("Methods", 1)
    document.heading("Model and activations", 2)
    _add_equations(document, MODEL)
    document.table(
        _activations(study),
        caption="Activations of the study. Softmax-like functions act over the features.",
        label="registry",
    )
    document.heading("Procedure", 2)
    document.text(*texts, *_sampled_populations(procedure.presets["training"]))
    _add_presets(document, procedure, "training")
    document.heading("Measures of superposition", 2)
    _add_equations(document, GEOMETRY)
    document.bullets(*_counts(procedure.thresholds))
    document.heading("Local learning coefficient", 2)
    _add_equations(document, LLC)
    document.bullets(*_statuses(procedure.limits))
    _add_presets(document, procedure, "sampler")


def _add_equations(document: Document, parts: Sequence[tuple[str, str]]) -> None:
    for sentence, latex in parts:
        if sentence:
            document.text(sentence)
        document.equation(latex)


def _activations(study: Study) -> Grid:
    columns = [("Activation", 2.5), ("Definition", 6), ("Reference", 5)]
    grid = Grid(columns=[Column(heading=heading, width=width) for heading, width in columns])
    for family, names in palette.by_family(study.printed).items():
        grid.rows.append(Group(wording.title(family)))
        for row in (study.printed[name] for name in names):
            grid.rows.append([row["label"], f"${row['formula']}$", row["reference"]])
    return grid


def _add_presets(document: Document, procedure: Procedure, kind: str) -> None:
    """Add the table of presets of a kind; the background of values in which they differ is grey."""
    presets = procedure.presets[kind]
    names = list(presets)
    columns = [Column(heading="Value", width=3.6), Column(heading="Meaning", width=7.5)]
    columns += [Column(heading=name, width=2.6, align="center") for name in names]
    rows: list[Row | Group] = [
        [key, meaning.rstrip("."), *_values([presets[name][key] for name in names])]
        for key, meaning in procedure.meanings[kind].items()
        if all(key in presets[name] for name in names)
    ]
    caption = f"{wording.title(kind)} presets of the study. Where they differ, the background is grey."
    document.table(Grid(columns=columns, rows=rows), caption=caption, label=f"{kind}_presets")


def _sampled_populations(presets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a paragraph on the presets whose expected loss is not exact, nothing without any."""
    samples = [
        f"of {values['population_size']:,} inputs with training preset {name}"
        for name, values in presets.items()
        if not TrainingPreset(**values).population_is_exact
    ]
    if not samples:
        return []
    return [
        "The expected loss is exact where all inputs can be enumerated, and elsewhere the mean over a fixed sample of "
        f"them, the same in every run: {wording.listing(samples)}."
    ]


def _values(values: Sequence[Any]) -> list[Cell]:
    fill = palette.DIFFERS if len(set(values)) > 1 else ""
    return [Cell(text=value if isinstance(value, str) else f"{value:.6g}", fill=fill) for value in values]


def _counts(thresholds: Mapping[str, float]) -> list[str]:
    return [
        f"Represented features have a direction longer than {thresholds['relative_norm']:g} of the longest one and "
        f"than {thresholds['absolute_norm']:g}.",
        "The polygon is the convex hull of the represented directions; its corners are counted, 2 where they are "
        "collinear.",
        "Recovered features have an own output that exceeds all other outputs by at least "
        f"{thresholds['recovery_margin']:g}. Leakage is the sum of the squared other outputs.",
        "Onset is the first recorded step from which on a feature outside the initial polygon stays represented.",
    ]


def _statuses(limits: Mapping[str, float]) -> list[str]:
    return [
        "Not a minimum, unconverged, saddle, kink: the gradient, or directions that curve down, add more than "
        f"{limits['shift']:.0%} to the estimate that a minimum of this curvature would give, and more than the "
        "Monte-Carlo error. Unconverged: the gradient of the run's own training loss does so too. Saddle: directions "
        "that curve down do so; kink: on one side of a kink of the activation.",
        f"Escaped: a chain's own estimate lies more than {limits['escape']:g} below 0 or above half the number of "
        "parameters.",
        "Diverged: weights or losses of a chain are not finite.",
        f"Drifting: chains have not converged: R-hat above {limits['r_hat']:g}, fewer than {limits['ess']:g} effective "
        "draws, or too few chains or draws to know.",
        "Only estimates without one of these statuses may be read and enter statistics. Verdicts under the post's "
        "sampler read drifting chains too, as the post did.",
    ]
