"""Tables of `train`: loss over training and how runs end, one file for each batch of seeds."""

from superposition.tables.columns import FEATURES, LOSS, NON_NEGATIVE, SEED, STEP, Table, number, whole

END = (
    number("gradient_norm", "MSE", "Norm of the gradient of the loss over the training sample.", NON_NEGATIVE),
    number("smallest_eigenvalue", "MSE", "Smallest curvature of that loss across rotations of W."),
    number("largest_eigenvalue", "MSE", "Largest curvature of that loss across rotations of W."),
    number("norm_growth", "decades per decade", "Growth of the norm of all parameters with the steps."),
    number(
        "kink_distance",
        "",
        "Distance of the pre-activation nearest to a kink or jump of the activation; null without any.",
        NON_NEGATIVE,
    ),
    whole("n_frozen", "features", "Columns of W that have never changed since the start.", FEATURES),
    number("linear_distance", "", "Relative distance from the outputs of the best linear model.", NON_NEGATIVE),
)
"""How a run has ended, beside its loss."""

TABLES = {
    "ends": Table("Whether training has arrived at a minimum: a row for each seed.", (SEED, STEP, *END)),
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
