"""Onset of superposition beside the largest loss drop: a picture of all activations."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition.figures import step_axes, style
from superposition.figures.relations import Medians
from superposition.palette import Printed, by_family

ROW = 0.165
"""Height of the line of an activation in inches."""

COLUMNS, GAP = 3, 0.5
"""Panels beside each other at most, and the space between two below each other in inches."""


@style.styled
def onset_figure(medians: Medians) -> Figure:
    """Return for every activation the onset of superposition beside its largest loss drop, a panel for each preset."""
    training, printed = medians.training, medians.printed
    rows = [name for names in by_family(printed).values() for name in names]
    n_columns = min(len(training), COLUMNS)
    n_lines, panel = -(-len(training) // n_columns), ROW * (len(rows) + 1)
    note = style.wrapped(_note(medians.confidence))
    below = 0.48 + 0.125 * (note.count("\n") + 1)
    height = 0.3 + n_lines * (panel + GAP) - GAP + below
    figure = Figure(figsize=(style.WIDTH, height))
    page = style.page(figure)
    page.text(0.08, 0.05, note, va="bottom", **style.NOTE)
    place = {"left": 1.05 / style.WIDTH, "right": 1 - 0.1 / style.WIDTH, "wspace": 0.06}
    place |= {"bottom": below / height, "top": 1 - 0.3 / height, "hspace": GAP / panel}
    grid = figure.subplots(n_lines, n_columns, sharex=True, sharey=True, squeeze=False, gridspec_kw=place)
    axes = style.in_use(grid, len(training))
    found = {measure: medians.of(measure) for measure in ("drop_start", "drop_end", "onset")}
    for ax, preset in zip(axes, training, strict=True):
        _draw_rows(ax, {name: values.loc[preset] for name, values in found.items()}, rows, printed)
        title = ax.set_title(f"training preset {preset}", loc="left", y=1.0)
        style.fit(title, width=(style.WIDTH - 1.15) / n_columns - 0.1)
        ax.set_xlabel("training step")
        ax.label_outer()
        step_axes.step_axis(ax, int(np.nanmax([values["high"].max() for values in found.values()] + [1])))
    axes[0].set(yticks=range(len(rows)), yticklabels=[printed[name]["label"] for name in rows], ylim=(len(rows), -1))
    for label in axes[0].get_yticklabels():
        style.fit(label, width=0.95)
    return figure


def _note(confidence: float) -> str:
    return (
        "Bars: largest loss drop, from the median of its starts to that of its ends. Dots: median onset of "
        f"superposition with its {confidence:.0%} bootstrap interval, hollow where less than half of the runs have "
        "one. A dot right of its bar is an onset after the drop."
    )


def _draw_rows(ax: Axes, found: Mapping[str, pd.DataFrame], rows: Sequence[str], printed: Printed) -> None:
    """Draw the line of each activation: the drop as a bar, the onset as a dot with its interval."""
    start, end = (found[name]["median"].reindex(rows) for name in ("drop_start", "drop_end"))
    ax.barh(range(len(rows)), end - start, left=start, height=0.62, color=style.PALE)
    for position, name in enumerate(rows):
        onset, color = found["onset"].loc[name], style.FAMILY_COLORS[printed[name]["family"]]
        ax.plot([onset["low"], onset["high"]], [position, position], color=color, linewidth=1.1)
        face = "white" if onset["n_used"] < onset["n_excluded"] else color
        ax.plot(onset["median"], position, "o", color=color, markerfacecolor=face, markersize=4)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
