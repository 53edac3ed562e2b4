"""Answers to the post's open questions, which are written down in `answers.yaml` beside this module.

Those about all activations are measured as statements are, on the evidence of the verdicts and on further quantities of
every end. Those about causes are answered by experiments on request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from superposition.claims import contrasts, verdicts
from superposition.claims.contrasts import PartValues, Weights
from superposition.claims.evidence import Evidence, PresetPair, Views
from superposition.claims.statement import Statement
from superposition.claims.verdicts import Terms
from superposition.measures.phases import BASE
from superposition.status import (
    BOTH,
    MINIMUM,
    NO,
    NOT_TESTED,
    REPLICATED,
    REVERSED,
    SMALLER,
    UNDECIDED,
    YES,
    may_be_read,
)
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS
from superposition.wording import in_text, plural

ANSWER = {REPLICATED: YES, SMALLER: NO, REVERSED: NO}
"""Answers by verdict on what a question supposes; an effect that is there, but smaller than can be seen, is a no."""

NOTHING = dict.fromkeys(("training", "sampler", "measure", "figure"), "")
NOTHING |= dict.fromkeys(("estimate", "low", "high", "margin_low", "margin_high"), np.nan) | {"part": "", "n_seeds": 0}


def where_superposed(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return the mean of a quantity over the ends with superposition."""
    return _mean(evidence, statement, weights, superposed=True)


def above_others(evidence: Evidence, statement: Statement, weights: Weights) -> PartValues:
    """Return by how much the mean of a quantity over ends with superposition exceeds that over the others."""
    inside, others = (_mean(evidence, statement, weights, superposed=is_in) for is_in in (True, False))
    return {part: inside[part] - others[part] for part in inside}


def _mean(evidence: Evidence, statement: Statement, weights: Weights, *, superposed: bool) -> PartValues:
    """Return the mean of the statement's quantity over the ends with superposition, or without."""
    chosen = (evidence.values["superposition"] > 0) == superposed
    known = chosen & np.isfinite(evidence.values["superposition"])
    values = {name: np.where(known, evidence.values[name], np.nan) for name in statement.quantities}
    return contrasts.group_mean(replace(evidence, values={**evidence.values, **values}), statement, weights)


CONTRASTS = {contrast.__name__: contrast for contrast in (contrasts.correlation, where_superposed, above_others)}
"""Measures of parts of questions, by name."""


@dataclass(frozen=True)
class Question:
    """One open question: parts that are measured of every run, or the experiment on request that it needs.

    Of the factorial, with the levels that the question `blames`: `answers.yaml` says how.
    """

    number: int
    quote: str
    figure: str = ""
    needs: str = ""
    blames: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Statement, ...] = ()


def _part(record: Mapping[str, Any]) -> Statement:
    values: dict[str, Any] = {key: tuple(entry) if isinstance(entry, list) else entry for key, entry in record.items()}
    values["contrast"] = CONTRASTS[record["contrast"]]
    return Statement(**values)


QUESTIONS = tuple(
    Question(**record | {"parts": tuple(map(_part, record.get("parts", ())))})
    for record in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))["questions"]
)


def questions_table(
    views: Mapping[PresetPair, Views], experiments: Mapping[str, pd.DataFrame], terms: Terms
) -> pd.DataFrame:
    """Return the answers to all questions, from what `with_ends` returns, and from experiments on request by name."""
    base = {protocol: variants[BASE] for protocol, variants in views.items()}
    rows = [row for question in QUESTIONS for row in _rows(question, base, experiments, terms)]
    return frames.of([NOTHING | row for row in rows], "questions")


def with_ends(
    evidence: pd.DataFrame,
    runs: pd.DataFrame,
    critical: pd.DataFrame,
    *,
    regular: Mapping[str, float],
    tolerance: float,
) -> pd.DataFrame:
    """Return the evidence of the base variant, with further quantities of every end in rows like it.

    `singular`: whether the minimum that a run ends at has flat directions beyond symmetries, or a smaller learning
    coefficient than one without; of runs that are labelled and end at a minimum. `convex`: whether represented features
    are corners of one polygon. `log_gap`: decades of the gap to the best loss. `above_median`: whether the LLC is
    above the median of a protocol's.

    Args:
        evidence: What verdicts read of runs.
        runs: How every run ended.
        critical: Labels of checkpoints.
        regular: Learning coefficients of minima that are not singular, by training preset.
        tolerance: Within which best losses are known: a smaller gap is as good as none.
    """
    ended = pd.DataFrame(runs[may_be_read(runs.status)])
    last = critical[critical.step == critical.groupby("training").step.transform("max")]
    minima = pd.DataFrame(last[last.kind == MINIMUM])
    smaller = minima.true_llc.astype(float) < minima.training.map(dict(regular)).astype(float)
    flat, is_known = minima.n_flat.astype(float) > 0, minima.true_llc.notna() | minima.n_flat.notna()
    singular = pd.DataFrame(minima[RUN_KEYS]).assign(value=(smaller | flat).astype(float).where(is_known))
    keys = pd.DataFrame(ended[RUN_KEYS])
    parts = {
        "singular": keys.merge(singular, how="left", on=RUN_KEYS),
        "convex": keys.assign(value=(ended.polygon == ended.n_represented).astype(float)),
        "log_gap": keys.assign(value=np.log10(ended.gap.astype(float).clip(lower=tolerance))),
    }
    protocols = pd.DataFrame(evidence[["training", "sampler"]]).drop_duplicates()
    ends = [rows.assign(quantity=name).merge(protocols, on="training") for name, rows in parts.items()]
    base = pd.DataFrame(evidence[evidence.variant == BASE])
    llc = pd.DataFrame(base[base.quantity == "llc"])
    median = llc.groupby(["training", "sampler"]).value.transform("median")
    above = (llc.value > median).astype(float).where(llc.value.notna())
    ends.append(pd.DataFrame(llc[[*RUN_KEYS, "sampler"]]).assign(quantity="above_median", value=above))
    return pd.concat([base, pd.concat(ends).assign(variant=BASE, censored=False)])


def _rows(
    question: Question, views: Mapping[PresetPair, Evidence], experiments: Mapping[str, pd.DataFrame], terms: Terms
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a question: its parts, and where there are several also what they say together."""
    shared = {"question": question.number, "quote": question.quote, "figure": question.figure}
    if question.needs:
        table = experiments.get(question.needs, pd.DataFrame(columns=["question"]))
        causes = pd.DataFrame(table[table.question == question.number]).to_dict("records")
        names = ("answer", "estimate", "low", "high", "n_seeds", "sentence")
        for row in causes:
            yield shared | {name: row[name] for name in names} | {"part": row["cause"], "measure": row["quantity"]}
        needed = f"Not yet tested: it needs the experiment `{question.needs}`, on request."
        nothing = {"answer": NOT_TESTED, "sentence": needed}
        yield shared | (together([row["answer"] for row in causes]) if causes else nothing)
        return
    for (training, sampler), evidence in views.items():
        protocol = {"training": training, "sampler": sampler, "figure": question.figure.format(sampler=sampler)}
        parts = [_judged(part, evidence, terms) for part in question.parts]
        yield from (shared | protocol | part for part in parts)
        if len(parts) > 1:
            yield shared | protocol | together([part["answer"] for part in parts])


def experiment_row(ends: Sequence[float], n_seeds: int, *, measured: str = "", **row: Any) -> dict[str, Any]:
    """Return a row as families' verdicts have them, of which `row` holds question, cause, quantity and answer.

    `ends` are estimate, low and high; without any, nothing can be told.
    """
    seeds, values = plural(n_seeds, "seed"), tuple(ends) or (np.nan,) * 3
    estimate, low, high = map(in_text, values)
    told = f"{row['answer']}, {measured}{estimate} [{low}, {high}], {seeds}" if ends else f"{seeds} can be compared"
    numbers = dict(zip(("estimate", "low", "high"), values, strict=True))
    return row | {"n_seeds": n_seeds} | numbers | {"sentence": f"{row['cause']}: {told}."}


def of_factorial(table: pd.DataFrame, printed: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return what the factorial says of open questions, in rows as families' verdicts have them."""
    quantity, rows = "effect on recovered features", []
    for row in table.to_dict("records"):
        label = printed.get(row["activation"], {"label": row["activation"]})["label"]
        about = {name: row[name] for name in ("question", "answer")} | {"quantity": quantity}
        about |= {"cause": f"{label}, {row['level']}, other factors: {row['others']}"}
        ends = row["effect"], row["low"], row["high"]
        rows.append(experiment_row(ends, row["n"], measured=f"{quantity} ", **about))
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
    judgement = verdicts.judge(part, measured, region, linear=())
    margins = {"margin_low": region.low, "margin_high": region.high}
    row: dict[str, Any] = {name: end for name, end in margins.items() if np.isfinite(end)}
    row |= {"part": part.text, "measure": part.measure}
    if judgement.deciding is None or judgement.deciding.interval is None:
        return row | {"answer": UNDECIDED, "sentence": f"{part.measure}: cannot be read ({judgement.reason})."}
    mean, answer = judgement.deciding.interval, ANSWER.get(judgement.verdict, UNDECIDED)
    numbers = f"{in_text(mean.estimate)} [{in_text(mean.low)}, {in_text(mean.high)}], {plural(mean.n, 'seed')}"
    about = f"{part.text.capitalize()}: {answer}" if part.text else answer.capitalize()
    row |= {"answer": answer, "estimate": mean.estimate, "low": mean.low, "high": mean.high, "n_seeds": mean.n}
    return row | {"sentence": f"{about}. {part.measure}: {numbers}."}
