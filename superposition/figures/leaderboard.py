"""Estimators beside known learning coefficients: a picture of the leaderboard."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition.figures import style
from superposition.status import CLOSE, OK, STANDARD_ERRORS

LEFT = 2.35
"""Room for the names of points, in inches."""

SPAN = (0.5, 1.5)
"""Ends of the axis, as shares of the truth; estimates beyond are arrows at its edge."""

LOOKS = {
    "sgld": (style.FAMILY_COLORS["bounded"], "s"),
    "calibrated": (style.FAMILY_COLORS["smooth rectifiers"], "v"),
    "sgld_ladder": (style.FAMILY_COLORS["normalising"], "D"),
    "tempered_mala": (style.FAMILY_COLORS["rectifiers"], "o"),
}
"""Colour and mark of estimators; another has the look below."""

OTHER = (style.FAMILY_COLORS["exponential-linear"], "^")

NOTE = (
    f"Bars: {STANDARD_ERRORS:g} standard errors. Shaded: within {CLOSE:.0%} of the truth. Hollow: not to be read "
    "by diagnostics.\nAt the edges: estimates beyond the axis. Without a mark: the estimator gives no value there."
)


@style.styled
def leaderboard_figure(table: pd.DataFrame) -> Figure:
    """Return the estimates as shares of the known learning coefficient, one line for each point, by group."""
    points = table.drop_duplicates(["group", "point"]).reset_index(drop=True)
    starts = points.group.ne(points.group.shift())
    lines = (points.index + starts.cumsum() - 1).to_numpy()  # a free line before each group, the first of them at -1
    names = list(table.estimator.unique())
    n_columns = 3
    above = 0.2 + 0.14 * -(-len(names) // n_columns)
    figure, _, foot = style.sheet(above + style.ROW * (lines[-1] + 2) + 0.5, NOTE)
    ((ax,),) = style.panels(figure, left=LEFT, above=above, below=0.5 + foot)
    ax.axvspan(1 - CLOSE, 1 + CLOSE, color=style.PALE, lw=0)
    ax.axvline(1, color=style.INK, lw=0.8)
    place = dict(zip(zip(points.group, points.point, strict=True), lines, strict=True))
    for i, name in enumerate(names):
        rows = table.loc[table.estimator == name]
        at = pd.Series([place[key] for key in zip(rows.group, rows.point, strict=True)], index=rows.index)
        _draw(ax, rows, at + 0.22 * (i - (len(names) - 1) / 2), name)
    style.name_rows([ax], points.point.tolist(), lines, room=LEFT - 0.1)
    ax.set(xlim=SPAN, ylim=(lines[-1] + 0.8, -0.8), xlabel="estimate / learning coefficient")
    heading = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center", "weight": "bold"}
    for group, line in zip(points.group[starts], lines[starts], strict=True):
        style.fit(ax.text(-0.02, line - 0.9, group, **heading), width=LEFT - 0.1)
    legend = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=n_columns, borderpad=0)
    style.fit(*legend.get_texts(), width=(style.WIDTH - LEFT) / n_columns - 0.4)
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
