"""Table of `validate_llc`: the estimator where the answer is known."""

from superposition.tables.columns import NON_NEGATIVE, STATUS, Table, number, text

TABLES = {
    "llc_validation": Table(
        "The LLC estimator where the answer is known: a row for each loss and point.",
        (
            text("group", "Kind of case."),
            text("name", "Loss and point."),
            number("true_llc", "", "Known learning coefficient.", NON_NEGATIVE),
            number("predicted_llc", "", "The estimator's expectation at the sampler's n beta and gamma."),
            number("llc", "", "Estimate."),
            number("standard_error", "", "Monte-Carlo error of the estimate, from its chains.", NON_NEGATIVE),
            number("allowance", "", "Discretisation error that the step size may cause.", NON_NEGATIVE),
            text("status", "Whether the estimate may be read by its diagnostics.", STATUS),
            text("verdict", "Which value the estimate meets: true value, finite-temperature value, neither."),
            text("source", "Where the learning coefficient comes from."),
        ),
    ),
}
