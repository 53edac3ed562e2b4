"""Tables of `rank_activations`: the ranking, and whether training presets agree about it."""

from superposition.tables.columns import (
    ACTIVATION,
    ESTIMATE,
    FEATURES,
    NON_NEGATIVE,
    TRAINING,
    OneOf,
    Table,
    number,
    text,
    whole,
)

TABLES = {
    "ranking": Table(
        "Ranking of activations by superposition: a row for each training preset and activation.",
        (
            TRAINING,
            ACTIVATION,
            number("rank", "", "Rank by recovered, then represented features; 1 has most, ties share a rank."),
            number("rank_low", "", "Lower end of the bootstrap interval of the rank.", NON_NEGATIVE),
            number("rank_high", "", "Upper end of the bootstrap interval of the rank.", NON_NEGATIVE),
            number("n_recovered", "features", "Mean over seeds of recovered features at the end.", FEATURES),
            number("low", "features", "Lower end of its bootstrap interval.", FEATURES),
            number("high", "features", "Upper end of its bootstrap interval.", FEATURES),
            number("n_represented", "features", "Mean over seeds of represented features at the end.", FEATURES),
            whole("n_used", "runs", "Runs that entered."),
            whole("n_excluded", "runs", "Runs that diverged."),
        ),
    ),
    "rank_correlation": Table(
        "Whether training presets rank activations alike: a row for each two presets and coefficient.",
        (
            TRAINING,
            text("other_training", "Training preset that it is compared with."),
            text("coefficient", "kendall (tau-b) or spearman (rho).", OneOf(("kendall", "spearman"))),
            *ESTIMATE,
            whole("n_activations", "activations", "Activations with readable runs in both presets."),
        ),
    ),
}
