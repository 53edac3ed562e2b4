"""Findings of Lad & Kostolansky as statements about this model: one record per finding.

Their autoencoders have more features and dimensions, graded features and varying sparsity; here exactly one feature is
active, which is the limit of their high sparsity. What is compared is the direction of a finding, not its size.

Source: Lad & Kostolansky 2023, The Effect of Activation Functions on Superposition in Toy Models.
"""

from superposition.claims import contrasts
from superposition.claims.contrasts import BEYOND, FEATURES
from superposition.claims.statement import ABOVE, BELOW, BETWEEN, SHARE, Statement

PRIOR_WORK: tuple[Statement, ...] = (
    Statement(
        id="LK1",
        text="ReLU is sticky: features take one dimension, or half of one in an antipodal pair.",
        measure="Share of the features of ReLU whose dimensionality is near 1 or 1/2",
        activations=("relu",),
        quantities=("sticky",),
        direction=ABOVE,
        margin="half",
        bounds=SHARE,
        contrast=contrasts.amount,
    ),
    Statement(
        **FEATURES,
        id="LK2a",
        text="GELU and SiLU behave alike.",
        measure="Superposition of GELU minus that of SiLU",
        activations=("gelu",),
        against=("silu",),
        direction=BETWEEN,
        margin="alike",
    ),
    Statement(
        **FEATURES,
        id="LK2b",
        text="GELU and SiLU are stricter than ReLU: less superposition.",
        measure="Superposition of GELU and SiLU minus that of ReLU",
        activations=("gelu", "silu"),
        against=("relu",),
        direction=BELOW,
        margin="less",
    ),
    Statement(
        **BEYOND,
        id="LK3",
        text="Sigmoid superposes everywhere.",
        measure="Features beyond the hidden dimensions of Sigmoid",
        activations=("sigmoid",),
        direction=ABOVE,
        margin="nearly_all",
    ),
    Statement(
        **BEYOND,
        id="LK4",
        text="Tanh is nearly linear: hardly any superposition.",
        measure="Features beyond the hidden dimensions of Tanh",
        activations=("tanh",),
        direction=BELOW,
        margin="hardly_any",
    ),
    Statement(
        **BEYOND,
        id="LK5",
        text="SoLU is very polysemantic.",
        measure="Features beyond the hidden dimensions of SoLU",
        activations=("solu",),
        direction=ABOVE,
        margin="nearly_all",
    ),
)

assert len({finding.id for finding in PRIOR_WORK}) == len(PRIOR_WORK), "ids of findings must be unique"
