"""Figures of other papers' models: Gram matrices, dimensions per feature, phases, levels of SGD, effects of factors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition.figures import style
from superposition.palette import PALE, QUALITATIVE
from superposition.status import OK

MOST_GRAMS = 6  # Gram matrices in a row; of more sparsities, so many from the first to the last are shown
LEAST_SHOWN = 0.01  # dimensionality of a feature: smaller ones are not represented, and would hide the others
AID = {"color": style.FAINT, "linewidth": 0.7, "zorder": 0}  # look of lines that help to read values

MODELS_NOTE = (
    "Above: Gram matrix WᵀW of the first seed, 0 white, its largest entry darkest. Below left: each dot a run, lines "
    f"medians over seeds. Below right: dimensionality of every feature of every run, from {LEAST_SHOWN:g} on; "
    "activations beside each other."
)


def experiment_figure(runs: pd.DataFrame, *, labels: Mapping[str, str], relative_norm: float) -> Figure:
    """Return phase diagrams of two features, and of more the figure of their Gram matrices and dimensions."""
    if len(runs.feature_norm.iloc[0]) == 2:
        return phases_figure(runs, labels=labels, relative_norm=relative_norm)
    return models_figure(runs, labels=labels)


@style.styled
def models_figure(runs: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Return Gram matrices of the first seed by sparsity, a row for each activation, above dimensions per feature."""
    names, sparsity = list(dict.fromkeys(runs.activation)), np.unique(runs.sparsity)
    figure = style.laid_out(1.15 * len(names) + 3.4, MODELS_NOTE)
    above, below = figure.subfigures(2, 1, height_ratios=(1.15 * len(names), 3.0))  # type: ignore[misc]
    chosen = sparsity[np.unique(np.linspace(0, len(sparsity) - 1, MOST_GRAMS).round().astype(int))]
    axes = above.subplots(len(names), len(chosen), squeeze=False)
    for row, name in zip(axes, names, strict=True):
        row[0].set_ylabel(labels[name])
        for ax, value in zip(row, chosen, strict=True):
            _draw_gram(ax, runs.loc[(runs.activation == name) & (runs.sparsity == value)])
    for ax, value in zip(axes[0], chosen, strict=True):
        ax.set_title(f"S = {value:g}")
    left, right = below.subplots(1, 2)
    _draw_dimensions(left, right, runs.loc[runs.status == OK], labels)
    return figure


def _draw_gram(ax: Axes, runs: pd.DataFrame) -> None:
    ax.set(xticks=[], yticks=[])
    known = runs.dropna(subset="W")
    if len(known):
        columns = np.reshape(known.W.iloc[0], (len(known.feature_norm.iloc[0]), -1))
        gram = columns @ columns.T
        largest = float(np.abs(gram).max())
        ax.imshow(gram, vmin=-largest, vmax=largest, cmap="RdBu_r", interpolation="nearest")


def _draw_dimensions(of_runs: Axes, of_features: Axes, runs: pd.DataFrame, labels: Mapping[str, str]) -> None:
    """Draw dimensions per feature of runs, and the dimensionality of each of their features, against the density."""
    activations = runs.assign(density=1 / (1 - runs.sparsity)).groupby("activation", sort=False)
    shifts = np.linspace(0.94, 1.06, activations.ngroups) if activations.ngroups > 1 else [1.0]
    for color, shift, (name, rows) in zip(QUALITATIVE, shifts, activations, strict=False):
        dots = {"linestyle": "none", "marker": "o", "color": color, "markeredgewidth": 0}
        of_runs.plot(rows.density, rows.dimensions_per_feature, alpha=0.3, markersize=2.5, **dots)
        of_runs.plot(rows.groupby("density").dimensions_per_feature.median(), color=color, label=labels[str(name)])
        features = rows.explode("dimensionality").astype({"dimensionality": float})
        features = features.loc[features.dimensionality > LEAST_SHOWN]
        look = {"alpha": 0.2, "markersize": 1.5, "rasterized": True} | dots
        of_features.plot(shift * features.density, features.dimensionality, **look)
    for ax in (of_runs, of_features):
        for value in (0.5, 1):
            ax.axhline(value, linestyle=":", **AID)
        ax.set(xscale="log", xlabel="1 / (1 − S)")
    of_runs.set(ylabel="dimensions per feature, m/‖W‖²", ylim=(0, None))
    of_features.set(ylabel="dimensionality of a feature", ylim=(0, 1.05))
    of_runs.legend(fontsize=style.SMALL - 1)


SMALLEST_NORM = 0.1  # of a feature that counts as represented: where both are unimportant, neither is
# What two features in one dimension can be, with colours.
PHASES = {"neither": PALE, "first alone": QUALITATIVE[0], "second alone": QUALITATIVE[3], "both": QUALITATIVE[5]}


@style.styled
def phases_figure(runs: pd.DataFrame, *, labels: Mapping[str, str], relative_norm: float) -> Figure:
    """Return phase diagrams of two features in one dimension: for each pair of values the run of least loss."""
    names, n_columns = list(dict.fromkeys(runs.activation)), 3
    n_rows = -(-len(names) // n_columns)
    note = "Importance of the second feature relative to the first, across. Of all seeds the run of least loss."
    figure = style.laid_out(2.2 * n_rows + 0.7, note)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    best = runs.loc[runs.loc[runs.status == OK].groupby(["activation", "sparsity", "importance"]).loss.idxmin()]
    for ax, name in zip(style.in_use(axes, len(names)), names, strict=True):
        of_activation = best.loc[best.activation == name]
        phase = phases(np.stack(of_activation.feature_norm.to_numpy()), relative_norm)
        for word, color in PHASES.items():
            chosen = of_activation.loc[phase == word]
            look = {"color": color, "markersize": 7, "markeredgewidth": 0}
            ax.plot(chosen.importance, 1 - chosen.sparsity, "s", label=word, **look)
        ax.set(title=labels[name], xscale="log", yscale="log")
    figure.supylabel("density 1 − S", fontsize=8)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(PHASES))
    return figure


def phases(norms: Float[np.ndarray, "run 2"], relative_norm: float) -> Shaped[np.ndarray, " run"]:
    """Return which of two features each model represents: longer than a norm and than a share of the other one."""
    seen = (norms > relative_norm * norms.max(1, keepdims=True)) & (norms > SMALLEST_NORM)
    return np.select([seen.all(1), seen[:, 0], seen[:, 1]], ["both", "first alone", "second alone"], "neither")


@style.styled
def levels_figure(runs: pd.DataFrame, levels: pd.DataFrame) -> Figure:
    """Return the loss of every run of SGD over its steps, and how it stays at known polygons."""
    note = (
        "Every line a run. Dotted: loss of polygons with so many corners, in brackets how many runs are seen at them."
    )
    figure = style.laid_out(3.6, note)
    ax = figure.subplots()
    for _, run in runs.groupby("seed"):
        ax.plot(run.step + 1, run.loss, color=style.INK, alpha=0.3, linewidth=0.6)
    at_polygons = runs.dropna(subset="level")
    ax.plot(at_polygons.step + 1, at_polygons.loss, ",", color=QUALITATIVE[0])
    place = {"xycoords": ("axes fraction", "data"), "fontsize": 6, "va": "center"}
    for name, loss, n_seen in zip(levels.level, levels.loss.astype(float), levels.n_seen, strict=True):
        ax.axhline(loss, linestyle=":", **AID)
        ax.annotate(f"{name}  ({n_seen})", (1.0, loss), **place)
    ax.set(xscale="log", yscale="log", xlabel="step + 1", ylabel="expected loss", ylim=(0.04, 0.4))
    return figure


MEASURES = {
    "n_recovered": "recovered features",
    "n_represented": "represented features",
    "norm_per_dimension": "‖W‖² per dimension",
}
EFFECTS_NOTE = (
    "Difference from the post's level. Filled: mean over the other factors' levels; open: these as in the post. "
    "Where all seeds agree, the interval has room for the seeds that may not."
)


@style.styled
def factorial_figure(effects: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Return the effect of every level against the post's: one column for each measure, dots with intervals."""
    effects = effects.assign(row=effects.groupby(["factor", "level"], sort=False).ngroup())
    rows, names = effects.drop_duplicates("row"), list(dict.fromkeys(effects.activation))
    figure = style.laid_out(0.5 * len(rows) + 1.4, EFFECTS_NOTE)
    axes = figure.subplots(1, len(MEASURES), sharey=True)
    for ax, (measure, title) in zip(axes, MEASURES.items(), strict=True):
        for i, name in enumerate(names):
            shift = 0.8 * ((i + 0.5) / len(names) - 0.5)
            shown = effects.loc[(effects.measure == measure) & (effects.activation == name)]
            for j, (_, rows) in enumerate(shown.groupby("others", sort=False)):
                arms = np.abs(rows[["low", "high"]].to_numpy(float).T - rows.effect.to_numpy(float))
                look: dict[str, Any] = {"markerfacecolor": "none"} if j else {"label": labels[name]}
                look |= {"xerr": arms, "fmt": "o", "color": QUALITATIVE[i], "elinewidth": 0.7}
                ax.errorbar(rows.effect, rows.row + shift + 0.06 * j, **look)
        ax.axvline(0, **AID)
        ax.set_title(title)
    axes[0].set_yticks(rows.row, rows.factor + ":\n" + rows.level)
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(names))
    return figure
