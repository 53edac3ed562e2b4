"""Answers to the post: the interval of every statement beside what it states."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition import wording
from superposition.figures import style
from superposition.palette import FILLS

LIMIT = 3.0
"""Intervals are cut this many margins from where there is no effect."""

ROW, ABOVE, BELOW, TEXT = 0.15, 0.3, 0.45, 3.55
"""In inches: height of a statement, room above and below a panel, and width of the text of a statement."""

LOOKS: tuple[dict[str, Any], ...] = (
    {"color": style.FAINT, "markerfacecolor": "white"},
    {"color": style.INK, "markerfacecolor": style.INK},
)
"""Lines and dots of the first protocol and of the second."""

AXES = {
    False: ("beyond a margin", {0: "no effect", 1: "as stated"}),
    True: ("between two margins", {-1: "lower margin", 1: "upper margin"}),
}
"""Where the values of a panel's statements lie, and the ticks of its axis, by whether they are between two margins."""


def standardised(claims: pd.DataFrame) -> pd.DataFrame:
    r"""Return verdicts with their estimates and intervals on one scale, and which of two scales it is.

    A statement with one margin m and the value :math:`v_0` where there is no effect: :math:`(v - v_0) / (m - v_0)`, so
    that 0 is no effect and what lies beyond 1 is as stated. A statement between two margins a and b:
    :math:`2 (v - a) / (b - a) - 1`, so that what lies between -1 and 1 is as stated.
    """
    both = claims.margin_low.notna() & claims.margin_high.notna()
    origin = np.where(both, (claims.margin_low + claims.margin_high) / 2, claims.null_value)
    unit = np.where(both, claims.margin_high, claims.margin_low.fillna(claims.margin_high)) - origin
    ends = pd.DataFrame({name: (claims[name] - origin) / unit for name in ("estimate", "low", "high")})
    ends[["low", "high"]] = np.sort(ends[["low", "high"]].to_numpy(), axis=1)  # a margin below turns them round
    return claims.assign(**{name: ends[name] for name in ends}, between=both)


@style.styled
def answers_figure(claims: pd.DataFrame, protocols: Mapping[str, tuple[str, str]], *, confidence: float) -> Figure:
    """Return the intervals of all statements under one or two protocols, in units of what they state."""
    panels = {bool(between): table for between, table in standardised(claims).groupby("between")}
    heights = {between: ROW * table.id.nunique() for between, table in panels.items()}
    note = f"Lines: {wording.percent(confidence)} intervals. Shaded: as stated. An arrow: beyond the panel."
    figure, page, _ = style.sheet(sum(heights.values()) + (ABOVE + BELOW) * len(panels) - style.LINE, note)
    height = top = page.get_ylim()[1]
    for between, table in panels.items():
        bottom = top - ABOVE - heights[between]
        ax = figure.add_axes((0.58, bottom / height, 0.4, heights[between] / height))
        _draw_panel(ax, table, list(protocols.values()), between=between)
        top = bottom - BELOW
    dots = {"marker": "o", "markersize": 3.2, "markeredgewidth": 0.8}
    handles = [
        ax.plot([], [], label=label, **dots, **look)[0]
        for label, look in zip(protocols, LOOKS[-len(protocols) :], strict=True)
    ]
    figure.legend(handles=handles, loc="lower left", ncols=len(protocols), bbox_to_anchor=(0.01, 0.14 / height))
    return figure


def _draw_panel(ax: Axes, table: pd.DataFrame, protocols: Sequence[tuple[str, str]], *, between: bool) -> None:
    """Draw the intervals of statements of one scale, a line each, those of two protocols beside each other."""
    texts = table.drop_duplicates("id").set_index("id").statement
    ax.axvspan(-1 if between else 1, 1 if between else LIMIT, color=f"#{FILLS['replicated']}", linewidth=0)
    ax.axvline(0, color=style.PALE, linewidth=0.8)
    offsets = np.linspace(-0.18, 0.18, len(protocols)) if len(protocols) > 1 else [0.0]
    for protocol, look, offset in zip(protocols, LOOKS[-len(protocols) :], offsets, strict=True):
        rows = table[(table.training == protocol[0]) & (table.sampler == protocol[1])].set_index("id")
        for i, name in enumerate(texts.index):
            if name in rows.index and np.isfinite(rows.estimate[name]):
                _draw_interval(ax, rows.loc[name], i + offset, look)
    style.name_rows([ax], [_short(f"{name}  {text}") for name, text in texts.items()], room=TEXT + 0.1)
    ax.set(xlim=(-LIMIT, LIMIT), ylim=(len(texts) - 0.4, -0.6))
    ax.tick_params(axis="y", labelsize=style.SMALL - 0.5)
    where, ticks = AXES[between]
    for label, side in zip(ax.set_xticks(list(ticks), list(ticks.values())), ("right", "left"), strict=True):
        label.label1.set_horizontalalignment("center" if between else side)
    ax.set_title(f"Statements that a value lies {where}", loc="left", x=-1.35)


def _draw_interval(ax: Axes, row: pd.Series, y: float, look: Mapping[str, Any]) -> None:
    """Draw an interval with its estimate; an arrow where it leaves the panel."""
    low, high = np.clip([row.low, row.high], -LIMIT, LIMIT)
    ax.plot([low, high], [y, y], color=look["color"], linewidth=1.1, solid_capstyle="butt")
    if abs(row.estimate) <= LIMIT:
        ax.plot(row.estimate, y, "o", markersize=3.2, markeredgewidth=0.8, **look)
    for end, mark in ((row.low, "<"), (row.high, ">")):
        if abs(end) > LIMIT and (end < 0) == (mark == "<"):
            ax.plot(np.sign(end) * LIMIT, y, mark, color=look["color"], markersize=3.5, clip_on=False)


def _short(text: str) -> str:
    """Return a statement as far as a line holds it."""
    words, shown = text.split(" "), text
    while style.text_width(shown, style.SMALL - 0.5) > TEXT and words:
        words.pop()
        shown = f"{' '.join(words)} …"
    return shown
