"""Answers to the open questions, from the tables that exist."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims import verdicts
from superposition.claims.evidence import Evidence
from superposition.claims.evidence_table import Protocol
from superposition.claims.judge import Terms
from superposition.claims.statement import INCONCLUSIVE, NOT_TESTABLE, REPLICATED, REVERSED, SMALLER, Statement
from superposition.claims.verdict_tables import views_of
from superposition.measures.phases import BASE
from superposition.questions.post import QUESTIONS, Question
from superposition.status import BOTH, MINIMUM, NO, NOT_TESTED, OK, UNDECIDED, YES
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS
from superposition.wording import in_text, plural

ANSWER = {REPLICATED: YES, SMALLER: NO, REVERSED: NO, INCONCLUSIVE: UNDECIDED, NOT_TESTABLE: UNDECIDED}
"""Answers by verdict on what a question supposes; an effect that is there, but smaller than can be seen, is a no."""

SMALLEST_GAP = 1e-6
"""Gaps to the best loss below this are as good as none: to so much, the best loss is known."""

NOTHING = dict.fromkeys(("training", "sampler", "measure", "figure"), "")
NOTHING |= dict.fromkeys(("estimate", "low", "high", "margin_low", "margin_high"), np.nan) | {"part": "", "n_seeds": 0}


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
    """Return the answers to all questions.

    Args:
        evidence: Table of evidence.
        runs: Table of runs.
        critical: Table of critical points.
        made: Tables with answers of experiments on request that were made, by the experiment's name.
        regular: Learning coefficient of a minimum that is not singular, by training preset.
        terms: How parts are judged.
        printed: Label and family of the study's activations.
        classes: Table of classes of activations, None for none.
        min_activations: Fewest activations for correlations and shares.
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
        yield from (shared | _of_experiment(row) for row in found)
        yield shared | together([row["answer"] for row in found])
    for (training, sampler), evidence in views.items() if question.parts else ():
        of = shared | {"training": training, "sampler": sampler, "figure": question.figure.format(sampler=sampler)}
        parts = [_judged(part, evidence, terms) for part in question.parts]
        yield from (of | part for part in parts)
        if len(parts) > 1:
            yield of | together([part["answer"] for part in parts])


def _of_experiment(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of an experiment's verdicts as one of the answers."""
    names = ("answer", "estimate", "low", "high", "n_seeds", "sentence")
    return {name: row[name] for name in names} | {"part": row["cause"], "measure": row["quantity"]}


def of_factorial(table: pd.DataFrame, printed: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return what the factorial says of open questions, in rows as families' verdicts have them."""
    rows = []
    for row in table.to_dict("records"):
        label = printed.get(row["activation"], {"label": row["activation"]})["label"]
        answer = row["answer"] if row["answer"] in (YES, NO) else UNDECIDED
        effect, low, high = (in_text(row[name]) for name in ("effect", "low", "high"))
        cause = f"{label}, {row['level']}, other factors: {row['others']}"
        shared = {"question": row["question"], "cause": cause, "quantity": "effect on recovered features"}
        numbered = {"answer": answer, "estimate": row["effect"], "n_seeds": row["n"]}
        sentence = (
            f"{cause}: {answer}. Effect on recovered features: {effect} [{low}, {high}], {plural(row['n'], 'seed')}."
        )
        rows.append(shared | numbered | {"low": row["low"], "high": row["high"], "sentence": sentence})
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
    found = verdicts.judge(part, measured, region, linear=(), min_seeds=terms.min_seeds)
    row: dict[str, Any] = {"part": part.text, "answer": ANSWER[found.verdict], "measure": part.measure}
    row |= {
        name: end if np.isfinite(end) else np.nan
        for name, end in (("margin_low", region.low), ("margin_high", region.high))
    }
    if found.deciding is None or found.deciding.measured.interval is None:
        return row | {"answer": UNDECIDED, "sentence": f"{part.measure}: cannot be read ({found.reason})."}
    seen = found.deciding.measured.interval
    numbers = f"{in_text(seen.estimate)} [{in_text(seen.low)}, {in_text(seen.high)}], {plural(seen.n, 'seed')}"
    about = f"{part.text.capitalize()}: {row['answer']}" if part.text else row["answer"].capitalize()
    row |= {"estimate": seen.estimate, "low": seen.low, "high": seen.high, "n_seeds": seen.n}
    return row | {"sentence": f"{about}. {part.measure}: {numbers}."}
