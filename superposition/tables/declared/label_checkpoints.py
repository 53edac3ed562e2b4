"""Table of `label_checkpoints`: the critical point nearest to each checkpoint."""

from superposition.tables.columns import (
    ACTIVATION,
    NON_NEGATIVE,
    SEED,
    STEP,
    TRAINING,
    OneOf,
    Table,
    number,
    text,
    whole,
)

MINIMUM, SADDLE, NONE = KINDS = ("minimum", "saddle", "none near")

TABLES = {
    "critical_points": Table(
        "Which critical point of the expected loss a run is at: a row for each run that is followed and checkpoint. "
        "Labels describe; both superposition and LLC follow from them.",
        (
            TRAINING,
            ACTIVATION,
            SEED,
            STEP,
            text(
                "label", "The nearest critical point in words: live and dead features where they say all, or its loss."
            ),
            text("kind", "Whether the loss curves down in any direction there; none near without one.", OneOf(KINDS)),
            number("level", "MSE", "Expected loss at the critical point.", NON_NEGATIVE),
            whole("n_negative", "directions", "Directions in which the loss curves down there; null on kinks."),
            whole("n_flat", "directions", "Flat directions beyond symmetries of the model; null on kinks."),
            number("distance", "", "Distance of all parameters from it, over their length there.", NON_NEGATIVE),
            number("true_llc", "", "Its learning coefficient where it is derived; null at saddles.", NON_NEGATIVE),
        ),
    ),
}
