"""Style of figures: one size, one font, one palette, as plain dictionaries in the manner of tueplots."""

import functools
import math
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.typing import RcKeyType

from superposition import palette
from superposition.tables import files

FAINT, FAMILY_COLORS, INK, PALE = palette.FAINT, palette.FAMILY_COLORS, palette.INK, palette.PALE

WIDTH, NOTE_WIDTH = 6.5, 6.3  # in inches, of a figure, which is a page of text without margins, and of its note
SMALL, TITLE = 7, 9  # sizes in points of tick labels, legends and notes, and of titles

LINE, ROW, NAMES = 0.125, 0.135, 1.05
"""Height of a line of a note, height of the line of an activation, and room for its name on the left, in inches."""

RC: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture on every machine
    "mathtext.fontset": "dejavusans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "figure.titlesize": TITLE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.3,
    "lines.markersize": 3,
    "figure.dpi": 200,  # as saved: what is measured for the layout needs no measuring again
    "savefig.dpi": "figure",
    "svg.fonttype": "none",
    "svg.hashsalt": "salt",  # equal figures are equal files
    "pdf.fonttype": 42,  # text that can be edited
}

styled = matplotlib.rc_context(RC)
"""Decorator of functions that draw in the style of the study, wherever they are called."""

BAND = {"alpha": 0.22, "linewidth": 0}  # intervals over seeds around a line
NOTE = {"fontsize": SMALL, "color": palette.NOTE}  # explanations below a figure


def page(figure: Figure) -> Axes:
    """Return an axes over a whole figure, in inches from the lower left corner; it costs less than many small ones."""
    width, height = figure.get_size_inches()
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return ax


def laid_out(height: float, note: str = "", title: str = "") -> Figure:
    """Return a figure whose axes find their places, with a note at its foot and a title; the height is in inches."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    if note:
        figure.supxlabel(wrapped(note), x=0.01, ha="left", **NOTE)
    if title:
        fit(figure.suptitle(title, x=0.01, ha="left"), width=WIDTH - 0.16)
    return figure


def sheet(content: float, note: str, title: str = "", room: float = math.inf) -> tuple[Figure, Axes, float]:
    """Return a figure, its page, and the height of the note at its foot, in inches as all sizes.

    Args:
        content: Height of all above the note.
        note: Text of the note.
        title: Text at the top, none if empty.
        room: Largest height of the title, which becomes smaller to fit.
    """
    note = wrapped(note)
    foot = LINE * (note.count("\n") + 1)
    figure = Figure(figsize=(WIDTH, content + foot))
    ax = page(figure)
    ax.text(0.08, 0.05, note, va="bottom", **NOTE)
    if title:
        text = ax.text(0.08, content + foot - 0.06, title, va="top", fontsize=TITLE)
        fit(text, width=WIDTH - 0.16, height=room)
    return figure, ax, foot


def panels(
    figure: Figure,
    shape: tuple[int, int] = (1, 1),
    *,
    left: float = NAMES,
    right: float = 0.15,
    above: float,
    below: float,
    gap: float = 0,
    **options: Any,
) -> np.ndarray:
    """Return axes in fixed places, as an array of a shape.

    Args:
        figure: Figure, which has to be laid out by nothing else.
        shape: Numbers of rows and columns.
        left: Margin on the left, in inches as all margins.
        right: Margin on the right.
        above: Margin at the top.
        below: Margin at the foot, the height of the note included.
        gap: Height of the space between rows, as a share of that of a panel.
        **options: Options of `Figure.subplots`; `wspace`, the width of the space between columns, among them.
    """
    width, height = figure.get_size_inches()
    place = {"left": left / width, "right": 1 - right / width, "wspace": options.pop("wspace", 0.08), "hspace": gap}
    place |= {"bottom": below / height, "top": 1 - above / height}
    return figure.subplots(*shape, squeeze=False, gridspec_kw=place, **options)


def name_rows(axes: Sequence[Axes], names: Sequence[str], lines: Any = None) -> None:
    """Name lines, from the top down, beside the first of axes with one vertical axis, which is left out."""
    lines = range(len(names)) if lines is None else lines
    axes[0].set(yticks=lines, yticklabels=names, ylim=(lines[-1] + 1, -1))
    for label in axes[0].get_yticklabels():
        fit(label, width=WIDTH * axes[0].get_position().x0 - 0.1)
    for ax in axes:
        ax.tick_params(axis="y", length=0)
        ax.spines.left.set_visible(False)


@functools.cache
def text_width(text: str, size: float) -> float:
    """Return the width in inches of a line without formulas at a size in points, with room for its rounding."""
    font = FontProperties(family=str(RC["font.family"]), size=size)
    return 1.02 * text_to_path.get_text_width_height_descent(text, font, False)[0] / 72


def wrapped(text: str, *, width: float = NOTE_WIDTH) -> str:
    """Return a text in lines of at most a width in inches, where no word is longer; its own line breaks stay."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.append("")
        for word in paragraph.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and text_width(longer, SMALL) > width:
                lines.append(word)
            else:
                lines[-1] = longer
    return "\n".join(lines)


def in_use(grid: np.ndarray, count: int) -> list[Axes]:
    """Return the first axes of a grid, and remove those after them."""
    axes = list(grid.ravel())
    for ax in axes[count:]:
        ax.remove()
    return axes[:count]


def fit(*texts: Text, width: float = math.inf, height: float = math.inf) -> None:
    """Make texts of one size smaller until each has room, in inches: labels and formulas are as long as users write."""
    dpi = texts[0].figure.dpi  # type: ignore[union-attr]
    for _ in range(5):  # small letters are drawn on whole pixels, so they do not shrink in proportion
        extents = [Text.get_window_extent(text) for text in texts]  # of an annotation without its arrow
        room = min(min(width * dpi / extent.width, height * dpi / extent.height) for extent in extents)
        if room >= 1:
            return
        for text in texts:
            text.set_fontsize(float(text.get_fontsize()) * room)


def lay_out(figure: Figure) -> None:
    """Arrange a figure for good; positions in pixels can be relied on from here on."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)
        figure.set_layout_engine(None)  # with one, even "none", saving draws everything twice


@styled
def png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG picture."""
    picture = BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


UNDATED = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # metadata by suffix: equal figures are equal files


@styled
def save(figure: Figure, paths: Iterable[str | Path]) -> None:
    """Write a figure to each path, in the format of its suffix."""
    lay_out(figure)
    for path in map(Path, paths):
        with files.whole(path) as part:
            figure.savefig(part, metadata=UNDATED.get(path.suffix))
