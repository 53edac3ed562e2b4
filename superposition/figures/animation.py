"""Animation of one run: its polygon forming over training, beside its loss and its number of features."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from superposition import wording
from superposition.figures import polygons, step_axes, style
from superposition.figures.directions import in_plane
from superposition.figures.training import draw_counts, draw_loss, title
from superposition.measures.history import History, by_quantity, representative_seed
from superposition.schedules import log_spaced_steps, nearest_steps
from superposition.tables import files

HEIGHT, DPI = 3.1, 110  # height of the picture in inches, and its resolution: about 700 pixels wide
COLORS = 64  # size of the palette: enough for one hue with smooth edges, and a file a third as large as with 256
HOLD = 3.0  # seconds for which the last picture stands still


def frame_steps(history: History, *, count: int) -> list[int]:
    """Return the recorded steps that an animation shows: log-spaced, from 0 to the last."""
    recorded = history.trajectory.steps.tolist()
    return nearest_steps(log_spaced_steps(count=count, last=recorded[-1]), recorded)


@style.styled
def frames(
    history: History,
    steps: Sequence[int],
    recovered: Bool[np.ndarray, "seed step feature"],
    *,
    n_initial: int,
    procedure: str,
) -> list[Image.Image]:
    """Return a picture of the run whose final loss is the median for each of some recorded steps.

    Args:
        history: All runs of an activation with a training preset.
        steps: Recorded steps, increasing.
        recovered: Which features these runs recover at every recorded step.
        n_initial: Number of features of the initial polygon.
        procedure: What figures call the training preset.
    """
    seed, pictures = representative_seed(history.final.loss), []
    run = history.run(seed)
    places = np.searchsorted(history.trajectory.steps, steps)
    W = in_plane(run.trajectory.W[0])[places]
    counted = recovered[history.trajectory.seeds == seed][0][places]
    look, loss = polygons.shared(W, run.family, n_initial=n_initial), run.loss.set_index("step").loss
    figure, polygon, marks = _canvas(run, procedure)
    canvas, ends = FigureCanvasAgg(figure), (-look["half_side"], look["half_side"])
    for step, W_now, is_recovered in zip(steps, W, counted, strict=True):
        polygon.clear()
        polygon.set(xlim=ends, ylim=ends)
        polygon.set_axis_off()
        polygons.draw(polygon, W_now, is_recovered, **look)
        polygon.set_title(f"step {step:,}\nloss {wording.number(loss.get(step))}", loc="left")
        for mark in marks:
            mark.set_xdata([step, step])
        canvas.draw()
        pictures.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    return pictures


def _canvas(run: History, procedure: str) -> tuple[Figure, Axes, list]:
    """Return a figure of one run with its curves, the axes of its polygon, and the lines that mark the step."""
    figure = style.laid_out(HEIGHT, title=f"{title(run, procedure)},  seed {run.trajectory.seeds[0]}")
    figure.set_dpi(DPI)
    ratios = {"width_ratios": [HEIGHT - 0.5, style.WIDTH - HEIGHT], "gridspec_kw": {"hspace": 0.1}}
    polygon, upper, lower = figure.subplot_mosaic([["polygon", "loss"], ["polygon", "counts"]], **ratios).values()
    polygon.set_box_aspect(1)
    polygon.set_title("step\nloss", loc="left")
    polygon.set_axis_off()
    over_steps = by_quantity(run.curves(band=0))
    draw_loss(upper, run, over_steps)
    draw_counts(lower, run, over_steps)
    for ax in (upper, lower):
        step_axes.step_axis(ax, int(run.trajectory.steps[-1]))
    upper.tick_params(labelbottom=False)
    lower.set_xlabel("training step")
    lower.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    style.lay_out(figure)
    return figure, polygon, [ax.axvline(0, color=style.FAINT, linewidth=0.8) for ax in (upper, lower)]


def save(pictures: Sequence[Image.Image], path: str | Path, *, seconds_per_frame: float) -> None:
    """Write pictures of equal size as an endless GIF in which the last one stands still for a while."""
    palette = pictures[-1].quantize(COLORS, dither=Image.Dither.NONE)
    # Colours are matched coarsely: what is nearly white must be white, or the background turns grey.
    palette.putpalette([255 if value > 248 else value for value in palette.getpalette() or []])
    first, *others = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    durations = [round(1000 * seconds_per_frame)] * len(others) + [round(1000 * HOLD)]  # GIF counts in hundredths
    with files.whole(path) as part:
        first.save(part, save_all=True, append_images=others, duration=durations, loop=0, optimize=True)
