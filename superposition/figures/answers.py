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

ROW, ABOVE, BELOW = 0.15, 0.3, 0.45
"""Height of a statement, and room above and below a panel, in inches."""

LOOKS: tuple[dict[str, Any], ...] = (
    {"color": style.FAINT, "markerfacecolor": "white"},
    {"color": style.INK, "markerfacecolor": style.INK},
)
"""Lines and dots of the first protocol and of the second."""


def standardised(claims: pd.DataFrame) -> pd.DataFrame:
    r"""Return verdicts with their estimates and intervals on one scale, and which of two scales it is.

    A statement with one margin m and the value :math:`v_0` where there is no effect: :math:`(v - v_0) / (m - v_0)`, so
    that 0 is no effect and what lies beyond 1 is as stated. A statement between two margins a and b:
    :math:`2 (v - a) / (b - a) - 1`, so that what lies between -1 and 1 is as stated.

    Args:
        claims: Table of verdicts with margins, values without effect, estimates and intervals.
    """
    both = claims.margin_low.notna() & claims.margin_high.notna()
    origin = np.where(both, (claims.margin_low + claims.margin_high) / 2, claims.null_value)
    unit = np.where(both, claims.margin_high, claims.margin_low.fillna(claims.margin_high)) - origin
    scaled = {name: (claims[name] - origin) / unit for name in ("estimate", "low", "high")}
    ends = pd.DataFrame(scaled)
    ends[["low", "high"]] = np.sort(ends[["low", "high"]].to_numpy(), axis=1)  # a margin below turns them round
    return claims.assign(**{name: ends[name] for name in ends}, between=both)


@style.styled
def answers_figure(claims: pd.DataFrame, protocols: Mapping[str, tuple[str, str]], *, confidence: float) -> Figure:
    """Return the intervals of all statements under one or two protocols, in units of what they state.

    Args:
        claims: Table of verdicts, statements in order.
        protocols: Training and sampler preset of each protocol that is shown, by its label.
        confidence: Level of the intervals.
    """
    scaled = standardised(claims)
    panels = [(is_between, table) for is_between, table in scaled.groupby("between") if len(table)]
    rows = [table.id.nunique() for _, table in panels]
    height = ROW * sum(rows) + (ABOVE + BELOW) * len(panels)
    figure = Figure(figsize=(style.WIDTH, height))
    top = height
    for (is_between, table), n in zip(panels, rows, strict=True):
        bottom = top - ABOVE - ROW * n
        ax = figure.add_axes((0.58, bottom / height, 0.4, ROW * n / height))
        _draw_panel(ax, table, list(protocols.values()), between=bool(is_between))
        top = bottom - BELOW
    _legend(figure, list(protocols), confidence)
    return figure


def _draw_panel(ax: Axes, table: pd.DataFrame, protocols: Sequence[tuple[str, str]], *, between: bool) -> None:
    names = list(dict.fromkeys(table.id))
    ax.axvspan(*((-1, 1) if between else (1, LIMIT)), color=f"#{FILLS['replicated']}", linewidth=0)
    ax.axvline(0, color=style.PALE, linewidth=0.8)
    offsets = np.linspace(0.18, -0.18, len(protocols)) if len(protocols) > 1 else [0.0]
    for protocol, look, offset in zip(protocols, LOOKS[-len(protocols) :], offsets, strict=True):
        rows = table[(table.training == protocol[0]) & (table.sampler == protocol[1])].set_index("id")
        for i, name in enumerate(names):
            if name in rows.index and np.isfinite(rows.estimate[name]):
                _draw_interval(ax, rows.loc[name], -i + offset, look)
    texts = table.drop_duplicates("id").set_index("id").statement
    ax.set_yticks([-i for i in range(len(names))], [_short(f"{name}  {texts[name]}") for name in names])
    ax.set(xlim=(-LIMIT, LIMIT), ylim=(-len(names) + 0.4, 0.6))
    ax.tick_params(axis="y", length=0, labelsize=style.SMALL - 0.5)
    ax.spines["left"].set_visible(False)
    if between:
        ax.set_xticks([-1, 1], ["lower margin", "upper margin"])
        ax.set_title("Statements that a value lies between two margins", loc="left", x=-1.35)
    else:
        no_effect, as_stated = ax.set_xticks([0, 1], ["no effect", "as stated"])
        no_effect.label1.set_horizontalalignment("right")
        as_stated.label1.set_horizontalalignment("left")
        ax.set_title("Statements that a value lies beyond a margin", loc="left", x=-1.35)


def _draw_interval(ax: Axes, row: pd.Series, y: float, look: Mapping[str, Any]) -> None:
    """Draw an interval with its estimate; an arrow where it leaves the panel."""
    low, high = np.clip([row.low, row.high], -LIMIT, LIMIT)
    ax.plot([low, high], [y, y], color=look["color"], linewidth=1.1, solid_capstyle="butt")
    if abs(row.estimate) <= LIMIT:
        ax.plot(row.estimate, y, "o", markersize=3.2, markeredgewidth=0.8, **look)
    for end, mark in ((row.low, "<"), (row.high, ">")):
        if abs(end) > LIMIT and (end < 0) == (mark == "<"):
            ax.plot(np.sign(end) * LIMIT, y, mark, color=look["color"], markersize=3.5, clip_on=False)


def _short(text: str, width: float = 3.55) -> str:
    """Return a statement as far as a line holds it."""
    if style.text_width(text, style.SMALL - 0.5) <= width:
        return text
    words = text.split(" ")
    while style.text_width(" ".join(words) + " …", style.SMALL - 0.5) > width:
        words.pop()
    return " ".join(words) + " …"


def _legend(figure: Figure, labels: Sequence[str], confidence: float) -> None:
    """Say below the panels what dots, lines and the shade mean."""
    looks = LOOKS[-len(labels) :]
    height = figure.get_figheight()
    handles = [
        Axes.plot(figure.axes[0], [], [], "o-", markersize=3.2, markeredgewidth=0.8, label=label, **look)[0]
        for label, look in zip(labels, looks, strict=True)
    ]
    figure.legend(handles=handles, loc="lower left", ncols=len(labels), bbox_to_anchor=(0.01, 0.14 / height))
    note = f"Lines: {wording.percent(confidence)} intervals. Shaded: as stated. An arrow: beyond the panel."
    figure.text(0.015, 0.05 / height, note, va="bottom", **style.NOTE)
