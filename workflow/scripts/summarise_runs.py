"""Write one row for every run: how it ended."""

from workflow.job import begin

from superposition.measures.summary import OF_STEPS, EndLimits, runs_table
from superposition.provenance import hashes
from superposition.tables import frames, store

begin(snakemake.log[0])

OF_LLC = ["seed", "step", "llc", "llc_std", "predicted_llc", "status"]

samplers = snakemake.params.samplers
versions = hashes.versions()
table = runs_table(
    frames.read_runs(snakemake.input.superposition, "superposition", columns=OF_STEPS),
    frames.read_runs(snakemake.input.loss, "loss", columns=["seed", "step", "sample_loss", "logged_loss"]),
    frames.read_runs(snakemake.input.ends, "ends"),
    {name: frames.read_runs(snakemake.input[f"llc_{name}"], "llc", sampler=name, columns=OF_LLC) for name in samplers},
    end_limits=EndLimits(**snakemake.params.end_limits),
    capacity=frames.read(snakemake.input.capacity, "capacity"),
    n_free=snakemake.params.n_free,
    provenance={key: versions[key] for key in ("commit", "torch", "python", "platform")},
)
store.write(table, snakemake.output, "runs", samplers=samplers)
