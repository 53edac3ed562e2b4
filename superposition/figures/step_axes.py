"""Axes of losses, LLC and training steps, and the curves of several activations over them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator, SymmetricalLogLocator

from superposition.figures import style
from superposition.measures.history import by_quantity
from superposition.quantities import LOSS, RECOVERED
from superposition.wording import SUPERSCRIPTS

LINEAR_LLC = 10  # the axis of LLC estimates is linear up to most of what a learning coefficient can be (d/2 = 12) and,
LINEAR_DECADES = 3  # on one side, as high as so many decades beyond: estimates that may be read stay large
HEADROOM = 100  # losses up to this many times the highest median are shown: runs about to diverge leave the panel
NAME_ROOM = 0.94  # inches beside a panel of training or comparison curves in which the name of its axis stands
LOWEST = 1e-6  # losses below this leave the panel: they are 0 but for rounding, and would leave no room for all others
LEFT, BELOW = 0.82, 0.42  # room in inches for the names of stacked panels, and for that of their common axis


def stacked(
    figure: Figure, count: int, *, panel: float, gap: float, right: float, below: float, last: int
) -> list[Axes]:
    """Return panels below each other from the foot of a figure up, over the same steps; sizes are in inches.

    Args:
        figure: Figure, of fixed size.
        count: Number of panels.
        panel: Height of each.
        gap: Space between two.
        right: Room for legends on the right.
        below: Room at the foot, for the name of the common axis and what stands below it.
        last: Last step of the axis.
    """
    place = {"right": right, "above": figure.get_figheight() - below - count * (panel + gap) + gap, "below": below}
    axes = list(style.panels(figure, (count, 1), left=LEFT, gap=gap / panel, sharex=True, **place)[:, 0])
    for ax in axes:
        step_axis(ax, last)
        ax.yaxis.set_label_coords(-0.49 / (style.WIDTH - LEFT - right), 0.5)
    axes[-1].set_xlabel("training step")
    return axes


def draw_band(ax: Axes, over_seeds: pd.DataFrame, **line: Any) -> None:
    """Draw a median over steps, in the look of a `line`, and the band around it, as opaque as the line."""
    steps = over_seeds.index.to_numpy(dtype=float)
    look = style.BAND | {"alpha": style.BAND["alpha"] * line.get("alpha", 1)}
    ax.fill_between(steps, over_seeds["low"], over_seeds["high"], color=line["color"], **look)
    ax.plot(steps, over_seeds["median"], **line)


def loss_axis(ax: Axes, *, highest: float = np.inf) -> None:
    """Make the vertical axis one of losses: logarithmic, with labels also inside a decade if there are few decades."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    low, high = max(low, min(LOWEST, high / 10)), np.fmin(high, highest)
    ax.set_ylim(low, high)
    logarithmic = LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,), numticks=6)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]) if high < 5 * low else logarithmic)
    ax.yaxis.set_major_formatter(short)
    ax.yaxis.set_minor_locator(NullLocator())


def llc_axis(ax: Axes, values: Iterable[float], sampler: str = "") -> None:
    """Make the vertical axis linear for values that can be learning coefficients, and logarithmic beyond them."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    ax.set_yscale("symlog", linthresh=LINEAR_LLC, linscale=LINEAR_DECADES)
    ax.set_ylim(min(-1.0, 1.6 * low), max(1.15 * LINEAR_LLC, 1.6 * high))
    locator = SymmetricalLogLocator(base=10, linthresh=LINEAR_LLC)
    locator.set_params(numticks=4)
    ax.yaxis.set_major_locator(locator)
    ax.yaxis.set_minor_locator(FixedLocator([-LINEAR_LLC / 2, LINEAR_LLC / 2]))
    ax.yaxis.set_major_formatter(short)
    ax.yaxis.set_minor_formatter(short)
    ax.axhline(0, color=style.PALE, linewidth=0.6, zorder=0)
    if sampler:  # a long name becomes smaller, so that panels fit
        style.fit(ax.set_ylabel(f"LLC\n({sampler})"), height=NAME_ROOM)


def step_axis(ax: Axes, last: int) -> None:
    """Make the horizontal axis one of steps: logarithmic from step 1 on, with step 0 in front of it."""
    ax.set_xscale("symlog", linthresh=1, linscale=0.5)
    ax.set_xlim(-0.12, last * 1.15)
    ax.xaxis.set_major_locator(FixedLocator([0, *10.0 ** np.arange(np.log10(max(last, 1)) + 1e-9)]))
    ax.xaxis.set_major_formatter(short)
    ax.xaxis.set_minor_locator(NullLocator())


def short(value: float, _position: object = None) -> str:
    """Return a number as a tick label: a plain one from 0.001 to 10,000, with a power of ten beyond."""
    if value == 0 or 1e-3 <= abs(value) <= 1e4:
        return f"{value:,.6g}".replace("-", "−")
    digits, power = f"{abs(value):.1e}".split("e")
    factor = "" if digits == "1.0" else f"{digits.removesuffix('.0')}·"
    return f"{'−' if value < 0 else ''}{factor}10{str(int(power)).translate(SUPERSCRIPTS)}"


INKS = tuple(dict.fromkeys([style.INK, *style.FAMILY_COLORS.values()]))  # as compared activations may share a family
LINES = ("-", "--", ":", "-.")  # line styles, one for every round through the colours
PANEL, GAP, RIGHT = 0.84, 0.14, 1.15  # height of a panel, the space between two, and room for the legend, in inches


@style.styled
def comparison_figure(over_seeds: Mapping[str, pd.DataFrame], *, samplers: Sequence[str]) -> Figure:
    """Return loss, LLC by sampler preset and number of recovered features over training, one line per activation.

    Lines are medians over seeds, of the LLC over estimates that may be read where at least half of the runs have one.
    """
    count, curves = 2 + len(samplers), {label: by_quantity(table) for label, table in over_seeds.items()}
    figure = Figure(figsize=(style.WIDTH, 0.08 + count * (PANEL + GAP) - GAP + BELOW))
    last = max(int(quantities[LOSS.name].index[-1]) for quantities in curves.values())
    axes = stacked(figure, count, panel=PANEL, gap=GAP, right=RIGHT, below=BELOW, last=last)
    for i, (label, quantities) in enumerate(curves.items()):
        line = LINES[i // len(INKS) % len(LINES)]
        look: dict[str, Any] = {"color": INKS[i % len(INKS)], "label": label, "linestyle": line}
        draw_band(axes[0], quantities[LOSS.name], **look)
        draw_band(axes[-1], quantities[RECOVERED.name], **look)
        for ax, sampler in zip(axes[1:-1], samplers, strict=True):
            ax.plot(quantities[f"llc_{sampler}"]["median"].astype(float), marker="o", **look)
    every = by_quantity(pd.concat(over_seeds))
    loss_axis(axes[0], highest=HEADROOM * np.fmax.reduce(every[LOSS.name]["median"].to_numpy()))
    axes[0].set_ylabel(LOSS.with_unit)
    for ax, sampler in zip(axes[1:-1], samplers, strict=True):
        llc_axis(ax, every[f"llc_{sampler}"]["median"].dropna(), sampler)
    axes[-1].yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes[-1].set_ylabel(RECOVERED.label.replace(" ", "\n"))
    for text in axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0)).get_texts():
        style.fit(text, width=RIGHT - 0.35)
    return figure
