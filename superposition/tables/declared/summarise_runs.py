"""Table of `summarise_runs`: how every run ended."""

from superposition.tables.columns import (
    ACTIVATION,
    ENDED,
    FEATURES,
    LOSS,
    NON_NEGATIVE,
    RUN_END,
    SEED,
    STATUS,
    STEPS,
    TRAINING,
    Between,
    Table,
    number,
    text,
    whole,
)
from superposition.tables.declared.train import END

BELOW_BEST = 1e-5
"""By how much a recorded loss may lie below the best possible one: what single precision rounds, of losses up to 5."""

ABOVE_BEST = Between(low=-BELOW_BEST)

TABLES = {
    "runs": Table(
        "How every run ended: a row for each training preset, activation and seed.",
        (
            TRAINING,
            ACTIVATION,
            SEED,
            whole("step", "training steps", "Last recorded step, at which the run's values are taken.", STEPS),
            text("status", "ok, or diverged if the weights are not finite at the last recorded step.", ENDED),
            whole("diverged_step", "training steps", "First recorded step at which the weights are not finite.", STEPS),
            LOSS,
            number("gap", "MSE", "Loss above the best possible one, that of the table of capacities.", ABOVE_BEST),
            number("sample_loss", "MSE", "Mean squared error over the run's training sample.", NON_NEGATIVE),
            number("logged_loss", "MSE / batch size", "What the original logs for this loss (N2).", NON_NEGATIVE),
            whole("n_represented", "features", "Represented features.", FEATURES),
            whole("n_recovered", "features", "Recovered features.", FEATURES),
            number("effective_features", "features", "Features told apart, in a continuous measure.", FEATURES),
            whole("polygon", "corners", "Corners of the convex hull of the represented directions.", FEATURES),
            number("frobenius_sq", "", "Sum of squared feature norms.", NON_NEGATIVE),
            whole(
                "onset", "training steps", "First step from which more features than at first stay recovered.", STEPS
            ),
            text("end_status", "Whether the run has converged; if not, its loss is that at its last step.", RUN_END),
            whole("loss_at_step", "training steps", "Step at which a run without a minimum has its loss.", STEPS),
            *END,
            number("llc_{sampler}", "", "LLC estimate at the last checkpoint."),
            number("llc_std_{sampler}", "", "Standard deviation of the estimate over chains.", NON_NEGATIVE),
            number("predicted_llc_{sampler}", "", "What the estimate would be if the loss were quadratic."),
            text("status_{sampler}", "Whether the estimate may be read.", STATUS),
            text("commit", "Commit of the code that made the table."),
            text("torch", "Version of PyTorch."),
            text("python", "Version of Python."),
            text("platform", "Operating system and machine."),
        ),
    ),
}
