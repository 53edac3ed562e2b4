"""Axes of quantities over training steps."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator, SymmetricalLogLocator

from superposition.figures import style
from superposition.quantities import LOSS, RECOVERED, REPRESENTED
from superposition.status import may_be_read
from superposition.wording import SUPERSCRIPTS

LINEAR_LLC = 10
"""Up to this size the axis of LLC estimates is linear: most of what a learning coefficient can be (d/2 = 12)."""

HEADROOM = 100
"""Losses up to this many times the highest median are shown: runs about to diverge leave the panel."""

NAME_ROOM = 0.94
"""Inches beside a panel of training or comparison curves in which the name of its axis stands."""

LINEAR_DECADES = 3
"""Decades beyond it that are as high as the linear part on one side: estimates that may be read stay large."""


def draw_loss(ax: Axes, table: pd.DataFrame, over_seeds: pd.DataFrame, seed: int, *, color: str) -> None:
    """Draw the loss over training: the median over seeds, the band around it, and one run."""
    alone = table.seed.nunique() == 1
    label = f"seed {seed}" if alone else "median"
    draw_band(ax, over_seeds, color=color, label=label, linestyle="-")
    if not alone:
        run = table[table.seed == seed]
        ax.plot(run.step, run.loss.astype(float), color=style.INK, linewidth=0.6, label=f"seed {seed}")
    loss_axis(ax, highest=HEADROOM * float(np.fmax.reduce(over_seeds["median"].to_numpy())))
    ax.set_ylabel(LOSS.with_unit)


def loss_axis(ax: Axes, *, highest: float = np.inf) -> None:
    """Make the vertical axis one of losses: logarithmic, with labels also inside a decade if there are few decades."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    high = np.fmin(high, highest)
    ax.set_ylim(low, high)
    logarithmic = LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,), numticks=6)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]) if high < 5 * low else logarithmic)
    ax.yaxis.set_major_formatter(FuncFormatter(short))
    ax.yaxis.set_minor_locator(NullLocator())


def draw_band(ax: Axes, over_seeds: pd.DataFrame, *, color: str, label: str, linestyle: str) -> None:
    """Draw a median over steps and the band around it."""
    steps = over_seeds.index.to_numpy(dtype=float)
    ax.fill_between(steps, over_seeds["low"], over_seeds["high"], color=color, **style.BAND)
    ax.plot(steps, over_seeds["median"], color=color, linestyle=linestyle, label=label)


def draw_counts(ax: Axes, over_seeds: Mapping[str, pd.DataFrame], *, color: str, n_features: int) -> None:
    """Draw the numbers of represented and recovered features over training, medians and bands over seeds."""
    for quantity, ink, linestyle in ((REPRESENTED, color, "-"), (RECOVERED, style.INK, "--")):
        label = quantity.label.removesuffix(" features")
        draw_band(ax, over_seeds[quantity.name], color=ink, label=label, linestyle=linestyle)
    ax.set(ylim=(-0.4, n_features * 1.12), ylabel="features")
    ax.yaxis.set_major_locator(FixedLocator(range(0, n_features + 1, -(-n_features // 4))))


def draw_onsets(ax: Axes, onsets: np.ndarray) -> None:
    """Mark along the upper edge where superposition sets in: a tick for each run, a triangle at their median."""
    found = onsets[np.isfinite(onsets)]
    edge = {"transform": ax.get_xaxis_transform(), "linestyle": "none", "color": style.INK}
    edge |= {"clip_on": False, "in_layout": False}
    ax.plot(found, np.full(len(found), 0.96), marker="|", markersize=5, markeredgewidth=0.7, **edge)
    median, label = [np.median(found)] if len(found) else [], f"onset ({len(found)} of {len(onsets)} runs)"
    ax.plot(median, [1.05] * len(median), marker="v", markersize=4.5, label=label, **edge)


def draw_drops(ax: Axes, drops: Float[np.ndarray, "run 2"], n_runs: int) -> None:
    """Mark above the axes when the loss dropped most: a translucent bar for each run, darker where more runs drop."""
    bars = [(start, end - start) for start, end in drops]
    label = f"largest drop\n({len(drops)} of {n_runs} runs)"
    look = {"transform": ax.get_xaxis_transform(), "clip_on": False, "linewidth": 0, "label": label}
    ax.broken_barh(bars, (1.0, 0.05), color=style.INK, alpha=max(0.12, 1 / max(n_runs, 1)), **look)


def draw_llc(ax: Axes, table: pd.DataFrame, over_seeds: pd.DataFrame, sampler: str, *, color: str) -> None:
    """Draw the LLC estimates of all runs: readable ones filled with their median, others hollow."""
    table = table.assign(llc=table.llc.astype(float))
    finite, readable = np.isfinite(table.llc), may_be_read(table.status)
    hollow = table[finite & ~readable]
    dots = {"linestyle": "none", "marker": "o", "markersize": 2.6, "markeredgewidth": 0.5}
    ax.plot(hollow.step, hollow.llc, markerfacecolor="none", markeredgecolor=style.FAINT, label="not readable", **dots)
    filled = table[finite & readable]
    ax.plot(filled.step, filled.llc, color=color, alpha=0.8, label="readable", **dots)
    if table.seed.nunique() > 1:
        steps = over_seeds.index.to_numpy(dtype=float)
        ax.plot(steps, over_seeds["median"], color=style.INK, linewidth=1, label="median of readable")
    lost = table[~finite]
    if len(lost):
        edge = {"transform": ax.get_xaxis_transform(), "clip_on": False}
        ax.plot(lost.step, np.zeros(len(lost)), "x", color=style.FAINT, label="not finite", **edge)
    llc_axis(ax, table.llc[finite])
    name_llc(ax, sampler)


def name_llc(ax: Axes, sampler: str) -> None:
    """Name the vertical axis after an LLC; a long name of the sampler preset becomes smaller, so that panels fit."""
    style.fit(ax.set_ylabel(f"LLC\n({sampler})"), height=NAME_ROOM)


def llc_axis(ax: Axes, values: Iterable[float]) -> None:
    """Make the vertical axis linear for values that can be learning coefficients, and logarithmic beyond them."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    ax.set_yscale("symlog", linthresh=LINEAR_LLC, linscale=LINEAR_DECADES)
    ax.set_ylim(min(-1.0, 1.6 * low), max(1.15 * LINEAR_LLC, 1.6 * high))
    locator = SymmetricalLogLocator(base=10, linthresh=LINEAR_LLC)
    locator.set_params(numticks=4)
    ax.yaxis.set_major_locator(locator)
    halves = (-LINEAR_LLC / 2, LINEAR_LLC / 2)
    ax.yaxis.set_minor_locator(FixedLocator([half for half in halves if half > ax.get_ylim()[0]]))
    ax.yaxis.set_major_formatter(FuncFormatter(short))
    ax.yaxis.set_minor_formatter(FuncFormatter(short))
    ax.axhline(0, color=style.PALE, linewidth=0.6, zorder=0)


def short(value: float, _position: object = None) -> str:
    """Return a number as a tick label: a plain one from 0.001 to 10,000, a power of ten beyond."""
    if value == 0 or 1e-3 <= abs(value) <= 1e4:
        return f"{value:,.6g}".replace("-", "−")
    return f"{'−' if value < 0 else ''}10{f'{np.log10(abs(value)):.0f}'.translate(SUPERSCRIPTS)}"


def step_axis(ax: Axes, last: int) -> None:
    """Make the horizontal axis one of steps: logarithmic from step 1 on, with step 0 in front of it."""
    ax.set_xscale("symlog", linthresh=1, linscale=0.5)
    ax.set_xlim(-0.12, last * 1.15)
    ax.xaxis.set_major_locator(FixedLocator([0, *10.0 ** np.arange(np.log10(max(last, 1)) + 1e-9)]))
    ax.xaxis.set_major_formatter(FuncFormatter(short))
    ax.xaxis.set_minor_locator(NullLocator())


def mark_moments(axes: Sequence[Axes], steps: Sequence[int]) -> None:
    """Mark the steps at which polygons are drawn: dashed lines through all axes, letters above the first."""
    for letter, step in zip(letters(len(steps)), steps, strict=True):
        for ax in axes:
            ax.axvline(step, color=style.FAINT, linewidth=0.6, linestyle=(0, (4, 3)), zorder=0.5)
        place = {"xytext": (0, 2), "textcoords": "offset points", "ha": "center", "fontsize": style.SMALL}
        axes[0].annotate(letter, (step, 1), xycoords=("data", "axes fraction"), **place)


def letters(count: int) -> list[str]:
    """Return the first letters of the alphabet."""
    return [chr(ord("a") + i) for i in range(count)]
