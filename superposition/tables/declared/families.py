"""Tables about families of activations: their runs, what seeds say together beside what is possible, and jumps."""

from superposition.status import STATUSES
from superposition.tables.columns import (
    BOOL,
    ENDED,
    FEATURES,
    FLOAT,
    INT,
    LOSS,
    NON_NEGATIVE,
    SEED,
    STRING,
    Column,
    OneOf,
    Table,
)
from superposition.tables.declared.questions import ANSWERS, UNDECIDED

RISES, FALLS, FLAT, TURNS, NOT_READABLE = ("rises", "falls", "flat", "turns", "not readable")
"""What a quantity does along a parameter."""

VALUE = (
    Column("family", STRING, "", "Family of activations."),
    Column("parameter", STRING, "", "Symbol of its parameter."),
    Column("value", FLOAT, "", "Value of the parameter."),
)
BEST = (
    Column("best_loss", FLOAT, "MSE", "Lowest expected loss that was found for the value.", NON_NEGATIVE),
    Column("capacity", INT, "features", "Most features that an answer with that loss recovers.", FEATURES),
    Column("capacity_least", INT, "features", "Fewest features that one of those met recovers.", FEATURES),
)
"""What the value of a parameter allows, apart from what training finds."""


def _over_seeds(name: str, unit: str, meaning: str) -> tuple[Column, ...]:
    """Return the columns of a measure: median over seeds, both ends of its interval, and how many runs have a value."""
    return (
        Column(name, FLOAT, unit, f"Median over seeds of {meaning}."),
        Column(f"{name}_low", FLOAT, unit, "Lower end of its bootstrap interval."),
        Column(f"{name}_high", FLOAT, unit, "Upper end of its bootstrap interval."),
        Column(f"{name}_n", INT, "runs", "Runs that have such a value.", NON_NEGATIVE),
    )


TABLES = {
    "family_runs": Table(
        "How the runs of families of activations ended: a row for each family, value and seed.",
        (
            *VALUE,
            SEED,
            Column("status", STRING, "", "ok, or diverged if the weights are not finite at the end.", ENDED),
            LOSS,
            Column("n_recovered", INT, "features", "Recovered features.", FEATURES),
            Column("n_represented", INT, "features", "Represented features.", FEATURES),
            Column(
                "onset",
                INT,
                "training steps",
                "First step from which a feature outside the initial polygon stays.",
                NON_NEGATIVE,
            ),
            Column("llc", FLOAT, "", "LLC estimate at the end."),
            Column("llc_std", FLOAT, "", "Standard deviation of the estimate over chains.", NON_NEGATIVE),
            Column("predicted_llc", FLOAT, "", "What the estimate would be if the loss were quadratic."),
            Column("llc_status", STRING, "", "Whether the estimate may be read.", OneOf(STATUSES)),
        ),
    ),
    "family_best": Table("The best that families of activations allow: a row for each family and value.", VALUE + BEST),
    "families": Table(
        "What is possible and what seeds say together: a row for each family and value.",
        (
            *VALUE,
            *BEST,
            *_over_seeds("n_recovered", "features", "recovered features"),
            *_over_seeds("loss", "MSE", "the final loss"),
            *_over_seeds("onset", "training steps", "the onset of superposition"),
            *_over_seeds("llc", "", "the LLC at ends where it may be read"),
        ),
    ),
    "family_jumps": Table(
        "Where the capacity of a family changes, by bisection between two of its values: a row for each change.",
        (
            *VALUE[:2],
            Column("low", FLOAT, "", "Largest value that was found to have the first capacity."),
            Column("high", FLOAT, "", "Smallest value that was found to have the other."),
            Column("capacity_low", INT, "features", "Capacity at the lower value.", FEATURES),
            Column("capacity_high", INT, "features", "Capacity at the higher value.", FEATURES),
            Column("best_loss_low", FLOAT, "MSE", "Lowest loss at the lower value.", NON_NEGATIVE),
            Column("best_loss_high", FLOAT, "MSE", "Lowest loss at the higher value.", NON_NEGATIVE),
        ),
    ),
    "family_verdicts": Table(
        "What becomes of the post's causes where they come in degrees: a row for each cause, family and quantity.",
        (
            Column("statement", STRING, "", "Statement of the post that names the cause."),
            Column("question", INT, "", "Number of the open question that asks for it; 0 for none."),
            Column("cause", STRING, "", "The cause in words."),
            Column("family", STRING, "", "Family that varies it."),
            Column("quantity", STRING, "", "Quantity that should change; losses and onsets in decades."),
            Column(
                "shape",
                STRING,
                "",
                "What it does along the parameter.",
                OneOf((RISES, FALLS, FLAT, TURNS, UNDECIDED, NOT_READABLE)),
            ),
            Column("stepped", BOOL, "", "Whether most of a rise or fall lies between two neighbouring values."),
            Column("answer", STRING, "", "Whether that is what the cause lets expect.", OneOf(ANSWERS)),
            Column("estimate", FLOAT, "", "Change from the first value to the last, mean over seeds."),
            Column("low", FLOAT, "", "Lower end of its interval."),
            Column("high", FLOAT, "", "Upper end of its interval."),
            Column("step_low", FLOAT, "", "Where it is stepped, the value before the step."),
            Column("step_high", FLOAT, "", "The value after the step."),
            Column("n_seeds", INT, "seeds", "Seeds that can be read at both ends.", NON_NEGATIVE),
            Column("sentence", STRING, "", "All of it in words."),
        ),
    ),
}
