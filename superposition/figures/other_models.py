"""Figures of other papers' models: Gram matrices, dimensions per feature, phases, levels of SGD, effects of factors."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition.figures import style
from superposition.palette import PALE, QUALITATIVE
from superposition.status import OK

MOST_GRAMS = 6  # Gram matrices in a row; of more sparsities, so many from the first to the last are shown


def experiment_figure(runs: pd.DataFrame, *, labels: Mapping[str, str], relative_norm: float) -> Figure:
    """Return phase diagrams of two features, and of more the figure of their Gram matrices and dimensions."""
    if len(runs.feature_norm.iloc[0]) == 2:
        return phases_figure(runs, labels=labels, relative_norm=relative_norm)
    return models_figure(runs, labels=labels)


@style.styled
def models_figure(runs: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Return Gram matrices of the first seed by sparsity, a row for each activation, above dimensions per feature."""
    names = list(dict.fromkeys(runs.activation))
    figure = Figure(figsize=(style.WIDTH, 1.15 * len(names) + 3.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.15 * len(names), 3.0))  # type: ignore[misc]
    sparsity = np.unique(runs.sparsity)
    chosen = sparsity[np.unique(np.linspace(0, len(sparsity) - 1, MOST_GRAMS).round().astype(int))]
    axes = above.subplots(len(names), len(chosen), squeeze=False)
    for row, name in zip(axes, names, strict=True):
        row[0].set_ylabel(labels[name])
        for ax, value in zip(row, chosen, strict=True):
            _draw_gram(ax, runs.loc[(runs.activation == name) & (runs.sparsity == value)])
            if name == names[0]:
                ax.set_title(f"S = {value:g}")
    left, right = below.subplots(1, 2)
    _draw_norms(left, runs, labels)
    _draw_dimensionality(right, runs)
    note = (
        "Above: Gram matrix WᵀW of the first seed, 0 white, its largest entry darkest. Below left: each dot a run, "
        "lines medians over seeds. Below right: dimensionality of every feature of every run, from 0.01 on; "
        "activations beside each other."
    )
    figure.supxlabel(style.wrapped(note), x=0.01, ha="left", **style.NOTE)
    return figure


def _draw_gram(ax: Axes, runs: pd.DataFrame) -> None:
    ax.set(xticks=[], yticks=[])
    known = runs.dropna(subset="W")
    if len(known):
        columns = np.reshape(known.W.iloc[0], (len(known.feature_norm.iloc[0]), -1))
        gram = columns @ columns.T
        largest = float(np.abs(gram).max())
        ax.imshow(gram, vmin=-largest, vmax=largest, cmap="RdBu_r", interpolation="nearest")


def _draw_norms(ax: Axes, runs: pd.DataFrame, labels: Mapping[str, str]) -> None:
    ended = runs.loc[runs.status == OK]
    for color, (name, own) in zip(QUALITATIVE, ended.groupby("activation", sort=False), strict=False):
        density = 1 / (1 - own.sparsity)
        ax.plot(density, own.dimensions_per_feature, "o", color=color, alpha=0.3, markersize=2.5, markeredgewidth=0)
        medians = own.groupby("sparsity").dimensions_per_feature.median()
        ax.plot(1 / (1 - medians.index.to_numpy()), medians, color=color, label=labels[str(name)])
    for value in (0.5, 1):
        ax.axhline(value, color=style.FAINT, linewidth=0.7, linestyle=":", zorder=0)
    ax.set(xscale="log", xlabel="1 / (1 − S)", ylabel="dimensions per feature, m/‖W‖²", ylim=(0, None))
    ax.legend(fontsize=style.SMALL - 1)


def _draw_dimensionality(ax: Axes, runs: pd.DataFrame) -> None:
    names = list(dict.fromkeys(runs.activation))
    ended = runs.loc[runs.status == OK]
    shift = np.linspace(0.94, 1.06, len(names)) if len(names) > 1 else [1.0]
    for name, factor, color in zip(names, shift, QUALITATIVE, strict=False):
        own = ended.loc[ended.activation == name, ["sparsity", "dimensionality"]].explode("dimensionality")
        own = own.loc[own.dimensionality.astype(float) > 0.01]
        density = factor / (1 - own.sparsity)
        ax.plot(
            density,
            own.dimensionality.astype(float),
            "o",
            color=color,
            alpha=0.2,
            markersize=1.5,
            markeredgewidth=0,
            rasterized=True,
        )
    for value in (0.5, 1):
        ax.axhline(value, color=style.FAINT, linewidth=0.7, linestyle=":", zorder=0)
    ax.set(xscale="log", xlabel="1 / (1 − S)", ylabel="dimensionality of a feature", ylim=(0, 1.05))


PHASES = {"neither": PALE, "first alone": QUALITATIVE[0], "second alone": QUALITATIVE[3], "both": QUALITATIVE[5]}
"""What two features in one dimension can be, with colours."""


@style.styled
def phases_figure(runs: pd.DataFrame, *, labels: Mapping[str, str], relative_norm: float) -> Figure:
    """Return phase diagrams of two features in one dimension: for each pair of values the run of least loss."""
    names, n_columns = list(dict.fromkeys(runs.activation)), 3
    n_rows = -(-len(names) // n_columns)
    figure = Figure(figsize=(style.WIDTH, 2.2 * n_rows + 0.7), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    best = runs.loc[runs.loc[runs.status == OK].groupby(["activation", "sparsity", "importance"]).loss.idxmin()]
    for ax, name in zip(style.in_use(axes, len(names)), names, strict=True):
        own = best.loc[best.activation == name]
        phase = phases(np.stack(own.feature_norm.to_numpy()), relative_norm)
        for word, color in PHASES.items():
            chosen = own.loc[phase == word]
            ax.plot(chosen.importance, 1 - chosen.sparsity, "s", color=color, markersize=7, markeredgewidth=0)
        ax.set(title=labels[name], xscale="log", yscale="log")
    figure.supylabel("density 1 − S", fontsize=8)
    for word, color in PHASES.items():
        axes[0, 0].plot([], [], "s", color=color, label=word)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(PHASES))
    note = "Importance of the second feature relative to the first, across. Of all seeds the run of least loss."
    figure.supxlabel(style.wrapped(note), x=0.01, ha="left", **style.NOTE)
    return figure


def phases(norms: np.ndarray, relative_norm: float) -> np.ndarray:
    """Return which of two features each model represents: longer than 0.1 and than a share of the other one."""
    seen = (norms > relative_norm * norms.max(1, keepdims=True)) & (norms > 0.1)
    return np.select([seen.all(1), seen[:, 0], seen[:, 1]], ["both", "first alone", "second alone"], "neither")


@style.styled
def levels_figure(runs: pd.DataFrame, levels: pd.DataFrame) -> Figure:
    """Return the loss of every run of SGD over its steps, and how it stays at known polygons."""
    figure = Figure(figsize=(style.WIDTH, 3.6), layout="constrained")
    ax = figure.subplots()
    for _, run in runs.groupby("seed"):
        ax.plot(run.step + 1, run.loss, color=style.INK, alpha=0.3, linewidth=0.6)
    at = runs.dropna(subset="level")
    ax.plot(at.step + 1, at.loss, ",", color=QUALITATIVE[0])
    for row in levels.itertuples():
        ax.axhline(float(row.loss), color=style.FAINT, linewidth=0.7, linestyle=":", zorder=0)  # type: ignore[arg-type]
        place = {"xycoords": ("axes fraction", "data"), "fontsize": 6, "va": "center"}
        ax.annotate(f"{row.level}  ({row.n_seen})", (1.0, float(row.loss)), **place)  # type: ignore[arg-type]
    ax.set(xscale="log", yscale="log", xlabel="step + 1", ylabel="expected loss", ylim=(0.04, 0.4))
    note = (
        "Every line a run. Dotted: loss of polygons with so many corners, in brackets how many runs are seen at them."
    )
    figure.supxlabel(style.wrapped(note), x=0.01, ha="left", **style.NOTE)
    return figure


MEASURES = {
    "n_recovered": "recovered features",
    "n_represented": "represented features",
    "norm_per_dimension": "‖W‖² per dimension",
}
"""Measures of the figure of effects."""


@style.styled
def factorial_figure(effects: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Return the effect of every level against the post's: one column for each measure, dots with intervals."""
    rows = list(effects[["factor", "level"]].drop_duplicates().itertuples(index=False, name=None))
    names = list(dict.fromkeys(effects.activation))
    figure = Figure(figsize=(style.WIDTH, 0.5 * len(rows) + 1.4), layout="constrained")
    axes = figure.subplots(1, len(MEASURES), sharey=True)
    for ax, (measure, title) in zip(axes, MEASURES.items(), strict=True):
        own = effects.loc[effects.measure == measure]
        for i, name in enumerate(names):
            _draw_effects(ax, own.loc[own.activation == name], rows, (i + 0.5) / len(names) - 0.5, QUALITATIVE[i])
        ax.axvline(0, color=style.FAINT, linewidth=0.7, zorder=0)
        ax.set_title(title)
    axes[0].set_yticks(range(len(rows)), [f"{factor}:\n{level}" for factor, level in rows])
    axes[0].invert_yaxis()
    for name, color in zip(names, QUALITATIVE, strict=False):
        axes[0].plot([], [], "o", color=color, label=labels[name])
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(names))
    note = (
        "Difference from the post's level. Filled: mean over the other factors' levels; open: these as in the post. "
        "Where all seeds agree, the interval has room for the seeds that may not."
    )
    figure.supxlabel(style.wrapped(note), x=0.01, ha="left", **style.NOTE)
    return figure


def _draw_effects(ax: Axes, own: pd.DataFrame, rows: Sequence[tuple[str, str]], shift: float, color: str) -> None:
    for j, (_, found) in enumerate(own.groupby("others", sort=False)):
        place = [rows.index(key) + 0.8 * shift + 0.06 * j for key in zip(found.factor, found.level, strict=True)]
        arms = np.abs(found[["low", "high"]].to_numpy(float).T - found.effect.to_numpy(float))
        face = color if j == 0 else "none"
        ax.errorbar(found.effect, place, xerr=arms, fmt="o", color=color, markerfacecolor=face, elinewidth=0.7)
