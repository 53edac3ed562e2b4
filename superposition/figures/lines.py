"""All activations or statements line by line: best possible and reached, onset and largest loss drop, answers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from superposition import wording
from superposition.figures import step_axes, style
from superposition.figures.relations import Medians
from superposition.palette import FILLS, Printed, by_family
from superposition.status import AT_A_JUMP, ATTAINED

SPAN = (step_axes.LOWEST, 5e-4)
"""Between these is the left end of the axis of losses, below which there are arrows at its edge."""

MARKERS = "osD^v"  # marks of training presets, in their order; that of the last is filled

BEST: dict[str, Any] = {"linestyle": "none", "marker": "|", "markersize": 9, "markeredgewidth": 1.6}

COLUMNS, GAP, ABOVE, BELOW = 3, 0.5, 0.34, 0.48
"""Panels of onsets beside each other at most; in inches, space between two below each other, room above and below."""


CAPACITY_NOTE = (
    "Upright bars: the best possible, grey where only approached or perhaps lower still; grey lines: all that best "
    "answers recover; arrows: losses below the axis, near 0. Other marks: medians over seeds with {:.0%} bootstrap "
    "intervals. A mark left of its bar in features and right of it in loss: the activation can do better."
)
ONSET_NOTE = (
    "Bars: largest loss drop, from the median of its starts to that of its ends. Dots: median onset of superposition "
    "with its {:.0%} bootstrap interval, hollow where less than half of the runs have one. A dot right of its bar is "
    "an onset after the drop."
)


def _lines(printed: Printed) -> list[str]:
    """Return the activations in the order of their lines, by family."""
    return [name for names in by_family(printed).values() for name in names]


@style.styled
def capacity_figure(medians: Medians, capacity: pd.DataFrame) -> Figure:
    """Return recovered features and loss of every activation: the best possible, and medians of training presets."""
    training, printed, rows = list(medians.training), medians.printed, _lines(medians.printed)
    best = capacity[capacity.training == training[0]].set_index("activation").loc[rows]
    figure, _, foot = style.sheet(ABOVE + style.ROW * (len(rows) + 1) + BELOW, CAPACITY_NOTE.format(medians.confidence))
    axes = style.panels(figure, (1, 2), above=ABOVE, below=BELOW + foot, sharey=True)[0].tolist()
    for ax, measure in zip(axes, ("n_recovered", "loss"), strict=True):
        found = medians.of(measure)
        reached = [found.loc[preset].loc[rows] for preset in training]
        _draw_best(ax, best, measure, reached)
        _draw_reached(ax, reached, [style.FAMILY_COLORS[printed[name]["family"]] for name in rows])
    style.name_rows(axes, [printed[name]["label"] for name in rows])
    axes[0].set_xlabel("recovered features")
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[1].set_xlabel("loss (MSE)")
    handles = [Line2D([], [], color=style.INK, label="best possible", **BEST)]
    for position, label in enumerate(medians.training.values()):
        handles.append(Line2D([], [], color=style.FAINT, label=label, **_mark(position, len(training))))
    look = {"ncols": 4, "borderpad": 0, "handletextpad": 0.4, "columnspacing": 1.4}
    axes[0].legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), **look)
    return figure


def _draw_best(ax: Axes, best: pd.DataFrame, measure: str, reached: Sequence[pd.DataFrame]) -> None:
    """Draw the best possible of every activation; the loss on a logarithmic axis, at whose left edge is what is 0."""
    lines = np.arange(len(best))
    ax.hlines(lines, 0, 1, transform=ax.get_yaxis_transform(), color=style.PALE, linewidth=0.4, zorder=0)
    color = [style.INK if status in (ATTAINED, AT_A_JUMP) else style.FAINT for status in best.status]
    if measure == "n_recovered":
        ax.hlines(lines, best.n_recovered_least, best.n_recovered, color=style.FAINT, linewidth=1.6, zorder=1)
        values = best.n_recovered.astype(float)
    else:
        medians = np.concatenate([found["median"].to_numpy(dtype=float) for found in reached])
        largest = np.nanmax([*medians, best.best_loss.max()])
        low = np.clip(np.nanmin(medians) / 2, *SPAN)
        ax.set(xscale="log", xlim=(low, 1.5 * largest))
        ax.xaxis.set_major_formatter(step_axes.short)
        values = best.best_loss.where(best.best_loss >= low)
        for line in lines[best.best_loss < low]:
            ax.plot(low, line, marker="<", color=color[line], markersize=4.5, clip_on=False)
    for line, value in zip(lines, values, strict=True):
        ax.plot(value, line, color=color[line], zorder=2, clip_on=False, **BEST)


def _draw_reached(ax: Axes, reached: Sequence[pd.DataFrame], colors: Sequence[str]) -> None:
    """Draw the medians of training presets with their intervals, one little above the other."""
    shifts = 0.22 * (np.arange(len(reached)) - (len(reached) - 1) / 2)
    for position, found in enumerate(reached):
        for line, color in enumerate(colors):
            row, y = found.iloc[line], line + shifts[position]
            ax.plot([row["low"], row["high"]], [y, y], color=color, linewidth=0.8)
            edge = ax.get_xlim()[0] if ax.get_xscale() == "log" else -np.inf
            mark: dict[str, Any] = _mark(position, len(reached)) | ({"marker": "<"} if row["median"] < edge else {})
            ax.plot(max(row["median"], edge), y, color=color, clip_on=False, **mark)


def _mark(position: int, count: int) -> dict[str, Any]:
    """Return the look of the mark of a training preset, by its place among them."""
    hollow = {} if position == count - 1 else {"markerfacecolor": "white"}
    return {"marker": MARKERS[position % len(MARKERS)], "markersize": 3.8, "linestyle": "none"} | hollow


@style.styled
def onset_figure(medians: Medians) -> Figure:
    """Return for every activation the onset of superposition beside its largest loss drop, a panel for each preset."""
    training, printed, rows = list(medians.training), medians.printed, _lines(medians.printed)
    n_columns = min(len(training), COLUMNS)
    n_lines, panel = -(-len(training) // n_columns), style.ROW * (len(rows) + 1)
    figure, _, foot = style.sheet(0.3 + n_lines * (panel + GAP) - GAP + BELOW, ONSET_NOTE.format(medians.confidence))
    place = {"above": 0.3, "below": BELOW + foot, "right": 0.1, "gap": GAP / panel, "wspace": 0.06}
    grid = style.panels(figure, (n_lines, n_columns), sharex=True, sharey=True, **place)
    axes = style.in_use(grid, len(training))
    found = {measure: medians.of(measure) for measure in ("drop_start", "drop_end", "onset")}
    last = int(np.nanmax([values["high"].max() for values in found.values()] + [1]))
    style.name_rows(axes, [printed[name]["label"] for name in rows])
    for ax, preset in zip(axes, training, strict=True):
        _draw_onsets(ax, {name: values.loc[preset] for name, values in found.items()}, rows, printed)
        title = ax.set_title(medians.training[preset], loc="left", y=1.0)
        style.fit(title, width=(style.WIDTH - 1.15) / n_columns - 0.1)
        ax.set_xlabel("training step")
        ax.label_outer()
        step_axes.step_axis(ax, last)
    return figure


def _draw_onsets(ax: Axes, found: Mapping[str, pd.DataFrame], rows: Sequence[str], printed: Printed) -> None:
    """Draw the line of each activation: the drop as a bar, the onset as a dot with its interval."""
    start, end = (found[name]["median"].reindex(rows) for name in ("drop_start", "drop_end"))
    ax.barh(range(len(rows)), end - start, left=start, height=0.62, color=style.PALE)
    for position, name in enumerate(rows):
        onset, color = found["onset"].loc[name], style.FAMILY_COLORS[printed[name]["family"]]
        ax.plot([onset["low"], onset["high"]], [position, position], color=color, linewidth=1.1)
        face = "white" if onset["n_used"] < onset["n_excluded"] else color
        ax.plot(onset["median"], position, "o", color=color, markerfacecolor=face, markersize=4)


LIMIT = 3.0  # intervals are cut this many margins from where there is no effect

STATEMENT, HEAD, FOOT, TEXT = 0.15, 0.3, 0.45, 3.55
"""In inches: height of a statement, room above and below a panel, and width of the text of a statement."""

LOOKS: tuple[dict[str, Any], ...] = (
    {"color": style.FAINT, "markerfacecolor": "white"},
    {"color": style.INK, "markerfacecolor": style.INK},
)
"""Lines and dots of the first protocol and of the second."""

PANELS = {
    "beyond": ("beyond a margin", (1.0, LIMIT), {0: "no effect", 1: "as stated"}),
    "within": ("no further than a margin", (-LIMIT, 1.0), {0: "no effect", 1: "margin"}),
    "between": ("between two margins", (-1.0, 1.0), {-1: "lower margin", 1: "upper margin"}),
}
"""Where the values of a panel's statements lie, what is shaded as stated, and the ticks of its axis."""


def standardised(claims: pd.DataFrame) -> pd.DataFrame:
    r"""Return verdicts with their estimates and intervals on the scale of a panel, and which panel it is.

    A statement with one margin m and the value :math:`v_0` where there is no effect: :math:`(v - v_0) / (m - v_0)`, so
    that 0 is no effect, and what lies beyond 1 is as stated or, where no effect is as stated too, what does not. A
    statement between two margins a and b: :math:`2 (v - a) / (b - a) - 1`, as stated between -1 and 1.
    """
    both = claims.margin_low.notna() & claims.margin_high.notna()
    origin = np.where(both, (claims.margin_low + claims.margin_high) / 2, claims.null_value)
    unit = np.where(both, claims.margin_high, claims.margin_low.fillna(claims.margin_high)) - origin
    ends = pd.DataFrame({name: (claims[name] - origin) / unit for name in ("estimate", "low", "high")})
    ends[["low", "high"]] = np.sort(ends[["low", "high"]].to_numpy(), axis=1)  # a margin below turns them round
    within = (claims.margin_low < claims.null_value) | (claims.margin_high > claims.null_value)
    return claims.assign(**dict(ends), panel=np.select([both, within], ["between", "within"], "beyond"))


@style.styled
def answers_figure(claims: pd.DataFrame, protocols: Mapping[str, tuple[str, str]], *, confidence: float) -> Figure:
    """Return the intervals of all statements under one or two protocols, in units of what they state."""
    scaled = standardised(claims)
    panels = {name: table for name in PANELS if len(table := scaled.loc[scaled.panel == name])}
    heights = {name: STATEMENT * table.id.nunique() for name, table in panels.items()}
    note = f"Lines: {wording.percent(confidence)} intervals. Shaded: as stated. An arrow: beyond the panel."
    figure, page, _ = style.sheet(sum(heights.values()) + (HEAD + FOOT) * len(panels) - style.LINE, note)
    height = top = page.get_ylim()[1]
    for name, table in panels.items():
        bottom = top - HEAD - heights[name]
        ax = figure.add_axes((0.58, bottom / height, 0.4, heights[name] / height))
        _draw_panel(ax, table, list(protocols.values()), name)
        top = bottom - FOOT
    dots = {"marker": "o", "markersize": 3.2, "markeredgewidth": 0.8}
    handles = [
        ax.plot([], [], label=label, **dots, **look)[0]
        for label, look in zip(protocols, LOOKS[-len(protocols) :], strict=True)
    ]
    figure.legend(handles=handles, loc="lower left", ncols=len(protocols), bbox_to_anchor=(0.01, 0.14 / height))
    return figure


def _draw_panel(ax: Axes, table: pd.DataFrame, protocols: Sequence[tuple[str, str]], panel: str) -> None:
    """Draw the intervals of statements of one scale, a line each, those of two protocols beside each other."""
    texts = table.drop_duplicates("id").set_index("id").statement
    where, stated, ticks = PANELS[panel]
    ax.axvspan(*stated, color=f"#{FILLS['replicated']}", linewidth=0)
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
    for label, side in zip(ax.set_xticks(list(ticks), list(ticks.values())), ("right", "left"), strict=True):
        label.label1.set_horizontalalignment("center" if panel == "between" else side)
    ax.set_title(f"Statements that a value lies {where}", loc="left", x=-1.35)


def _draw_interval(ax: Axes, row: pd.Series, y: float, look: Mapping[str, Any]) -> None:
    low, high = np.clip([row.low, row.high], -LIMIT, LIMIT)
    ax.plot([low, high], [y, y], color=look["color"], linewidth=1.1, solid_capstyle="butt")
    if abs(row.estimate) <= LIMIT:
        ax.plot(row.estimate, y, "o", markersize=3.2, markeredgewidth=0.8, **look)
    for end, mark in ((row.low, "<"), (row.high, ">")):
        if abs(end) > LIMIT and (end < 0) == (mark == "<"):
            ax.plot(np.sign(end) * LIMIT, y, mark, color=look["color"], markersize=3.5, clip_on=False)


def _short(text: str) -> str:
    words, shown = text.split(" "), text
    while style.text_width(shown, style.SMALL - 0.5) > TEXT and words:
        words.pop()
        shown = f"{' '.join(words)} …"
    return shown
