"""Table of `refine_llc`: finer tools than one LLC, over training."""

from superposition.tables.columns import (
    ACTIVATION,
    NON_NEGATIVE,
    SEED,
    STATUS,
    STEP,
    TRAINING,
    OneOf,
    Table,
    flag,
    number,
    text,
)

RESTRICTED, OF_DATA, INFLUENCE = KINDS = ("restricted", "data-refined", "influence")

TABLES = {
    "refined_llc": Table(
        "LLC of parts of the parameters and of the data, and influence of features on each other: a row for each run, "
        "step, tool and part.",
        (
            TRAINING,
            ACTIVATION,
            SEED,
            STEP,
            text(
                "kind", "LLC of chains that move some parameters, or follow some data, or an influence.", OneOf(KINDS)
            ),
            text("part", "Parameters that move, or feature whose loss is influenced; all for all."),
            text("by", "Data that chains follow, or feature whose frequency grows; all for all."),
            number("value", "", "LLC, or derivative of the feature's expected loss by the other's frequency."),
            number("se", "", "Its standard error over chains.", NON_NEGATIVE),
            text("status", "Whether an LLC may be read; null for influences.", STATUS),
            flag("is_recovered", "Whether the feature is recovered; null for parts that are no feature."),
        ),
    ),
}
