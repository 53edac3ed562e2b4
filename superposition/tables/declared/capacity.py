"""Tables of the best possible losses: what an activation can do, apart from what training finds."""

from superposition.status import BEST_MEANINGS
from superposition.tables.columns import (
    ACTIVATION,
    FEATURES,
    FLOAT,
    INT,
    NON_NEGATIVE,
    STRING,
    TRAINING,
    Column,
    OneOf,
    Table,
)

TABLES = {
    "capacity": Table(
        "The best possible loss: a row for each training preset, whose model and data count alone, and activation.",
        (
            TRAINING,
            ACTIVATION,
            Column("best_loss", FLOAT, "MSE", "Lowest expected loss that any search found.", NON_NEGATIVE),
            Column(
                "status",
                STRING,
                "",
                "Whether weights have that loss, or it is approached only.",
                OneOf(tuple(BEST_MEANINGS)),
            ),
            Column("n_recovered", INT, "features", "Most features that any of the best answers recovers.", FEATURES),
            Column("n_recovered_least", INT, "features", "Fewest features that one of those met recovers.", FEATURES),
            Column("n_represented", INT, "features", "Features that the shortest best weights represent.", FEATURES),
            Column("frobenius_sq", FLOAT, "", "Sum of squared feature norms of those weights.", NON_NEGATIVE),
            Column("n_starts", INT, "searches", "Starts.", NON_NEGATIVE),
            Column("n_best", INT, "searches", "Those that end at the best loss.", NON_NEGATIVE),
            Column("n_unfinished", INT, "searches", "Those that end where the gradient is not 0.", NON_NEGATIVE),
            Column("n_minima", INT, "answers", "Distinct answers among the others, and the best one.", NON_NEGATIVE),
        ),
    ),
    "minima": Table(
        "Where searches for the best loss ended: a row for each of the twenty lowest answers of an activation.",
        (
            TRAINING,
            ACTIVATION,
            Column("rank", INT, "", "0 for the best answer.", NON_NEGATIVE),
            Column("loss", FLOAT, "MSE", "Expected loss.", NON_NEGATIVE),
            Column("n_reached", INT, "searches", "Searches that end at it, up to the order of features.", NON_NEGATIVE),
            Column("gradient", FLOAT, "", "Norm of the gradient of the loss.", NON_NEGATIVE),
            Column("n_negative", INT, "directions", "Directions in which the loss curves down.", NON_NEGATIVE),
            Column(
                "n_flat",
                INT,
                "directions",
                "Flat directions beyond those in which no answer changes at any weights, such as the rotation.",
                NON_NEGATIVE,
            ),
            Column("n_recovered", INT, "features", "Recovered features.", FEATURES),
            Column("n_represented", INT, "features", "Represented features.", FEATURES),
            Column("polygon", INT, "corners", "Corners of the convex hull of the represented directions.", FEATURES),
            Column("frobenius_sq", FLOAT, "", "Sum of squared feature norms.", NON_NEGATIVE),
        ),
    ),
}
"""Tables of what can be reached, in the order in which the study makes them."""
