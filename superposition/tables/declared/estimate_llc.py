"""Table of `estimate_llc`: LLC estimates, one file for each batch of seeds and sampler preset."""

from superposition.tables.columns import (
    NON_NEGATIVE,
    NOT_POSITIVE,
    SEED,
    SHARE,
    STATUS,
    STEP,
    Table,
    number,
    text,
    whole,
)

LLC = (
    number("llc", "", "LLC estimate: n beta times mean loss of the draws minus init_loss, over chains."),
    number("llc_std", "", "Standard deviation of the estimate over chains.", NON_NEGATIVE),
    number("init_loss", "MSE", "The sampler's loss at the checkpoint.", NON_NEGATIVE),
    text("status", "Whether the estimate may be read: ok; drifting in verdicts with the post's sampler.", STATUS),
    number("predicted_llc", "", "What the estimate would be if the loss were quadratic around the point."),
    number("effective_dimension", "dimensions", "Directions with curvature above localization / n beta.", NON_NEGATIVE),
    number("gradient_shift", "", "Part of predicted_llc that is due to the gradient, at most 0.", NOT_POSITIVE),
    number("gradient_norm", "MSE", "Norm of the gradient of the population loss.", NON_NEGATIVE),
    number("hessian_min", "MSE", "Smallest eigenvalue of the Hessian of the population loss."),
    number("hessian_max", "MSE", "Largest eigenvalue of the Hessian of the population loss."),
    number("share_below", "", "Share of draws with a loss below init_loss.", SHARE),
    number("r_hat", "", "Gelman-Rubin statistic of the loss traces (rank-normalised, split).", NON_NEGATIVE),
    number("ess", "draws", "Effective sample size of the loss traces, all chains together.", NON_NEGATIVE),
    whole("n_chains_down", "chains", "Chains that escaped to lower loss."),
    whole("n_chains_up", "chains", "Chains that escaped to higher loss."),
    whole("n_chains_nan", "chains", "Chains with a loss that is not finite."),
)
"""An LLC estimate and its diagnostics."""

TABLES = {
    "llc": Table(
        "LLC estimates with diagnostics and a status: a row for each seed and checkpoint at which chains run.",
        (
            SEED,
            STEP,
            *LLC,
        ),
    ),
}
