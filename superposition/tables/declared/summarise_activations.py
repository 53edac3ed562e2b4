"""Table of `summarise_activations`: what seeds say together."""

from superposition.tables.columns import ACTIVATION, TRAINING, Table, number, text, whole

TABLES = {
    "summary": Table(
        "Medians and intervals over seeds: a row for each training preset, activation and measure.",
        (
            TRAINING,
            ACTIVATION,
            text("measure", "Column of runs or run_transitions that is summarised; llc_* over readable estimates."),
            number("median", "as measure", "Median over the seeds that are used."),
            number("low", "as measure", "Lower end of the bootstrap interval of the median."),
            number("high", "as measure", "Upper end of the bootstrap interval of the median."),
            whole("n_used", "runs", "Runs whose value is used."),
            whole("n_excluded", "runs", "Runs that diverged, or whose value is missing or may not be read."),
        ),
    ),
}
