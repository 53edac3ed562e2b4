"""Tables of single runs over training, one file for each batch of seeds."""

from superposition.status import STATUSES
from superposition.tables.columns import (
    ENDED,
    FEATURES,
    FLOAT,
    INT,
    LOSS,
    NON_NEGATIVE,
    NOT_POSITIVE,
    PER_FEATURE,
    SEED,
    SHARE,
    STEP,
    STRING,
    Column,
    OneOf,
    Table,
)

LLC = (
    Column("llc", FLOAT, "", "LLC estimate: n beta times mean loss of the draws minus init_loss, over chains."),
    Column("llc_std", FLOAT, "", "Standard deviation of the estimate over chains.", NON_NEGATIVE),
    Column("init_loss", FLOAT, "MSE", "The sampler's loss at the checkpoint.", NON_NEGATIVE),
    Column(
        "status",
        STRING,
        "",
        "Whether the estimate may be read: ok; drifting in verdicts with the post's sampler.",
        OneOf(STATUSES),
    ),
    Column("predicted_llc", FLOAT, "", "What the estimate would be if the loss were quadratic around the point."),
    Column(
        "effective_dimension",
        FLOAT,
        "dimensions",
        "Directions with curvature above localization / n beta.",
        NON_NEGATIVE,
    ),
    Column("gradient_shift", FLOAT, "", "Part of predicted_llc that is due to the gradient, at most 0.", NOT_POSITIVE),
    Column("gradient_norm", FLOAT, "MSE", "Norm of the gradient of the population loss.", NON_NEGATIVE),
    Column("hessian_min", FLOAT, "MSE", "Smallest eigenvalue of the Hessian of the population loss."),
    Column("hessian_max", FLOAT, "MSE", "Largest eigenvalue of the Hessian of the population loss."),
    Column("share_below", FLOAT, "", "Share of draws with a loss below init_loss.", SHARE),
    Column("r_hat", FLOAT, "", "Gelman-Rubin statistic of the loss traces (rank-normalised, split).", NON_NEGATIVE),
    Column("ess", FLOAT, "draws", "Effective sample size of the loss traces, all chains together.", NON_NEGATIVE),
    Column("n_chains_down", INT, "chains", "Chains that escaped to lower loss.", NON_NEGATIVE),
    Column("n_chains_up", INT, "chains", "Chains that escaped to higher loss.", NON_NEGATIVE),
    Column("n_chains_nan", INT, "chains", "Chains with a loss that is not finite.", NON_NEGATIVE),
)
"""An LLC estimate and its diagnostics."""

TABLES = {
    "loss": Table(
        "Loss over training: a row for each seed and step at which it was recorded.",
        (
            SEED,
            STEP,
            LOSS,
            Column("sample_loss", FLOAT, "MSE", "Mean squared error over the run's training sample.", NON_NEGATIVE),
            Column(
                "logged_loss",
                FLOAT,
                "MSE / batch size",
                "What the original logs for this loss: a sum of batch means over the number of inputs (N2).",
                NON_NEGATIVE,
            ),
        ),
    ),
    "superposition": Table(
        "Measures of superposition over training: a row for each seed and step at which the weights were recorded.",
        (
            SEED,
            STEP,
            Column(
                "status", STRING, "", "ok, or diverged if the weights are not finite; measures are then null.", ENDED
            ),
            LOSS,
            Column(
                "n_represented",
                INT,
                "features",
                "Features with a norm above the relative and absolute thresholds.",
                FEATURES,
            ),
            Column(
                "n_recovered",
                INT,
                "features",
                "Features whose own output exceeds all others by the margin.",
                FEATURES,
            ),
            Column(
                "effective_features",
                FLOAT,
                "features",
                "Own shares of the positive answers to features, beyond those of a constant answer, in sum.",
                FEATURES,
            ),
            Column("polygon", INT, "corners", "Corners of the convex hull of the represented directions.", FEATURES),
            Column("frobenius_sq", FLOAT, "", "Sum of squared feature norms.", NON_NEGATIVE),
            Column("feature_norm", PER_FEATURE, "", "Length of each feature's direction.", NON_NEGATIVE),
            Column("dimensionality", PER_FEATURE, "dimensions", "Share of a dimension that each feature has.", SHARE),
            Column(
                "interference",
                PER_FEATURE,
                "",
                "Squared overlap of all other directions with each feature's.",
                NON_NEGATIVE,
            ),
            Column(
                "leakage",
                PER_FEATURE,
                "",
                "Squared output in other features when each feature is the input.",
                NON_NEGATIVE,
            ),
        ),
    ),
    "llc": Table(
        "LLC estimates with diagnostics and a status: a row for each seed and checkpoint.", (SEED, STEP, *LLC)
    ),
    "covariance": Table(
        "Eigenvalues of the covariance of the weights: a row for each seed, step, setting and rank.",
        (
            SEED,
            STEP,
            Column("batch_size", INT, "inputs", "Inputs per step of the trajectories; 0 for all.", NON_NEGATIVE),
            Column(
                "noise_level",
                FLOAT,
                "",
                "Standard deviation of the injected noise: 0 is SGD, 1 is SGLD.",
                NON_NEGATIVE,
            ),
            Column("rank", INT, "", "1 for the largest eigenvalue.", NON_NEGATIVE),
            Column("eigenvalue", FLOAT, "", "Eigenvalue of the covariance of the weights over trajectories."),
            Column(
                "status", STRING, "", "ok, or diverged if weights are not finite; the eigenvalue is then null.", ENDED
            ),
        ),
    ),
    "curves": Table(
        "What seeds say together over training, as figures draw it: a row for each quantity and step.",
        (
            Column("quantity", STRING, "", "loss, n_represented, n_recovered, or llc_ with a sampler preset."),
            STEP,
            Column("low", FLOAT, "as quantity", "Lower end of the band that holds a share of the seeds."),
            Column(
                "median", FLOAT, "as quantity", "Median over seeds; of the LLC where half of the runs are readable."
            ),
            Column("high", FLOAT, "as quantity", "Upper end of the band."),
            Column(
                "n_used",
                INT,
                "runs",
                "Runs that are finite at this step; of the LLC, those that may be read.",
                NON_NEGATIVE,
            ),
        ),
    ),
}
