"""Estimators beside known learning coefficients: a picture of the leaderboard."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition.figures import style
from superposition.status import CLOSE, OK, STANDARD_ERRORS

LINE = 0.165
"""Height of the line of a point in inches."""

LEFT, BELOW, ABOVE = 2.35, 0.74, 0.34
"""Room for the names of points, for axis and note, and for the legend."""

SPAN = (0.5, 1.5)
"""Ends of the axis, as shares of the truth; estimates beyond are arrows at its edge."""

LOOKS = {
    "sgld": (style.FAMILY_COLORS["bounded"], "s"),
    "sgld_ladder": (style.FAMILY_COLORS["normalising"], "D"),
    "tempered_mala": (style.FAMILY_COLORS["rectifiers"], "o"),
}
"""Colour and mark of estimators; another has the look below."""

OTHER = (style.FAMILY_COLORS["exponential-linear"], "^")


@style.styled
def leaderboard_figure(table: pd.DataFrame) -> Figure:
    """Return the estimates as shares of the known learning coefficient, one line for each point, by group.

    Args:
        table: Table of the leaderboard.
    """
    points = table.drop_duplicates(["group", "point"]).reset_index(drop=True)
    starts = points.group.ne(points.group.shift())
    lines = (points.index + starts.cumsum()).to_numpy()  # a free line before each group
    height = ABOVE + LINE * (lines[-1] + 1) + BELOW
    figure = Figure(figsize=(style.WIDTH, height))
    note = (
        f"Bars: {STANDARD_ERRORS:g} standard errors. Shaded: within {CLOSE:.0%} of the truth. Hollow: not to be read "
        "by diagnostics.\nAt the edges: estimates beyond the axis. Without a mark: the estimator gives no value there."
    )
    style.page(figure).text(0.08, 0.05, note, va="bottom", **style.NOTE)
    place = {"left": LEFT / style.WIDTH, "right": 1 - 0.15 / style.WIDTH}
    ax = figure.subplots(gridspec_kw=place | {"bottom": BELOW / height, "top": 1 - ABOVE / height})
    ax.set(xlim=SPAN, ylim=(lines[-1] + 0.8, 0.2), xlabel="estimate / learning coefficient")
    ax.axvspan(1 - CLOSE, 1 + CLOSE, color=style.PALE, lw=0)
    ax.axvline(1, color=style.INK, lw=0.8)
    place_of = dict(zip(zip(points.group, points.point, strict=True), lines, strict=True))
    names = list(table.estimator.unique())
    for i, name in enumerate(names):
        rows = table.loc[table.estimator == name]
        at = pd.Series([place_of[key] for key in zip(rows.group, rows.point, strict=True)], index=rows.index)
        _draw(ax, rows, at + 0.22 * (i - (len(names) - 1) / 2), name)
    label = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center", "weight": "bold"}
    for group, line in zip(points.group[starts], lines[starts], strict=True):
        ax.text(-0.02, line - 0.9, group, **label)
    ax.set_yticks(lines, points.point)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), borderpad=0)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, at: pd.Series, name: str) -> None:
    """Draw the estimates of one estimator on their lines."""
    color, marker = LOOKS.get(name, OTHER)
    share, error = rows.estimate / rows.true_llc, STANDARD_ERRORS * rows.se / rows.true_llc
    look = {"color": color, "linestyle": "none", "markersize": 4}
    inside = share.between(*SPAN)
    for readable, face in ((True, color), (False, "white")):
        part = inside & ((rows.status == OK) == readable)
        label = name.replace("_", " ") if readable else None
        style_of = look | {"marker": marker, "markerfacecolor": face, "elinewidth": 0.8, "label": label}
        ax.errorbar(share[part], at[part], xerr=error[part], **style_of)
    for end, arrow, beyond in ((SPAN[0], "<", share < SPAN[0]), (SPAN[1], ">", share > SPAN[1])):
        ax.plot([end] * int(beyond.sum()), at[beyond], marker=arrow, clip_on=False, **look)
