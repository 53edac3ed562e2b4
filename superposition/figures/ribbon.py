"""Ribbons: at which critical point each run is, over training."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from superposition.palette import MINIMA, SADDLES
from superposition.status import MINIMUM, NONE, SADDLE

COLORS = {MINIMUM: MINIMA, SADDLE: SADDLES}
"""Colours of the labels of each kind that occur most, and last the one of all others."""


def draw_ribbon(ax: Axes, critical: pd.DataFrame) -> None:
    """Draw one strip for each run, in the colour of the critical point near its checkpoints, blank where there is none.

    Args:
        ax: Axes over steps.
        critical: Rows of the table of critical points about runs of one activation.
    """
    ax.set_ylabel("critical\npoint")
    ax.set_yticks([])
    if critical.empty:
        return
    colors = _colors(critical)
    keys = zip(critical.kind, critical.label, strict=True)
    shown = critical.assign(color=[colors.get(key, "none") for key in keys])
    palette = ["none", *dict.fromkeys(colors.values())]
    wide = shown.pivot(index="seed", columns="step", values="color").fillna("none")
    cells = wide.map(palette.index).to_numpy(int)
    mesh = {"cmap": ListedColormap(palette), "vmin": -0.5, "vmax": len(palette) - 0.5, "rasterized": True}
    ax.pcolormesh(_edges(wide.columns.to_numpy(float)), np.arange(len(wide) + 1), cells, **mesh)
    ax.set_ylim(len(wide), 0)
    _name(ax, colors)


def _colors(critical: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return the colour of each kind and label: of their own for those that occur most."""
    near = pd.DataFrame(critical[critical.kind != NONE])
    counts = near.value_counts(["kind", "label"]).reset_index()  # the most frequent first
    found = {}
    for kind, (*own, _) in COLORS.items():
        names = counts.label[counts.kind == kind]
        found |= {(kind, label): COLORS[kind][min(i, len(own))] for i, label in enumerate(names)}
    return found


def _name(ax: Axes, colors: dict[tuple[str, str], str]) -> None:
    """Name the labels with a colour of their own, and the others of each kind together, for the legend."""
    named = {
        color: f"another {kind}" if color == COLORS[kind][-1] else label for (kind, label), color in colors.items()
    }
    for color, name in named.items():
        ax.bar(0, 0, color=color, label=name)


def _edges(steps: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return where one checkpoint's cell ends and the next begins: halfway in log time."""
    middles = np.sqrt((np.asarray(steps[:-1]) + 1) * (np.asarray(steps[1:]) + 1)) - 1
    return np.concatenate([[steps[0]], middles, [steps[-1]]])
