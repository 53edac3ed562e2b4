"""Check that the results are what was planned, and report how many runs diverged and estimates may not be read."""

from pathlib import Path

from workflow.job import begin

from superposition.tables import store
from superposition.tables.checks import Plan, checks_table, raise_violation

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
over_training = {name: paths[name] for name in ("loss", "superposition", "ends")}
estimates = {f"llc-{sampler}": paths[f"llc_{sampler}"] for sampler in params.samplers}
plan = Plan(runs=params.runs, samplers=params.samplers, followed=params.followed, limits=params.limits)
aggregates = {Path(path).stem: [path] for path in paths.aggregates} | {"curves": paths.curves}
checks = checks_table(aggregates, over_training | estimates, plan)
raise_violation(checks)
store.write(checks, snakemake.output, "checks")
