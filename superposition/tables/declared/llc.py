"""Tables about the LLC estimator itself: where the answer is known, beside the library, and over its settings."""

from superposition.status import STATUSES
from superposition.tables.columns import BOOL, FLOAT, INT, NON_NEGATIVE, STRING, Column, OneOf, Table
from superposition.tables.declared.runs import LLC

SETTING = (
    Column(
        "sweep",
        STRING,
        "",
        "batch_size (with step size) or temperature (n beta and localisation).",
        OneOf(("batch_size", "temperature")),
    ),
    Column("batch_size", INT, "inputs", "Inputs per SGLD step; 0 for all.", NON_NEGATIVE),
    Column("lr", FLOAT, "", "Step size epsilon.", NON_NEGATIVE),
    Column("nbeta", FLOAT, "", "Inverse temperature n beta.", NON_NEGATIVE),
    Column("localization", FLOAT, "", "Localisation strength gamma.", NON_NEGATIVE),
    Column("num_chains", INT, "chains", "Chains per point.", NON_NEGATIVE),
    Column("num_burnin_steps", INT, "SGLD steps", "Steps before the first draw.", NON_NEGATIVE),
    Column("num_draws", INT, "draws", "Draws per chain.", NON_NEGATIVE),
    Column("num_steps_bw_draws", INT, "SGLD steps", "Steps per draw.", NON_NEGATIVE),
)
WHERE = (
    Column("activation", STRING, "", "Output activation; null for the quadratic loss."),
    Column("point", STRING, "", "Where the chains start."),
)
RELAXATIONS = Column(
    "relaxations", FLOAT, "relaxation times", "Length of the burn-in in 2 / (lr * localization).", NON_NEGATIVE
)

CLOSE = 0.05
"""Largest relative difference of an estimate that is close to the truth, and the largest standard error that counts."""

STANDARD_ERRORS = 3
"""Standard errors within which a close estimate may lie instead."""

LEADERBOARD = (
    Column("group", STRING, "", "Kind of loss."),
    Column("point", STRING, "", "Loss and point."),
    Column("n_parameters", INT, "parameters", "Number of parameters.", NON_NEGATIVE),
    Column("estimator", STRING, "", "Estimator: a module of superposition/llc/estimators."),
    Column("true_llc", FLOAT, "", "Known learning coefficient.", NON_NEGATIVE),
    Column("estimate", FLOAT, "", "Estimate; null where the estimator gives none."),
    Column("se", FLOAT, "", "Standard error of the estimate, that of the extrapolation included.", NON_NEGATIVE),
    Column("multiplicity", FLOAT, "", "Multiplicity that fits best; null where none is looked for.", NON_NEGATIVE),
    Column("steps", INT, "evaluations", "Evaluations of the loss of one parameter vector: the cost.", NON_NEGATIVE),
)
JUDGED = (
    Column("r_hat", FLOAT, "", "R-hat of chains, or of independent groups of particles.", NON_NEGATIVE),
    Column("ess", FLOAT, "draws", "Effective sample size, all chains or particles together.", NON_NEGATIVE),
    Column("acceptance", FLOAT, "", "Share of accepted proposals; null where there is no accept step.", NON_NEGATIVE),
    Column("status", STRING, "", "Whether the estimate may be read by its diagnostics.", OneOf(STATUSES)),
    Column("within_5_percent", BOOL, "", f"Whether the estimate differs by at most {CLOSE:.0%} of the truth."),
    Column("within_3_se", BOOL, "", f"Whether it differs by at most {STANDARD_ERRORS} standard errors."),
    Column(
        "close",
        BOOL,
        "",
        "One of the two; in the latter case with a standard error of at most that share of the truth.",
    ),
    Column("source", STRING, "", "Where the learning coefficient comes from."),
)

TABLES = {
    "llc_leaderboard": Table(
        "Estimators where the learning coefficient is known: a row for each of some points and estimator.",
        (*LEADERBOARD, *JUDGED),
    ),
    "llc_leaderboard_whole": Table(
        "Estimators where the learning coefficient is known: a row for each point and estimator.",
        (
            *LEADERBOARD,
            Column(
                "seconds", FLOAT, "s", "Time of one processor core per point; differs from run to run.", NON_NEGATIVE
            ),
            *JUDGED,
        ),
    ),
    "llc_cross_check": Table(
        "Chains beside those of devinterp: a row for each run, checkpoint, batch size and SGLD class.",
        (
            Column("activation", STRING, "", "Output activation."),
            Column("seed", INT, "", "Seed of the run and of the estimator.", NON_NEGATIVE),
            Column("step", INT, "training steps", "Checkpoint.", NON_NEGATIVE),
            Column("batch_size", INT, "inputs", "Inputs per SGLD step; 0 for all.", NON_NEGATIVE),
            Column("optimizer", STRING, "", "SGLD class of the library, deprecated or current."),
            Column("n_draws", INT, "draws", "Compared draws, all chains together.", NON_NEGATIVE),
            Column("max_difference", FLOAT, "", "Largest relative difference between the loss traces.", NON_NEGATIVE),
            Column("llc_difference", FLOAT, "", "Difference between the LLC estimates."),
        ),
    ),
    "llc_calibration": Table(
        "LLC estimates over settings of the sampler: a row for each setting, point and seed.",
        (
            *SETTING,
            *WHERE,
            Column("seed", INT, "", "Seed of the run, where there is one, and of the chains.", NON_NEGATIVE),
            Column("true_llc", FLOAT, "", "Known learning coefficient, null where it is not known.", NON_NEGATIVE),
            *LLC,
            RELAXATIONS,
            Column(
                "discretisation",
                FLOAT,
                "",
                "Part of the estimate that the finite step size adds; infinite if unstable.",
            ),
            Column("drift", FLOAT, "", "Estimate from the later half of the draws minus that from the earlier half."),
            Column("drift_std", FLOAT, "", "Standard deviation of the drift over chains.", NON_NEGATIVE),
        ),
    ),
    "llc_calibration_traces": Table(
        "Chains over settings of the sampler: a row for each setting, point and step.",
        (
            *SETTING,
            *WHERE,
            Column("sgld_step", INT, "SGLD steps", "Steps of the chains, burn-in included.", NON_NEGATIVE),
            Column("mean", FLOAT, "", "n beta times loss above the point's, mean over chains of the first seed."),
            Column("std", FLOAT, "", "Its standard deviation over chains.", NON_NEGATIVE),
        ),
    ),
    "llc_recommendation": Table(
        "Which settings of the sampler pass all tests: a row for each setting.",
        (
            *SETTING,
            Column(
                "truth_error",
                FLOAT,
                "",
                "Largest relative difference from known learning coefficients.",
                NON_NEGATIVE,
            ),
            Column("prediction_error", FLOAT, "", "Largest relative difference from predicted values.", NON_NEGATIVE),
            Column("drift_error", FLOAT, "", "Largest relative drift.", NON_NEGATIVE),
            Column(
                "discretisation_error",
                FLOAT,
                "",
                "Largest relative contribution of the step size.",
                NON_NEGATIVE,
            ),
            RELAXATIONS,
            Column("n_readable", INT, "estimates", "Estimates that may be read; errors are over these.", NON_NEGATIVE),
            Column("n_estimates", INT, "estimates", "All estimates of the setting.", NON_NEGATIVE),
            Column("n_steps", INT, "SGLD steps", "Length of a chain: the cost of the setting.", NON_NEGATIVE),
            Column("failed", STRING, "", "Tests that the setting fails, empty for none."),
            Column("recommended", BOOL, "", "Whether this is the recommended setting: at most one is."),
        ),
    ),
}
