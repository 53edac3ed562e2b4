"""Write one row for every run: how it ended."""

from workflow.job import begin

from superposition.measures.end_status import EndLimits
from superposition.measures.final import runs_table
from superposition.measures.geometry import Thresholds
from superposition.provenance import hashes
from superposition.tables import frames, store

begin(snakemake.log[0])


samplers = snakemake.params.samplers
versions = hashes.versions()
table = runs_table(
    frames.read_runs(snakemake.input.superposition, "superposition"),
    frames.read_runs(snakemake.input.loss, "loss"),
    frames.read_runs(snakemake.input.ends, "ends"),
    {sampler: frames.read_runs(snakemake.input[f"llc_{sampler}"], "llc", sampler=sampler) for sampler in samplers},
    end_limits=EndLimits(**snakemake.params.end_limits),
    capacity=frames.read(snakemake.input.capacity, "capacity"),
    n_initial=snakemake.params.n_initial,
    thresholds=Thresholds(**snakemake.params.thresholds),
    provenance={key: versions[key] for key in ("commit", "torch", "python", "platform")},
)
for path in snakemake.output:
    store.write(table, path, "runs", samplers=samplers)
