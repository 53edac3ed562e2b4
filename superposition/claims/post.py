"""Statements of the post: one record each, halves of a statement apart; here those about activations in general.

A statement is added with one record here, and one function in `contrasts` if none of those fits; its margin stands in
the configuration, with the reason for it. Tables, documents and report iterate over ``POST``.

Source: Baron 2025, Minor interpretability exploration #3; ids as in docs/claims.md.
"""

from superposition.claims import contrasts
from superposition.claims.contrasts import CORRELATED, FEATURES, GAIN, GENERAL, GROUP
from superposition.claims.post_specific import ALSO_BOUNDED, LIMITED, SPECIFIC
from superposition.claims.statement import ABOVE, BELOW, BETWEEN, SHARE, Statement

SHARP = ("relu", "relu6", "threshold")
"""Activations with a kink or jump, without negative values, and asymmetric: the post's words taken as they stand."""

POST: tuple[Statement, ...] = (
    Statement(
        **GENERAL,
        id="G1a",
        text="Superposition appears only after the largest drop in loss.",
        measure="Share of the decades of the largest loss drop that are lost at the onset of superposition",
        quantities=("drop_over",),
        direction=ABOVE,
        margin="nearly_always",
        bounds=SHARE,
        contrast=contrasts.group_mean,
    ),
    Statement(
        **GENERAL,
        id="G1b",
        text="Changes of superposition coincide with phase changes: drops in loss and rises in LLC.",
        measure="Share of changes of superposition that coincide with an event, minus the share under shuffled times",
        quantities=("drop_excess", "llc_excess"),
        direction=ABOVE,
        margin="beyond_chance",
        bounds=(-1.0, 1.0),
        contrast=contrasts.group_mean,
    ),
    Statement(
        **GENERAL,
        id="G2a",
        text="Losses, as logged, lie between 0.001 and 0.01.",
        measure="Share of activations whose final logged loss lies within half a decade of 0.001 to 0.01",
        quantities=("log_logged_loss",),
        direction=ABOVE,
        margin="most",
        bounds=SHARE,
        contrast=contrasts.share_inside(-3.5, -1.5),
        revised="half a decade of tolerance, as the range is read off a plot",
    ),
    Statement(
        **GENERAL,
        id="G2b",
        text="But for the limiting activations, the development of loss and LLC hardly differs between activations.",
        measure="Distance of the typical activation's curve from the median curve, over training",
        unit="decades",
        excluding=LIMITED + ALSO_BOUNDED,
        quantities=("loss_distance", "llc_distance"),
        direction=BELOW,
        margin="hardly_different",
        contrast=contrasts.group_median,
    ),
    Statement(
        **CORRELATED,
        id="G3a",
        text="Beyond a threshold, the degree of superposition is uncorrelated with loss and LLC.",
        measure="Spearman correlation over activations with superposition beyond the threshold",
        quantities=("superposition_beyond", "log_loss", "llc"),
        direction=BETWEEN,
        margin="uncorrelated",
    ),
    Statement(
        **GAIN,
        id="G3b",
        text="More superposition lowers the loss by at most one order of magnitude.",
        direction=BELOW,
        margin="one_order_of_magnitude",
    ),
    Statement(
        **FEATURES,
        id="G4a",
        text="Small variations of the activation change superposition massively: GELU against CELU.",
        measure="Superposition of GELU minus that of CELU",
        activations=("gelu",),
        against=("celu",),
        direction=ABOVE,
        margin="massively_more",
    ),
    Statement(
        id="G4b",
        text="These differences do not translate into the loss landscape: GELU against CELU.",
        measure="Final loss and LLC of GELU over those of CELU",
        unit="decades",
        activations=("gelu",),
        against=("celu",),
        quantities=("log_loss", "log_llc"),
        direction=BETWEEN,
        margin="same_landscape",
        contrast=contrasts.difference,
    ),
    *SPECIFIC,
    Statement(
        **CORRELATED,
        id="D1",
        text="Low superposition in the end goes with slow formation.",
        measure="Spearman correlation over activations of final superposition with the time of its onset",
        quantities=("superposition", "log_onset"),
        direction=BELOW,
        margin="anticorrelated",
    ),
    Statement(
        **GAIN,
        id="C1",
        text="More superposition means marginally smaller loss.",
        direction=BETWEEN,
        margin="marginally_smaller",
    ),
    Statement(
        **GROUP,
        id="C2a",
        text="Sharp, non-negative, asymmetric activations give the most superposition.",
        measure="Share of pairs of such an activation with another in which it has more superposition",
        activations=SHARP,
        quantities=("superposition",),
        direction=ABOVE,
        margin="most_in_pairs",
    ),
    Statement(
        **GROUP,
        id="C2b",
        text="Sharp, non-negative, asymmetric activations give the lowest losses.",
        measure="Share of pairs of such an activation with another in which it has the larger loss",
        activations=SHARP,
        quantities=("log_loss",),
        direction=BELOW,
        margin="least_in_pairs",
    ),
)

assert len({statement.id for statement in POST}) == len(POST), "ids of statements must be unique"
