"""All activations or statements line by line: best possible and reached, onset and largest loss drop, verdicts."""

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
from superposition.status import AT_A_JUMP, ATTAINED, REPLICATED

SPAN = (step_axes.LOWEST, 5e-4)  # between these is the left end of the axis of losses, where arrows stand for less
MARKERS = "osD^v"  # marks of training presets, in their order; that of the last is filled
HOLLOW: dict[str, Any] = {"markerfacecolor": "white"}
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


def _lines(printed: Printed) -> tuple[list[str], list[str], list[str]]:
    """Return the activations in the order of their lines, by family, with their labels and colours."""
    names = [name for names in by_family(printed).values() for name in names]
    colors = [style.FAMILY_COLORS[printed[name]["family"]] for name in names]
    return names, [printed[name]["label"] for name in names], colors


@style.styled
def capacity_figure(medians: Medians, capacity: pd.DataFrame) -> Figure:
    """Return recovered features and loss of every activation: the best possible, and medians of training presets."""
    rows, labels, colors = _lines(medians.printed)
    presets, last = list(medians.training), len(medians.training) - 1
    best = capacity[capacity.training == presets[0]].set_index("activation").loc[rows]
    figure, _, foot = style.sheet(ABOVE + style.ROW * (len(rows) + 1) + BELOW, CAPACITY_NOTE.format(medians.confidence))
    axes = features, losses = style.panels(figure, (1, 2), above=ABOVE, below=BELOW + foot, sharey=True)[0].tolist()
    features.hlines(range(len(rows)), best.n_recovered_least, best.n_recovered, color=style.FAINT, linewidth=1.6)
    features.xaxis.set_major_locator(MaxNLocator(integer=True))
    features.set_xlabel("recovered features")
    loss = medians.of("loss")["median"].loc[presets]
    low = float(np.clip(loss.min() / 2, *SPAN))
    losses.set(xscale="log", xlim=(low, 1.5 * max(loss.max(), best.best_loss.max())), xlabel="loss (MSE)")
    losses.xaxis.set_major_formatter(step_axes.short)
    _draw_best(features, best.n_recovered, best.status, edge=-np.inf)
    _draw_best(losses, best.best_loss, best.status, edge=low)
    handles = [Line2D([], [], color=style.INK, label="best possible", **BEST)]
    for i, (preset, label) in enumerate(medians.training.items()):
        mark: dict[str, Any] = {"marker": MARKERS[i % len(MARKERS)], "markersize": 3.8, "linestyle": "none"}
        handles.append(Line2D([], [], color=style.FAINT, label=label, **mark, **({} if i == last else HOLLOW)))
        for ax, measure, edge in ((features, "n_recovered", -np.inf), (losses, "loss", low)):
            ends = medians.of(measure).loc[preset].loc[rows].assign(color=colors)
            ends["face"] = colors if i == last else "white"
            _draw_medians(ax, ends, shift=0.22 * (i - last / 2), edge=edge, **mark)
    style.name_rows(axes, labels)
    look = {"ncols": 4, "borderpad": 0, "handletextpad": 0.4, "columnspacing": 1.4}
    features.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), **look)
    return figure


def _draw_best(ax: Axes, values: pd.Series, status: pd.Series, *, edge: float) -> None:
    """Draw the best possible of every activation, an arrow at the left edge of the axis where it lies below."""
    ax.hlines(range(len(values)), 0, 1, transform=ax.get_yaxis_transform(), color=style.PALE, linewidth=0.4, zorder=0)
    for line, (value, kind) in enumerate(zip(values.astype(float), status, strict=True)):
        look = {"marker": "<", "markersize": 4.5} if value < edge else BEST
        color = style.INK if kind in (ATTAINED, AT_A_JUMP) else style.FAINT
        ax.plot(max(value, edge), line, color=color, clip_on=False, **look)


def _draw_medians(ax: Axes, rows: pd.DataFrame, *, shift: float = 0, edge: float = -np.inf, **mark: Any) -> None:
    """Draw medians with their intervals, a line each, an arrow at the left edge of the axis for those below it."""
    ax.hlines(np.arange(len(rows)) + shift, rows.low, rows.high, color=rows.color, linewidth=0.9)
    for line, (value, color, face) in enumerate(zip(rows["median"], rows.color, rows.face, strict=True)):
        look: dict[str, Any] = mark | {"color": color, "markerfacecolor": face}
        if value < edge:
            look["marker"] = "<"
        ax.plot(max(value, edge), line + shift, clip_on=False, **look)


@style.styled
def onset_figure(medians: Medians) -> Figure:
    """Return for every activation the onset of superposition beside its largest loss drop, a panel for each preset."""
    rows, labels, colors = _lines(medians.printed)
    n_columns = min(len(medians.training), COLUMNS)
    n_lines, panel = -(-len(medians.training) // n_columns), style.ROW * (len(rows) + 1)
    figure, _, foot = style.sheet(0.3 + n_lines * (panel + GAP) - GAP + BELOW, ONSET_NOTE.format(medians.confidence))
    place = {"above": 0.3, "below": BELOW + foot, "right": 0.1, "gap": GAP / panel, "wspace": 0.06}
    grid = style.panels(figure, (n_lines, n_columns), sharex=True, sharey=True, **place)
    axes = style.in_use(grid, len(medians.training))
    starts, ends, onsets = (medians.of(measure) for measure in ("drop_start", "drop_end", "onset"))
    last = int(np.nanmax([values["high"].max() for values in (starts, ends, onsets)] + [1]))
    style.name_rows(axes, labels)
    for ax, (preset, label) in zip(axes, medians.training.items(), strict=True):
        start, end = (values.loc[preset]["median"].reindex(rows) for values in (starts, ends))
        ax.barh(range(len(rows)), end - start, left=start, height=0.62, color=style.PALE)
        onset = onsets.loc[preset].loc[rows].assign(color=colors)
        onset["face"] = onset.color.where(onset.n_used >= onset.n_excluded, "white")
        _draw_medians(ax, onset, marker="o", markersize=4)
        style.fit(ax.set_title(label, loc="left", y=1.0), width=(style.WIDTH - 1.15) / n_columns - 0.1)
        ax.set_xlabel("training step")
        ax.label_outer()
        step_axes.step_axis(ax, last)
    return figure


LIMIT = 3.0  # intervals are cut this many margins from where there is no effect

STATEMENT, HEAD, FOOT, TEXT = 0.15, 0.3, 0.45, 3.55
"""In inches: height of a statement, room above and below a panel, and width of the text of a statement."""

LOOKS: tuple[dict[str, Any], ...] = (HOLLOW | {"color": style.FAINT}, {"color": style.INK})  # of both protocols
DOT: dict[str, Any] = {"marker": "o", "markersize": 3.2, "markeredgewidth": 0.8}

PANELS = {
    "beyond": ("beyond a margin", (1.0, LIMIT), {0: "no effect", 1: "as stated"}),
    "within": ("no further than a margin", (-LIMIT, 1.0), {0: "no effect", 1: "margin"}),
    "between": ("between two margins", (-1.0, 1.0), {-1: "lower margin", 1: "upper margin"}),
}
"""Label of each panel, the region that is shaded as stated, and the ticks of its axis."""


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
def verdicts_figure(claims: pd.DataFrame, protocols: Mapping[str, tuple[str, str]], *, confidence: float) -> Figure:
    """Return the intervals of all statements under one or two protocols, in units of what they state."""
    scaled = standardised(claims)
    panels = {name: table for name in PANELS if len(table := scaled.loc[scaled.panel == name])}
    heights = [STATEMENT * table.id.nunique() for table in panels.values()]
    note = f"Lines: {wording.percent(confidence)} intervals. Shaded: as stated. An arrow: beyond the panel."
    figure, _, foot = style.sheet(sum(heights) + (HEAD + FOOT) * len(panels) - style.LINE, note)
    place = {"left": TEXT + 0.22, "right": 0.13, "above": HEAD, "below": FOOT - style.LINE + foot}
    gap = (HEAD + FOOT) * len(heights) / sum(heights)
    axes = style.panels(figure, (len(panels), 1), gap=gap, height_ratios=heights, **place)[:, 0]
    for ax, (name, table) in zip(axes, panels.items(), strict=True):
        _draw_panel(ax, table, list(protocols.values()), name)
    looks = zip(protocols, LOOKS[-len(protocols) :], strict=True)
    handles = [Line2D([], [], label=label, **DOT, **look) for label, look in looks]
    corner = (0.01, 0.14 / figure.get_figheight())
    figure.legend(handles=handles, loc="lower left", ncols=len(handles), bbox_to_anchor=corner)
    return figure


def _draw_panel(ax: Axes, table: pd.DataFrame, protocols: Sequence[tuple[str, str]], panel: str) -> None:
    """Draw the intervals of statements of one scale, a line each, those of two protocols beside each other."""
    texts = table.drop_duplicates("id").set_index("id").statement
    where, stated, ticks = PANELS[panel]
    ax.axvspan(*stated, color=f"#{FILLS[REPLICATED]}", linewidth=0)
    ax.axvline(0, color=style.PALE, linewidth=0.8)
    offsets = np.linspace(-0.18, 0.18, len(protocols)) if len(protocols) > 1 else [0.0]
    for (training, sampler), look, offset in zip(protocols, LOOKS[-len(protocols) :], offsets, strict=True):
        rows = table.loc[(table.training == training) & (table.sampler == sampler) & np.isfinite(table.estimate)]
        y = texts.index.get_indexer(rows.id) + offset
        ax.hlines(y, rows.low, rows.high, color=look["color"], linewidth=1.1)
        ax.plot(rows.estimate, y, linestyle="none", **DOT, **look)
        for edge, arrow, beyond in ((-LIMIT, "<", rows.low < -LIMIT), (LIMIT, ">", rows.high > LIMIT)):
            ax.plot([edge] * int(beyond.sum()), y[beyond], arrow, color=look["color"], markersize=3.5, clip_on=False)
    style.name_rows([ax], [_short(f"{name}  {text}") for name, text in texts.items()])
    ax.set(xlim=(-LIMIT, LIMIT), ylim=(len(texts) - 0.4, -0.6))
    ax.tick_params(axis="y", labelsize=style.SMALL - 0.5)
    for label, side in zip(ax.set_xticks(list(ticks), list(ticks.values())), ("right", "left"), strict=True):
        label.label1.set_horizontalalignment("center" if panel == "between" else side)
    ax.set_title(f"Statements that a value lies {where}", loc="left", x=-1.35)


def _short(text: str) -> str:
    while style.text_width(text, style.SMALL - 0.5) > TEXT:
        text = f"{text.removesuffix(' …').rpartition(' ')[0]} …"
    return text
