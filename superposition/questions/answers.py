"""The post's open questions, a record each, and their answers from the tables that exist.

Those about all activations are measured as statements are, on the evidence of the verdicts and on further quantities of
every end. Those about causes are answered by experiments on request.

Source: Baron 2025, Minor interpretability exploration #3; numbers as in docs/questions.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims import contrasts, verdicts
from superposition.claims.contrasts import PartValues, Weights
from superposition.claims.evidence import Evidence, Protocol, views_of
from superposition.claims.statement import ABOVE, BELOW, BETWEEN, EVERY, REPLICATED, REVERSED, SMALLER, Statement
from superposition.claims.verdicts import Terms
from superposition.measures.phases import BASE
from superposition.status import BOTH, MINIMUM, NO, NOT_TESTED, OK, UNDECIDED, YES
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS
from superposition.wording import in_text, plural

ANSWER = {REPLICATED: YES, SMALLER: NO, REVERSED: NO}
"""Answers by verdict on what a question supposes; an effect that is there, but smaller than can be seen, is a no."""

SMALLEST_GAP = 1e-6
"""Gaps to the best loss below this are as good as none: to so much, the best loss is known."""

NOTHING = dict.fromkeys(("training", "sampler", "measure", "figure"), "")
NOTHING |= dict.fromkeys(("estimate", "low", "high", "margin_low", "margin_high"), np.nan) | {"part": "", "n_seeds": 0}

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


@dataclass(frozen=True)
class Question:
    """One open question, as the post asks it or leaves it open.

    Either `parts` are measured of every run, and the text of each says what it answers; or it `needs` an experiment on
    request. `figure` is the file below the results that shows it, with {sampler} for the protocol's.
    """

    number: int
    quote: str
    figure: str = ""
    needs: str = ""
    parts: tuple[Statement, ...] = ()


def _part(text: str, measure: str, contrast, margin: str, *quantities: str) -> Statement:
    """Return a part about all activations: of correlations, yes below the margin or between two, of others above it."""
    smallest = 0.0 if contrast is where_superposed else -1.0  # a share; a correlation, or a difference of shares
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
        bounds=(smallest, 1.0),
        contrast=contrast,
    )


# fmt: off
QUESTIONS: tuple[Question, ...] = (
    Question(1, "Does superposition correspond to singularities in the loss landscape?", parts=(
        _part("", "Share of ends at a singular minimum, with superposition minus without",
            above_others, "beyond_chance", "singular"),)),
    Question(2, "Does superposition correspond to flat basins in the loss landscape, without it being necessary for "
        "their development?", figure="figures/superposition-vs-llc-{sampler}.svg", parts=(
        _part("correspond", "Spearman correlation over activations of superposition with the LLC",
            contrasts.correlation, "anticorrelated", "superposition", "llc"),
        _part("not necessary", "Share of the ends with superposition whose LLC is above that of the median end",
            where_superposed, "beyond_chance", "steep"))),
    Question(3, "Do the basins correspond to symmetrical/deeply entrenched basins?", "figures/capacity.svg", parts=(
        _part("symmetrical", "Share of the ends with superposition whose represented features are the corners of one "
            "polygon", where_superposed, "half", "convex"),
        _part("deeply entrenched", "Spearman correlation over activations of superposition with the gap to the best "
            "possible loss", contrasts.correlation, "anticorrelated", "superposition", "log_gap"))),
    Question(4, "Small variations in activation functions lead to massive differences in superposition (see CELU vs. "
        "GELU), which do not however translate into differences in the loss landscape.",
        "figures/families/gelu_elu_mix.svg", FAMILIES),
    Question(5, "They also show somewhat limited superposition outside of antipodal pairs, likely due to their "
        "continuity, symmetry, and limited output.", "figures/families/scaled_tanh_gain.svg", FAMILIES),
    Question(6, "While model differences could be to blame (this uses Autoencoders, while project #2 was for simple "
        "MLPs), Lad and Kostolansky (2023) also used autoencoders.", needs=MODELS),
    Question(7, "Softplus has slow-developing superposition, likely due to a less clearly delimited (than 0) elbow.",
        "figures/families/softplus_beta.svg", FAMILIES),
    Question(8, "SoLU (bottom) gave greater superposition than softmax (top), despite being intended to reduce it. […] "
        "The lack of LN may be to blame.", needs=MODELS),
    Question(9, "Some of the activation functions let through negative values, even if only up to -1/-2, hindering the "
        "masking effect of these functions, necessary for superposition.",
        "figures/families/leaky_slope.svg", FAMILIES),
    Question(10, "Tanhshrink and Softshrink, on the other hand, produced significant superposition. The less sharp "
        "boundaries seem to help.", "figures/families/shrink_hardness.svg", FAMILIES),
    Question(11, "ReLU6 and ReLU^2 gave little superposition. Capping and polynomial functions seem to hinder its "
        "development.", "figures/families/relu_cap.svg", FAMILIES),
    Question(12, "Hardness reduces (or slows the development of) superposition (at least for the sigmoidal activation "
        "functions).", "figures/families/sigmoid_hardness.svg", FAMILIES),
    Question(13, "Degree of superposition did not seem to be correlated with loss and LLC beyond a certain threshold.",
        "figures/superposition-vs-loss.svg", parts=(
        _part("", "Spearman correlation over activations of superposition beyond the threshold with the gap to the "
            "best possible loss", contrasts.correlation, "uncorrelated", "superposition_beyond", "log_gap"),)),
    Question(14, "More research is needed, potentially with finer-grained (applications of LLC or other) SLT tools.",
        "figures/refined.svg", REFINED),
)
# fmt: on


def questions_table(
    evidence: pd.DataFrame,
    runs: pd.DataFrame,
    critical: pd.DataFrame,
    made: Mapping[str, pd.DataFrame],
    *,
    regular: Mapping[str, float],
    terms: Terms,
    printed: Mapping[str, Mapping[str, str]],
    classes: pd.DataFrame | None,
    min_activations: int,
) -> pd.DataFrame:
    """Return the answers to all questions, from the tables of evidence, runs, critical points and classes.

    `made` are tables with answers of experiments on request by their names, `regular` the learning coefficients of
    minima that are not singular by training preset, `printed` labels and families of the study's activations, and
    `min_activations` the fewest for correlations and shares.
    """
    known = pd.concat([evidence.loc[evidence.variant == BASE], of_ends(evidence, runs, critical, regular)])
    shared = {"printed": printed, "classes": classes, "min_activations": min_activations}
    views = {protocol: found[BASE] for protocol, found in views_of(known, **shared).items()}
    rows = [row for question in QUESTIONS for row in _rows(question, views, made, terms)]
    return frames.of([NOTHING | row for row in rows], "questions")


def of_ends(
    evidence: pd.DataFrame, runs: pd.DataFrame, critical: pd.DataFrame, regular: Mapping[str, float]
) -> pd.DataFrame:
    """Return further quantities of every end, in rows as the evidence has them.

    `singular`: whether the minimum that a run ends at has flat directions beyond symmetries, or a smaller learning
    coefficient than one without; of runs that are labelled and end at a minimum. `convex`: whether represented features
    are corners of one polygon. `log_gap`: decades of the gap to the best loss. `steep`: whether the LLC is above the
    median of a protocol's.
    """
    ends = pd.DataFrame(runs[runs.status == OK])
    last = critical[critical.step == critical.groupby("training").step.transform("max")]
    minima = pd.DataFrame(last[last.kind == MINIMUM])
    smaller = minima.true_llc.astype(float) < minima.training.map(dict(regular)).astype(float)
    flat, is_known = minima.n_flat.astype(float) > 0, minima.true_llc.notna() | minima.n_flat.notna()
    singular = pd.DataFrame(minima[RUN_KEYS]).assign(value=(smaller | flat).astype(float).where(is_known))
    keys = pd.DataFrame(ends[RUN_KEYS])
    parts = {
        "singular": keys.merge(singular, how="left", on=RUN_KEYS),
        "convex": keys.assign(value=(ends.polygon == ends.n_represented).astype(float)),
        "log_gap": keys.assign(value=np.log10(ends.gap.astype(float).clip(lower=SMALLEST_GAP))),
    }
    protocols = pd.DataFrame(evidence[["training", "sampler"]]).drop_duplicates()
    found = [rows.assign(quantity=name).merge(protocols, on="training") for name, rows in parts.items()]
    llc = pd.DataFrame(evidence[(evidence.variant == BASE) & (evidence.quantity == "llc")])
    median = llc.groupby(["training", "sampler"]).value.transform("median")
    steep = (llc.value > median).astype(float).where(llc.value.notna())
    found.append(pd.DataFrame(llc[[*RUN_KEYS, "sampler"]]).assign(quantity="steep", value=steep))
    return pd.concat(found).assign(variant=BASE, censored=False)


def _rows(question: Question, views: Mapping[Protocol, Evidence], made: Mapping[str, pd.DataFrame], terms: Terms):
    """Yield the rows of a question: its parts, and where there are several also what they say together."""
    shared = {"question": question.number, "quote": question.quote, "figure": question.figure}
    if question.needs:
        table = made.get(question.needs)
        records: list[dict[str, Any]] = [] if table is None else table.to_dict(orient="records")  # type: ignore[assignment]
        found = [row for row in records if row["question"] == question.number]
        if not found:
            needed = f"Not yet tested: it needs the experiment `{question.needs}`, on request."
            yield shared | {"answer": NOT_TESTED, "sentence": needed}
            return
        names = ("answer", "estimate", "low", "high", "n_seeds", "sentence")
        for row in found:
            yield shared | {name: row[name] for name in names} | {"part": row["cause"], "measure": row["quantity"]}
        yield shared | together([row["answer"] for row in found])
    for (training, sampler), evidence in views.items() if question.parts else ():
        of = shared | {"training": training, "sampler": sampler, "figure": question.figure.format(sampler=sampler)}
        parts = [_judged(part, evidence, terms) for part in question.parts]
        yield from (of | part for part in parts)
        if len(parts) > 1:
            yield of | together([part["answer"] for part in parts])


def experiment_row(
    question: int, cause: str, quantity: str, answer: str, ends: Sequence[float], n_seeds: int, *, measured: str = ""
) -> dict[str, Any]:
    """Return a row as families' verdicts have them; `ends` are estimate, low and high, without any none can be told."""
    row = {"question": question, "cause": cause, "quantity": quantity, "answer": answer, "n_seeds": n_seeds}
    if not len(ends):
        row |= dict.fromkeys(("estimate", "low", "high"), np.nan)
        return row | {"sentence": f"{cause}: {plural(n_seeds, 'seed')} can be compared."}
    estimate, low, high = map(in_text, ends)
    sentence = f"{cause}: {answer}, {measured}{estimate} [{low}, {high}], {plural(n_seeds, 'seed')}."
    return row | dict(zip(("estimate", "low", "high"), ends, strict=True)) | {"sentence": sentence}


def of_factorial(table: pd.DataFrame, printed: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return what the factorial says of open questions, in rows as families' verdicts have them."""
    quantity, rows = "effect on recovered features", []
    for _, row in table.iterrows():
        label = printed.get(row.activation, {"label": row.activation})["label"]
        cause, ends = f"{label}, {row.level}, other factors: {row.others}", (row.effect, row.low, row.high)
        rows.append(experiment_row(row.question, cause, quantity, row.answer, ends, row.n, measured=f"{quantity} "))
    return pd.DataFrame(rows)


def together(answers: Sequence[str]) -> dict[str, str]:
    """Return the answer of all parts: theirs if all have the same, both if some are yes and some no, else undecided."""
    distinct = set(answers)
    answer = distinct.pop() if len(distinct) == 1 else BOTH if {YES, NO} <= distinct or BOTH in distinct else UNDECIDED
    counted = ", ".join(f"{name} {answers.count(name)}" for name in dict.fromkeys(answers))
    return {"part": "together", "answer": answer, "sentence": f"All parts: {answer} ({counted})."}


def _judged(part: Statement, evidence: Evidence, terms: Terms) -> dict[str, Any]:
    """Return the answer to a part under one protocol."""
    region = terms.regions(part)[0]
    measured = verdicts.measure(part, evidence, resampling=terms.resampling, min_seeds=terms.min_seeds)
    found = verdicts.judge(part, measured, region, linear=())
    row: dict[str, Any] = {"part": part.text, "answer": ANSWER.get(found.verdict, UNDECIDED), "measure": part.measure}
    row |= {
        name: end if np.isfinite(end) else np.nan
        for name, end in (("margin_low", region.low), ("margin_high", region.high))
    }
    if found.deciding is None or found.deciding.interval is None:
        return row | {"answer": UNDECIDED, "sentence": f"{part.measure}: cannot be read ({found.reason})."}
    seen = found.deciding.interval
    numbers = f"{in_text(seen.estimate)} [{in_text(seen.low)}, {in_text(seen.high)}], {plural(seen.n, 'seed')}"
    about = f"{part.text.capitalize()}: {row['answer']}" if part.text else row["answer"].capitalize()
    row |= {"estimate": seen.estimate, "low": seen.low, "high": seen.high, "n_seeds": seen.n}
    return row | {"sentence": f"{about}. {part.measure}: {numbers}."}
