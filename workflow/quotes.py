"""The numbers that pages quote: each stands between two comments, which Markdown does not show, and is written by this.

.venv/bin/python -m workflow.quotes              # pages, from benchmarks/*.csv and docs/data/*.csv
.venv/bin/python -m workflow.quotes results      # first these copies, from the results of a full study
"""

import re
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from superposition.deviations.paired import RATIO
from superposition.llc.leaderboard import score
from superposition.provenance import registry
from superposition.status import OK
from superposition.tables import frames
from superposition.wording import in_text, listing
from workflow.study import ROOT

PAGES = ("README.md", *(f"docs/{name}.md" for name in ("deviations", "leaderboard", "method", "other_models", "scale")))
COPIED = ("deviations", "findings", "full_length")
"""Tables of a full study that pages quote; docs/data holds copies, as results are not part of a commit."""

ON_REQUEST = (
    *(f"model_findings/{paper}" for paper in ("elhage", "lad_kostolansky", "chen")),
    *("chen_levels", "factorial_effects", "factorial_answers"),
)
"""Tables that are made on request, which are copied where they have been made."""

BLOCK = re.compile(r"(<!-- quote: (.+?) -->\n).*?(<!-- end of quote -->)", flags=re.DOTALL)

LEAST_ESTIMATE = 0.5
"""Smaller estimates are mostly Monte-Carlo error: their ratios (N4) say nothing."""

MINOR = r"status (?:not_a_minimum|escaped|diverged)|step of a snapshot"
"""Quantities of the table of deviations that its page does not quote."""


def copied(results: Path, name: str) -> str:
    """Return the copy of a table of the results, as CSV without its sentences, with six digits."""
    path = results / "tables" / f"{name}.parquet"
    table = frames.read(path, name.partition("/")[0]).drop(columns="evidence", errors="ignore")
    return table.to_csv(index=False, float_format="%.6g")


def renewed(page: str) -> str:
    """Return a page with its quotes as the tables say."""
    return BLOCK.sub(lambda found: f"{found[1]}{quoted(found[2])}\n{found[3]}", page)


def quoted(name: str) -> str:
    """Return a quote by its name: one of ``QUOTES``, or the measured size of a deviation such as `N3`."""
    return QUOTES[name]() if name in QUOTES else deviation(name)


def _benchmark(name: str) -> Any:
    return pd.read_csv(ROOT / "benchmarks" / f"{name}.csv")


def _deviations() -> Any:
    return pd.read_csv(ROOT / "docs" / "data" / "deviations.csv")


def _grid(header: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([header, "|" + "---|" * header.count(" | ") + "---|", *lines])


def ratios() -> str:
    """Return the costs of the original and ours, side by side."""
    rows = [
        (
            row.what,
            f"{in_text(row.original_us)} µs",
            f"{float(f'{row.ours_us:.2g}'):g} µs",
            f"{row.ratio:,.0f} ({row.ratio_low:,.0f}–{row.ratio_high:,.0f})",
        )
        for row in _benchmark("compare_with_original").itertuples()
    ]
    return _grid("| per model and step | original | here | ratio (median, range of repetitions) |", rows)


def whole_runs() -> str:
    """Return what the study and its parts take, and the memory of the largest job."""
    rows = [
        (row.what, f"{row.low:g} {row.unit}" if row.low == row.high else f"{row.low:g} to {row.high:g} {row.unit}")
        for row in _benchmark("whole_runs").itertuples()
    ]
    largest = _benchmark("stages").largest_mib.max() * 2**20 / 1e9
    return _grid(
        "| | measured on two cores of a shared cloud machine (AMD EPYC), no GPU |",
        [*rows, ("memory of the largest job", f"{largest:.2f} GB")],
    )


def stages(name: str, what: str, *, n: int) -> str:
    """Return where the time of a whole run goes, its n most expensive rules, as a paragraph."""
    table = _benchmark(name).set_index("rule")
    total, rules = table.loc["all"], table.drop("all")
    longest = [f"`{rule}` {wall:,.0f} s" for rule, wall in rules.wall_s.nlargest(n).items()]
    return (
        f"The {total.jobs:,.0f} jobs of {what} took {total.wall_s:,.0f} s, two at a time:\n"
        f"{listing(longest)}, by Snakemake's benchmark files, which `benchmarks/stages.py` sums up\n"
        f"([{name}.csv](../benchmarks/{name}.csv)). "
        f"Of these, {total.start_s:,.0f} s are no computation but the start of processes: imports, timed alone, above\n"
        "all PyTorch's."
    )


def one_more() -> str:
    """Return what an activation more costs, as a paragraph."""
    table = _benchmark("one_more").set_index("rule")
    own, shared = table[table.of_it_alone], table[~table.of_it_alone]
    longest = [f"`{rule}` {wall:,.0f} s" for rule, wall in shared.wall_s.nlargest(5).items()]
    alone, others = own.wall_s.sum(), shared.wall_s.sum()
    return (
        f"One activation more takes {alone:,.0f} s of its own jobs, and {others:,.0f} s of those that need all\n"
        f"activations: {listing(longest)},\nand {len(shared) - 5} shorter ones "
        "(`benchmarks/one_more.py`, [one_more.csv](../benchmarks/one_more.csv))."
    )


def budget() -> str:
    """Return what whole runs take beside an earlier version, timed one after the other."""
    rows = [
        (row.what, f"{row.before_s:,.0f} s", f"{row.now_s:,.0f} s", f"{row.now_s / row.before_s:.2f}")
        for row in _benchmark("budget").itertuples()
    ]
    return _grid("| timed one after the other, two cores | aa17e52 | now | ratio |", rows)


def studies() -> str:
    """Return what whole studies of several sizes took."""
    rows = []
    for row in _benchmark("studies").itertuples():
        memory, results = row.largest_mib * 2**20 / 1e9, row.results_mb / 1e3
        counts = [f"{count:,}" for count in (row.seeds, row.runs, row.jobs)]
        rows.append((*counts, f"{row.cpu_s:,.0f} s", f"{memory:.2g} GB", f"{results:.2g} GB", f"{row.files:,}"))
    return _grid("| seeds | runs | jobs | processor time | largest job | results | files |", rows)


def compiled() -> str:
    """Return whether torch.compile would pay, a row for each activation and size."""
    rows = [
        (f"{row.replicas:,}", row.activation, f"{row.us_per_step:.3g} µs", f"{row.us_per_compiled_step:.3g} µs", pays)
        for row in _benchmark("compile_step").itertuples()
        for pays in ["never" if row.pays_after_jobs == float("inf") else f"{row.pays_after_jobs:.0f} times"]
    ]
    return _grid("| replicas | activation | step | compiled | pays in jobs longer than the default by |", rows)


def planning() -> str:
    """Return what a dry run costs, a row for each study."""
    table = _benchmark("plan_large_studies")
    rows = [
        (
            row.study,
            f"{row.runs:,.0f}",
            f"{row.seeds_per_job:.0f}",
            f"{row.jobs:,}",
            f"{row.wall_s:.0f} s",
            f"{row.peak_mb / 1000:.1f} GB",
        )
        for row in table[table.what == "dry run"].sort_values("runs", kind="stable").itertuples()
    ]
    return _grid("| study | runs | seeds per job | jobs | dry run | memory |", rows)


def scheduling() -> str:
    """Return the processor time of Snakemake while jobs sleep, by the limit of their rate."""
    table = _benchmark("plan_large_studies")
    table = table[table.what.str.startswith("sleeping")]
    rates = list(dict.fromkeys(table.what.str.removeprefix("sleeping jobs, ")))
    times = table.groupby("jobs").cpu_s.apply(list)
    rows = [(f"{jobs:,}", *(f"{seconds:.0f} s" for seconds in found)) for jobs, found in times.items()]
    return _grid("| jobs | " + " | ".join(f"`{rate}`" for rate in rates) + " |", rows)


def deviation(name: str) -> str:
    """Return the measured size of a deviation: over all activations with the least and the greatest, or one by one."""
    table = _deviations()
    left_out = f"{MINOR}|known coefficient" if name == "N9" else MINOR
    rows = table[(table.deviation == name) & ~table.quantity.str.contains(left_out) & (table.n > 0)]
    of_snapshot = rows.setting.str.fullmatch(r"snapshot \d+", na=False)
    rows = rows.assign(
        member=rows.activation.astype(object).map(_label, na_action="ignore").where(~of_snapshot, rows.setting),
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
    return _grid("| measured | where | original | without the defect | effect | least and greatest |", found)


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
    return " to ".join(f"{_effect(row)} ({row.member})" for row in ends)


def _label(activation: str) -> str:
    return registry.cited(activation)["label"]


def initial_bias() -> str:
    """Return the final loss of every activation with and without the initial bias (N5), the largest ratio first."""
    table = _deviations()
    table = table[(table.quantity == "final loss (MSE)") & table.activation.notna()].sort_values("effect")
    rows = [
        (_label(row.activation), in_text(row.original), in_text(row.corrected), in_text(row.effect))
        for row in table[::-1].itertuples()
    ]
    return _grid("| final MSE, median over seeds | `notebook` | `zero_bias` | ratio, paired by seed |", rows)


def resolution() -> str:
    """Return half the effective dimension and, in brackets, the estimate at the known minima (N9)."""
    table = _deviations()
    table = table[(table.deviation == "N9") & table.quantity.str.contains("known coefficient")]
    table = table.assign(kind=table.quantity.str.startswith("LLC"))
    values = table.pivot_table("original", "setting", ["activation", "kind"], sort=False)
    known = table.groupby("activation", sort=False).corrected.first()
    rows = [
        (setting, *(f"{row[name, False]:.1f} ({row[name, True]:.1f})" for name in known.index))
        for setting, row in values.iterrows()
    ]
    heads = [f"{_label(name)} ({in_text(value)})" for name, value in known.items()]
    return _grid("| " + " | ".join(["n beta, gamma", *heads]) + " |", rows)


def full_length() -> str:
    """Return what changes after the last step that the original shows (N1): in how many runs, and run by run."""
    table = pd.read_csv(ROOT / "docs" / "data" / "full_length.csv")
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
        rows.append((_label(str(name)), losses, counts, changes))
    first, last = (f"{table[column].iloc[0]:,}" for column in ("step_seen", "step_end"))
    header = f"| | loss at {first} → {last}, by seed | represented features | last change of a count at step |"
    return said + _grid(header, rows)


def findings() -> str:
    """Return the findings of the paper as a list."""
    found = pd.read_csv(ROOT / "docs" / "data" / "findings.csv").finding
    return "\n".join(f"- {finding}" for finding in found)


def _copy(name: str) -> Any:
    return pd.read_csv(ROOT / "docs" / "data" / f"{name.replace('/', '-')}.csv")


def model_findings() -> str:
    """Return the findings of other papers beside what was found."""
    table: Any = pd.concat([_copy(name) for name in ON_REQUEST if name.startswith("model_findings")])
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
    return _grid("| paper | finding | measured | if it holds | found | verdict |", rows)


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
        for row in _copy("chen_levels").itertuples()
    ]
    return _grid("| polygon | loss | runs seen there | first step there, median |", rows)


def factorial_effects() -> str:
    """Return the effects of the factorial on recovered features and on norms, as means over the other factors."""
    table = _copy("factorial_effects")
    table = table[(table.others == "mean over them") & table.measure.isin(["n_recovered", "norm_per_dimension"])]
    table = table.assign(text=[_found(row, "effect") for row in table.itertuples()])
    names = list(dict.fromkeys(table.activation))
    values = table.pivot_table("text", ["measure", "factor", "level"], "activation", aggfunc="first", sort=False)
    words = {"n_recovered": "recovered features", "norm_per_dimension": "‖W‖²/m"}
    rows = [
        (words[measure], f"{factor}: {level}", *values.loc[(measure, factor, level), names])
        for measure, factor, level in sorted(values.index, key=lambda key: list(words).index(key[0]))
    ]
    return _grid("| effect on | of | " + " | ".join(map(_label, names)) + " |", rows)


def factorial_answers() -> str:
    """Return the answers of the factorial to open questions."""
    rows = [
        (f"{row.question}. {row.text}", row.level, row.others, _found(row, "effect"), row.answer, row.largest)
        for row in _copy("factorial_answers").itertuples()
    ]
    return _grid("| question | level | other factors | effect on recovered features | answer | largest effect |", rows)


def gpu() -> str:
    """Return what steps cost on a GPU and on one core beside it, a row for each kind and activation."""
    steps = _benchmark("gpu_steps").set_index(["kind", "activation", "variant", "replicas"]).sort_index()
    rows = []
    for kind, activation in sorted({(first, second) for first, second, *_ in steps.index}):
        card, core, limit = (
            steps.ns_per_model_step[kind, activation, variant] for variant in ("graph", "core", "limit")
        )
        sizes = [f"{card[replicas]:.2g}" for replicas in (1_000, 100_000, 1_000_000)]
        ratios = [f"{ns / card[100_000]:,.0f}" for ns in (core[100_000], core.min())]
        rows.append((kind, activation, *sizes, f"{core.min():.3g}", *ratios, f"{limit[100_000]:.2g}"))
    header = (
        "| ns per model and step of | activation | 1,000 models | 100,000 | 1,000,000 | one core at its best size "
        "| ratio at 100,000 | to the core's best | limit at 100,000 |"
    )
    return _grid(header, [("SGLD" if row[0] == "sgld" else row[0], *row[1:]) for row in rows])


def step_sizes() -> str:
    """Return how controlled runs end by their step size, over all activations and of ReLU."""
    table = _benchmark("step_size")
    relu = table[table.activation == "relu"].set_index("lr")
    counts = table.drop(columns=["activation", "recovered"]).groupby("lr").sum()
    rows = [
        (
            f"{lr:g}",
            f"{found.sum():,.0f}",
            *(f"{found[status]:.0f}" for status in ("converged", "diverged")),
            f"{relu.converged[lr]:.0f}",
            f"{relu.recovered[lr]:g}",
        )
        for lr, found in counts.iterrows()
    ]
    return _grid(
        "| step size | runs | converged | diverged | of ReLU, converged | features that ReLU recovers, median |", rows
    )


def width() -> str:
    """Return what a step costs on one core by the number of models, with how many times the limit in brackets."""
    table = _benchmark("width")
    table = table[table.variant == "core"]
    sizes = sorted(table.replicas.unique())
    rows = []
    for (kind, activation), found in table.groupby(["kind", "activation"], sort=False):
        cells = [f"{row.ns_per_model_step:,.0f} ({row.times_limit:.1f})" for row in found.itertuples()]
        rows.append(("SGLD" if kind == "sgld" else kind, activation, *cells))
    heads = " | ".join(f"{size:,}" for size in sizes)
    return _grid(f"| ns per model and step of | activation | {heads} |", rows)


def gpu_sweep() -> str:
    """Return what a whole sweep takes on a GPU and on one core."""
    rows = [(row.what, row.device, f"{row.seconds:.1f} s") for row in _benchmark("gpu_seconds").itertuples()]
    return _grid("| what | device | time |", rows)


def agreement() -> str:
    """Return how far training and sampling on a GPU are from those on a CPU, as a paragraph."""
    table, llc = _benchmark("gpu_agreement"), _benchmark("gpu_llc")
    last = table[table.step == table.step.max()].set_index("activation")
    machine = _benchmark("gpu_machine").set_index("what").value
    odd, double = last.device_double.idxmax(), last.device_double
    errors = ((llc.device - llc.cpu).abs() / llc.standard_error).max()
    single, on_cpu, rest = last.device_single.max(), last.cpu_single.max(), double.drop(odd).max()
    return (
        f"On {machine.card} with PyTorch {machine.torch}, after {last.step.iloc[0]:,} steps in double precision, the "
        f"parameters of all\nactivations but `{odd}` ({double[odd]:.0e}) are within {rest:.0e} of the CPU's. In single "
        f"precision the largest distance from double\nprecision is {single:.2g} on the GPU, {on_cpu:.2g} on the CPU. "
        f"Estimates of the LLC differ by at most {errors:.1g} standard errors."
    )


def leaderboard_score() -> str:
    """Return how near each estimator comes, and what it costs."""
    header = (
        "| estimator | close | of points | per 10,000 evaluations | median error | evaluations | seconds, all points |"
    )
    table = _benchmark("llc_leaderboard")
    seconds = table.groupby("estimator").seconds.sum()
    found: Any = score(table).assign(spent=lambda rows: rows.estimator.map(seconds))
    rows = [
        (
            f"`{row.estimator}`",
            row.close,
            row.points,
            f"{row.per_cost:.1f}",
            f"{row.median_error:.1%}" if row.median_error < 1 else "–",
            f"{row.steps:,.0f}",
            f"{row.spent:.0f}",
        )
        for row in found.itertuples()
    ]
    return _grid(header, rows)


def coefficients() -> str:
    """Return how near samplers come at ends of controlled runs whose coefficient is known, and what they cost."""
    table = _benchmark("coefficients")
    header = "| preset | ends | readable | and known | of these close | median error | evaluations | ms | ms of many |"
    rows = []
    for name, found in table.groupby("sampler", sort=False):
        read = found[(found.status == OK) & found.true_llc.notna()]
        error = (read.llc / read.true_llc - 1).abs().median()
        times = (1000 * found[column].mean() for column in ("seconds", "seconds_of_many"))
        counts = (len(found), (found.status == OK).sum(), len(read), read.close.sum())
        rows.append(
            (f"`{name}`", *counts, f"{error:.1%}", f"{found.steps.iloc[0]:,}", *(f"{each:.0f}" for each in times))
        )
    return _grid(header, rows)


def leaderboard_points() -> str:
    """Return the estimates at every point, those that are close in bold."""
    table = _benchmark("llc_leaderboard")
    names = list(table.estimator.unique())
    rows = []
    for (group, point), found in table.groupby(["group", "point"], sort=False):
        cells = [_estimate(row) for row in found.set_index("estimator").loc[names].itertuples()]
        rows.append((group, point, f"{found.true_llc.iloc[0]:.3g}", *cells))
    return _grid("| loss | point | coefficient | " + " | ".join(f"`{name}`" for name in names) + " |", rows)


def _estimate(row: Any) -> str:
    """Return an estimate with its standard error."""
    if pd.isna(row.estimate):
        return "–"
    text = f"{row.estimate:.3g} ± {row.se:.2g}"
    return f"**{text}**" if row.close else text


QUOTES: dict[str, Callable[[], str]] = {
    "findings": findings,
    "full length": full_length,
    "ratios": ratios,
    "whole runs": whole_runs,
    "stages": partial(stages, "stages", "the whole study", n=3),
    "everything": partial(stages, "everything", "the target `everything`", n=6),
    "compiled": compiled,
    "planning": planning,
    "scheduling": scheduling,
    "step sizes": step_sizes,
    "width": width,
    "one more": one_more,
    "budget": budget,
    "studies": studies,
    "gpu": gpu,
    "gpu sweep": gpu_sweep,
    "gpu agreement": agreement,
    "leaderboard score": leaderboard_score,
    "leaderboard": leaderboard_points,
    "coefficients": coefficients,
    "findings of other papers": model_findings,
    "polygons of Chen": chen_levels,
    "factorial": factorial_effects,
    "answers of the factorial": factorial_answers,
    "N5 by activation": initial_bias,
    "N9 at known minima": resolution,
}
"""What can be quoted beside the sizes of single deviations, by name."""


def main() -> None:
    """Write the copies of the tables that lie in the results, if these are named, and all pages."""
    for results in map(Path, sys.argv[1:]):
        for name in (*COPIED, *ON_REQUEST):
            if (results / "tables" / f"{name}.parquet").exists():
                (ROOT / "docs" / "data" / f"{name.replace('/', '-')}.csv").write_text(copied(results, name))
    for page in PAGES:
        (ROOT / page).write_text(renewed((ROOT / page).read_text()))


if __name__ == "__main__":
    main()
