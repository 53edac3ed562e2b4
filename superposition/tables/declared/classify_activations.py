"""Table of `classify_activations`: what can be learnt from each activation."""

from superposition.status import CLASSES
from superposition.tables.columns import ACTIVATION, TRAINING, OneOf, Table, text

OF_CLASSES = OneOf(CLASSES)

TABLES = {
    "activation_classes": Table(
        "What can be learnt from each activation: a row for each training preset and activation.",
        (
            TRAINING,
            ACTIVATION,
            text("class", "The first that holds.", OF_CLASSES),
            text("same_as", "Activation that stands for both, of the class same."),
            text("evidence", "What the class rests on."),
        ),
    ),
}
