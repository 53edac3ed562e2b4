"""Quotes of benchmarks: what runs and studies cost, on processors and on GPUs."""

from collections.abc import Callable
from functools import partial

from superposition.wording import in_text, listing
from workflow.quoted.tables import benchmark, grid


def ratios() -> str:
    """Return the costs of the original and ours, side by side."""
    rows = [
        (
            row.what,
            f"{in_text(row.original_us)} µs",
            f"{float(f'{row.ours_us:.2g}'):g} µs",
            f"{row.ratio:,.0f} ({row.ratio_low:,.0f}–{row.ratio_high:,.0f})",
        )
        for row in benchmark("compare_with_original").itertuples()
    ]
    return grid("| per model and step | original | here | ratio (median, range of repetitions) |", rows)


def whole_runs() -> str:
    """Return what the study and its parts take, and the memory of the largest job."""
    rows = [
        (row.what, f"{row.low:g} {row.unit}" if row.low == row.high else f"{row.low:g} to {row.high:g} {row.unit}")
        for row in benchmark("whole_runs").itertuples()
    ]
    largest = benchmark("stages").largest_mib.max() * 2**20 / 1e9
    return grid(
        "| | measured on two cores of a shared cloud machine (AMD EPYC), no GPU |",
        [*rows, ("memory of the largest job", f"{largest:.2f} GB")],
    )


def stages(name: str, what: str, *, n: int) -> str:
    """Return where the time of a whole run goes, its n most expensive rules, as a paragraph."""
    table = benchmark(name).set_index("rule")
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
    table = benchmark("one_more").set_index("rule")
    private, shared = table[table.of_it_alone], table[~table.of_it_alone]
    longest = [f"`{rule}` {wall:,.0f} s" for rule, wall in shared.wall_s.nlargest(5).items()]
    alone, others = private.wall_s.sum(), shared.wall_s.sum()
    return (
        f"One activation more takes {alone:,.0f} s of its own jobs, and {others:,.0f} s of those that need all\n"
        f"activations: {listing(longest)},\nand {len(shared) - 5} shorter ones "
        "(`benchmarks/one_more.py`, [one_more.csv](../benchmarks/one_more.csv))."
    )


def budget() -> str:
    """Return what whole runs take beside an earlier version, timed one after the other."""
    rows = [
        (row.what, f"{row.before_s:,.0f} s", f"{row.now_s:,.0f} s", f"{row.now_s / row.before_s:.2f}")
        for row in benchmark("budget").itertuples()
    ]
    return grid("| timed one after the other, two cores | aa17e52 | now | ratio |", rows)


def studies() -> str:
    """Return what whole studies of several sizes took."""
    rows = []
    for row in benchmark("studies").itertuples():
        memory, results = row.largest_mib * 2**20 / 1e9, row.results_mb / 1e3
        counts = [f"{count:,}" for count in (row.seeds, row.runs, row.jobs)]
        rows.append((*counts, f"{row.cpu_s:,.0f} s", f"{memory:.2g} GB", f"{results:.2g} GB", f"{row.files:,}"))
    return grid("| seeds | runs | jobs | processor time | largest job | results | files |", rows)


def compiled() -> str:
    """Return whether torch.compile would pay, a row for each activation and size."""
    rows = [
        (
            f"{row.replicas:,}",
            row.activation,
            f"{in_text(row.us_per_step)} µs",
            f"{in_text(row.us_per_compiled_step)} µs",
            pays,
        )
        for row in benchmark("compile_step").itertuples()
        for pays in ["never" if row.pays_after_jobs == float("inf") else f"{row.pays_after_jobs:.0f} times"]
    ]
    return grid("| replicas | activation | step | compiled | pays in jobs longer than the default by |", rows)


def planning() -> str:
    """Return what a dry run costs, a row for each study."""
    table = benchmark("plan_large_studies")
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
    return grid("| study | runs | seeds per job | jobs | dry run | memory |", rows)


def scheduling() -> str:
    """Return the processor time of Snakemake while jobs sleep, by the limit of their rate."""
    table = benchmark("plan_large_studies")
    table = table[table.what.str.startswith("sleeping")]
    rates = list(dict.fromkeys(table.what.str.removeprefix("sleeping jobs, ")))
    times = table.groupby("jobs").cpu_s.apply(list)
    rows = [(f"{jobs:,}", *(f"{seconds:.0f} s" for seconds in found)) for jobs, found in times.items()]
    return grid("| jobs | " + " | ".join(f"`{rate}`" for rate in rates) + " |", rows)


def gpu() -> str:
    """Return what steps cost on a GPU and on one core beside it, a row for each kind and activation."""
    steps = benchmark("gpu_steps").set_index(["kind", "activation", "variant", "replicas"]).sort_index()
    rows = []
    for kind, activation in sorted({(first, second) for first, second, *_ in steps.index}):
        card, core, limit = (
            steps.ns_per_model_step[kind, activation, variant] for variant in ("graph", "core", "limit")
        )
        sizes = [f"{card[replicas]:.2g}" for replicas in (1_000, 100_000, 1_000_000)]
        ratios = [f"{ns / card[100_000]:,.0f}" for ns in (core[100_000], core.min())]
        rows.append((kind, activation, *sizes, in_text(core.min()), *ratios, f"{limit[100_000]:.2g}"))
    header = (
        "| ns per model and step of | activation | 1,000 models | 100,000 | 1,000,000 | one core at its best size "
        "| ratio at 100,000 | to the core's best | limit at 100,000 |"
    )
    return grid(header, [("SGLD" if row[0] == "sgld" else row[0], *row[1:]) for row in rows])


def step_sizes() -> str:
    """Return how controlled runs end by their step size, over all activations and of ReLU."""
    table = benchmark("step_size")
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
    return grid(
        "| step size | runs | converged | diverged | of ReLU, converged | features that ReLU recovers, median |", rows
    )


def width() -> str:
    """Return what a step costs on one core by the number of models, with how many times the limit in brackets."""
    table = benchmark("width")
    table = table[table.variant == "core"]
    sizes = sorted(table.replicas.unique())
    rows = []
    for (kind, activation), found in table.groupby(["kind", "activation"], sort=False):
        cells = [f"{row.ns_per_model_step:,.0f} ({row.times_limit:.1f})" for row in found.itertuples()]
        rows.append(("SGLD" if kind == "sgld" else kind, activation, *cells))
    heads = " | ".join(f"{size:,}" for size in sizes)
    return grid(f"| ns per model and step of | activation | {heads} |", rows)


def gpu_sweep() -> str:
    """Return what a whole sweep takes on a GPU and on one core."""
    rows = [(row.what, row.device, f"{row.seconds:.1f} s") for row in benchmark("gpu_seconds").itertuples()]
    return grid("| what | device | time |", rows)


def agreement() -> str:
    """Return how far training and sampling on a GPU are from those on a CPU, as a paragraph."""
    table, llc = benchmark("gpu_agreement"), benchmark("gpu_llc")
    last = table[table.step == table.step.max()].set_index("activation")
    machine = benchmark("gpu_machine").set_index("what").value
    odd, double = last.device_double.idxmax(), last.device_double
    errors = ((llc.device - llc.cpu).abs() / llc.standard_error).max()
    single, on_cpu, rest = last.device_single.max(), last.cpu_single.max(), double.drop(odd).max()
    return (
        f"On {machine.card} with PyTorch {machine.torch}, after {last.step.iloc[0]:,} steps in double precision, the "
        f"parameters of all\nactivations but `{odd}` ({double[odd]:.0e}) are within {rest:.0e} of the CPU's. In single "
        f"precision the largest distance from double\nprecision is {single:.2g} on the GPU, {on_cpu:.2g} on the CPU. "
        f"Estimates of the LLC differ by at most {errors:.1g} standard errors."
    )


OF_RUN_TIMES: dict[str, Callable[[], str]] = {
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
}
"""What can be quoted of what runs cost, by name."""
