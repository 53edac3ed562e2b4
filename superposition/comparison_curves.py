"""How several activations compare over training: one picture of their losses, LLC and represented features."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition import curves, style
from superposition.history import History, quantiles

INKS = tuple(dict.fromkeys(["#222222", *style.FAMILY_COLORS.values()]))
"""Colours by position: compared activations often share a family."""

LINES = ("-", "--", ":", "-.")
"""Line styles, one for every round through the colours."""

PANEL = 1.35
"""Height of a panel in inches."""


@style.styled
def comparison_figure(histories: Sequence[History], *, band: float) -> Figure:
    """Return loss, LLC by sampler preset and number of represented features over training, one line per activation.

    Lines are medians over seeds, of the LLC over estimates that may be read where at least half of the runs have one.

    Args:
        histories: Runs of the activations with one training preset.
        band: Share of the seeds, around the median, that lie within the bands of losses and features.
    """
    samplers = list(histories[0].llc)
    n_panels = 2 + len(samplers)
    figure = Figure(figsize=(style.WIDTH, PANEL * n_panels + 0.6), layout="constrained")
    axes = list(figure.subplots(n_panels, 1, sharex=True))
    for position, history in enumerate(histories):
        line = LINES[position // len(INKS) % len(LINES)]
        look = {"color": INKS[position % len(INKS)], "label": history.label, "linestyle": line}
        curves.draw_band(axes[0], quantiles(history.loss, "loss", band=band), **look)
        curves.draw_band(axes[-1], quantiles(history.superposition, "n_represented", band=band), **look)
        for ax, table in zip(axes[1:-1], history.llc.values(), strict=True):
            median = curves.readable_median(table)
            ax.plot(median.index.to_numpy(dtype=float), median, marker="o", **look)
    _finish(axes, histories, dict(enumerate(samplers)))
    return figure


def _finish(axes: Sequence[Axes], histories: Sequence[History], samplers: Mapping[int, str]) -> None:
    """Set scales and labels of the panels; one legend beside the first serves all."""
    medians = [quantiles(history.loss, "loss", band=0.5)["median"].to_numpy() for history in histories]
    curves.loss_axis(axes[0], highest=curves.HEADROOM * np.fmax.reduce(np.concatenate(medians)))
    axes[0].set_ylabel("loss (MSE)")
    for position, sampler in samplers.items():
        ax = axes[1 + position]
        values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.get_lines()])
        curves.llc_axis(ax, values[np.isfinite(values)])
        ax.set_ylabel(f"LLC\n({sampler})")
    axes[-1].set_ylabel("represented\nfeatures")
    axes[-1].set_xlabel("training step")
    for ax in axes:
        curves.step_axis(ax, max(int(history.trajectory.steps[-1]) for history in histories))
    axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axes[0].figure.align_ylabels()
