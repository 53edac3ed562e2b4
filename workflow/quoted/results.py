"""Quotes of the results of a full study: deviations, findings, and what was found with models of other papers."""

import itertools
from collections.abc import Callable
from typing import Any

import pandas as pd

from superposition.deviations.paired import RATIO
from superposition.other_models.papers import PAPERS
from superposition.status import REPLICATED, REVERSED
from superposition.wording import in_text, listing
from workflow.quoted.tables import benchmark, copy_of, grid, label

ON_REQUEST = (
    *(f"model_findings/{paper}" for paper in PAPERS),
    *("chen_levels", "factorial_effects", "factorial_answers"),
)
"""Tables that are made on request, which are copied where they have been made."""

LEAST_ESTIMATE = 0.5
"""Smaller estimates are mostly Monte-Carlo error: their ratios (N4) say nothing."""

MINOR = r"status (?:not_a_minimum|escaped|diverged)|step of a snapshot"
"""Quantities of the table of deviations that its page does not quote."""


def deviation(name: str) -> str:
    """Return the measured size of a deviation: over all activations with the least and the greatest, or one by one."""
    table = copy_of("deviations")
    left_out = f"{MINOR}|known coefficient" if name == "N9" else MINOR
    rows = table[(table.deviation == name) & ~table.quantity.str.contains(left_out) & (table.n > 0)]
    of_snapshot = rows.setting.str.fullmatch(r"snapshot \d+", na=False)
    rows = rows.assign(
        member=rows.activation.astype(object).map(label, na_action="ignore").where(~of_snapshot, rows.setting),
        setting=rows.setting.mask(of_snapshot).fillna(""),
    )
    found = []
    for (quantity, setting), group in rows.groupby(["quantity", "setting"], sort=False):
        members, overall = group[group.member.notna()], group[group.member.isna()]
        if len(overall):
            found.append(_line(quantity, setting, overall.iloc[0], _range(members)))
        elif of_snapshot.any():
            last = members.iloc[-1]
            found.append(_line(quantity, f"{last.member}, the last", last, _range(members)))
        else:
            found += [
                _line(quantity, f"{row.member}; {row.setting}".rstrip("; "), row, "") for _, row in members.iterrows()
            ]
    return grid("| measured | where | original | without the defect | effect | least and greatest |", found)


def _line(quantity: str, where: str, row: Any, extremes: str) -> tuple[str, ...]:
    interval = f" [{in_text(row.effect_low)}, {in_text(row.effect_high)}]" if row.effect_low != row.effect_high else ""
    return quantity, where, in_text(row.original), in_text(row.corrected), _effect(row) + interval, extremes


def _effect(row: Any) -> str:
    return f"× {in_text(row.effect)}" if row.comparison == RATIO else in_text(row.effect)


def _range(members: Any) -> str:
    """Return the least and the greatest effect of some activations or snapshots, and of which they are."""
    if len(members) and members.deviation.iloc[0] == "N4":
        members = members[members.corrected > LEAST_ESTIMATE]
    members = members[members.effect.notna()]
    if len(members) < 2:
        return ""
    ends = (members.loc[members.effect.idxmin()], members.loc[members.effect.idxmax()])
    if ends[0].effect == ends[1].effect:
        return f"{_effect(ends[0])} (all)"
    return " to ".join(f"{_effect(row)} ({row.member})" for row in ends)


def initial_bias() -> str:
    """Return the final loss of every activation with and without the initial bias (N5), the largest ratio first."""
    table = copy_of("deviations")
    table = table[(table.quantity == "final loss (MSE)") & table.activation.notna()].sort_values("effect")
    rows = [
        (label(row.activation), in_text(row.original), in_text(row.corrected), in_text(row.effect))
        for row in table[::-1].itertuples()
    ]
    return grid("| final MSE, median over seeds | `notebook` | `zero_bias` | ratio, paired by seed |", rows)


def resolution() -> str:
    """Return half the effective dimension and, in brackets, the estimate at the known minima (N9)."""
    table = copy_of("deviations")
    table = table[(table.deviation == "N9") & table.quantity.str.contains("known coefficient")]
    table = table.assign(kind=table.quantity.str.startswith("LLC"))
    values = table.pivot_table("original", "setting", ["activation", "kind"], sort=False)
    known = table.groupby("activation", sort=False).corrected.first()
    rows = [
        (setting, *(f"{row[name, False]:.1f} ({row[name, True]:.1f})" for name in known.index))
        for setting, row in values.iterrows()
    ]
    heads = [f"{label(name)} ({in_text(value)})" for name, value in known.items()]
    return grid("| " + " | ".join(["n beta, gamma", *heads]) + " |", rows)


def full_length() -> str:
    """Return what changes after the last step that the original shows (N1): in how many runs, and run by run."""
    table = copy_of("full_length")
    falls = (table.loss_end <= 0.9 * table.loss_seen).sum()
    said = (
        f"Of {len(table)} runs ({table.activation.nunique()} activations, {table.seed.nunique()} seeds), "
        f"{table.last_change.notna().sum()} change the number of represented or recovered features or of\n"
        f"corners after step {table.step_seen.iloc[0]:,}, and the loss of {falls} falls by at least 10 %:\n\n"
    )
    rows = []
    for name, found in table.groupby("activation", sort=False):
        runs: Any = list(found.itertuples())
        losses = ", ".join(f"{in_text(run.loss_seen)} → {in_text(run.loss_end)}" for run in runs)
        counts = ", ".join(f"{run.n_represented_seen:g} → {run.n_represented_end:g}" for run in runs)
        changes = ", ".join("none" if pd.isna(run.last_change) else f"{run.last_change:,.0f}" for run in runs)
        rows.append((label(str(name)), losses, counts, changes))
    first, last = (f"{table[column].iloc[0]:,}" for column in ("step_seen", "step_end"))
    header = f"| | loss at {first} → {last}, by seed | represented features | last change of a count at step |"
    return said + grid(header, rows)


def findings() -> str:
    """Return the findings of the paper as a list."""
    found = copy_of("findings").finding
    return "\n".join(f"- {finding}" for finding in found)


def model_findings() -> str:
    """Return the findings of other papers beside what was found."""
    table: Any = pd.concat([copy_of(name) for name in ON_REQUEST if name.startswith("model_findings")])
    rows = [
        (
            row.reference,
            row.finding,
            row.measure,
            _stated(row.stated_low, row.stated_high),
            _found(row, "estimate"),
            row.verdict,
        )
        for row in table.itertuples()
    ]
    return grid("| paper | finding | measured | if it holds | found | verdict |", rows)


def _stated(low: float, high: float) -> str:
    if high == float("inf"):
        return f"above {low:g}"
    return f"below {high:g}" if low <= 0 else f"{low:g} to {high:g}"


def _found(row: Any, name: str) -> str:
    return f"{in_text(getattr(row, name))} [{in_text(row.low)}, {in_text(row.high)}]"


def chen_levels() -> str:
    """Return at which polygons SGD is seen."""
    rows = [
        (row.level, f"{row.loss:.5f}", row.n_seen, "–" if pd.isna(row.first_step) else f"{row.first_step:,.0f}")
        for row in copy_of("chen_levels").itertuples()
    ]
    return grid("| polygon | loss | runs seen there | first step there, median |", rows)


def factorial_effects() -> str:
    """Return the effects of the factorial on recovered features and on norms, as means over the other factors."""
    table = copy_of("factorial_effects")
    table = table[(table.others == "mean over them") & table.measure.isin(["n_recovered", "norm_per_dimension"])]
    table = table.assign(text=[_found(row, "effect") for row in table.itertuples()])
    names = list(dict.fromkeys(table.activation))
    values = table.pivot_table("text", ["measure", "factor", "level"], "activation", aggfunc="first", sort=False)
    words = {"n_recovered": "recovered features", "norm_per_dimension": "‖W‖²/m"}
    rows = [
        (words[measure], f"{factor}: {level}", *values.loc[(measure, factor, level), names])
        for measure, factor, level in sorted(values.index, key=lambda key: list(words).index(key[0]))
    ]
    return grid("| effect on | of | " + " | ".join(map(label, names)) + " |", rows)


def factorial_answers() -> str:
    """Return the answers of the factorial to open questions."""
    rows = [
        (f"{row.question}. {row.text}", row.level, row.others, _found(row, "effect"), row.answer, row.largest)
        for row in copy_of("factorial_answers").itertuples()
    ]
    return grid("| question | level | other factors | effect on recovered features | answer | largest effect |", rows)


def recovery_margins() -> str:
    """Return which medians over seeds, and which verdicts, another margin of recovered features changes."""
    medians, verdicts = benchmark("recovery_margin"), benchmark("recovery_margin_verdicts")
    counts = medians.pivot(index=["training", "activation"], columns="margin", values="recovered")
    judged = verdicts.pivot(index=["training", "id"], columns="margin", values="verdict")
    rows, opposed = [], []
    for training, margin in itertools.product(verdicts.training.unique(), counts.columns.drop(0.5)):
        of_counts, of_verdicts = (table.loc[training][[0.5, margin]] for table in (counts, judged))
        names = [label(name) for name in of_counts.index[of_counts[margin] != of_counts[0.5]]]
        changed = of_verdicts[of_verdicts[margin] != of_verdicts[0.5]]
        told = [f"{name}: {before} → {after}" for name, before, after in changed.itertuples()]
        opposite = changed.index[changed.isin([REPLICATED, REVERSED]).all(axis=1)]
        opposed += [f"{name} (`{training}`, {margin:g})" for name in opposite]
        rows.append((f"`{training}`", f"{margin:g}", ", ".join(names) or "none", "; ".join(told) or "none"))
    table = grid("| training preset | margin | activations with another median | verdicts that change |", rows)
    return f"{table}\n\nFrom replicated to reversed, or back: {listing(opposed) if opposed else 'none'}."


OF_RESULTS: dict[str, Callable[[], str]] = {
    "findings": findings,
    "full length": full_length,
    "findings of other papers": model_findings,
    "polygons of Chen": chen_levels,
    "factorial": factorial_effects,
    "answers of the factorial": factorial_answers,
    "recovery margins": recovery_margins,
    "N5 by activation": initial_bias,
    "N9 at known minima": resolution,
}
"""What can be quoted of results beside the sizes of single deviations, by name."""
