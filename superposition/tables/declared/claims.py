"""Tables of verdicts on the statements of the post and of prior work, and the size of the original's defects."""

from superposition.tables.columns import (
    ACTIVATION,
    BOOL,
    FEATURES,
    FLOAT,
    INT,
    NON_NEGATIVE,
    SEED,
    SHARE,
    STRING,
    Column,
    OneOf,
    Table,
)

PROTOCOL = (
    Column("id", STRING, "", "Statement; halves of one statement end in a, b."),
    Column("training", STRING, "", "Training preset."),
    Column("sampler", STRING, "", "Sampler preset."),
)
PART = (
    Column("comparison", STRING, "", "The part as printed; all parts of a statement must hold."),
    Column("quantity", STRING, "", "Quantity of the evidence that it compares."),
    Column("subject", STRING, "", "Activation that it is about; null for all of the statement's."),
    Column("other", STRING, "", "Activation that it is compared with; null for none, or all of the statement's."),
)
FAMILIES = (
    Column("family_low", FLOAT, "as measured", "Smallest estimate without one family; null for named activations."),
    Column("family_high", FLOAT, "as measured", "Largest estimate without one family; null for named activations."),
)
INTERVAL = (
    Column("estimate", FLOAT, "as measured", "Mean over seeds."),
    Column("low", FLOAT, "as measured", "Lower end of its interval; an exact bound where all resamples agree."),
    Column("high", FLOAT, "as measured", "Upper end of its interval."),
)
TESTED = (
    *FAMILIES,
    Column("detectable", FLOAT, "as measured", "Distance from the margin that is found with 80 %.", NON_NEGATIVE),
)
VERDICT = (
    *PROTOCOL,
    Column("statement", STRING, "", "The statement in short."),
    Column("measure", STRING, "", "What is measured."),
    Column("unit", STRING, "", "Unit of the measured value."),
    Column("activations", STRING, "", "Activations that the statement is about."),
    Column("resampled", STRING, "", "What the interval resamples.", OneOf(("seeds", "seeds and activations"))),
    Column("null_value", FLOAT, "as measured", "The value if there is no effect."),
    Column("margin_low", FLOAT, "as measured", "Lower end of the stated region; null if open."),
    Column("margin_high", FLOAT, "as measured", "Upper end of the stated region; null if open."),
    *PART,
    *INTERVAL,
    *TESTED,
    Column("n_comparisons", INT, "parts", "Parts of the statement.", NON_NEGATIVE),
    Column("n_used", INT, "runs", "Runs whose values entered.", NON_NEGATIVE),
    Column(
        "n_excluded",
        INT,
        "runs",
        "Runs with a missing or unreadable value, or outside the statement's scope.",
        NON_NEGATIVE,
    ),
    Column("n_censored", INT, "runs", "Runs that entered as later than their last step.", NON_NEGATIVE),
    Column("verdict", STRING, "", "Verdict of the part that decides: the one that speaks most against the statement."),
    Column("parts", STRING, "", "Parts by verdict where these differ; empty otherwise."),
    Column("reason", STRING, "", "Why it cannot be tested, or what the verdict leaves out; empty for nothing."),
    Column("holdout_verdict", STRING, "", "Verdict on seeds that no one had run; null until the hold-out has run."),
    Column("holdout_chance", FLOAT, "", "Chance of the same verdict there if verdicts were dealt out anew.", SHARE),
    Column("changed_at", STRING, "", "Steps of the ladder, up to this preset, at which the verdict changes."),
    Column("margin_date", STRING, "", "Date on which the margin was fixed."),
    Column("revised", STRING, "", "What of the measure was changed after results were seen; empty for nothing."),
    Column("n_variants", INT, "variants", "Other ways of judging the same statement.", NON_NEGATIVE),
    Column("n_agree", INT, "variants", "Those of them with the same verdict.", NON_NEGATIVE),
    Column("sentence", STRING, "", "The verdict in one sentence with its numbers."),
)

EVIDENCE = (
    *PROTOCOL[1:],
    ACTIVATION,
    SEED,
    Column("variant", STRING, "", "base, or another way of counting, with the quantities that it changes."),
    Column("quantity", STRING, "", "What is read from the run, as in docs/claims.md."),
    Column("value", FLOAT, "as quantity", "Its value; null where it is missing or may not be read."),
    Column("censored", BOOL, "", "Whether the value is only known to be larger than this one."),
)

TABLES = {
    "evidence": Table(
        "What every verdict rests on: a row for each protocol, run, way of counting and quantity.", EVIDENCE
    ),
    "evidence_holdout": Table(
        "Evidence from seeds that no one had run: a row for each protocol, run, way of counting and quantity.", EVIDENCE
    ),
    "claims": Table("Verdicts on the statements of the post: a row for each statement and protocol.", VERDICT),
    "prior_work": Table("Verdicts on statements of prior work: a row for each statement and protocol.", VERDICT),
    "claim_comparisons": Table(
        "What the verdicts are made of: a row for each statement, protocol and part.",
        (
            *PROTOCOL,
            *PART,
            *INTERVAL,
            *TESTED,
            Column("n_seeds", INT, "seeds", "Seeds that could be read.", NON_NEGATIVE),
            Column("verdict", STRING, "", "Verdict of this part alone."),
            Column("reason", STRING, "", "As in the table of claims."),
        ),
    ),
    "claim_variants": Table(
        "Verdicts when judged otherwise: a row for each statement, protocol and way of judging.",
        (
            *PROTOCOL,
            Column("variant", STRING, "", "base, or the one thing that is judged otherwise."),
            Column("margin_low", FLOAT, "as estimate", "Lower end of the stated region; null if open."),
            Column("margin_high", FLOAT, "as estimate", "Upper end of the stated region; null if open."),
            Column("comparison", STRING, "", "The part that decides."),
            *INTERVAL,
            Column("verdict", STRING, "", "Verdict of this variant."),
            Column("agrees", BOOL, "", "Whether it is the verdict of the base variant."),
        ),
    ),
    "deviations": Table(
        "Size of every defect of the original: a row for each defect, quantity, activation and setting.",
        (
            Column("deviation", STRING, "", "Id of the defect, as in docs/deviations.md."),
            Column("quantity", STRING, "", "What is measured, with its unit."),
            Column("activation", STRING, "", "Output activation; null for all of them."),
            Column("setting", STRING, "", "What else distinguishes the row; null for nothing."),
            Column("original", FLOAT, "as quantity", "Value with the defect: median over runs, or over activations."),
            Column("corrected", FLOAT, "as quantity", "Value of the same runs without it."),
            Column(
                "comparison",
                STRING,
                "",
                "ratio: effect is original / corrected; difference: original - corrected.",
                OneOf(("ratio", "difference")),
            ),
            Column("effect", FLOAT, "as comparison", "Median of the effect over runs, or over activations."),
            Column("effect_low", FLOAT, "as comparison", "Lower end of its bootstrap interval."),
            Column("effect_high", FLOAT, "as comparison", "Upper end of its bootstrap interval."),
            Column(
                "n",
                INT,
                "",
                "Runs, chains, estimates or (where activation is null) activations that entered.",
                NON_NEGATIVE,
            ),
            Column("evidence", STRING, "", "The finding in one sentence with its numbers."),
        ),
    ),
    "full_length": Table(
        "What the steps that the original does not show change: a row for each run.",
        (
            Column("activation", STRING, "", "Output activation."),
            SEED,
            Column("step_seen", INT, "training steps", "Last step that the original shows.", NON_NEGATIVE),
            Column("step_end", INT, "training steps", "End of its training.", NON_NEGATIVE),
            Column(
                "loss_seen",
                FLOAT,
                "MSE",
                "Expected mean squared error at the last step that the original shows.",
                NON_NEGATIVE,
            ),
            Column("loss_end", FLOAT, "MSE", "The same at the end.", NON_NEGATIVE),
            Column(
                "n_represented_seen",
                INT,
                "features",
                "Represented features at the last step that the original shows.",
                FEATURES,
            ),
            Column("n_represented_end", INT, "features", "The same at the end.", FEATURES),
            Column(
                "n_recovered_seen",
                INT,
                "features",
                "Recovered features at the last step that the original shows.",
                FEATURES,
            ),
            Column("n_recovered_end", INT, "features", "The same at the end.", FEATURES),
            Column(
                "polygon_seen", INT, "corners", "Corners of the represented directions' hull at that step.", FEATURES
            ),
            Column("polygon_end", INT, "corners", "The same at the end.", FEATURES),
            Column(
                "last_change",
                INT,
                "training steps",
                "Last recorded step after it at which a count changes.",
                NON_NEGATIVE,
            ),
        ),
    ),
}
