"""Table of `estimate_covariance`: eigenvalues over training, one file for each batch of seeds."""

from superposition.tables.columns import ENDED, NON_NEGATIVE, SEED, STEP, Table, number, text, whole

TABLES = {
    "covariance": Table(
        "Eigenvalues of the covariance of the weights: a row for each seed, step, setting and rank.",
        (
            SEED,
            STEP,
            whole("batch_size", "inputs", "Inputs per step of the trajectories; 0 for all."),
            number("noise_level", "", "Standard deviation of the injected noise: 0 is SGD, 1 is SGLD.", NON_NEGATIVE),
            whole("rank", "", "1 for the largest eigenvalue."),
            number("eigenvalue", "", "Eigenvalue of the covariance of the weights over trajectories."),
            text("status", "ok, or diverged if weights are not finite; the eigenvalue is then null.", ENDED),
        ),
    ),
}
