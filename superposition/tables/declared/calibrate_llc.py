"""Tables of `calibrate_llc`: estimates, traces and recommendation over settings of the sampler."""

from superposition.tables.columns import NON_NEGATIVE, OneOf, Table, flag, number, text, whole
from superposition.tables.declared.estimate_llc import LLC

SETTING = (
    text(
        "sweep",
        "batch_size (with step size) or temperature (n beta and localisation).",
        OneOf(("batch_size", "temperature")),
    ),
    whole("batch_size", "inputs", "Inputs per SGLD step; 0 for all."),
    number("lr", "", "Step size epsilon.", NON_NEGATIVE),
    number("nbeta", "", "Inverse temperature n beta.", NON_NEGATIVE),
    number("localization", "", "Localisation strength gamma.", NON_NEGATIVE),
    whole("num_chains", "chains", "Chains per point."),
    whole("num_burnin_steps", "SGLD steps", "Steps before the first draw."),
    whole("num_draws", "draws", "Draws per chain."),
    whole("num_steps_bw_draws", "SGLD steps", "Steps per draw."),
)

WHERE = (
    text("activation", "Output activation; null for the quadratic loss."),
    text("point", "Where the chains start."),
)

RELAXATIONS = number(
    "relaxations", "relaxation times", "Length of the burn-in in 2 / (lr * localization).", NON_NEGATIVE
)

TABLES = {
    "llc_calibration": Table(
        "LLC estimates over settings of the sampler: a row for each setting, point and seed.",
        (
            *SETTING,
            *WHERE,
            whole("seed", "", "Seed of the run, where there is one, and of the chains."),
            number("true_llc", "", "Known learning coefficient, null where it is not known.", NON_NEGATIVE),
            *LLC,
            RELAXATIONS,
            number("discretisation", "", "Part of the estimate that the finite step size adds; infinite if unstable."),
            number("drift", "", "Estimate from the later half of the draws minus that from the earlier half."),
            number("drift_std", "", "Standard deviation of the drift over chains.", NON_NEGATIVE),
        ),
    ),
    "llc_calibration_traces": Table(
        "Chains over settings of the sampler: a row for each setting, point and step.",
        (
            *SETTING,
            *WHERE,
            whole("sgld_step", "SGLD steps", "Steps of the chains, burn-in included."),
            number("mean", "", "n beta times loss above the point's, mean over chains of the first seed."),
            number("std", "", "Its standard deviation over chains.", NON_NEGATIVE),
        ),
    ),
    "llc_recommendation": Table(
        "Which settings of the sampler pass all tests: a row for each setting.",
        (
            *SETTING,
            number("truth_error", "", "Largest relative difference from known learning coefficients.", NON_NEGATIVE),
            number("prediction_error", "", "Largest relative difference from predicted values.", NON_NEGATIVE),
            number("drift_error", "", "Largest relative drift.", NON_NEGATIVE),
            number("discretisation_error", "", "Largest relative contribution of the step size.", NON_NEGATIVE),
            RELAXATIONS,
            whole("n_readable", "estimates", "Estimates that may be read; errors are over these."),
            whole("n_estimates", "estimates", "All estimates of the setting."),
            whole("n_steps", "SGLD steps", "Length of a chain: the cost of the setting."),
            text("failed", "Tests that the setting fails, empty for none."),
            flag("recommended", "Whether this is the recommended setting: at most one is."),
        ),
    ),
}
