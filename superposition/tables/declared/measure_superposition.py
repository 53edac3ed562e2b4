"""Table of `measure_superposition`: measures over training, one file for each batch of seeds."""

from superposition.tables.columns import (
    ENDED,
    FEATURES,
    LOSS,
    NON_NEGATIVE,
    PER_FEATURE,
    SEED,
    SHARE,
    STEP,
    Column,
    Table,
    number,
    text,
    whole,
)

TABLES = {
    "superposition": Table(
        "Measures of superposition over training: a row for each seed and step at which the weights were recorded.",
        (
            SEED,
            STEP,
            text("status", "ok, or diverged if the weights are not finite; measures are then null.", ENDED),
            LOSS,
            whole(
                "n_represented",
                "features",
                "Features with a norm above the relative and absolute thresholds.",
                FEATURES,
            ),
            whole("n_recovered", "features", "Features whose own output exceeds all others by the margin.", FEATURES),
            number(
                "effective_features",
                "features",
                "Own shares of the positive answers to features, beyond those of a constant answer, in sum.",
                FEATURES,
            ),
            whole("polygon", "corners", "Corners of the convex hull of the represented directions.", FEATURES),
            number("frobenius_sq", "", "Sum of squared feature norms.", NON_NEGATIVE),
            Column("feature_norm", PER_FEATURE, "", "Length of each feature's direction.", NON_NEGATIVE),
            Column("dimensionality", PER_FEATURE, "dimensions", "Share of a dimension that each feature has.", SHARE),
            Column(
                "interference",
                PER_FEATURE,
                "",
                "Squared overlap of all other directions with each feature's.",
                NON_NEGATIVE,
            ),
            Column(
                "leakage",
                PER_FEATURE,
                "",
                "Squared output in other features when each feature is the input.",
                NON_NEGATIVE,
            ),
        ),
    ),
}
