"""Table of `train`: loss over training, one file for each batch of seeds."""

from superposition.tables.columns import LOSS, NON_NEGATIVE, SEED, STEP, Table, number

TABLES = {
    "loss": Table(
        "Loss over training: a row for each seed and step at which it was recorded.",
        (
            SEED,
            STEP,
            LOSS,
            number("sample_loss", "MSE", "Mean squared error over the run's training sample.", NON_NEGATIVE),
            number(
                "logged_loss",
                "MSE / batch size",
                "What the original logs for this loss: a sum of batch means over the number of inputs (N2).",
                NON_NEGATIVE,
            ),
        ),
    ),
}
