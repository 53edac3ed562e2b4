"""The post's open questions: one record each, with what would answer it.

Questions about all activations are measured as statements are, on the evidence of the verdicts and on three more
quantities of every end. Those about causes are answered by families of activations with one parameter.

Source: Baron 2025, Minor interpretability exploration #3; numbers as in docs/questions.md.
"""

from dataclasses import dataclass, replace

import numpy as np

from superposition.claims import contrasts
from superposition.claims.contrasts import PartValues, Weights
from superposition.claims.evidence import Evidence
from superposition.claims.statement import ABOVE, BELOW, BETWEEN, CORRELATION, EVERY, SHARE, Statement

FAMILIES, REFINED, MODELS = "families", "refined", "factorial"
"""Experiments on request that answer a question."""


def where_superposed(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the mean of a quantity over the ends with superposition."""
    return contrasts.group_mean(_ends(evidence, statement, superposed=True), statement, weights)


def above_others(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return by how much the mean of a quantity over ends with superposition exceeds that over the others."""
    found, others = (
        contrasts.group_mean(_ends(evidence, statement, superposed=one), statement, weights) for one in (True, False)
    )
    return {part: found[part] - others[part] for part in found}


def _ends(evidence: Evidence, statement: Statement, *, superposed: bool) -> Evidence:
    """Return the evidence with the statement's quantities at ends with superposition alone, or without."""
    chosen = (evidence.values["superposition"] > 0) == superposed
    known = chosen & np.isfinite(evidence.values["superposition"])
    seen = {name: np.where(known, evidence.values[name], np.nan) for name in statement.quantities}
    return replace(evidence, values={**evidence.values, **seen})


@dataclass(frozen=True, kw_only=True)
class Question:
    """One open question.

    Attributes:
        number: Its number.
        quote: The question as the post asks it, or what the post leaves open.
        parts: What is measured of every run; the text of each says what it answers.
        needs: Experiment on request that answers it; empty for none.
        figure: File below the results that shows it, with {sampler} for the protocol's; empty for none.
    """

    number: int
    quote: str
    parts: tuple[Statement, ...] = ()
    needs: str = ""
    figure: str = ""


def _part(text: str, measure: str, contrast, margin: str, bounds: tuple[float, float], *quantities: str) -> Statement:
    """Return a part about all activations: of correlations, yes below the margin or between two, of others above it."""
    below = BETWEEN if margin == "uncorrelated" else BELOW
    return Statement(
        id="",
        text=text,
        measure=measure,
        unit="",
        activations=EVERY,
        over_activations=True,
        quantities=quantities,
        direction=below if contrast is contrasts.correlation else ABOVE,
        margin=margin,
        bounds=bounds,
        contrast=contrast,
    )


# fmt: off
QUESTIONS: tuple[Question, ...] = (
    Question(number=1, quote="Does superposition correspond to singularities in the loss landscape?", parts=(
        _part("", "Share of ends at a singular minimum, with superposition minus without",
            above_others, "beyond_chance", (-1.0, 1.0), "singular"),)),
    Question(number=2, quote="Does superposition correspond to flat basins in the loss landscape, without it being "
        "necessary for their development?", figure="figures/superposition-vs-llc-{sampler}.svg", parts=(
        _part("correspond", "Spearman correlation over activations of superposition with the LLC",
            contrasts.correlation, "anticorrelated", CORRELATION, "superposition", "llc"),
        _part("not necessary", "Share of the ends with superposition whose LLC is above that of the median end",
            where_superposed, "beyond_chance", SHARE, "steep"))),
    Question(number=3, quote="Do the basins correspond to symmetrical/deeply entrenched basins?",
        figure="figures/capacity.svg", parts=(
        _part("symmetrical", "Share of the ends with superposition whose represented features are the corners of one "
            "polygon", where_superposed, "half", SHARE, "convex"),
        _part("deeply entrenched", "Spearman correlation over activations of superposition with the gap to the best "
            "possible loss", contrasts.correlation, "anticorrelated", CORRELATION, "superposition", "log_gap"))),
    Question(number=4, quote="Small variations in activation functions lead to massive differences in superposition "
        "(see CELU vs. GELU), which do not however translate into differences in the loss landscape.",
        needs=FAMILIES, figure="figures/families/gelu_elu_mix.svg"),
    Question(number=5, quote="They also show somewhat limited superposition outside of antipodal pairs, likely due to "
        "their continuity, symmetry, and limited output.",
        needs=FAMILIES, figure="figures/families/scaled_tanh_gain.svg"),
    Question(number=6, quote="While model differences could be to blame (this uses Autoencoders, while project #2 was "
        "for simple MLPs), Lad and Kostolansky (2023) also used autoencoders.", needs=MODELS),
    Question(number=7, quote="Softplus has slow-developing superposition, likely due to a less clearly delimited (than "
        "0) elbow.", needs=FAMILIES, figure="figures/families/softplus_beta.svg"),
    Question(number=8, quote="SoLU (bottom) gave greater superposition than softmax (top), despite being intended to "
        "reduce it. […] The lack of LN may be to blame.", needs=MODELS),
    Question(number=9, quote="Some of the activation functions let through negative values, even if only up to -1/-2, "
        "hindering the masking effect of these functions, necessary for superposition.",
        needs=FAMILIES, figure="figures/families/leaky_slope.svg"),
    Question(number=10, quote="Tanhshrink and Softshrink, on the other hand, produced significant superposition. The "
        "less sharp boundaries seem to help.", needs=FAMILIES, figure="figures/families/shrink_hardness.svg"),
    Question(number=11, quote="ReLU6 and ReLU^2 gave little superposition. Capping and polynomial functions seem to "
        "hinder its development.", needs=FAMILIES, figure="figures/families/relu_cap.svg"),
    Question(number=12, quote="Hardness reduces (or slows the development of) superposition (at least for the "
        "sigmoidal activation functions).", needs=FAMILIES, figure="figures/families/sigmoid_hardness.svg"),
    Question(number=13, quote="Degree of superposition did not seem to be correlated with loss and LLC beyond a "
        "certain threshold.", figure="figures/superposition-vs-loss.svg", parts=(
        _part("", "Spearman correlation over activations of superposition beyond the threshold with the gap to the "
            "best possible loss",
            contrasts.correlation, "uncorrelated", CORRELATION, "superposition_beyond", "log_gap"),)),
    Question(number=14, quote="More research is needed, potentially with finer-grained (applications of LLC or other) "
        "SLT tools.", needs=REFINED, figure="figures/refined.svg"),
)
# fmt: on
