"""Figure of the health of chains: whether an LLC estimate of one's own model may be read, and why not."""

import numpy as np
from matplotlib.figure import Figure

from superposition.figures import style
from superposition.own_model.learning_coeff import LearningCoeff

MAX_POINTS = 8  # points that are shown at most, a row for each, evenly spaced


@style.styled
def health_figure(estimates: LearningCoeff) -> Figure:
    """Return traces, spread and distance from the checkpoint for each point, with R-hat, ESS, status and reasons.

    Healthy chains lie over one another, have no trend and stop moving away from the checkpoint.
    """
    table = estimates.table()
    points = np.unique(np.linspace(0, len(table) - 1, MAX_POINTS).round().astype(int))
    figure = style.laid_out(1.75 * len(points) + 0.4)
    rows = figure.subplots(len(points), 3, squeeze=False, width_ratios=(3, 1, 2), sharex="col")
    for axes, point in zip(rows, points, strict=True):
        row = table.loc[point]
        axes[0].plot(estimates.llc_trace[point].T, linewidth=0.5, alpha=0.8)
        axes[0].axhline(row["llc/mean"], color=style.INK, linestyle="--")
        axes[0].set_ylabel("nβ (L − L(w*))")
        axes[2].plot(estimates.distance[point].T, linewidth=0.5, alpha=0.8)
        axes[2].set_ylabel("distance from w*")
        axes[1].plot(np.sort(estimates.estimate.per_chain[point]), np.arange(estimates.loss_trace.shape[1]), "o")
        axes[1].set(ylabel="chains, sorted", yticks=[])
        title = (
            f"point {point}: {row['llc/mean']:.3g} ± {row['llc/std']:.2g}, {row.status}; R-hat {row.r_hat:.3g}, "
            f"ESS {row.ess:.0f}, acceptance n. a. (SGLD takes every step)\n{row.reasons}"
        )
        axes[0].set_title(style.wrapped(title.strip()), loc="left", fontsize=style.SMALL)
    for ax, label in zip(rows[-1], ("draw", "LLC", "draw"), strict=True):
        ax.set_xlabel(label)
    return figure
