"""Thumbnails of polygons: which one stands for the runs of an activation, as the bytes of a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from superposition.figures import polygons, style
from superposition.measures.history import Key, representative_seed
from superposition.palette import Printed
from superposition.tables.trajectory import Trajectory

SIDE = 0.6
"""Side of a thumbnail in inches."""

DPI = 300
"""Resolution at which a thumbnail is still sharp in print."""

COLUMNS = 50
"""Thumbnails beside each other on a sheet."""


def representatives(trajectories: Mapping[Key, Trajectory], runs: pd.DataFrame) -> dict[Key, Trajectory]:
    """Return the run that stands for each activation: the one whose final loss is the median.

    Args:
        trajectories: Weights of all runs.
        runs: Table of runs, for their final losses.
    """
    losses = runs.set_index("seed").groupby(["training", "activation"], sort=False).loss
    seeds = {key: representative_seed(loss) for key, loss in losses}
    return {key: of_seeds.of(seeds[key]) for key, of_seeds in trajectories.items()}


def final_thumbnails(
    runs: Mapping[Key, Trajectory], *, n_initial: Mapping[str, int], printed: Printed
) -> dict[Key, bytes]:
    """Return the final polygons as pictures, by training preset and activation.

    Args:
        runs: One run each.
        n_initial: Number of features of the initial polygon by training preset.
        printed: What is printed of each activation, with its family.
    """
    shown = [
        Shown(run.W[0, -1], n_initial=n_initial[training], family=printed[activation]["family"])
        for (training, activation), run in runs.items()
    ]
    return dict(zip(runs, thumbnails(shown), strict=True))


@dataclass(frozen=True)
class Shown:
    """A model whose polygon is shown.

    Attributes:
        W: Weights, shape (hidden, feature).
        n_initial: Number of features of the initial polygon, which are drawn in another colour.
        family: Family of the activation, which gives the colour.
    """

    W: np.ndarray
    n_initial: int
    family: str


@style.styled
def thumbnails(models: Sequence[Shown]) -> list[bytes]:
    """Return the polygon of each model, on its own scale, as a PNG picture of 0.6 inch.

    All are drawn on one sheet and cut apart, which takes a tenth of the time.
    """
    n_columns = min(len(models), COLUMNS)
    n_rows = -(-len(models) // COLUMNS)
    figure = Figure(figsize=(SIDE * n_columns, SIDE * n_rows), dpi=DPI)
    canvas, page = FigureCanvasAgg(figure), style.page(figure)
    for i, model in enumerate(models):
        centre = SIDE * (i % COLUMNS + 0.5), SIDE * (n_rows - i // COLUMNS - 0.5)
        _draw(page, model, centre)
    figure.patch.set_visible(False)
    canvas.draw()
    sheet, size = np.asarray(canvas.buffer_rgba()), round(SIDE * DPI)
    corners = [(size * (i // COLUMNS), size * (i % COLUMNS)) for i in range(len(models))]
    return [_png(sheet[row : row + size, column : column + size]) for row, column in corners]


def _draw(page: Axes, model: Shown, centre: tuple[float, float]) -> None:
    directions = polygons.upright(polygons.in_plane(model.W[None])[0])
    half_side, color = polygons.extent([directions]), style.FAMILY_COLORS[model.family]
    look = polygons.Look(n_initial=model.n_initial, color=color, half_side=half_side, radius=1)
    polygons.draw_in_square(page, directions, look, centre, SIDE)


def _png(pixels: np.ndarray) -> bytes:
    picture = BytesIO()
    Image.fromarray(pixels).save(picture, format="png", dpi=(DPI, DPI))
    return picture.getvalue()
