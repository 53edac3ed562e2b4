"""Tables of `compare_estimators`: estimators where the learning coefficient is known."""

from superposition.tables.columns import BOOL, NON_NEGATIVE, STATUS, Column, Table, number, text, whole

CLOSE = 0.05
"""Largest relative difference of an estimate that is close to the truth, and the largest standard error that counts."""

STANDARD_ERRORS = 3
"""Standard errors within which a close estimate may lie instead."""

LEADERBOARD = (
    text("group", "Kind of loss."),
    text("point", "Loss and point."),
    whole("n_parameters", "parameters", "Number of parameters."),
    text("estimator", "Estimator, one of superposition/llc/estimators."),
    number("true_llc", "", "Known learning coefficient.", NON_NEGATIVE),
    number("estimate", "", "Estimate; null where the estimator gives none."),
    number("se", "", "Standard error of the estimate, that of the extrapolation included.", NON_NEGATIVE),
    number("multiplicity", "", "Multiplicity that fits best; null where none is looked for.", NON_NEGATIVE),
    whole("steps", "evaluations", "Evaluations of the loss of one parameter vector: the cost."),
)
JUDGED = (
    number("r_hat", "", "R-hat of chains, or of independent groups of particles.", NON_NEGATIVE),
    number("ess", "draws", "Effective sample size, all chains or particles together.", NON_NEGATIVE),
    number("acceptance", "", "Share of accepted proposals; null where there is no accept step.", NON_NEGATIVE),
    text("status", "Whether the estimate may be read by its diagnostics.", STATUS),
    Column("within_5_percent", BOOL, "", f"Whether the estimate differs by at most {CLOSE:.0%} of the truth."),
    Column("within_3_se", BOOL, "", f"Whether it differs by at most {STANDARD_ERRORS} standard errors."),
    Column(
        "close",
        BOOL,
        "",
        "One of the two; in the latter case with a standard error of at most that share of the truth.",
    ),
    text("source", "Where the learning coefficient comes from."),
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
            number("seconds", "s", "Time of one processor core per point; differs from run to run.", NON_NEGATIVE),
            *JUDGED,
        ),
    ),
}
