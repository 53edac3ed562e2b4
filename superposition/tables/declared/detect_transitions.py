"""Tables of `detect_transitions`: events of every run, and how the onset lies to them."""

from superposition.tables.columns import (
    ACTIVATION,
    FEATURES,
    NON_NEGATIVE,
    SEED,
    SHARE,
    STEPS,
    TRAINING,
    OneOf,
    Table,
    number,
    text,
    whole,
)

TABLES = {
    "transitions": Table(
        "Loss drops, LLC rises and changes of superposition: a row for each event of a run.",
        (
            TRAINING,
            ACTIVATION,
            SEED,
            text("kind", "What happens.", OneOf(("loss_drop", "llc_rise", "superposition_change"))),
            text("sampler", "Sampler preset of an llc_rise."),
            number("start", "training steps", "Start of the event.", STEPS),
            number("end", "training steps", "End of the event.", STEPS),
            number("size", "decades, LLC or features", "Decades of loss lost, LLC gained, or features gained."),
        ),
    ),
    "run_transitions": Table(
        "How the onset of superposition lies to phase changes: a row for each run and way of counting.",
        (
            TRAINING,
            ACTIVATION,
            SEED,
            text("variant", "base, or the one thing that is counted otherwise."),
            number("n_features", "features", "Recovered (or represented) features at the end.", FEATURES),
            number(
                "sticky", "", "Share of the represented features with a dimensionality near 1/2 or 1 at the end.", SHARE
            ),
            number(
                "onset", "training steps", "First step from which a feature outside the initial polygon stays.", STEPS
            ),
            number("onset_after", "training steps", "Last recorded step before the onset.", STEPS),
            number("half_formed", "training steps", "First step from which half of the later features stay.", STEPS),
            number("loss_range", "decades", "Largest over smallest recorded loss.", NON_NEGATIVE),
            number("drop_start", "training steps", "Start of the largest loss drop.", STEPS),
            number("drop_half", "training steps", "First recorded step at which half of its decades are lost.", STEPS),
            number("drop_end", "training steps", "End of the largest loss drop.", STEPS),
            number("drop_size", "decades", "Decades of loss lost in it.", NON_NEGATIVE),
            text(
                "order",
                "Where the onset lies with respect to the largest loss drop.",
                OneOf(("before", "during", "after")),
            ),
            number("drop_over", "", "Share of its decades that are lost at the onset; 1 without an onset.", SHARE),
            number("distance", "decades of steps", "From the end of the largest loss drop to the onset."),
            whole("n_changes", "events", "Changes of superposition."),
            whole("n_loss_drops", "events", "Loss drops."),
            number("loss_drop_rate", "", "Share of the changes that coincide with a loss drop.", SHARE),
            number("loss_drop_expected", "", "The same under shuffled times.", SHARE),
            number("loss_drop_p", "", "Share of shuffles that reach the observed share.", SHARE),
            whole("n_llc_rises_{sampler}", "events", "LLC rises between readable checkpoints of followed runs."),
            number("llc_rise_rate_{sampler}", "", "Share of the changes that coincide with an LLC rise.", SHARE),
            number("llc_rise_expected_{sampler}", "", "The same under shuffled times.", SHARE),
            number("llc_rise_p_{sampler}", "", "Share of shuffles that reach the observed share.", SHARE),
        ),
    ),
}
