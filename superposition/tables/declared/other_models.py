"""Tables about models of other papers: runs, what seeds say together, findings, levels of SGD, effects of factors."""

from superposition.tables.columns import (
    ACTIVATION,
    ENDED,
    LOSS,
    NON_NEGATIVE,
    PER_FEATURE,
    SEED,
    STEP,
    Column,
    OneOf,
    Table,
    number,
    text,
    whole,
)

EXPERIMENT = text("experiment", "Experiment of the configuration, other_models.experiments.")
VALUES = (
    number("sparsity", "", "Probability that a feature is zero, or number of active features.", NON_NEGATIVE),
    number("importance", "", "Base of the geometric weights of features in the loss.", NON_NEGATIVE),
)
LINEAR = (
    whole("loss_inputs", "inputs", "Size of the fixed sample over which the loss is a mean; 0 where it is exact."),
    number("linear_loss", "MSE", "Lowest loss of an affine model of that many hidden dimensions.", NON_NEGATIVE),
)
STATUS = text("status", "ok, or diverged if the weights are not finite at the end.", ENDED)
MEASURED = (
    number("n_represented", "features", "Represented features, by their lengths.", NON_NEGATIVE),
    number("n_recovered", "features", "Recovered features, by the answers to unit vectors.", NON_NEGATIVE),
    number("n_effective", "features", "Effective features, by the answers to unit vectors.", NON_NEGATIVE),
)
NORM = number("norm_per_dimension", "", "Squared norm of W by hidden dimensions, without bound.", NON_NEGATIVE)
PER_DIMENSION = (
    number("features_per_dimension", "features", "Represented features by hidden dimensions.", NON_NEGATIVE),
    number("dimensions_per_feature", "dimensions", "Hidden dimensions by the squared norm of W.", NON_NEGATIVE),
)
INTERVAL = (
    number("low", "as measured", "Lower end of its bootstrap interval."),
    number("high", "as measured", "Upper end of its bootstrap interval."),
    whole("n", "seeds", "Seeds that have a value."),
)


def _medians(*columns: Column) -> tuple[Column, ...]:
    """Return the columns of medians over seeds of some measures, with both ends of their intervals."""
    found = []
    for column in columns:
        found.append(number(column.name, column.unit, f"Median over seeds. {column.meaning}", NON_NEGATIVE))
        found.append(number(f"{column.name}_low", column.unit, "Lower end of its interval.", NON_NEGATIVE))
        found.append(number(f"{column.name}_high", column.unit, "Upper end of its interval.", NON_NEGATIVE))
    return tuple(found)


TABLES = {
    "model_runs": Table(
        "Runs of an experiment of another paper: a row for each sparsity, importance and seed.",
        (
            *(EXPERIMENT, ACTIVATION, *VALUES, SEED, STATUS, LOSS, *LINEAR, *MEASURED, NORM, *PER_DIMENSION),
            Column("dimensionality", PER_FEATURE, "dimensions", "Share of a dimension that each feature has."),
            Column("feature_norm", PER_FEATURE, "", "Length of each feature's direction."),
            Column("W", PER_FEATURE, "", "Directions of all features, one after the other; of the first seed alone."),
        ),
    ),
    "model_summary": Table(
        "What seeds of a paper's experiments say together: a row for each activation, sparsity and importance.",
        (
            *(EXPERIMENT, ACTIVATION, *VALUES, *LINEAR, *_medians(LOSS, *MEASURED, NORM, *PER_DIMENSION)),
            whole("n", "runs", "Runs that have not diverged."),
        ),
    ),
    "model_findings": Table(
        "Findings of other papers, and whether they are found again: a row for each finding and measure.",
        (
            text("paper", "Key of the paper."),
            ACTIVATION,
            text("finding", "The finding."),
            text("measure", "What is measured of the runs of a seed."),
            number(
                "stated_low", "as measured", "Above it the value lies if the finding holds; minus infinity for none."
            ),
            number("stated_high", "as measured", "Below it the value lies if the finding holds; infinity for none."),
            number("estimate", "as measured", "Mean over seeds."),
            *INTERVAL,
            text("verdict", "Verdict on the finding, as on statements of the post."),
        ),
    ),
    "chen_runs": Table(
        "SGD on the model of Chen et al.: a row for each seed and recorded step.",
        (
            *(SEED, STEP, number("loss", "squared error", "Expected loss, exactly.", NON_NEGATIVE)),
            text("level", "Polygon that the weights are at: corners, a plus for each dead feature with a bias."),
        ),
    ),
    "chen_levels": Table(
        "Polygons at which SGD is seen on the model of Chen et al.: a row for each polygon, from the highest loss on.",
        (
            text("level", "Polygon: corners, and a plus for each dead feature with a bias."),
            number("loss", "squared error", "Expected loss there, exactly.", NON_NEGATIVE),
            whole("n_seen", "runs", "Runs that are seen there."),
            number("first_step", "training steps", "Median over these of the first step there.", NON_NEGATIVE),
            number("first_step_low", "training steps", "Lower end of its interval.", NON_NEGATIVE),
            number("first_step_high", "training steps", "Upper end of its interval.", NON_NEGATIVE),
        ),
    ),
    "factorial_runs": Table(
        "Runs of the factorial: a row for each activation, combination of levels, and seed.",
        (
            ACTIVATION,
            *(text(name, f"Level of the factor {name}.") for name in ("data", "start", "model", "optimizer")),
            *(SEED, STATUS, LOSS, LINEAR[1], *MEASURED, NORM),
        ),
    ),
    "factorial_effects": Table(
        "Effects of the factorial: a row for each activation, level, place and measure.",
        (
            ACTIVATION,
            text("factor", "Factor."),
            text("level", "Its level, which is compared with that of the post."),
            text("others", "Levels of the other factors: all, over which the effect is a mean, or those of the post."),
            text("measure", "What is compared."),
            number("effect", "as measured", "Mean over seeds of the difference, paired by seed."),
            *INTERVAL,
        ),
    ),
    "factorial_answers": Table(
        "Answers of the factorial to open questions of the post: a row for each question, level and place.",
        (
            whole("question", "", "Number of the question."),
            text("text", "The question."),
            ACTIVATION,
            text("level", "Level of the model that the question blames."),
            text("others", "Levels of the other factors: all, over which the effect is a mean, or those of the post."),
            text("answer", "Whether it is so.", OneOf(("yes", "no", "inconclusive"))),
            text("largest", "Level of all factors with the largest effect in the direction that is blamed."),
            number("effect", "features", "Effect on recovered features, mean over seeds."),
            *INTERVAL,
        ),
    ),
}
