"""Judge every statement of the post under each of some training presets: the ladder's or variants."""

from workflow.job import begin

from superposition.claims.verdict_tables import ladder_table
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

VALUES = ("ladder", "checkpoints", "printed", "claims", "transitions", "thresholds", "end_limits")

params, paths = snakemake.params, snakemake.input
table = ladder_table(
    frames.read_runs(paths.superposition, "superposition"),
    frames.read_runs(paths.loss, "loss"),
    frames.read_runs(paths.ends, "ends"),
    resampling=Resampling(**params.statistics),
    **{name: params[name] for name in VALUES},
)
store.write(table, snakemake.output, params.table)
