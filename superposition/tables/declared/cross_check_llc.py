"""Table of `cross_check_llc`: chains beside those of the library."""

from superposition.tables.columns import NON_NEGATIVE, Table, number, text, whole

TABLES = {
    "llc_cross_check": Table(
        "Chains beside those of devinterp: a row for each run, checkpoint, batch size and SGLD class.",
        (
            text("activation", "Output activation."),
            whole("seed", "", "Seed of the run and of the estimator."),
            whole("step", "training steps", "Checkpoint."),
            whole("batch_size", "inputs", "Inputs per SGLD step; 0 for all."),
            text("optimizer", "SGLD class of the library, deprecated or current."),
            whole("n_draws", "draws", "Compared draws, all chains together."),
            number("max_difference", "", "Largest relative difference between the loss traces.", NON_NEGATIVE),
            number("llc_difference", "", "Difference between the LLC estimates."),
        ),
    ),
}
