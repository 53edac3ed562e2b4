"""Answers to the post's open questions, which are written down in `answers.yaml` beside this module.

Those about all activations are measured as statements are, on the evidence of the verdicts and on further quantities of
every end. Those about causes are answered by experiments on request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from superposition.claims import contrasts, verdicts
from superposition.claims.contrasts import PartValues, Weights
from superposition.claims.evidence import Evidence, PresetPair, views_of
from superposition.claims.statement import REPLICATED, REVERSED, SMALLER, Statement
from superposition.claims.verdicts import Terms
from superposition.measures.phases import BASE
from superposition.status import BOTH, MINIMUM, NO, NOT_TESTED, UNDECIDED, YES, may_be_read
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS
from superposition.wording import in_text, plural

ANSWER = {REPLICATED: YES, SMALLER: NO, REVERSED: NO}
"""Answers by verdict on what a question supposes; an effect that is there, but smaller than can be seen, is a no."""

NOTHING = dict.fromkeys(("training", "sampler", "measure", "figure"), "")
NOTHING |= dict.fromkeys(("estimate", "low", "high", "margin_low", "margin_high"), np.nan) | {"part": "", "n_seeds": 0}


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


CONTRASTS = {one.__name__: one for one in (contrasts.correlation, where_superposed, above_others)}
"""How parts of questions are measured, by name."""


@dataclass(frozen=True)
class Question:
    """One open question: parts that are measured of every run, or the experiment on request that it needs."""

    number: int
    quote: str
    figure: str = ""
    needs: str = ""
    parts: tuple[Statement, ...] = ()


def _part(record: Mapping[str, Any]) -> Statement:
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in record.items()}
    values["contrast"] = CONTRASTS[record["contrast"]]
    return Statement(**values)


QUESTIONS = tuple(
    Question(**record | {"parts": tuple(map(_part, record.get("parts", ())))})
    for record in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))["questions"]
)


def questions_table(
    evidence: pd.DataFrame,
    runs: pd.DataFrame,
    critical: pd.DataFrame,
    made: Mapping[str, pd.DataFrame],
    *,
    regular: Mapping[str, float],
    tolerance: float,
    terms: Terms,
    printed: Mapping[str, Mapping[str, str]],
    classes: pd.DataFrame | None,
    min_activations: int,
) -> pd.DataFrame:
    """Return the answers to all questions, from the tables of evidence, runs, critical points and classes.

    `made` are tables with answers of experiments on request by their names, `regular` the learning coefficients of
    minima that are not singular by training preset, `tolerance` that within which best losses are known, `printed`
    labels and families of the study's activations, and `min_activations` the fewest for correlations and shares.
    """
    known = pd.concat([evidence.loc[evidence.variant == BASE], of_ends(evidence, runs, critical, regular, tolerance)])
    shared = {"printed": printed, "classes": classes, "min_activations": min_activations}
    views = {protocol: found[BASE] for protocol, found in views_of(known, **shared).items()}
    rows = [row for question in QUESTIONS for row in _rows(question, views, made, terms)]
    return frames.of([NOTHING | row for row in rows], "questions")


def of_ends(
    evidence: pd.DataFrame, runs: pd.DataFrame, critical: pd.DataFrame, regular: Mapping[str, float], tolerance: float
) -> pd.DataFrame:
    """Return further quantities of every end, in rows as the evidence has them.

    `singular`: whether the minimum that a run ends at has flat directions beyond symmetries, or a smaller learning
    coefficient than one without; of runs that are labelled and end at a minimum. `convex`: whether represented features
    are corners of one polygon. `log_gap`: decades of the gap to the best loss, of which less
    than the tolerance is as good as none. `steep`: whether the LLC is above the
    median of a protocol's.
    """
    ends = pd.DataFrame(runs[may_be_read(runs.status)])
    last = critical[critical.step == critical.groupby("training").step.transform("max")]
    minima = pd.DataFrame(last[last.kind == MINIMUM])
    smaller = minima.true_llc.astype(float) < minima.training.map(dict(regular)).astype(float)
    flat, is_known = minima.n_flat.astype(float) > 0, minima.true_llc.notna() | minima.n_flat.notna()
    singular = pd.DataFrame(minima[RUN_KEYS]).assign(value=(smaller | flat).astype(float).where(is_known))
    keys = pd.DataFrame(ends[RUN_KEYS])
    parts = {
        "singular": keys.merge(singular, how="left", on=RUN_KEYS),
        "convex": keys.assign(value=(ends.polygon == ends.n_represented).astype(float)),
        "log_gap": keys.assign(value=np.log10(ends.gap.astype(float).clip(lower=tolerance))),
    }
    protocols = pd.DataFrame(evidence[["training", "sampler"]]).drop_duplicates()
    found = [rows.assign(quantity=name).merge(protocols, on="training") for name, rows in parts.items()]
    llc = pd.DataFrame(evidence[(evidence.variant == BASE) & (evidence.quantity == "llc")])
    median = llc.groupby(["training", "sampler"]).value.transform("median")
    steep = (llc.value > median).astype(float).where(llc.value.notna())
    found.append(pd.DataFrame(llc[[*RUN_KEYS, "sampler"]]).assign(quantity="steep", value=steep))
    return pd.concat(found).assign(variant=BASE, censored=False)


def _rows(
    question: Question, views: Mapping[PresetPair, Evidence], made: Mapping[str, pd.DataFrame], terms: Terms
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a question: its parts, and where there are several also what they say together."""
    shared = {"question": question.number, "quote": question.quote, "figure": question.figure}
    if question.needs:
        table = made.get(question.needs, pd.DataFrame(columns=["question"]))
        found = pd.DataFrame(table[table.question == question.number]).to_dict("records")
        names = ("answer", "estimate", "low", "high", "n_seeds", "sentence")
        for row in found:
            yield shared | {name: row[name] for name in names} | {"part": row["cause"], "measure": row["quantity"]}
        needed = f"Not yet tested: it needs the experiment `{question.needs}`, on request."
        nothing = {"answer": NOT_TESTED, "sentence": needed}
        yield shared | (together([row["answer"] for row in found]) if found else nothing)
        return
    for (training, sampler), evidence in views.items():
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
    measured = verdicts.measure(part, evidence, terms)
    found = verdicts.judge(part, measured, region, linear=())
    margins = {"margin_low": region.low, "margin_high": region.high}
    row: dict[str, Any] = {name: end for name, end in margins.items() if np.isfinite(end)}
    row |= {"part": part.text, "measure": part.measure}
    if found.deciding is None or found.deciding.interval is None:
        return row | {"answer": UNDECIDED, "sentence": f"{part.measure}: cannot be read ({found.reason})."}
    seen, answer = found.deciding.interval, ANSWER.get(found.verdict, UNDECIDED)
    numbers = f"{in_text(seen.estimate)} [{in_text(seen.low)}, {in_text(seen.high)}], {plural(seen.n, 'seed')}"
    about = f"{part.text.capitalize()}: {answer}" if part.text else answer.capitalize()
    row |= {"answer": answer, "estimate": seen.estimate, "low": seen.low, "high": seen.high, "n_seeds": seen.n}
    return row | {"sentence": f"{about}. {part.measure}: {numbers}."}
