"""Curves of several activations over training: their losses, LLC and recovered features in one picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from superposition.figures import step_axes, style
from superposition.measures.final import llc_measure
from superposition.measures.history import by_quantity
from superposition.quantities import LOSS, RECOVERED

INKS = tuple(dict.fromkeys([style.INK, *style.FAMILY_COLORS.values()]))
"""Colours by position: compared activations often share a family."""

LINES = ("-", "--", ":", "-.")  # line styles, one for every round through the colours
PANEL, GAP, RIGHT = 0.84, 0.14, 1.15  # height of a panel, the space between two, and room for the legend, in inches


@style.styled
def comparison_figure(over_seeds: Mapping[str, pd.DataFrame], *, samplers: Sequence[str]) -> Figure:
    """Return loss, LLC by sampler preset and number of recovered features over training, one line per activation.

    Lines are medians over seeds, of the LLC over estimates that may be read where at least half of the runs have one.
    """
    count, found = 2 + len(samplers), [by_quantity(table) for table in over_seeds.values()]
    figure = Figure(figsize=(style.WIDTH, 0.08 + count * (PANEL + GAP) - GAP + step_axes.BELOW))
    last = max(int(quantities["loss"].index[-1]) for quantities in found)
    axes = step_axes.stacked(figure, count, panel=PANEL, gap=GAP, right=RIGHT, below=step_axes.BELOW, last=last)
    for position, (label, quantities) in enumerate(zip(over_seeds, found, strict=True)):
        line = LINES[position // len(INKS) % len(LINES)]
        look: dict[str, Any] = {"color": INKS[position % len(INKS)], "label": label, "linestyle": line}
        step_axes.draw_band(axes[0], quantities[LOSS.name], **look)
        step_axes.draw_band(axes[-1], quantities[RECOVERED.name], **look)
        for ax, sampler in zip(axes[1:-1], samplers, strict=True):
            median = quantities[llc_measure(sampler)]["median"]
            ax.plot(median.index.to_numpy(dtype=float), median, marker="o", **look)
    losses = np.concatenate([quantities[LOSS.name]["median"].to_numpy(float) for quantities in found])
    step_axes.loss_axis(axes[0], highest=step_axes.HEADROOM * np.fmax.reduce(losses))
    axes[0].set_ylabel(LOSS.with_unit)
    for ax, sampler in zip(axes[1:-1], samplers, strict=True):
        values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.get_lines()])
        step_axes.llc_axis(ax, values[np.isfinite(values)], sampler)
    axes[-1].yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes[-1].set_ylabel(RECOVERED.label.replace(" ", "\n"))
    for text in axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0)).get_texts():
        style.fit(text, width=RIGHT - 0.35)
    return figure
